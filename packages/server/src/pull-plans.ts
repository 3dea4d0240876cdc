import { type ApplicationPlan, type Check, type PlannedChange, PlimsollError, type PullRequest } from '@plimsoll/api'
import type { Applications, Log } from '@plimsoll/applications'
import type { ForgeEvent, Forges, OpenPull } from '@plimsoll/forge'
import type { GitHost, Repositories } from '@plimsoll/git'
import { createWorkQueue, done, runReconciler } from '@plimsoll/kube'
import type { Records } from '@plimsoll/records'
import { maskPlan } from './routes/plans.ts'
import { testMerge } from './test-merge.ts'

/** What merging a pull request would do to every Application that it touches: a check of its head, and a page. */
export interface PullPlans {
  /** Each at the merge of head and target. Empty while there are conflicts: the merge box says so. */
  of(repository: string, number: number): Promise<{ items: ApplicationPlan[]; commit?: string }>
  /** Once there are Applications to plan: listens, and plans what has no plan of its present head and target yet. */
  start(): void
  stop(): Promise<void>
}

export interface PullPlansContext {
  applications: Pick<Applications, 'plansOfChange' | 'list'>
  forge: Forges
  records: Pick<Records, 'room'>
  repositories: Pick<GitHost, 'history' | 'hosted'> & Pick<Repositories, 'resolve' | 'normalize'>
  pageOf(repository: string, number: number): string
  log: Log
}

/** What lets the plan become another one. */
const reasons = new Set<ForgeEvent['kind']>(['opened', 'headMoved', 'baseMoved', 'retargeted', 'reopened', 'readyForReview'])
const shownDifferences = 40
const maxSummary = 60_000
/** A plan renders every Application that is touched. */
const atOnce = 3
/** After a look at everything that is open. What could not be asked then, and what an event never told, is found by the next one. */
const catchUpEveryMs = 15 * 60_000
const catchUp = 'everything'
const migrations = [
  [`CREATE TABLE plans_pull (repository TEXT NOT NULL, number INTEGER NOT NULL, planned TEXT NOT NULL, PRIMARY KEY (repository, number))`],
]

export function createPullPlans(context: PullPlansContext): PullPlans {
  const { forge, repositories, log } = context
  const queue = createWorkQueue({ backOff: { baseMs: 2000, maxMs: catchUpEveryMs } })
  const tables = context.records.room('plans', migrations)
  // Whoever looks at them is told.
  tables.catch(() => undefined)
  /** What an event has named is planned whatever it was planned for before: Applications may be others by now. */
  const news = new Set<string>()
  let stop: (() => Promise<void>) | undefined

  async function plansOf(pull: PullRequest): Promise<{ items: ApplicationPlan[]; commit?: string }> {
    const { repository, base } = pull
    if (pull.provider !== 'builtin') return (await plansElsewhere(pull)) ?? { items: [] }
    const commit = pull.state === 'merged' ? pull.merged?.commit : await testMerge(repositories.history, pull)
    if (commit === undefined) return { items: [] }
    const items = await context.applications.plansOfChange({
      repoURL: repositories.hosted.urlOf(repository),
      branch: base.branch,
      isDefault: (await repositories.history.defaultBranch(repository)) === base.branch,
      isTrusted: !pull.isOutside,
      from: base.commit,
      to: commit,
    })
    return { items: items.map(maskPlan), commit }
  }

  /**
   * Of a repository elsewhere, which nothing is merged in from here. Where the head holds the target's newest commit it is what the merge will be;
   * where it does not, a plan would take back what others have merged, and none is made. Undefined while the head that Git has is another one.
   */
  async function plansElsewhere(pull: PullRequest): Promise<{ items: ApplicationPlan[]; commit?: string } | undefined> {
    const { repository: repoURL, base, head, number } = pull
    if (!isUsed(repoURL) || (pull.state === 'open' && pull.mergeability.isBehind)) return { items: [] }
    const headRef = `refs/${pull.provider === 'gitlab' ? 'merge-requests' : 'pull'}/${number}/head`
    const seen = pull.state === 'merged' ? pull.merged?.commit : (await repositories.resolve(repoURL, headRef, { maxAgeMs: 0 })).commit
    if (seen === undefined || (pull.state !== 'merged' && seen !== head.commit)) return undefined
    const items = await context.applications.plansOfChange({
      repoURL,
      branch: base.branch,
      isDefault: (await repositories.resolve(repoURL, 'HEAD')).ref === `refs/heads/${base.branch}`,
      isTrusted: !pull.isOutside,
      from: base.commit,
      to: seen,
    })
    return { items: items.map(maskPlan), commit: seen }
  }

  function isUsed(repoURL: string): boolean {
    const wanted = repositories.normalize(repoURL)
    return context.applications
      .list()
      .some(({ spec }) => [spec.source, ...(spec.sources ?? [])].some((one) => one && repositories.normalize(one.repoURL) === wanted))
  }

  async function check(repository: string, number: number, isNews: boolean): Promise<void> {
    const pull = await forge.get(repository, number)
    if (pull.state !== 'open') return
    const { head, base, provider } = pull
    const state = stateOf({ head: head.commit, baseBranch: base.branch, base: base.commit })
    // Planned while the look at everything was under way.
    if (!isNews && (await planned()).get(keyOf(pull)) === state) return
    const made = provider === 'builtin' ? await plansOf(pull) : await plansElsewhere(pull)
    if (made === undefined) throw new Error(`Git has another head than ${head.commit.slice(0, 7)}, which its provider names.`)
    const page = `${context.pageOf(repository, number)}?view=plan`
    for (const plan of made.items) await forge.setCheck(repository, checkOf(plan, head.commit, page))
    // A status elsewhere has one line: what would change stands in a comment.
    if (provider !== 'builtin' && made.items.length > 0)
      await forge.report(repository, number, 'plans', reportOf(made.items, head.commit, page))
    // Last: whoever is killed before it makes the same plan once more.
    await remember(repository, number, state)
  }

  async function remember(repository: string, number: number, planned: string): Promise<void> {
    const room = await tables
    await room.run(
      `INSERT INTO plans_pull (repository, number, planned) VALUES ($1, $2, $3)
       ON CONFLICT (repository, number) DO UPDATE SET planned = excluded.planned`,
      [repository, number, planned],
    )
  }

  async function planned(): Promise<Map<string, string>> {
    const room = await tables
    const rows = await room.query<{ repository: string; number: number; planned: string }>(
      'SELECT repository, number, planned FROM plans_pull',
    )
    return new Map(rows.map((row) => [keyOf(row), row.planned]))
  }

  /** Events are told once, to whoever is there: what has happened while nobody was is found by what is. */
  async function lookAtAll(): Promise<void> {
    const { items, unreachable } = await forge.listOpen()
    const known = await planned()
    for (const pull of items) {
      const isOurs = forge.connected(pull.repository) === undefined || isUsed(pull.repository)
      if (isOurs && known.get(keyOf(pull)) !== stateOf(pull)) queue.add(keyOf(pull), { priority: 'low' })
    }
    if (unreachable.length > 0) log.warn({ repositories: unreachable }, 'open pull requests of these could not be listed for their plans')
  }

  return {
    async of(repository, number) {
      return plansOf(await forge.get(repository, number))
    },
    start() {
      const stopListening = forge.subscribe((event) => {
        if (!reasons.has(event.kind)) return
        news.add(keyOf(event))
        queue.add(keyOf(event))
      })
      queue.add(catchUp, { priority: 'low' })
      const running = runReconciler({
        queue,
        concurrency: atOnce,
        async reconcile(key) {
          if (key === catchUp) {
            await lookAtAll()
            return { again: { afterMs: catchUpEveryMs, reason: 'what no event has told' } }
          }
          const isNews = news.delete(key)
          try {
            await check(...readKey(key), isNews)
          } catch (error) {
            // Its repository has been disconnected, or is gone.
            if (error instanceof PlimsollError && error.code === 'not-found') return done
            if (isNews) news.add(key)
            throw error
          }
          return done
        },
        onOutcome(key, outcome) {
          if ('failed' in outcome) log.warn({ error: String(outcome.failed), pull: key }, 'the plan of a pull request could not be made')
        },
      })
      stop = async () => {
        stopListening()
        await running.stop()
      }
    },
    async stop() {
      await stop?.()
    },
  }
}

function keyOf({ repository, number }: Pick<ForgeEvent, 'repository' | 'number'>): string {
  return `${repository}#${number}`
}

function readKey(key: string): [repository: string, number: number] {
  const at = key.lastIndexOf('#')
  return [key.slice(0, at), Number(key.slice(at + 1))]
}

/** What a plan is a plan of. */
function stateOf({ head, baseBranch, base }: Pick<OpenPull, 'head' | 'baseBranch' | 'base'>): string {
  return `${head} into ${baseBranch} at ${base}`
}

function checkOf(plan: ApplicationPlan, commit: string, detailsUrl: string): Check {
  const isBroken = plan.changes.length === 0 && plan.problems.length > 0
  return {
    name: `plan: ${plan.application}`,
    commit,
    status: 'completed',
    conclusion: isBroken ? 'failure' : 'success',
    title: isBroken ? (plan.problems[0] ?? '') : countsOf(plan),
    summary: summaryOf(plan).slice(0, maxSummary),
    detailsUrl,
    completedAt: new Date().toISOString(),
  }
}

/** Markdown. */
function reportOf(plans: readonly ApplicationPlan[], commit: string, page: string): string {
  const parts = plans.map((plan) => {
    const { title, summary = '' } = checkOf(plan, commit, page)
    return `<details><summary><code>${plan.application}</code>: ${title.replace(/[<>&]/g, ' ')}</summary>\n\n${summary}\n\n</details>`
  })
  return [`### What a merge of ${commit.slice(0, 7)} would do`, ...parts, `[All of it](${page})`].join('\n\n').slice(0, maxSummary)
}

function countsOf({ changes, unchanged }: ApplicationPlan): string {
  const words = {
    create: 'created',
    change: 'changed',
    prune: 'pruned',
    keep: 'kept although Git has dropped it',
    run: 'hooks run',
  } as const
  const counts = (Object.keys(words) as PlannedChange['action'][])
    .map((action) => [changes.filter((change) => change.action === action).length, words[action]] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
  return counts.length === 0 ? `Nothing changes; ${unchanged} objects stay as they are.` : `${counts.join(', ')}; ${unchanged} unchanged.`
}

/** Markdown. What the manifests hold stands in code, and cannot leave it. */
function summaryOf(plan: ApplicationPlan): string {
  const lines = plan.changes.flatMap(({ action, phase, kind, namespace, name, differences, why }) => [
    `${{ create: '+', change: '~', prune: '-', keep: '=', run: '>' }[action]} ${action} ${phase === 'Sync' ? '' : `${phase} `}${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}${why === undefined ? '' : ` (${why})`}`,
    ...differences
      .slice(0, shownDifferences)
      .map(({ path, live, target }) => `    ${path}: ${live ?? '(absent)'} → ${target ?? '(absent)'}`),
    ...(differences.length > shownDifferences ? [`    … and ${differences.length - shownDifferences} more`] : []),
  ])
  const text = [...lines, ...plan.problems.map((problem) => `! ${problem}`)].join('\n').replaceAll('```', "'''")
  return `\`\`\`\n${text}\n\`\`\``
}
