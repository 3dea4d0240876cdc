import type { Log } from '@plimsoll/applications'
import type { BuiltinForge, ForgeEvent } from '@plimsoll/forge'
import type { GitHost, RefsChanged, Repositories } from '@plimsoll/git'
import type { Records } from '@plimsoll/records'
import { createCiPulls } from './ci-pulls.ts'
import { nextScheduled, type WorkflowEvent, type WorkflowRun, type WorkflowRuns } from './ci-runs.ts'
import { type PayloadFacts, pushPayload, shared } from './ci-payload.ts'
import { ciTables } from './ci-settings.ts'

export interface CiEventsContext {
  runs: WorkflowRuns
  forge: Pick<BuiltinForge, 'get' | 'listOpen' | 'subscribe'>
  repositories: Repositories & GitHost
  records: Records
  serverUrl(): string
  now(): number
  log: Log
}

/** Turns what happens to repositories and pull requests into runs. */
export interface CiEvents {
  /** Listens, and looks at what has happened while nobody did. */
  start(): void
  stop(): Promise<void>
  /** By hand. Gives the runs that it has started. */
  dispatch(
    repository: string,
    request: { workflow: string; ref: string; inputs: Record<string, unknown>; by: string; id: string },
  ): Promise<WorkflowRun[]>
}

const tickMs = 30_000
/** A schedule that was missed for longer is not made up for, as on GitHub. */
const latestMs = 5 * 60_000
const newestRuns = 200

export async function createCiEvents(context: CiEventsContext): Promise<CiEvents> {
  const { runs, forge, repositories, log } = context
  const { history, hosted } = repositories
  const tables = await ciTables(context.records)
  const queues = new Map<string, Promise<void>>()
  const schedules = new Map<string, { commit: string; crons: { path: string; cron: string }[] }>()
  const stops: (() => void)[] = []
  // What came due while the server was away for a moment is told.
  const [tick] = await tables.query<{ at: number }>('SELECT at FROM ci_tick')
  let lastTick = tick?.at ?? context.now()
  let working: Promise<void> = Promise.resolve()

  /** One after the other for each repository: what comes second sees what the first has done. */
  function queue(repository: string, work: () => Promise<void>): Promise<void> {
    const next = (queues.get(repository) ?? Promise.resolve()).then(work).catch((error: unknown) => {
      log.error({ err: error, repository }, 'what happened to a repository could not start its workflows')
    })
    queues.set(repository, next)
    void next.then(() => queues.get(repository) === next && queues.delete(repository))
    return next
  }

  const pulls = createCiPulls({ forge, history, tables, factsOf, trigger })

  async function factsOf(repository: string, sender: string): Promise<PayloadFacts> {
    return {
      repository,
      defaultBranch: (await history.defaultBranch(repository)) ?? 'main',
      serverUrl: context.serverUrl(),
      cloneUrl: hosted.urlOf(repository),
      sender,
    }
  }

  async function refMoved(repository: string, ref: string, to: string, pusher: string): Promise<void> {
    const [row] = await tables.query<{ commit_id: string; told: number }>(
      'SELECT commit_id, told FROM ci_ref WHERE repository = $1 AND ref = $2',
      [repository, ref],
    )
    if (row?.commit_id === to) return
    const from = row?.commit_id
    const told = (row?.told ?? 0) + 1
    const commit = await repositories.commitMetadata(hosted.urlOf(repository), to)
    const changedPaths = from === undefined ? undefined : await history.changedPaths(repository, from, to).catch(() => undefined)
    // The same after a kill between this and the row: then nothing is started again.
    await trigger({
      id: `push/${ref}/${told}/${to}`,
      name: 'push',
      repository,
      ref,
      commit: to,
      workflowsCommit: to,
      actor: pusher,
      payload: pushPayload(await factsOf(repository, pusher), { ref, from, to, commit }),
      ...(changedPaths && { changedPaths }),
    })
    await remember(repository, ref, to, told)
  }

  async function remember(repository: string, ref: string, commit: string, told: number): Promise<void> {
    await tables.run(
      `INSERT INTO ci_ref (repository, ref, commit_id, told) VALUES ($1, $2, $3, $4)
       ON CONFLICT (repository, ref) DO UPDATE SET commit_id = excluded.commit_id, told = excluded.told`,
      [repository, ref, commit, told],
    )
  }

  function refsChanged(change: RefsChanged): void {
    const { hosted: repository } = change
    if (repository === undefined) return
    const moved = change.refs.filter(({ ref }) => isWatched(ref))
    if (moved.length === 0) return
    void queue(repository, async () => {
      for (const { ref, to } of moved) {
        if (to === undefined) await tables.run('UPDATE ci_ref SET commit_id = $3 WHERE repository = $1 AND ref = $2', [repository, ref, ''])
        else await refMoved(repository, ref, to, change.pusher ?? 'git')
      }
    })
  }

  function forgeEvent(event: ForgeEvent): void {
    if (pulls.isAbout(event)) void queue(event.repository, () => pulls.look(event.repository, event.number, event))
  }

  async function trigger(event: WorkflowEvent): Promise<void> {
    const started = await runs.trigger(event)
    if (started.length > 0)
      log.info({ repository: event.repository, event: event.name, ref: event.ref, runs: started.length }, 'runs were started')
  }

  /** `workflow_run`, when a run has ended: on the default branch. Not after one that was started so itself: two could start each other for ever. */
  function runEnded(run: WorkflowRun): void {
    if (run.state !== 'completed' || run.event === 'workflow_run') return
    const { repository } = run
    void queue(repository, async () => {
      const facts = await factsOf(repository, run.actor)
      const commit = (await history.refs(repository)).get(`refs/heads/${facts.defaultBranch}`)
      if (commit === undefined) return
      const ended = {
        id: run.id,
        name: run.workflow.name,
        path: run.workflow.path,
        event: run.event,
        status: 'completed',
        conclusion: run.conclusion,
        head_branch: run.branch ?? '',
        head_sha: run.commit,
        run_number: run.number,
        run_attempt: run.attempt,
        display_title: run.title,
        actor: { login: run.actor },
      }
      await trigger({
        id: `workflow_run/${run.id}/${run.attempt}`,
        name: 'workflow_run',
        action: 'completed',
        repository,
        ref: `refs/heads/${facts.defaultBranch}`,
        commit,
        workflowsCommit: commit,
        ...(run.branch !== undefined && { headRef: run.branch }),
        actor: run.actor,
        payload: {
          action: 'completed',
          workflow_run: ended,
          workflow: { name: run.workflow.name, path: run.workflow.path },
          ...shared(facts),
        },
      })
    })
  }

  /** Heads whose push nobody has told of: the server was gone, or was killed before it could. */
  async function catchUp(): Promise<void> {
    const [first] = await tables.query<{ ref: string }>('SELECT ref FROM ci_ref LIMIT 1')
    for (const { name } of await hosted.list()) {
      const refs = [...(await history.refs(name))].filter(([ref]) => isWatched(ref))
      void queue(name, async () => {
        for (const [ref, commit] of refs) {
          // The very first start: what is there was there before runs were.
          if (first === undefined) await remember(name, ref, commit, 0)
          else await refMoved(name, ref, commit, 'git')
        }
      })
    }
    if (first === undefined) return
    for (const { repository, number } of await pulls.missed()) void queue(repository, () => pulls.look(repository, number))
    // Of those that ended under a server that was killed before it could say so.
    for (const run of (await runs.list({ state: 'completed', limit: newestRuns })).toReversed()) runEnded(run)
    await Promise.all(queues.values())
  }

  async function lookAtSchedules(since: number, now: number): Promise<void> {
    for (const { name } of await hosted.list()) {
      const branch = await history.defaultBranch(name)
      const commit = branch === undefined ? undefined : (await history.refs(name)).get(`refs/heads/${branch}`)
      if (commit === undefined) continue
      let known = schedules.get(name)
      if (known?.commit !== commit) {
        known = { commit, crons: await nextScheduled.crons(repositories, hosted.urlOf(name), commit) }
        schedules.set(name, known)
      }
      for (const cron of new Set(known.crons.map((one) => one.cron))) {
        const due = nextScheduled.due(cron, since, now)
        if (due === undefined) continue
        const payload = { schedule: cron, ...shared(await factsOf(name, 'schedule')) }
        await queue(name, () =>
          trigger({
            id: `schedule/${cron}/${due}`,
            name: 'schedule',
            repository: name,
            ref: `refs/heads/${branch}`,
            commit,
            workflowsCommit: commit,
            actor: 'schedule',
            payload,
          }),
        )
      }
    }
    await tables.run('INSERT INTO ci_tick (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at', [now])
  }

  return {
    start() {
      stops.push(repositories.onRefsChanged(refsChanged), forge.subscribe(forgeEvent), runs.subscribe(runEnded))
      // Nobody waits for it: what comes meanwhile takes its turn behind it.
      working = catchUp().catch((error: unknown) => {
        log.error({ err: error }, 'what happened while the server was away could not be looked at')
      })
      const timer = setInterval(() => {
        const now = context.now()
        const since = Math.max(lastTick, now - latestMs)
        lastTick = now
        working = working
          .then(() => lookAtSchedules(since, now))
          .catch((error: unknown) => log.error({ err: error }, 'schedules could not be looked at'))
      }, tickMs)
      timer.unref()
      stops.push(() => clearInterval(timer))
    },
    async stop() {
      for (const stop of stops.splice(0)) stop()
      await working
      await Promise.all(queues.values())
    },
    async dispatch(repository, request) {
      const { commit, ref } = await repositories.resolve(hosted.urlOf(repository), request.ref)
      return runs.trigger({
        id: `dispatch/${request.id}`,
        name: 'workflow_dispatch',
        repository,
        ref: ref ?? request.ref,
        commit,
        workflowsCommit: commit,
        actor: request.by,
        inputs: request.inputs,
        payload: {
          workflow: request.workflow,
          ref: ref ?? request.ref,
          inputs: request.inputs,
          ...shared(await factsOf(repository, request.by)),
        },
      })
    },
  }
}

function isWatched(ref: string): boolean {
  return ref.startsWith('refs/heads/') || ref.startsWith('refs/tags/')
}
