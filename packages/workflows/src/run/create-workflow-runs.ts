import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { PlimsollError, type WorkflowJob, type WorkflowRun } from '@plimsoll/api'
import type { RoomTables } from '@plimsoll/records'
import type { RunsSurroundings, WorkflowEvent, WorkflowRuns } from '../contract.ts'
import { defaultLimits, podLimits } from '../job/default-limits.ts'
import { describeEngine } from '../engine/engine.ts'
import { createEngineSource, type EngineSource } from '../engine/probe-engine.ts'
import { inputsAsText, interpolate, linkWorkflows, resolveDispatchInputs } from '../language/index.ts'
import type { LinkedWorkflow, Problem } from '../language/contract.ts'
import { fileReader } from '../reader/file-reader.ts'
import { readLog, readRawLog, repairLog } from '../log/job-log.ts'
import { openPodSandboxes } from '../sandbox/pods/open-pods.ts'
import { probeSandboxes, type Sandboxes } from '../sandbox/probe.ts'
import { createArtifactStore } from '../storage/artifact-store.ts'
import { createCacheStore } from '../storage/cache-store.ts'
import { defaultStorage } from '../storage/storage-limits.ts'
import { toValue } from '../step/values.ts'
import type { ValueMap } from '../language/contract.ts'
import { cacheScopes, isSkipped, titleOf } from './event-facts.ts'
import { ConcurrencyGroups } from './concurrency-groups.ts'
import { EmptiedFolders } from './emptied-folders.ts'
import { githubContext } from './github-context.ts'
import { Places } from './places.ts'
import { markInterrupted, nextAttempt } from './next-attempt.ts'
import { createActionSource } from './remote-actions.ts'
import { defaultRetention, removeExpired } from './retention.ts'
import { RunExecution } from './run-execution.ts'
import type { RunTools } from './run-tools.ts'
import type { RunsContext } from './runs-context.ts'
import { RunNews } from './run-news.ts'
import { openTables, RunStore, type KeptRun } from './run-store.ts'
import { createLoader, isNamed, readWorkflows, type RepositoryPlaces, type WorkflowText } from './workflow-files.ts'

export async function createWorkflowRuns(context: RunsContext, surroundings: RunsSurroundings): Promise<WorkflowRuns> {
  const runs = new Runs(context, surroundings)
  await runs.open()
  return runs
}

const mostLines = 5_000
/** They cost this machine little: the cluster says how many have room. */
const podsAtOnce = 20
const readingMs = 20_000
const dayMs = 24 * 60 * 60_000

function ownPath(): string {
  return process.env['PATH'] ?? '/usr/bin:/bin'
}

class Runs implements WorkflowRuns {
  readonly #context: RunsContext
  readonly #surroundings: RunsSurroundings
  readonly #now: () => number
  readonly #groups = new ConcurrencyGroups()
  readonly #emptied = new EmptiedFolders()
  readonly #active = new Map<string, { execution: RunExecution; done: Promise<void> }>()
  readonly #news: RunNews
  readonly #places: Places
  readonly #folders: { jobs: string; logs: string; spool: string }
  readonly #engines: EngineSource
  #sandboxes: Promise<Sandboxes> | undefined
  #store!: RunStore
  #tables!: RoomTables
  #tools!: Omit<RunTools, 'sandboxes'>
  #artifacts!: ReturnType<typeof createArtifactStore>
  #lastId = 0
  #daily: NodeJS.Timeout | undefined
  #cleaning: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(context: RunsContext, surroundings: RunsSurroundings) {
    this.#context = context
    this.#surroundings = surroundings
    this.#now = context.now ?? Date.now
    this.#places = new Places(Math.max(1, context.concurrency ?? (context.pods ? podsAtOnce : availableParallelism())))
    this.#news = new RunNews(
      (repository, check) => surroundings.setCheck(repository, check),
      (run) => this.#store.told(run),
      context.log,
    )
    const { dataDir } = context
    const { containerEngine = 'auto', searchPath = ownPath() } = context
    this.#engines = createEngineSource({ containerEngine, dataDir, searchPath })
    this.#folders = { jobs: join(dataDir, 'jobs'), logs: join(dataDir, 'logs'), spool: join(dataDir, 'spool') }
  }

  async open(): Promise<void> {
    for (const folder of Object.values(this.#folders)) await mkdir(folder, { recursive: true, mode: 0o700 })
    const { records } = this.#context
    const tables = await openTables(records)
    this.#tables = tables
    this.#store = new RunStore(tables)
    const storage = { ...defaultStorage, ...this.#context.storage }
    const { artifactDays } = this.#context.retention ?? {}
    this.#artifacts = createArtifactStore(records, tables, this.#folders.spool, this.#now, { mostDays: artifactDays, storage })
    this.#tools = {
      surroundings: this.#surroundings,
      actions: createActionSource((isOutside) => this.#placesFor(isOutside)),
      artifacts: this.#artifacts,
      caches: createCacheStore(records, tables, this.#folders.spool, this.#now, storage),
      limits: { ...defaultLimits, ...(this.#context.pods && podLimits), ...this.#context.limits },
      engines: this.#engines,
      outsideContainers: this.#context.outsideContainers ?? false,
      places: this.#places,
      groups: this.#groups,
      now: this.#now,
      jobsFolder: this.#folders.jobs,
      emptied: this.#emptied,
      logFileOf: (jobId) => this.#logFile(jobId),
      save: (kept) => this.#store.save(kept),
      changed: (kept) => this.#news.changed(kept),
      logChanged: (jobId) => this.#news.logChanged(jobId),
      logClosed: async (jobId) => this.#news.logChanged(jobId),
      cacheScopes,
      isDebug: this.#context.isDebug ?? false,
      selection: this.#context.selection ?? {},
    }
  }

  #placesFor(isOutside: boolean): RepositoryPlaces {
    const { actionHosts } = this.#context
    const repositories = isOutside ? this.#context.repositories.anonymous : this.#context.repositories
    const isHosted = (repository: string): Promise<boolean> => this.#context.isHosted(repository)
    return { repositories, surroundings: this.#surroundings, isHosted, hosts: actionHosts ?? ['github.com'] }
  }

  async start(): Promise<void> {
    // Probed now, not when the first push comes.
    const sandboxes = await this.#probe()
    this.#context.log.info(
      { isolation: sandboxes.isolation, ...(sandboxes.why !== undefined && { why: sandboxes.why }) },
      'steps of workflows are isolated so',
    )
    this.#lookForEngine()
    for (const folder of [this.#folders.jobs, this.#folders.spool]) {
      for (const name of await readdir(folder)) await this.#remove(join(folder, name))
    }
    await this.#clean()
    this.#daily = setInterval(() => void this.#clean(), dayMs)
    this.#daily.unref()
    // Ended under a server that was killed before it could say so.
    for (const kept of await this.#store.untold()) this.#news.changed(kept)
    for (const kept of await this.#store.unfinished()) {
      if (kept.run.startedAt === undefined) {
        // Nothing of it has run: it is begun, or waits for its maintainer again.
        kept.run.jobs = []
        await this.#launch(kept)
      } else await this.#interrupted(kept)
    }
  }

  /** Nobody waits for it but jobs that need one. */
  #lookForEngine(): void {
    const { log } = this.#context
    void this.#engines.get().then((found) => {
      if ('why' in found) return log.info({ why: found.why }, 'jobs have no container engine')
      log.info({ engine: describeEngine(found.engine) }, 'jobs have a container engine')
      for (const problem of found.problems ?? []) log.warn({ problem }, 'containers of an earlier server could not be removed')
    })
  }

  /** A container may have left files that are not ours to remove; they hold nothing up. */
  async #remove(path: string): Promise<void> {
    try {
      await rm(path, { recursive: true, force: true })
    } catch (error) {
      this.#context.log.warn({ error: String(error) }, 'a folder of a job could not be removed')
    }
  }

  /** Once a day. That it fails ends nothing else: the next day comes. */
  #clean(): Promise<void> {
    const { log, retention } = this.#context
    this.#cleaning = this.#cleaning
      .then(() => removeExpired(this.#tables, this.#folders.logs, { ...defaultRetention, ...retention }, this.#now()))
      .then(
        (removed) => {
          if (removed.logs + removed.artifacts + removed.caches > 0) log.info(removed, 'what runs left behind is past its time and gone')
        },
        (error: unknown) => log.error({ error: String(error) }, 'what runs left behind could not be taken away'),
      )
    return this.#cleaning
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#daily)
    await this.#cleaning
    for (const { execution } of this.#active.values()) execution.interrupt()
    await Promise.all([...this.#active.values()].map(({ done }) => done))
    await this.#news.close()
    await this.#emptied.close()
    const sandboxes = await this.#sandboxes?.catch(() => undefined)
    sandboxes?.close?.()
  }

  async #interrupted(kept: KeptRun): Promise<void> {
    // No step is left that could use them, but a step may have sent one elsewhere.
    for (const handle of Object.values(kept.tokens ?? {})) await this.#surroundings.revokeToken?.(handle)
    delete kept.tokens
    for (const job of kept.run.jobs) if (job.state !== 'completed') await repairLog(this.#logFile(job.id))
    markInterrupted(kept.run, new Date(this.#now()).toISOString())
    await this.#store.save(kept)
    this.#news.changed(kept)
  }

  async trigger(event: WorkflowEvent): Promise<WorkflowRun[]> {
    const known = await this.#store.ofEvent(event.repository, event.id)
    if (await this.#store.hasSeen(event.repository, event.id)) return known.map(({ run }) => run)
    const url = this.#surroundings.cloneUrl(event.repository)
    const texts = await readWorkflows(this.#context.repositories, url, event.workflowsCommit)
    if (isSkipped(event)) return known.map(({ run }) => run)
    const started: WorkflowRun[] = known.map(({ run }) => run)
    // Files of one commit that were made to be slow must not keep those of others waiting for long.
    const time = { leftMs: this.#context.readingMs ?? readingMs }
    for (const file of texts) {
      if (known.some(({ run }) => run.workflow.path === file.path)) continue
      const run = await this.#triggerOne(file, event, time)
      if (run) started.push(run)
    }
    await this.#store.see(event.repository, event.id)
    return started
  }

  async #triggerOne(file: WorkflowText, event: WorkflowEvent, time: { leftMs: number }): Promise<WorkflowRun | undefined> {
    const selected = this.#context.selection?.workflow
    if (selected !== undefined && !isNamed(file.path, selected)) return undefined
    const wanted = event.name === 'workflow_dispatch' ? event.payload['workflow'] : undefined
    if (typeof wanted === 'string' && !isNamed(file.path, wanted)) return undefined
    const { linked, problems, isMatch } = await this.#read(file, event, time)
    const errors = problems.filter((problem) => problem.severity === 'error')
    if (!isMatch && errors.length === 0) return undefined
    if (!linked) {
      // GitHub tells of a broken file on what people look at; a schedule nobody asked for tells nothing.
      if (event.name !== 'push' && event.name !== 'pull_request' && typeof wanted !== 'string') return undefined
      return this.#addFailed(file, event, errors)
    }
    if (!isMatch) return undefined
    let started = event
    if (event.name === 'workflow_dispatch') {
      const resolved = resolveDispatchInputs(linked.workflow, event.inputs ?? {})
      if (resolved.problems.length > 0) throw new PlimsollError('invalid-request', resolved.problems.join(' '))
      const { inputs } = resolved
      started = { ...event, inputs: inputs as Record<string, unknown>, payload: { ...event.payload, inputs: inputsAsText(inputs) } }
    }
    const run = this.#newRun(file, started, linked.workflow.name)
    const kept: KeptRun = { run, event: started, results: {} }
    if (linked.workflow.runName) {
      const github = githubContext({ event: started, runId: run.id, runNumber: run.number, attempt: 1, workflow: run.workflow, serverUrl: this.#surroundings.serverUrl(), triggeringActor: event.actor }) // prettier-ignore
      const scope = { contexts: { github, inputs: (toValue(started.inputs ?? {}) ?? null) as ValueMap | null } }
      run.title = (await interpolate(linked.workflow.runName, scope).catch(() => run.title)) || run.title
    }
    const added = await this.#store.add(kept)
    if (!added) return undefined
    kept.run = added
    this.#news.changed(kept)
    await this.#begin(kept, linked)
    return structuredClone(kept.run)
  }

  async #addFailed(
    file: WorkflowText,
    event: WorkflowEvent,
    errors: readonly (Problem & { path?: string })[],
  ): Promise<WorkflowRun | undefined> {
    const run = this.#newRun(file, event, file.path)
    const at = new Date(this.#now()).toISOString()
    const first = errors[0]
    Object.assign(run, {
      state: 'completed',
      conclusion: 'failure',
      why: `Invalid workflow file: ${file.path}:${first?.line ?? 1}:${first?.column ?? 1}: ${first?.message ?? 'it cannot be read'}`,
      finishedAt: at,
      problems: errors.slice(0, 50).map((problem) => ({
        path: problem.path ?? file.path,
        line: problem.line,
        column: problem.column,
        level: 'failure' as const,
        message: problem.message,
      })),
    } satisfies Partial<WorkflowRun>)
    const kept: KeptRun = { run, event, results: {} }
    const added = await this.#store.add(kept)
    if (!added) return undefined
    kept.run = added
    this.#news.changed(kept)
    return added
  }

  async #read(
    file: WorkflowText,
    event: WorkflowEvent,
    time?: { leftMs: number },
  ): Promise<{ linked?: LinkedWorkflow; isMatch: boolean; problems: (Problem & { path?: string })[] }> {
    if (time && time.leftMs <= 0) {
      const message = 'the workflow files of this commit take too long to read; this one was left out'
      return { isMatch: false, problems: [{ message, severity: 'error', line: 1, column: 1 }] }
    }
    const { workflow, problems, isMatch, tookMs } = await fileReader.started(file.text, file.path, event)
    if (time) time.leftMs -= tookMs
    if (!workflow) return { problems, isMatch }
    const repository = { url: this.#surroundings.cloneUrl(event.repository), name: event.repository, commit: event.workflowsCommit }
    const identity = `${event.repository}@${event.workflowsCommit}:${file.path}`
    const { linked, problems: more } = await linkWorkflows(
      workflow,
      identity,
      createLoader(this.#placesFor(isFromOutside(event)), repository),
      (text, path) => fileReader.workflow(text, path),
    )
    return { ...(linked && { linked }), isMatch, problems: [...problems, ...more] }
  }

  #newRun(file: WorkflowText, event: WorkflowEvent, name: string): WorkflowRun {
    const isOutside = isFromOutside(event)
    const branch = event.headRef ?? (event.ref.startsWith('refs/heads/') ? event.ref.slice('refs/heads/'.length) : undefined)
    return {
      id: this.#newId(),
      number: 0,
      attempt: 1,
      repository: event.repository,
      workflow: { path: file.path, name },
      event: event.name,
      ref: event.ref,
      commit: event.commit,
      ...(branch !== undefined && { branch }),
      actor: event.actor,
      ...(event.pullRequest && { pullRequest: event.pullRequest.number }),
      title: titleOf(event, name),
      trust: isOutside ? 'outside' : 'trusted',
      state: 'queued',
      createdAt: new Date(this.#now()).toISOString(),
      jobs: [],
    }
  }

  /** Sorts by time; digits alone, because scripts take it for a number. */
  #newId(): string {
    this.#lastId = Math.max(this.#lastId + 1, this.#now() * 1000)
    return String(this.#lastId)
  }

  /** Reads its workflow anew, at the same commit, and begins. */
  async #launch(kept: KeptRun): Promise<void> {
    const { event, run } = kept
    try {
      const texts = await readWorkflows(this.#context.repositories, this.#surroundings.cloneUrl(event.repository), event.workflowsCommit)
      const file = texts.find(({ path }) => path === run.workflow.path)
      const read = file && (await this.#read(file, event))
      if (!read?.linked)
        throw new Error(read?.problems[0]?.message ?? `There is no '${run.workflow.path}' at ${event.workflowsCommit} any more.`)
      await this.#begin(kept, read.linked)
    } catch (error) {
      run.state = 'completed'
      run.conclusion = 'failure'
      run.why = error instanceof Error ? error.message : String(error)
      run.finishedAt = new Date(this.#now()).toISOString()
      await this.#store.save(kept)
      this.#news.changed(kept)
    }
  }

  async #begin(kept: KeptRun, linked: LinkedWorkflow): Promise<void> {
    const sandboxes = await this.#probe()
    if (this.#isStopped) return
    const execution = new RunExecution(kept, linked, { ...this.#tools, sandboxes })
    const done = execution.execute().finally(() => {
      this.#active.delete(kept.run.id)
      this.#news.forget(kept.run.id)
    })
    this.#active.set(kept.run.id, { execution, done })
  }

  #probe(): Promise<Sandboxes> {
    const { pods, dataDir, log } = this.#context
    const { limits } = this.#tools
    const surroundings = this.#surroundings
    this.#sandboxes ??= pods
      ? openPodSandboxes({
          options: pods,
          dataDir,
          memoryBytes: limits.memoryBytes,
          diskBytes: limits.diskBytes,
          serverUrl: () => surroundings.serverUrl(),
          ...(surroundings.connect && { connect: () => surroundings.connect?.() as Duplex }),
          log,
        })
      : probeSandboxes({
          dataDir,
          secretFolders: this.#context.secretFolders,
          ...(this.#context.visibleFolders && { visibleFolders: this.#context.visibleFolders }),
          searchPath: this.#context.searchPath ?? ownPath(),
          isolation: this.#context.isolation ?? 'auto',
          maxProcesses: limits.processes,
        })
    return this.#sandboxes
  }

  list(filter: Parameters<WorkflowRuns['list']>[0] = {}): Promise<WorkflowRun[]> {
    return this.#store
      .list(filter)
      .then((runs) => runs.map((run) => this.#active.get(run.id)?.execution.kept.run ?? run).map((run) => structuredClone(run)))
  }

  async get(id: string): Promise<WorkflowRun> {
    return structuredClone((await this.#kept(id)).run)
  }

  async #kept(id: string): Promise<KeptRun> {
    const kept = this.#active.get(id)?.execution.kept ?? (await this.#store.find(id))
    if (!kept) throw new PlimsollError('not-found', `There is no run '${id.slice(0, 60)}'.`)
    return kept
  }

  async cancel(id: string, by: string): Promise<WorkflowRun> {
    const kept = await this.#kept(id)
    this.#active.get(id)?.execution.cancel(`${by} cancelled it.`)
    return structuredClone(kept.run)
  }

  async rerun(id: string, options: { failedOnly?: boolean }, by: string): Promise<WorkflowRun> {
    const kept = await this.#kept(id)
    const { run } = kept
    if (run.state !== 'completed')
      throw new PlimsollError('operation-in-progress', `Run ${run.number} of '${run.workflow.name}' has not ended yet.`)
    const maySee = run.trust === 'outside' && by !== run.actor && (await this.#surroundings.canWrite(run.repository, by))
    const next = nextAttempt(kept, { failedOnly: options.failedOnly === true, startedBy: by, ...(maySee && { approvedBy: by }) })
    await this.#store.save(next)
    this.#news.changed(next)
    await this.#launch(next)
    return structuredClone(next.run)
  }

  async decide(id: string, decision: { jobId?: string; isApproved: boolean; comment?: string }, by: string): Promise<WorkflowRun> {
    const { run } = await this.#kept(id)
    if (!(await this.#surroundings.canWrite(run.repository, by)))
      throw new PlimsollError(
        'permission-denied',
        `'${by}' may not decide about runs of '${run.repository}': that takes the right to write to it.`,
      )
    if (decision.jobId === undefined && by === run.actor)
      throw new PlimsollError('permission-denied', `'${by}' has proposed this: somebody else has to let it run.`)
    const refused = (await this.#active.get(id)?.execution.decide(decision.jobId, { isApproved: decision.isApproved, by, ...(decision.comment !== undefined && { comment: decision.comment }) })) ?? (this.#active.has(id) ? undefined : 'The run does not wait for anybody.') // prettier-ignore
    if (refused !== undefined) throw new PlimsollError('invalid-request', refused)
    return this.get(id)
  }

  async workflows(repository: string, commit: string): ReturnType<WorkflowRuns['workflows']> {
    const texts = await readWorkflows(this.#context.repositories, this.#surroundings.cloneUrl(repository), commit)
    return Promise.all(texts.map(({ path, text }) => fileReader.description(text, path)))
  }

  async log(jobId: string, { after = 0, limit = 1000 } = {}): ReturnType<WorkflowRuns['log']> {
    const { job } = await this.#job(jobId)
    const most = Math.min(Math.max(1, limit), mostLines)
    // Asked before reading: lines that come meanwhile are not taken for the end.
    const isOver = job.state === 'completed'
    const lines = await readLog(this.#logFile(jobId), Math.max(0, after), most)
    const isAll =
      lines.length === 0 || (lines.length < most && (await readLog(this.#logFile(jobId), lines.at(-1)?.n ?? after, 1)).length === 0)
    return { lines, isComplete: isOver && isAll }
  }

  async rawLog(jobId: string): ReturnType<WorkflowRuns['rawLog']> {
    await this.#job(jobId)
    return readRawLog(this.#logFile(jobId))
  }

  async #job(jobId: string): Promise<{ run: WorkflowRun; job: WorkflowJob }> {
    const match = /^(\d{1,20})-\d{1,6}-\d{1,6}$/.exec(jobId)
    const kept = match?.[1] === undefined ? undefined : await this.#kept(match[1]).catch(() => undefined)
    const job = kept?.run.jobs.find((one) => one.id === jobId)
    if (kept && job) return { run: kept.run, job }
    // Of an attempt before: its log is still there.
    if (kept && match && existsSync(this.#logFile(jobId)))
      return { run: kept.run, job: { id: jobId, key: '', name: '', needs: [], state: 'completed', steps: [] } }
    throw new PlimsollError('not-found', `There is no job '${jobId.slice(0, 60)}'.`)
  }

  #logFile(jobId: string): string {
    return join(this.#folders.logs, `${jobId}.log`)
  }

  async artifacts(runId: string): ReturnType<WorkflowRuns['artifacts']> {
    await this.#kept(runId)
    return this.#artifacts.describe(runId)
  }

  async artifact(runId: string, name: string): ReturnType<WorkflowRuns['artifact']> {
    await this.#kept(runId)
    const found = await this.#artifacts.find(runId, name)
    if (!found) throw new PlimsollError('not-found', `Run '${runId}' has no artifact '${name.slice(0, 200)}'.`)
    const size = await this.#context.records.blobSize(found.digest)
    return { stream: this.#context.records.readBlob(found.digest), ...(size !== undefined && { size }) }
  }

  subscribe(listener: (run: WorkflowRun) => void): () => void {
    return this.#news.subscribe(listener)
  }

  subscribeLog(jobId: string, listener: () => void): () => void {
    return this.#news.subscribeLog(jobId, listener)
  }
}

/** Of `pull_request_target` it is the target's workflow that runs. */
function isFromOutside(event: WorkflowEvent): boolean {
  return event.pullRequest?.isOutside === true && event.name !== 'pull_request_target'
}
