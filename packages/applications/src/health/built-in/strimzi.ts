import type { HealthStatus } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { numberAt } from '../../json.ts'
import { conditionsOf, degraded, type HealthCheck, healthy, isOutdated, progressing } from '../health-status.ts'
import { byConditions, type ConditionRule } from './conditions.ts'

/** Strimzi (argo-cd `resource_customizations/kafka.strimzi.io`, 3.x; mirrors, node pools and pod sets by Strimzi's own conventions). */
export const strimzi: Record<string, HealthCheck> = {
  'kafka.strimzi.io/Kafka': kafkaKind('Waiting for Kafka Cluster', ['Creating']),
  'kafka.strimzi.io/KafkaBridge': kafkaKind('Waiting for KafkaBridge'),
  'kafka.strimzi.io/KafkaConnect': kafkaKind('Waiting for Kafka Connect'),
  'kafka.strimzi.io/KafkaConnector': kafkaKind('Waiting for KafkaConnector'),
  'kafka.strimzi.io/KafkaMirrorMaker': kafkaKind('Waiting for KafkaMirrorMaker'),
  'kafka.strimzi.io/KafkaMirrorMaker2': kafkaKind('Waiting for KafkaMirrorMaker2'),
  'kafka.strimzi.io/KafkaTopic': kafkaKind('Waiting for Kafka Topic'),
  'kafka.strimzi.io/KafkaUser': kafkaKind('Waiting for Kafka User'),
  'kafka.strimzi.io/KafkaRebalance': byConditions('Waiting for KafkaRebalance', [
    { type: 'NotReady', status: 'True', as: 'Degraded' },
    { type: 'Stopped', status: 'True', as: 'Suspended' },
    { type: 'ReconciliationPaused', status: 'True', as: 'Suspended' },
    // Somebody has to approve it.
    { type: 'ProposalReady', status: 'True', as: 'Suspended' },
    { type: 'Ready', status: 'True', as: 'Healthy' },
  ]),
  'core.strimzi.io/StrimziPodSet': podSetHealth,
}

/** `NotReady` for one of these reasons is no failure yet. */
function kafkaKind(waiting: string, patientReasons: readonly string[] = []): HealthCheck {
  const ready: ConditionRule = { type: 'Ready', status: 'True', as: 'Healthy' }
  const rules = byConditions(waiting, [ready])
  return (object) => {
    const conditions = conditionsOf(object)
    const failed = conditions.findIndex(({ type, status, reason }) => {
      return type === 'NotReady' && status === 'True' && !patientReasons.includes(reason)
    })
    const found = conditions.findIndex(({ type, status }) => type === 'Ready' && status === 'True')
    if (failed >= 0 && (found < 0 || failed < found)) return degraded(conditions[failed]?.message)
    return found >= 0 ? healthy() : rules(object)
  }
}

function podSetHealth(object: KubeObject): HealthStatus {
  if (isOutdated(object)) return progressing('Waiting for the new spec to be observed')
  const [pods, ready, current] = ['pods', 'readyPods', 'currentPods'].map((name) => numberAt(object, 'status', name))
  if (pods === undefined) return progressing('Waiting for StrimziPodSet')
  const missing = Math.min(ready ?? 0, current ?? 0)
  return missing < pods ? progressing(`${missing} of ${pods} pods are ready`) : healthy(`${pods} pods are ready`)
}
