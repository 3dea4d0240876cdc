import type { HealthStatus, HealthStatusCode } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, numberAt, textAt } from '../../json.ts'
import { degraded, type HealthCheck, healthy, progressing, statusOf, suspended } from '../health-status.ts'

/** The Spark operator, with its application as Argo CD has it (argo-cd `resource_customizations/sparkoperator.k8s.io`, 3.x). */
export const spark: Record<string, HealthCheck> = {
  'sparkoperator.k8s.io/SparkApplication': applicationHealth,
  'sparkoperator.k8s.io/ScheduledSparkApplication': scheduledHealth,
}

const succeeding = `The driver pod has been completed successfully. The executor pods terminate and are cleaned up.
                                Under this circumstances, we assume the executor pod are completed.`

const states = new Map<string, readonly [HealthStatusCode, string | undefined]>([
  ['', ['Progressing', 'SparkApplication was added, enqueuing it for submission']],
  ['SUBMITTED', ['Progressing', 'SparkApplication was submitted successfully']],
  ['COMPLETED', ['Healthy', 'SparkApplication was Completed']],
  ['PENDING_RERUN', ['Progressing', 'SparkApplication is Pending Rerun']],
  ['INVALIDATING', ['Missing', 'SparkApplication is in InvalidatingState']],
  ['SUCCEEDING', ['Progressing', succeeding]],
  [
    'UNKNOWN',
    ['Progressing', 'SparkApplication is in UnknownState because either driver pod or one or all executor pods in unknown state  '],
  ],
])
const failures = ['FAILED', 'SUBMISSION_FAILED', 'FAILING']

function applicationHealth(object: KubeObject): HealthStatus {
  const state = textAt(object, 'status', 'applicationState', 'state')
  if (state === 'RUNNING' && hasItsExecutors(object)) return healthy('SparkApplication is Running')
  if (failures.includes(state ?? 'none')) return degraded(textAt(object, 'status', 'applicationState', 'errorMessage'))
  const [status, message] = states.get(state ?? 'none') ?? ['Progressing', 'Waiting for Executor pods']
  return statusOf(status, message)
}

/** As many as it is to have: so many, or so many at least and at most. */
function hasItsExecutors(object: KubeObject): boolean {
  const executors = at(object, 'status', 'executorState')
  if (!isObject(executors)) return false
  const running = Object.values(executors).filter((state) => state === 'RUNNING').length
  const instances = numberAt(object, 'spec', 'executor', 'instances')
  if (instances === running) return true
  const range = executorRange(object)
  if (range) return running >= range.min && running <= range.max
  return instances === undefined && at(object, 'spec', 'dynamicAllocation') === undefined && running >= 1
}

function executorRange(object: KubeObject): { min: number; max: number } | undefined {
  const allocation = at(object, 'spec', 'dynamicAllocation')
  if (isObject(allocation) && allocation.enabled === true) {
    return { min: numberAt(allocation, 'minExecutors') ?? 0, max: numberAt(allocation, 'maxExecutors') ?? Infinity }
  }
  const settings = at(object, 'spec', 'sparkConf')
  for (const prefix of ['spark.streaming.dynamicAllocation', 'spark.dynamicAllocation']) {
    if (textAt(settings, `${prefix}.enabled`) !== 'true') continue
    return {
      min: Number(textAt(settings, `${prefix}.minExecutors`) ?? 0),
      max: Number(textAt(settings, `${prefix}.maxExecutors`) ?? Infinity),
    }
  }
  return undefined
}

function scheduledHealth(object: KubeObject): HealthStatus {
  if (at(object, 'spec', 'suspend') === true) return suspended('ScheduledSparkApplication is suspended')
  switch (textAt(object, 'status', 'scheduleState')) {
    case 'FailedValidation':
      return degraded(textAt(object, 'status', 'reason') || 'ScheduledSparkApplication is not valid')
    case 'Scheduled':
      return healthy('ScheduledSparkApplication is scheduled')
    default:
      return progressing('Waiting for ScheduledSparkApplication')
  }
}
