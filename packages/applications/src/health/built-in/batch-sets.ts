import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, numberAt, textAt } from '../../json.ts'
import { conditionsOf, degraded, type HealthCheck, healthy, isOutdated, progressing, suspended } from '../health-status.ts'

/** JobSet (`api/jobset/v1alpha2`) and LeaderWorkerSet (`api/leaderworkerset/v1`). */
export const batchSets: Record<string, HealthCheck> = {
  'jobset.x-k8s.io/JobSet': jobSetHealth,
  'leaderworkerset.x-k8s.io/LeaderWorkerSet': leaderWorkerSetHealth,
}

function jobSetHealth(object: KubeObject): HealthStatus {
  const conditions = conditionsOf(object)
  const which = (type: string): (typeof conditions)[number] | undefined =>
    conditions.find((condition) => condition.type === type && condition.status === 'True')
  const terminal = textAt(object, 'status', 'terminalState')
  const [failed, completed] = [which('Failed'), which('Completed')]
  if (failed || terminal === 'Failed') return degraded(failed?.message || 'JobSet has failed')
  if (completed || terminal === 'Completed') return healthy(completed?.message || 'JobSet has completed')
  const stopped = which('Suspended')
  if (stopped || at(object, 'spec', 'suspend') === true) return suspended(stopped?.message || 'JobSet is suspended')
  return progressing(which('StartupPolicyInProgress')?.message || 'JobSet is running')
}

function leaderWorkerSetHealth(object: KubeObject): HealthStatus {
  if (isOutdated(object)) return progressing('Waiting for the new spec to be observed')
  const conditions = conditionsOf(object)
  const which = (type: string): (typeof conditions)[number] | undefined =>
    conditions.find((condition) => condition.type === type && condition.status === 'True')
  const moving = which('UpdateInProgress') ?? which('Progressing')
  if (moving) return progressing(moving.message)
  const [wanted, ready] = [numberAt(object, 'spec', 'replicas') ?? 1, numberAt(object, 'status', 'readyReplicas') ?? 0]
  const available = which('Available')
  if (!available) return progressing(conditions.length === 0 ? 'Waiting for LeaderWorkerSet' : `${ready} of ${wanted} groups are ready`)
  return ready < wanted ? progressing(`${ready} of ${wanted} groups are ready`) : healthy(available.message)
}
