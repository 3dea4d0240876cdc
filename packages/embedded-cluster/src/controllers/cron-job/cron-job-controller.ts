import { controllerOf, done, type CacheChange, type KubeObject, type ObjectKey, type Outcome } from '@plimsoll/kube'
import { millisOf, timestamp } from '../machinery/condition.ts'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isAlreadyExists, isNamespaceTerminating } from '../machinery/object-writer.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { cronJobKind, jobKind, type NewObject } from '../kinds.ts'
import { isFinished, type Job } from '../job/job.ts'
import { controllerReference } from '../pods/pod-from-template.ts'
import type { CronJob, CronJobStatus, ObjectReference } from './cron-job.ts'
import { dueStart, surplusJobs } from './cron-plan.ts'
import { parseSchedule, type Schedule } from './schedule.ts'

const scheduledAtAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

/** Starts jobs by schedule. */
export function cronJobController(machinery: Machinery): ControllerDefinition {
  const { cache, client, clock } = machinery.context
  const { writer } = machinery
  const events = machinery.recorder('cronjob-controller')

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const cronJob = cache.get(key) as CronJob | undefined
    if (cronJob?.metadata.uid === undefined || writer.isDeleted(cronJob)) return done
    const now = clock.now()
    const jobs = (writer.ownedBy(cronJob.metadata.uid, jobKind) as Job[]).filter((job) => controllerOf(job)?.uid === cronJob.metadata.uid)
    const status = { ...(await settle(cronJob, jobs)) }
    for (const job of surplusJobs(cronJob, jobs)) {
      if (await writer.delete(job, { propagationPolicy: 'Background' }))
        events.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`)
    }
    const outcome =
      cronJob.metadata.deletionTimestamp !== undefined || cronJob.spec.suspend === true ? done : await startDue(cronJob, jobs, status, now)
    const current = (cache.get(key) as CronJob | undefined) ?? cronJob
    if (!isSemanticallyEqual(status, current.status)) await writer.updateStatus(current, status)
    return outcome
  }

  /** The status as the jobs that are there give it. */
  async function settle(cronJob: CronJob, jobs: readonly Job[]): Promise<CronJobStatus> {
    const active = jobs.filter((job) => !isFinished(job))
    const known = new Set((cronJob.status?.active ?? []).map((reference) => reference.uid))
    for (const job of jobs) {
      if (!isFinished(job) || !known.has(job.metadata.uid)) continue
      const ended = job.status?.conditions?.find((one) => (one.type === 'Complete' || one.type === 'Failed') && one.status === 'True')
      events.event(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${ended?.type ?? ''}`)
    }
    const successes = jobs.map((job) => job.status?.completionTime).filter((time) => time !== undefined)
    const lastSuccessfulTime = [...successes, cronJob.status?.lastSuccessfulTime ?? ''].sort().at(-1)
    return {
      ...(active.length === 0 ? {} : { active: active.map(referenceTo) }),
      ...(cronJob.status?.lastScheduleTime === undefined ? {} : { lastScheduleTime: cronJob.status.lastScheduleTime }),
      ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
    }
  }

  async function startDue(cronJob: CronJob, jobs: readonly Job[], status: CronJobStatus, now: number): Promise<Outcome> {
    let schedule: Schedule
    try {
      schedule = parseSchedule(cronJob.spec.schedule, cronJob.spec.timeZone)
    } catch (error) {
      const message = (error as Error).message
      events.event(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule: "${cronJob.spec.schedule}" : ${message}`)
      return { stalled: new Error(`The schedule of CronJob '${cronJob.metadata.name}' cannot be read: ${message}`) }
    }
    const { dueAt, tooManyMissed, nextAt } = dueStart(cronJob, schedule, now)
    const outcome: Outcome =
      nextAt === undefined ? done : { again: { afterMs: Math.max(1, nextAt - clock.now()), reason: 'the next scheduled time' } }
    if (tooManyMissed) {
      const hint = 'Set or decrease .spec.startingDeadlineSeconds or check clock skew'
      events.event(cronJob, 'Warning', 'TooManyMissedTimes', `too many missed start times. ${hint}`)
    }
    if (dueAt === undefined) return outcome
    const active = jobs.filter((job) => !isFinished(job))
    // A job for this very time is there: it was made before an earlier run could say so.
    const isServed = jobs.some((job) => job.metadata.name === nameOf(cronJob, dueAt))
    if (!isServed && active.length > 0 && cronJob.spec.concurrencyPolicy === 'Forbid') {
      events.event(
        cronJob,
        'Normal',
        'JobAlreadyActive',
        'Not starting job because prior execution is running and concurrency policy is Forbid',
      )
      return outcome
    }
    if (!isServed && cronJob.spec.concurrencyPolicy === 'Replace') {
      for (const job of active) {
        if (await writer.delete(job, { propagationPolicy: 'Background' }))
          events.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`)
      }
      delete status.active
    }
    if (!isServed) {
      const job = await create(cronJob, dueAt)
      if (job === undefined) return done
      status.active = [...(status.active ?? []), referenceTo(job)]
    }
    status.lastScheduleTime = timestamp(dueAt)
    return outcome
  }

  /** Undefined when the namespace is going away. */
  async function create(cronJob: CronJob, dueAt: number): Promise<KubeObject | undefined> {
    const wanted = buildJob(cronJob, dueAt)
    try {
      const job = await writer.create(jobKind, wanted)
      events.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`)
      return job
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined
      if (isAlreadyExists(error)) {
        const { namespace = '', name } = wanted.metadata
        const existing = await client.get(await writer.typeOf(jobKind.apiVersion, jobKind.kind), { namespace, name })
        if (existing !== undefined && controllerOf(existing)?.uid === cronJob.metadata.uid) return existing
      }
      events.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${(error as Error).message}`)
      throw error
    }
  }

  function* keysOf({ key, previous, current }: CacheChange): Iterable<ObjectKey> {
    if (key.kind === 'CronJob') {
      yield key
      return
    }
    for (const job of [previous, current]) {
      const owner = job === undefined ? undefined : controllerOf(job)
      if (owner?.kind === 'CronJob') yield { ...cronJobKind, namespace: key.namespace, name: owner.name }
    }
  }

  return { name: 'cronjob-controller', sources: [cronJobKind, jobKind], keysOf, reconcile }
}

/** One name per scheduled time, in minutes as the real controller has it: the same start is never made twice. */
function nameOf(cronJob: CronJob, dueAt: number): string {
  return `${cronJob.metadata.name}-${Math.floor(dueAt / 60_000)}`
}

export function buildJob(cronJob: CronJob, dueAt: number): NewObject {
  const { metadata, spec } = cronJob.spec.jobTemplate ?? {}
  const annotations = { ...metadata?.annotations, [scheduledAtAnnotation]: timestamp(millisOf(timestamp(dueAt)) ?? dueAt) }
  return {
    metadata: {
      name: nameOf(cronJob, dueAt),
      namespace: cronJob.metadata.namespace ?? '',
      ...(metadata?.labels === undefined ? {} : { labels: { ...metadata.labels } }),
      annotations,
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: structuredClone(spec ?? {}),
  }
}

function referenceTo(job: KubeObject): ObjectReference {
  const { namespace = '', name, uid = '', resourceVersion = '' } = job.metadata
  return { apiVersion: 'batch/v1', kind: 'Job', namespace, name, uid, resourceVersion }
}
