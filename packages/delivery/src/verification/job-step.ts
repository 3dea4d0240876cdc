import { createHash } from 'node:crypto'
import { annotations, type Application, durationMs, type Verification, type VerificationView } from '@plimsoll/api'
import { isConflict, type KubeClient, type KubeObject } from '@plimsoll/kube'
import type { Placement, ReleaseRecord } from '../records/rows.ts'

const defaultWithin = '10m'
/** Its log can be read for a day. */
const keptSeconds = 24 * 60 * 60

/** One Job in the stage's namespace. Its name follows from the promotion and the step: however often this is run, there is one. */
export async function jobStep(
  step: VerificationView,
  job: NonNullable<Verification['job']>,
  context: { placement: Placement; release: ReleaseRecord; application: Application; client: KubeClient; now: number },
): Promise<VerificationView> {
  const { placement, application, client, now } = context
  const namespace = application.spec.destination.namespace ?? 'default'
  const name = `plimsoll-${step.name.slice(0, 30)}-${createHash('sha256').update(`${placement.id}/${step.name}`).digest('hex').slice(0, 12)}`
  const finishedAt = new Date(now).toISOString()
  const type = await client.typeOf('batch/v1', 'Job')
  if (type === undefined) return { ...step, state: 'inconclusive', finishedAt, text: 'The cluster serves no Jobs (batch/v1).' }
  const found = await client.get(type, { namespace, name })
  if (found === undefined) {
    if (step.job !== undefined) return { ...step, state: 'inconclusive', finishedAt, text: `Job ${name} was deleted before it had ended.` }
    try {
      await client.create(type, jobObject(name, namespace, step, job, context))
    } catch (error) {
      if (!isConflict(error)) throw error
    }
    return { ...step, state: 'running', text: `Job ${name} runs.`, job: { namespace, name } }
  }
  const known = { ...step, job: { namespace, name } }
  const { conditions = [] } = (found['status'] ?? {}) as {
    conditions?: { type: string; status: string; reason?: string; message?: string }[]
  }
  const ended = conditions.find((one) => one.status === 'True' && (one.type === 'Complete' || one.type === 'Failed'))
  if (ended?.type === 'Complete') {
    const pods = await client.typeOf('v1', 'Pod')
    const { items } = pods === undefined ? { items: [] } : await client.list(pods, { namespace, labelSelector: `job-name=${name}` })
    const simulated = items.find((pod) => pod.metadata.annotations?.[annotations.simulated] !== undefined)
    if (simulated !== undefined)
      return { ...known, state: 'inconclusive', finishedAt, text: `Pod ${simulated.metadata.name} is simulated: nothing of it ran.` }
    return { ...known, state: 'pass', finishedAt, text: `Job ${name} completed.` }
  }
  if (ended?.type === 'Failed') {
    const why = [ended.reason, ended.message].filter((one) => one !== undefined && one !== '').join(': ')
    return { ...known, state: 'fail', finishedAt, text: `Job ${name} failed${why === '' ? '' : `: ${why}`}`.slice(0, 500) }
  }
  const within = job.within ?? defaultWithin
  // The Job has the same deadline; a cluster that does not keep it does not keep us.
  if (now - Date.parse(step.startedAt ?? finishedAt) > durationMs(within) + 30_000)
    return { ...known, state: 'fail', finishedAt, text: `Job ${name} has not ended within ${within}.` }
  return { ...known, state: 'running', text: `Job ${name} runs.` }
}

function jobObject(
  name: string,
  namespace: string,
  step: VerificationView,
  { template, within = defaultWithin }: NonNullable<Verification['job']>,
  { placement, release }: { placement: Placement; release: ReleaseRecord },
): KubeObject {
  const spec = structuredClone(template) as JobSpec
  const pod = spec.template ?? {}
  const env = [
    ['PLIMSOLL_RELEASE', release.name],
    ['PLIMSOLL_STAGE', placement.stage],
    ['PLIMSOLL_REVISION', release.revision],
    ['PLIMSOLL_MODEL_DIGEST', release.model?.digest ?? ''],
  ].map(([key, value]) => ({ name: key, value }))
  const labels = {
    'plimsoll.dev/delivery': placement.delivery.slice(0, 63),
    'plimsoll.dev/stage': placement.stage,
    'plimsoll.dev/step': step.name,
  }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels, annotations: { 'plimsoll.dev/release': release.name } },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: Math.max(1, Math.ceil(durationMs(within) / 1000)),
      ttlSecondsAfterFinished: keptSeconds,
      ...spec,
      template: {
        ...pod,
        metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, ...labels } },
        spec: {
          restartPolicy: 'Never',
          ...pod.spec,
          containers: (pod.spec?.containers ?? []).map((container) => ({ ...container, env: [...env, ...(container.env ?? [])] })),
        },
      },
    },
  }
}

interface JobSpec extends Record<string, unknown> {
  template?: {
    metadata?: { labels?: Record<string, string> } & Record<string, unknown>
    spec?: { containers?: ({ env?: unknown[] } & Record<string, unknown>)[] } & Record<string, unknown>
  }
}
