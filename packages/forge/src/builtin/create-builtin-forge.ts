import { PlimsollError, type PullRequest } from '@plimsoll/api'
import type { GitHost, Repositories } from '@plimsoll/git'
import type { Records } from '@plimsoll/records'
import type { AllPullsFilter, Forge, ForgeActor, ForgeEvent, OpenPull } from '../contract.ts'
import type { PullPlace } from '../pull-place.ts'
import { checkProtections } from './branch-rules.ts'
import { invalid, prepareComment, readComments, requireLength, requireText } from './conversation.ts'
import { RefFollower } from './follow-refs.ts'
import { changedMeanwhile, eventComment, pullRef, tipsOf, viewOf, type ForgeCore, type ForgeLog } from './forge-core.ts'
import { commentOf, reviewOf, type PullRequestRow } from './forge-rows.ts'
import { ForgeStore } from './forge-store.ts'
import { forgeMigrations } from './forge-tables.ts'
import { GitFactsCache } from './git-facts.ts'
import { listOpen, newest } from './newest.ts'
import { mergePullRequest } from './merge-by-intent.ts'
import { newRow } from './new-pull-request.ts'
import { addReview, dismissReview } from './reviewing.ts'
import { requireRead, requireWrite } from './rights.ts'
import { unshown } from './one-line.ts'
import { type TargetWorkflow, TargetWorkflows } from './target-workflows.ts'
import { createPushRules, nextNumber } from './push-proposals.ts'

export interface BuiltinForgeContext {
  repositories: Pick<GitHost, 'history' | 'hosted' | 'setPushRules'> & Pick<Repositories, 'onRefsChanged'>
  records: Pick<Records, 'room'>
  /** Accounts as they are now; undefined for a name that nobody has any more. */
  people: { find(name: string): Promise<ForgeActor | undefined> }
  /** Workflow files at a commit, with what each is called. Absent: there are none. */
  workflowsAt?(repository: string, commit: string): Promise<readonly TargetWorkflow[]>
  clock: { now(): number }
  /** Never the same twice. */
  newId(): string
  /** Of the console: `http://127.0.0.1:7420`; the address of a pull request is told to whoever pushes it. */
  baseUrl(): string
  log: ForgeLog
}

export interface BuiltinForge extends Forge {
  readonly provider: 'builtin'
  /** Of all repositories that live here, the newest change first: those behind `after`, at most `limit`. */
  newest(filter: Omit<AllPullsFilter, 'after' | 'limit'> & { after?: PullPlace; limit: number }): Promise<PullRequest[]>
  /** Of all repositories that live here, where each is now. */
  listOpen(): Promise<OpenPull[]>
  /** Finishes or undoes what a kill has interrupted, and looks at every repository that has open pull requests. */
  start(): Promise<void>
  /** Resolves when everything that was pushed so far is taken up. */
  idle(): Promise<void>
  close(): Promise<void>
}

const listedAtOnce = 50
const viewsAtOnce = 8
const reporter = 'plimsoll'
const maxSummary = 256 * 1024
const maxAnnotations = 1000

/** Pull requests of the repositories that live here, on Git itself and tables of our own. Pushes are under its rules from now on. */
export async function createBuiltinForge(context: BuiltinForgeContext): Promise<BuiltinForge> {
  const { repositories, log } = context
  const listeners = new Set<(event: ForgeEvent) => void>()
  const store = new ForgeStore(await context.records.room('forge', forgeMigrations))
  const git = repositories.history
  const core: ForgeCore = {
    store,
    git,
    facts: new GitFactsCache(git),
    workflows: new TargetWorkflows(async (repository, commit) => (await context.workflowsAt?.(repository, commit)) ?? []),
    people: context.people,
    now: () => context.clock.now(),
    newId: () => context.newId(),
    baseUrl: () => context.baseUrl(),
    log,
    emit(event) {
      for (const listener of listeners) {
        try {
          listener({ ...event, at: context.clock.now() })
        } catch (error) {
          log.error({ err: error, kind: event.kind }, 'a listener for pull requests failed')
        }
      }
    },
  }
  const follower = new RefFollower(core)
  const rules = createPushRules(core)
  const stopFollowing = repositories.onRefsChanged((change) => {
    if (change.hosted !== undefined) rules.told(change.hosted)
    follower.changed(change)
  })
  repositories.setPushRules(rules)

  async function view(row: PullRequestRow): Promise<PullRequest> {
    return viewOf(core, row, await git.refs(row.repository))
  }

  async function changeRow(row: PullRequestRow, statements: Parameters<ForgeStore['write']>[0]): Promise<void> {
    if (!(await store.write(statements))) throw changedMeanwhile(row)
  }

  return {
    provider: 'builtin',

    async list(repository, filter = {}) {
      const limit = Math.max(1, Math.min(filter.limit ?? listedAtOnce, 200))
      const refs = await git.refs(repository)
      const rows = await store.list(repository, {
        state: filter.state ?? 'open',
        limit,
        ...(filter.author !== undefined && { author: filter.author }),
        ...(filter.reviewer !== undefined && { reviewer: filter.reviewer }),
        ...(filter.before !== undefined && { before: filter.before }),
      })
      const views: PullRequest[] = []
      for (let at = 0; at < rows.length; at += viewsAtOnce) {
        views.push(...(await Promise.all(rows.slice(at, at + viewsAtOnce).map((row) => viewOf(core, row, refs)))))
      }
      return views
    },

    newest: (filter) => newest(core, filter),
    listOpen: () => listOpen(core),

    async get(repository, number) {
      return view(await store.require(repository, number))
    },

    async open(repository, request, by) {
      requireWrite(by, repository, 'open a pull request from a branch', 'Propose it: git push origin HEAD:refs/for/BRANCH.')
      const title = titleOf(request.title)
      requireLength(request.body, 'A description')
      const row = await git.change(repository, by.name, async (writer) => {
        const refs = await writer.refs()
        const head = requireBranch(refs, request.head)
        const base = requireBranch(refs, request.base)
        if (request.head === request.base) throw invalid(`'${request.head}' cannot be merged into itself.`)
        if (await git.isAncestor(repository, head, base)) {
          throw invalid(`There is nothing to merge: '${request.base}' has all of '${request.head}'.`)
        }
        const others = await store.list(repository, { state: 'open', limit: 10_000 })
        const same = others.find(({ head_branch, base_branch }) => head_branch === request.head && base_branch === request.base)
        if (same !== undefined) {
          throw new PlimsollError('already-exists', `Pull request ${same.number} from '${request.head}' into '${request.base}' is open.`, {
            remedy: 'Push to its branch: it shows what is new.',
          })
        }
        const made = newRow({
          repository,
          number: await nextNumber(core, repository, refs),
          title,
          body: request.body,
          isDraft: request.isDraft ?? false,
          isOutside: false,
          author: by.name,
          headBranch: request.head,
          topic: '',
          head,
          baseBranch: request.base,
          base,
          at: core.now(),
        })
        // The row first: a head that is missing is set again by whoever looks, a head without a row would be nobody's.
        await changeRow(made, [store.insert(made)])
        await writer.update([{ ref: pullRef(made.number), from: undefined, to: head }])
        return made
      })
      core.emit({ kind: 'opened', repository, number: row.number, by: by.name })
      return view(row)
    },

    async update(repository, number, change, by) {
      const kinds: ForgeEvent['kind'][] = []
      const row = await git.change(repository, by.name, async (writer) => {
        const before = await store.require(repository, number)
        if (before.author !== by.name && !by.canWrite(repository)) {
          throw new PlimsollError('permission-denied', `${by.name} may not change pull request ${number} of '${repository}'.`)
        }
        const refs = await writer.refs()
        const columns: Partial<PullRequestRow> = {}
        const events: string[] = []
        if (change.title !== undefined) columns.title = titleOf(change.title)
        if (change.body !== undefined) {
          requireLength(change.body, 'A description')
          columns.body = change.body
        }
        if (change.title !== undefined || change.body !== undefined) kinds.push('edited')
        if (change.isDraft !== undefined && change.isDraft !== (before.is_draft === 1)) {
          columns.is_draft = change.isDraft ? 1 : 0
          kinds.push(change.isDraft ? 'convertedToDraft' : 'readyForReview')
          events.push(change.isDraft ? 'made it a draft' : 'marked it as ready for review')
        }
        if (change.state !== undefined && change.state !== before.state) {
          if (before.state === 'merged')
            throw new PlimsollError('merge-blocked', `Pull request ${number} of '${repository}' is merged: that stays.`)
          columns.state = change.state
          if (change.state === 'closed') Object.assign(columns, { closed_at: core.now(), closed_by: by.name })
          else Object.assign(columns, { closed_at: null, closed_by: null, ...(await reopened(before, refs)) })
          kinds.push(change.state === 'closed' ? 'closed' : 'reopened')
          events.push(change.state === 'closed' ? 'closed it' : 'reopened it')
        }
        const statements = []
        const moved = columns.head_commit
        if (moved !== undefined && moved !== before.head_commit) {
          statements.push(
            store.voidApprovals(
              repository,
              number,
              { head: moved, base: before.base_branch },
              `the head moved to ${moved.slice(0, 7)} while it was closed`,
            ),
          )
          kinds.push('headMoved')
        }
        if (change.base !== undefined && change.base !== before.base_branch) {
          if (before.state === 'merged')
            throw new PlimsollError('merge-blocked', `Pull request ${number} of '${repository}' is merged: its target stays.`)
          const base = requireBranch(refs, change.base)
          if (change.base === before.head_branch) throw invalid(`'${change.base}' cannot be merged into itself.`)
          Object.assign(columns, { base_branch: change.base, base_commit: base })
          const words = `the target changed from ${before.base_branch} to ${change.base}`
          statements.push(
            store.voidApprovals(repository, number, { head: columns.head_commit ?? before.head_commit, base: change.base }, words),
          )
          kinds.push('retargeted')
          events.push(`changed the target from ${before.base_branch} to ${change.base}`)
        }
        if (Object.keys(columns).length === 0) return before
        statements.push(store.update(before, columns, core.now()), ...events.map((words) => eventComment(core, before, by.name, words)))
        await changeRow(before, statements)
        const after = await store.require(repository, number)
        const kept = refs.get(pullRef(number))
        const { head } = tipsOf(after, refs)
        if (after.state === 'open' && kept !== head) await writer.update([{ ref: pullRef(number), from: kept, to: head }])
        return after
      })
      for (const kind of kinds) core.emit({ kind, repository, number, by: by.name })
      return view(row)
    },

    async merge(repository, number, options, by) {
      requireWrite(by, repository, 'merge', 'Ask somebody who may.')
      if (!/^[0-9a-f]{40}$/.test(options.head)) throw invalid('A head is a commit of 40 hex digits.')
      const { title, message } = options
      if (title !== undefined) titleOf(title)
      if (message !== undefined) requireLength(message, 'A message')
      await mergePullRequest(core, repository, number, options, by)
      return view(await store.require(repository, number))
    },

    async files(repository, number) {
      const { from, to } = await rangeOf(await store.require(repository, number))
      return { ...(await git.difference(repository, from, to)), from, to }
    },

    async commits(repository, number) {
      const { base, to } = await rangeOf(await store.require(repository, number))
      return (await git.commits(repository, { from: base, to }, 1000)).toReversed()
    },

    async comments(repository, number) {
      return readComments(core, await store.require(repository, number))
    },

    async comment(repository, number, comment, by) {
      requireRead(by, repository)
      const row = await store.require(repository, number)
      const { statement, id } = await prepareComment(core, row, comment, by)
      await store.write([statement])
      core.emit({ kind: 'commented', repository, number, by: by.name })
      return requireComment(row, id)
    },

    async editComment(repository, number, id, change, by) {
      requireRead(by, repository)
      const row = await store.require(repository, number)
      const found = (await store.comments(repository, number)).find((one) => one.id === id)
      if (found === undefined)
        throw new PlimsollError('not-found', `Pull request ${number} of '${repository}' has no comment '${id.slice(0, 80)}'.`)
      if (change.body !== undefined) {
        if (found.author !== by.name || found.kind === 'event' || found.kind === 'report') {
          throw new PlimsollError('permission-denied', `Only ${found.author} may change this comment.`)
        }
        requireText(change.body, 'A comment')
      }
      if (change.isResolved !== undefined) {
        if (found.kind !== 'line') throw invalid('Only the thread of a line is resolved.')
        if (!by.canWrite(repository) && found.author !== by.name && row.author !== by.name) {
          throw new PlimsollError('permission-denied', `${by.name} may not resolve a thread of '${repository}'.`)
        }
      }
      const isResolved = change.isResolved === undefined ? found.is_resolved : change.isResolved ? 1 : 0
      await store.write([store.editComment(id, change.body ?? found.body, isResolved, core.now())])
      core.emit({ kind: 'commented', repository, number, by: by.name })
      return requireComment(row, id)
    },

    async report(repository, number, marker, body) {
      const row = await store.require(repository, number)
      requireLength(body, 'A report', maxSummary)
      const known = (await store.comments(repository, number)).find((one) => one.marker === marker)
      const id = known?.id ?? core.newId()
      const rest = { path: null, line: null, side: null, line_commit: null, in_reply_to: null }
      const added = { id, author: reporter, body, created_at: core.now(), kind: 'report', marker, ...rest }
      if (known === undefined) await store.write([store.addComment(repository, number, added)])
      else if (known.body !== body) await store.write([store.editComment(id, body, 0, core.now())])
      if (known?.body !== body) core.emit({ kind: 'commented', repository, number, by: reporter })
      return requireComment(row, id)
    },

    async reviews(repository, number) {
      await store.require(repository, number)
      return (await store.reviews(repository, number)).map(reviewOf)
    },

    async review(repository, number, review, by) {
      return requireReview(repository, number, await addReview(core, repository, number, review, by))
    },

    async dismissReview(repository, number, id, why, by) {
      await dismissReview(core, repository, number, id, why, by)
      return requireReview(repository, number, id)
    },

    async checks(repository, commit) {
      await git.refs(repository)
      return store.checks(repository, commit)
    },

    async setCheck(repository, check) {
      await git.refs(repository)
      if (!/^[0-9a-f]{40}$/.test(check.commit)) throw invalid('A check is about a commit of 40 hex digits.')
      if (check.name.trim() === '' || check.name.length > 255) throw invalid('A check has a name of at most 255 characters.')
      if (check.status === 'completed' && check.conclusion === undefined)
        throw invalid(`Check '${check.name}' is completed, and has no conclusion.`)
      requireLength(check.title, 'The title of a check', 1000)
      requireLength(check.summary ?? '', 'The summary of a check', maxSummary)
      const kept = { ...check, ...(check.annotations && { annotations: check.annotations.slice(0, maxAnnotations) }) }
      await store.write([store.setCheck(repository, kept, core.now())])
      for (const { number } of await store.byHead(repository, check.commit))
        core.emit({ kind: 'checked', repository, number, by: reporter })
    },

    async protections(repository) {
      await git.refs(repository)
      return store.protections(repository)
    },

    async setProtections(repository, protections, by) {
      if (!by.canAdminister(repository)) {
        throw new PlimsollError('permission-denied', `${by.name} may not change the protection of '${repository}'.`)
      }
      await git.refs(repository)
      checkProtections(protections)
      await store.write(store.setProtections(repository, protections))
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    async start() {
      for (const { name } of await repositories.hosted.list()) {
        const [open, intents] = await Promise.all([store.list(name, { state: 'open', limit: 1 }), store.intents(name)])
        if (open.length > 0 || intents.length > 0) await follower.look(name)
      }
    },

    idle: () => follower.idle(),

    async close() {
      stopFollowing()
      await follower.idle()
    },
  }

  /** What is shown is from where the two parted; what was merged is shown as it was then. */
  async function rangeOf(row: PullRequestRow): Promise<{ from: string; base: string; to: string }> {
    const tips = row.state === 'open' ? tipsOf(row, await git.refs(row.repository)) : { head: row.head_commit, base: row.base_commit }
    const base = tips.base ?? row.base_commit
    return { from: (await git.mergeBase(row.repository, base, tips.head)) ?? base, base, to: tips.head }
  }

  async function reopened(row: PullRequestRow, refs: ReadonlyMap<string, string>): Promise<Partial<PullRequestRow>> {
    const { head, base } = tipsOf(row, refs)
    if (base === undefined) throw invalid(`The target branch '${row.base_branch}' is gone: change the target first.`)
    if (await git.isAncestor(row.repository, head, base)) throw invalid(`There is nothing to merge: '${row.base_branch}' has all of it.`)
    return { head_commit: head, base_commit: base }
  }

  async function requireComment(row: PullRequestRow, id: string) {
    const comments = await readComments(core, row)
    const found = comments.find((one) => one.id === id)
    if (found !== undefined) return found
    const [plain] = (await store.comments(row.repository, row.number)).filter((one) => one.id === id)
    if (plain === undefined) throw new Error('a comment that was written is not there')
    return commentOf(plain)
  }

  async function requireReview(repository: string, number: number, id: string) {
    const found = (await store.reviews(repository, number)).find((one) => one.id === id)
    if (found === undefined) throw new Error('a review that was written is not there')
    return reviewOf(found)
  }
}

function requireBranch(refs: ReadonlyMap<string, string>, branch: string): string {
  const commit = refs.get(`refs/heads/${branch}`)
  if (commit === undefined) throw invalid(`There is no branch '${branch.slice(0, 255)}'.`)
  return commit
}

function titleOf(title: string): string {
  if (title.trim() === '' || title.length > 256 || unshown.test(title)) throw invalid('A title is one line of 1 to 256 characters.')
  return title.trim()
}
