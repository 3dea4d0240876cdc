import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, textAt } from '../../json.ts'
import { conditionsOf, degraded, type HealthCheck, healthy, progressing, suspended } from '../health-status.ts'
import { byConditions } from './conditions.ts'

const active = byConditions('Waiting to become active', [
  { type: 'Active', status: 'True', as: 'Healthy' },
  { type: 'Active', status: 'False', as: 'Degraded' },
])

/** Kueue (`apis/kueue/v1beta1`). */
export const kueue: Record<string, HealthCheck> = {
  'kueue.x-k8s.io/AdmissionCheck': active,
  'kueue.x-k8s.io/ClusterQueue': queueHealth,
  'kueue.x-k8s.io/LocalQueue': queueHealth,
  'kueue.x-k8s.io/MultiKueueCluster': active,
  'kueue.x-k8s.io/Workload': workloadHealth,
}

/** A queue that somebody holds is no failure. */
function queueHealth(object: KubeObject): HealthStatus | undefined {
  const policy = textAt(object, 'spec', 'stopPolicy')
  if (policy === 'Hold' || policy === 'HoldAndDrain') {
    const message = conditionsOf(object).find(({ type }) => type === 'Active')?.message
    return suspended(message || 'The queue is held')
  }
  return active(object)
}

const failures = ['Failed', 'JobFailed', 'OwnerNotFound', 'AdmissionChecksRejected']

/** Once it is admitted, what it stands for says for itself how it is. */
function workloadHealth(object: KubeObject): HealthStatus {
  const conditions = conditionsOf(object)
  const which = (type: string): (typeof conditions)[number] | undefined =>
    conditions.find((condition) => condition.type === type && condition.status === 'True')
  const finished = which('Finished')
  if (finished) return failures.includes(finished.reason) ? degraded(finished.message) : healthy(finished.message)
  if (at(object, 'spec', 'active') === false) return suspended(which('Evicted')?.message || 'Workload is deactivated')
  const admitted = which('Admitted')
  if (admitted) {
    const pods = conditions.find(({ type }) => type === 'PodsReady')
    return pods?.status === 'False' ? progressing(pods.message) : healthy(admitted.message)
  }
  const waiting = which('Evicted') ?? which('QuotaReserved') ?? conditions.find(({ type }) => type === 'QuotaReserved')
  return progressing(waiting?.message || 'Waiting for quota')
}
