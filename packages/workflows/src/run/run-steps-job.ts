import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RunConclusion, WorkflowJob } from '@plimsoll/api'
import type { RunsSurroundings } from '../contract.ts'
import { stepsImage } from '../job/initialize-containers.ts'
import { askedContainers } from '../job/asked-containers.ts'
import { containerSandbox } from '../engine/container-sandbox.ts'
import { JobContainers } from '../engine/job-containers.ts'
import { JobExecution, messageOf } from '../job/job-execution.ts'
import type { JobEnd, JobSpec } from '../job/job-spec.ts'
import { evaluateBoolean, evaluateNumber } from '../language/index.ts'
import type { Job, PermissionLevel, Scope, StepsJob, ValueMap } from '../language/contract.ts'
import { JobLogWriter } from '../log/job-log.ts'
import { Masker } from '../log/masker.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { mapOf } from '../step/values.ts'
import { type EnvironmentGate, passEnvironment } from './environment-gate.ts'
import type { Level, Result } from './level.ts'
import type { KeptRun } from './run-store.ts'
import type { RunTools } from './run-tools.ts'

/** GitHub's default. */
const longestMinutes = 360
const graceMinutes = 10

/** The run that a job is of, as the job sees it. */
export interface RunOfJobs {
  readonly kept: KeptRun
  readonly tools: RunTools
  readonly gate: EnvironmentGate
  readonly isOutside: boolean
  /** The server has stopped: nothing more is told. */
  readonly hasStopped: boolean
  readonly stopped: AbortSignal
  finish(record: WorkflowJob, conclusion: RunConclusion): void
  save(): Promise<void>
  tell(): void
  time(): string
  github(job: string, token: string, serverUrl?: string): ValueMap
  variables(environment?: string): Promise<ValueMap>
  secrets(level: Level, environment: string | undefined): Promise<ReadonlyMap<string, string>>
  permissions(level: Level, job: Job): Readonly<Record<string, PermissionLevel>>
}

/** One job in a sandbox of its own, from its place in the queue to its end on record. */
export async function runStepsJob(
  run: RunOfJobs,
  level: Level,
  job: StepsJob,
  record: WorkflowJob,
  scope: Scope,
  signal: AbortSignal,
): Promise<{ result: Result; outputs: ReadonlyMap<string, string> }> {
  const { surroundings, sandboxes, places, limits } = run.tools
  const nothing = new Map<string, string>()
  const isEnvironmentOpen = await passEnvironment(run.gate, job, record, scope, signal)
  if (!isEnvironmentOpen) {
    run.finish(record, signal.aborted ? 'cancelled' : 'failure')
    return { result: signal.aborted ? 'cancelled' : 'failure', outputs: nothing }
  }
  const leave = await places.take(signal)
  if (!leave) {
    run.finish(record, 'cancelled')
    return { result: 'cancelled', outputs: nothing }
  }
  const folder = join(run.tools.jobsFolder, record.id)
  const masker = new Masker()
  const logFile = run.tools.logFileOf(record.id)
  const log = new JobLogWriter(logFile, {
    masker,
    now: run.tools.now,
    changed: () => run.tools.logChanged(record.id),
    limitBytes: limits.logBytes,
  })
  let token: Awaited<ReturnType<RunsSurroundings['token']>> | undefined
  let containers: JobContainers | undefined
  let sandbox: Sandbox | undefined
  let end: JobEnd
  try {
    record.state = 'inProgress'
    delete record.why
    record.startedAt = run.time()
    const permissions = run.permissions(level, job)
    const longestMs = ((await evaluateNumber(job.timeoutMinutes, scope, longestMinutes)) + graceMinutes) * 60_000
    token = await surroundings.token({
      repository: run.kept.run.repository,
      id: run.kept.run.id,
      jobId: record.id,
      permissions,
      isOutside: run.isOutside,
      ttlMs: longestMs,
    })
    masker.add(token.token)
    if (token.handle !== undefined) run.kept.tokens = { ...run.kept.tokens, [record.id]: token.handle }
    // Durable before its first step: after a kill it is known to have run, and with which token.
    await run.save()
    const secrets = await run.secrets(level, record.environment?.name)
    for (const secret of secrets.values()) masker.add(secret)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const spec = specOf(run, { level, job, record, scope, folder, logFile, token: token.token, secrets, permissions })
    if (record.environment) spec.contexts = { ...spec.contexts, vars: await run.variables(record.environment.name) }
    const repository = run.kept.run.repository.split('/').at(-1) ?? 'repository'
    const { engines, outsideContainers } = run.tools
    containers = new JobContainers({ engines, jobId: record.id, folder, repository, limits, isOutside: run.isOutside, outsideContainers })
    // A pod has its containers from the start; an engine's are started beside the job's own place.
    const isPod = sandboxes.isolation === 'pod'
    if (isPod) spec.asked = await askedContainers(spec)
    const image = isPod ? undefined : await stepsImage(job, { contexts: spec.contexts })
    const own = await sandboxes.open({
      ...spec.asked,
      jobId: record.id,
      runId: run.kept.run.id,
      repository,
      isOutside: run.isOutside,
      folder,
      layout: image === undefined ? 'machine' : 'image',
      longestMs,
      signal: AbortSignal.any([signal, run.stopped]),
      say: (text) => void log.write(1, text),
    })
    sandbox = image === undefined ? own : containerSandbox(containers, own, repository, image)
    record.isolation = sandbox.isolation
    if (sandbox.serverUrl !== undefined) {
      const github = run.github(job.id, token.token, sandbox.serverUrl)
      Object.assign(spec, { ...reachedAt(sandbox.serverUrl, spec), contexts: { ...spec.contexts, github } })
    }
    const execution = new JobExecution(spec, {
      sandbox,
      containers,
      log,
      masker,
      actions: run.tools.actions,
      artifacts: run.tools.artifacts,
      caches: run.tools.caches,
      limits,
      now: run.tools.now,
      cancelled: signal,
      stopped: run.stopped,
      news: {
        steps: (steps) => {
          record.steps = steps
          run.tell()
        },
        annotations: (annotations) => (record.annotations = annotations),
        logChanged: () => run.tools.logChanged(record.id),
      },
    })
    end = await execution.run()
  } catch (error) {
    const isCancelled = signal.aborted && sandbox === undefined
    void log.write(1, isCancelled ? 'The operation was canceled.' : messageOf(error), 'error')
    end = isCancelled
      ? { conclusion: 'cancelled', outputs: nothing }
      : { conclusion: 'failure', why: masker.hide(messageOf(error)), outputs: nothing }
  }
  await containers?.close()
  await sandbox?.close().catch(() => undefined)
  await log.close().catch(() => undefined)
  const isRevoked = await token?.revoke().then(() => true, () => false) // prettier-ignore
  if (isRevoked) delete run.kept.tokens?.[record.id]
  if (log.problem !== undefined) end = { ...end, why: `The log could not be written: ${messageOf(log.problem)}` }
  run.tools.emptied.add(folder)
  leave()
  if (end.why !== undefined) record.why = end.why
  if (end.environmentUrl !== undefined && record.environment) record.environment.url = end.environmentUrl
  const forgives =
    end.conclusion === 'failure' && job.continueOnError !== undefined
      ? await evaluateBoolean(job.continueOnError, scope, false).catch(() => false)
      : false
  if (run.hasStopped) return { result: 'cancelled', outputs: nothing }
  run.finish(record, end.conclusion)
  await run.save()
  await run.tools.logClosed(record.id)
  // GitHub cancels a job that takes too long, and says so to those that need it.
  const result: Result = forgives ? 'success' : end.conclusion === 'timedOut' ? 'cancelled' : end.conclusion
  return { result, outputs: end.outputs }
}

/** Addresses of a server that steps reach elsewhere than where people do. */
function reachedAt(stepsServerUrl: string, spec: JobSpec): Pick<JobSpec, 'stepsServerUrl' | 'cloneUrl' | 'connectedUrl'> {
  const { serverUrl, cloneUrl, connectedUrl } = spec
  const moved = (url: string): string => (url.startsWith(`${serverUrl}/`) ? stepsServerUrl + url.slice(serverUrl.length) : url)
  return {
    stepsServerUrl,
    cloneUrl: moved(cloneUrl),
    ...(connectedUrl && {
      async connectedUrl(repository, server) {
        const url = await connectedUrl(repository, server)
        return url === undefined ? undefined : moved(url)
      },
    }),
  }
}

function specOf(
  run: RunOfJobs,
  facts: {
    level: Level
    job: StepsJob
    record: WorkflowJob
    scope: Scope
    folder: string
    logFile: string
    token: string
    secrets: ReadonlyMap<string, string>
    permissions: Readonly<Record<string, PermissionLevel>>
  },
): JobSpec {
  const { level, job, record, scope, token, secrets, permissions } = facts
  const { event } = run.kept
  const { surroundings } = run.tools
  const canWrite = Object.entries(permissions).find(([, allowed]) => allowed === 'write')?.[0]
  const serverUrl = surroundings.serverUrl()
  const cloneUrl = surroundings.cloneUrl(run.kept.run.repository)
  const power = secrets.size > 0 ? 'secrets' : canWrite === undefined ? undefined : `a token that can write (${canWrite})`
  return {
    runId: run.kept.run.id,
    jobId: record.id,
    attempt: run.kept.run.attempt,
    folder: facts.folder,
    logFile: facts.logFile,
    workflow: level.linked.workflow,
    job,
    asked: { services: new Map() },
    contexts: {
      ...scope.contexts,
      github: run.github(job.id, token),
      secrets: mapOf([...secrets, ['GITHUB_TOKEN', token]]),
    },
    event: event.payload,
    secrets,
    token,
    repository: run.kept.run.repository,
    commit: event.commit,
    ref: event.ref,
    origin: level.linked.origin ?? { url: cloneUrl, commit: event.workflowsCommit },
    isOutside: run.isOutside,
    ...(power !== undefined && { power }),
    knowledge: level.knowledge.get(job.id) ?? {},
    serverUrl,
    stepsServerUrl: serverUrl,
    cloneUrl,
    ...(!run.isOutside && {
      connectedUrl: async (repository: string, server: string) => surroundings.connectedUrl?.(run.kept.run.repository, repository, server),
    }),
    cacheScopes: run.tools.cacheScopes(event, run.isOutside),
    isDebug: run.tools.isDebug,
    refusesHeads: event.name === 'pull_request_target',
  }
}
