import { createHash } from 'node:crypto'
import type { PullRequest } from '@plimsoll/api'
import type { BuiltinForge, ForgeEvent } from '@plimsoll/forge'
import type { GitHistory } from '@plimsoll/git'
import type { RoomTables } from '@plimsoll/records'
import { type PayloadFacts, pullPayload } from './ci-payload.ts'
import type { WorkflowEvent } from './ci-runs.ts'
import { testMerge } from './test-merge.ts'

export interface CiPullsContext {
  forge: Pick<BuiltinForge, 'get' | 'listOpen'>
  history: GitHistory
  tables: RoomTables
  factsOf(repository: string, sender: string): Promise<PayloadFacts>
  trigger(event: WorkflowEvent): Promise<void>
}

/** Turns what has become of pull requests into events of workflows: by what is different from what was told last, not by who called. */
export interface CiPulls {
  isAbout(event: Pick<ForgeEvent, 'kind'>): boolean
  /** Tells all that is different. One after the other for each repository. */
  look(repository: string, number: number, event?: Pick<ForgeEvent, 'kind' | 'by'>): Promise<void>
  /** Those that something has become of, and that nobody has told. */
  missed(): Promise<{ repository: string; number: number }[]>
}

type Kind = Extract<ForgeEvent['kind'], keyof typeof actions>

/** GitHub's `action` of a `pull_request` event ("Webhook events and payloads"). */
const actions = {
  opened: 'opened',
  headMoved: 'synchronize',
  baseMoved: 'synchronize',
  retargeted: 'edited',
  edited: 'edited',
  reopened: 'reopened',
  readyForReview: 'ready_for_review',
  convertedToDraft: 'converted_to_draft',
  closed: 'closed',
  merged: 'closed',
} as const

/** What was told last of a pull request. */
interface Seen {
  state: PullRequest['state']
  head: string
  baseBranch: string
  base: string
  isDraft: boolean
  text: string
  updatedAt: string
}

export function createCiPulls(context: CiPullsContext): CiPulls {
  const { forge, history, tables } = context

  async function find(repository: string, number: number): Promise<{ seen: Seen; told: number } | undefined> {
    const [row] = await tables.query<{ seen: string; told: number }>(
      'SELECT seen, told FROM ci_pull WHERE repository = $1 AND number = $2',
      [repository, number],
    )
    return row && { seen: JSON.parse(row.seen) as Seen, told: row.told }
  }

  async function remember(repository: string, number: number, seen: Seen, told: number): Promise<void> {
    await tables.run(
      `INSERT INTO ci_pull (repository, number, state, seen, told) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (repository, number) DO UPDATE SET state = excluded.state, seen = excluded.seen, told = excluded.told`,
      [repository, number, seen.state, JSON.stringify(seen), told],
    )
  }

  async function tell(pull: PullRequest, kind: Kind, by: string, told: number): Promise<void> {
    const { repository, number } = pull
    // What an outsider proposed was let run for its head and its target; when the target moves on, nobody has looked at the two together.
    if (kind === 'baseMoved' && pull.isOutside) return
    const head = pull.head.commit
    // The same after a kill between this and the row: then nothing is started again.
    const what =
      kind === 'opened' || kind === 'headMoved'
        ? `head/${head}`
        : kind === 'baseMoved'
          ? `base/${head}/${pull.base.commit}`
          : `${kind}/${head}/${told}`
    const merge = pull.state === 'open' ? await testMerge(history, pull) : undefined
    const payload = pullPayload(await context.factsOf(repository, by || pull.author), pull, actions[kind], merge)
    const changedPaths = await changedPathsOf(pull)
    const shape = {
      action: actions[kind],
      repository,
      baseRef: pull.base.branch,
      headRef: pull.head.branch ?? `pull/${number}/head`,
      pullRequest: { number, head, base: pull.base.commit, isOutside: pull.isOutside, isDraft: pull.isDraft, title: pull.title },
      // Whoever proposes stands behind what runs, whoever pushed last.
      actor: kind === 'opened' || pull.isOutside ? pull.author : by || pull.author,
      payload,
      ...(changedPaths && { changedPaths }),
    }
    const commit = merge ?? head
    await context.trigger({
      ...shape,
      id: `pull/${number}/${what}`,
      name: 'pull_request',
      ref: merge === undefined ? `refs/pull/${number}/head` : `refs/pull/${number}/merge`,
      commit,
      workflowsCommit: commit,
    })
    await context.trigger({
      ...shape,
      id: `pull-target/${number}/${what}`,
      name: 'pull_request_target',
      ref: `refs/heads/${pull.base.branch}`,
      commit: pull.base.commit,
      workflowsCommit: pull.base.commit,
    })
  }

  async function changedPathsOf({ repository, base, head }: PullRequest): Promise<string[] | undefined> {
    const from = await history.mergeBase(repository, base.commit, head.commit).catch(() => undefined)
    return from === undefined ? undefined : history.changedPaths(repository, from, head.commit).catch(() => undefined)
  }

  return {
    isAbout: ({ kind }) => Object.hasOwn(actions, kind),

    async look(repository, number, event) {
      const pull = await forge.get(repository, number)
      const before = await find(repository, number)
      const now = seenOf(pull)
      const kinds = before ? differences(before.seen, now) : first(now, event)
      for (const kind of kinds) await tell(pull, kind, byWhom(pull, kind, event), before?.told ?? 0)
      if (kinds.length > 0 || before?.seen.updatedAt !== now.updatedAt) {
        await remember(repository, number, now, (before?.told ?? 0) + (kinds.length > 0 ? 1 : 0))
      }
    },

    async missed() {
      const rows = await tables.query<{ repository: string; number: number; seen: string }>(
        `SELECT repository, number, seen FROM ci_pull WHERE state = 'open'`,
      )
      const told = new Map(rows.map((row) => [`${row.repository}#${row.number}`, row]))
      const found: { repository: string; number: number }[] = []
      for (const open of await forge.listOpen()) {
        const key = `${open.repository}#${open.number}`
        const row = told.get(key)
        told.delete(key)
        const seen = row && (JSON.parse(row.seen) as Seen)
        const isSame =
          seen?.head === open.head && seen.base === open.base && seen.baseBranch === open.baseBranch && seen.updatedAt === open.updatedAt
        if (!isSame) found.push(open)
      }
      // What was open and is in no list of open ones has been merged or closed, or its repository is gone.
      return [...found, ...told.values()].map(({ repository, number }) => ({ repository, number }))
    },
  }
}

function seenOf(pull: PullRequest): Seen {
  const { state, head, base, isDraft, title, body, updatedAt } = pull
  const text = createHash('sha256')
    .update(JSON.stringify([title, body]))
    .digest('base64url')
    .slice(0, 16)
  return { state, head: head.commit, baseBranch: base.branch, base: base.commit, isDraft, text, updatedAt }
}

function differences(before: Seen, now: Seen): Kind[] {
  if (now.state !== 'open') return before.state === 'open' ? [now.state] : []
  const isMoved = before.head !== now.head
  const isRetargeted = before.baseBranch !== now.baseBranch
  const kinds: [boolean, Kind][] = [
    [before.state !== 'open', 'reopened'],
    [isMoved, 'headMoved'],
    [isRetargeted, 'retargeted'],
    // What runs for a new head runs on the new target.
    [!isMoved && !isRetargeted && before.base !== now.base, 'baseMoved'],
    [before.text !== now.text, 'edited'],
    [before.isDraft && !now.isDraft, 'readyForReview'],
    [!before.isDraft && now.isDraft, 'convertedToDraft'],
  ]
  return kinds.filter(([isSo]) => isSo).map(([, kind]) => kind)
}

/** Of one that nothing was told of yet: it is new, or it was there before this was written down. */
function first(now: Seen, event: Pick<ForgeEvent, 'kind'> | undefined): Kind[] {
  if (now.state === 'open') return ['opened']
  return event?.kind === now.state ? [now.state] : []
}

function byWhom(pull: PullRequest, kind: Kind, event: Pick<ForgeEvent, 'kind' | 'by'> | undefined): string {
  if (event?.kind === kind) return event.by
  return kind === 'merged' ? (pull.merged?.by ?? '') : kind === 'closed' ? (pull.closed?.by ?? '') : ''
}
