import { done, type CacheChange, type ObjectKey, type Outcome } from '@plimsoll/kube'
import { claimObjects } from '../machinery/claim.ts'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import { isEmptySelector, matchesSelector } from '../machinery/label-selector.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isNamespaceTerminating } from '../machinery/object-writer.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { jobKind, podKind } from '../kinds.ts'
import { isPodFinished, type Pod } from '../pods/pod.ts'
import { slowStart } from '../pods/slow-start.ts'
import { ownersOfPod } from '../replica-set/replica-set-controller.ts'
import { buildJobPod } from './job-pod.ts'
import { expiresAt, planJob, withCreated } from './job-plan.ts'
import type { CountedPods } from './job-tally.ts'
import { isFinished, isIndexed, type Job } from './job.ts'

const ownManager = 'kubernetes.io/job-controller'

/** Runs jobs to their end. */
export function jobController(machinery: Machinery): ControllerDefinition {
  const { cache, client, clock } = machinery.context
  const { writer, relations } = machinery
  const events = machinery.recorder('job-controller')
  const counted = new Map<string, CountedPods>()

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const job = cache.get(key) as Job | undefined
    if (job?.metadata.uid === undefined || writer.isDeleted(job) || job.metadata.deletionTimestamp !== undefined) return done
    if (job.spec.managedBy !== undefined && job.spec.managedBy !== ownManager) return done
    if (isFinished(job)) return expire(job)

    const { uid } = job.metadata
    const now = clock.now()
    const plan = planJob(job, await claimPods(job), counted.get(uid), now)
    for (const pod of plan.delete) {
      if (await writer.delete(pod)) events.event(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
    }
    const result = await slowStart(plan.create, async (turn) => {
      const pod = await writer.create(podKind, buildJobPod(job, isIndexed(job) ? plan.indexes[turn] : undefined))
      events.event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    })
    if (result.failure !== undefined && !isNamespaceTerminating(result.failure)) {
      events.event(job, 'Warning', 'FailedCreate', `Error creating: ${result.failure.message}`)
    }

    const status = withCreated(plan.status, result.succeeded)
    if (!isSemanticallyEqual(status, job.status)) await writer.updateStatus(job, status)
    // Only now: had the write failed, the same pods would have to be counted again.
    counted.set(uid, plan.counted)
    if (plan.suspension !== undefined) events.event(job, 'Normal', plan.suspension, `Job ${plan.suspension.toLowerCase()}`)
    if (plan.ended?.type === 'Complete') events.event(job, 'Normal', 'Completed', 'Job completed')
    if (plan.ended?.type === 'Failed') events.event(job, 'Warning', plan.ended.reason, plan.ended.message)

    if (result.failure !== undefined) return isNamespaceTerminating(result.failure) ? done : { failed: result.failure }
    return plan.recheckAt === undefined ? done : { again: { afterMs: Math.max(1, plan.recheckAt - now), reason: 'a back-off or deadline' } }
  }

  async function expire(job: Job): Promise<Outcome> {
    counted.delete(job.metadata.uid ?? '')
    const at = expiresAt(job)
    if (at === undefined) return done
    const leftMs = at - clock.now()
    if (leftMs > 0) return { again: { afterMs: leftMs, reason: 'its time to live' } }
    await writer.delete(job, { propagationPolicy: 'Foreground' })
    return done
  }

  async function claimPods(job: Job): Promise<Pod[]> {
    const namespace = job.metadata.namespace ?? ''
    const { selector } = job.spec
    return claimObjects<Pod>({
      writer,
      owner: job,
      owned: writer.ownedBy(job.metadata.uid, podKind) as Pod[],
      orphans: isEmptySelector(selector) ? [] : (relations.orphans(podKind, namespace) as Pod[]).filter((pod) => !isPodFinished(pod)),
      isMatch: (pod) => isEmptySelector(selector) || matchesSelector(selector, pod.metadata.labels),
      async isOwnerAlive() {
        const fresh = await client.get(await writer.typeOf(jobKind.apiVersion, jobKind.kind), { namespace, name: job.metadata.name })
        return fresh?.metadata.uid === job.metadata.uid && fresh?.metadata.deletionTimestamp === undefined
      },
    })
  }

  function* keysOf(change: CacheChange): Iterable<ObjectKey> {
    if (change.key.kind === 'Job') {
      if (change.current === undefined) counted.delete(change.previous?.metadata.uid ?? '')
      yield change.key
    } else yield* ownersOfPod(machinery, jobKind, change)
  }

  return { name: 'job-controller', sources: [jobKind, podKind], keysOf, reconcile }
}
