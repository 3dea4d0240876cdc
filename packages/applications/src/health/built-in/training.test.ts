import { describe, expect, it } from 'vitest'
import { assess } from './testing/assess.ts'

const condition = (type: string, status = 'True', extra = ''): string => `{ type: ${type}, status: "${status}", message: told${extra} }`
const withConditions = (...conditions: string[]): string => `{ status: { conditions: [${conditions.join(', ')}] } }`

describe('a training job of Kubeflow', () => {
  for (const kind of ['PyTorchJob', 'TFJob', 'MPIJob', 'XGBoostJob', 'PaddleJob', 'JAXJob']) {
    it.each([
      [`Progressing: Waiting for ${kind}`, '{}'],
      ['Progressing: told', withConditions(condition('Created'))],
      ['Progressing: told', withConditions(condition('Created'), condition('Running'))],
      ['Progressing: told', withConditions(condition('Running', 'False'), condition('Restarting'))],
      ['Healthy: told', withConditions(condition('Created'), condition('Running', 'False'), condition('Succeeded'))],
      ['Degraded: told', withConditions(condition('Created'), condition('Running', 'False'), condition('Failed'))],
      ['Suspended: told', withConditions(condition('Created'), condition('Suspended'))],
      ['Progressing: told', withConditions(condition('Running'), condition('Suspended', 'False'))],
    ])(`(${kind}) is %s`, (expected, fields) => {
      expect(assess(`kubeflow.org/v1 ${kind}`, fields)).toBe(expected)
    })
  }

  it.each([
    ['Progressing: Waiting for TrainJob', '{}'],
    ['Healthy: told', withConditions(condition('Complete'))],
    ['Degraded: told', withConditions(condition('Failed'))],
    ['Suspended: told', withConditions(condition('Suspended'))],
    ['Progressing: Waiting for TrainJob', withConditions(condition('Suspended', 'False'))],
  ])('(TrainJob) is %s', (expected, fields) => {
    expect(assess('trainer.kubeflow.org/v1alpha1 TrainJob', fields)).toBe(expected)
  })

  it.each([
    ['Healthy: told', 'Experiment', withConditions(condition('Succeeded'))],
    ['Degraded: told', 'Trial', withConditions(condition('Running', 'False'), condition('MetricsUnavailable'))],
    ['Healthy: told', 'Trial', withConditions(condition('EarlyStopped'))],
    ['Progressing: told', 'Trial', withConditions(condition('Running'))],
  ])('of Katib is %s for %s', (expected, kind, fields) => {
    expect(assess(`kubeflow.org/v1beta1 ${kind}`, fields)).toBe(expected)
  })
})

describe('Kueue', () => {
  it.each(['ClusterQueue', 'LocalQueue'])('says how a %s is', (kind) => {
    const health = (fields: string): string => assess(`kueue.x-k8s.io/v1beta1 ${kind}`, fields)

    expect(health('{}')).toBe('Progressing: Waiting to become active')
    expect(health(withConditions(condition('Active')))).toBe('Healthy: told')
    expect(health(withConditions(condition('Active', 'False')))).toBe('Degraded: told')
    expect(
      health(
        '{ spec: { stopPolicy: Hold }, status: { conditions: [{ type: Active, status: "False", reason: Stopped, message: stopped }] } }',
      ),
    ).toBe('Suspended: stopped')
    expect(health('{ spec: { stopPolicy: None }, status: { conditions: [{ type: Active, status: "True" }] } }')).toBe('Healthy')
  })

  it.each([
    ['Progressing: Waiting for quota', '{}'],
    ['Progressing: told', withConditions(condition('QuotaReserved', 'False'))],
    ['Progressing: told', withConditions(condition('QuotaReserved'))],
    ['Healthy: told', withConditions(condition('QuotaReserved'), condition('Admitted'))],
    ['Progressing: told', withConditions(condition('Admitted'), condition('PodsReady', 'False'))],
    ['Healthy: told', withConditions(condition('Admitted'), condition('Finished', 'True', ', reason: JobFinished'))],
    ['Degraded: told', withConditions(condition('Finished', 'True', ', reason: Failed'))],
    ['Progressing: told', withConditions(condition('QuotaReserved', 'False'), condition('Evicted', 'True', ', reason: Preempted'))],
    ['Suspended: Workload is deactivated', '{ spec: { active: false } }'],
  ])('has a Workload that is %s', (expected, fields) => {
    expect(assess('kueue.x-k8s.io/v1beta1 Workload', fields)).toBe(expected)
  })
})

describe('sets of jobs and of groups', () => {
  it.each([
    ['Progressing: JobSet is running', '{ status: { replicatedJobsStatus: [] } }'],
    ['Progressing: told', withConditions(condition('StartupPolicyInProgress'))],
    ['Healthy: told', withConditions(condition('Completed'))],
    ['Degraded: told', withConditions(condition('Failed'))],
    ['Degraded: JobSet has failed', '{ status: { terminalState: Failed } }'],
    ['Suspended: told', withConditions(condition('Suspended'))],
    ['Suspended: JobSet is suspended', '{ spec: { suspend: true } }'],
    ['Progressing: JobSet is running', withConditions(condition('Suspended', 'False'))],
  ])('have a JobSet that is %s', (expected, fields) => {
    expect(assess('jobset.x-k8s.io/v1alpha2 JobSet', fields)).toBe(expected)
  })

  it.each([
    ['Progressing: Waiting for LeaderWorkerSet', '{}'],
    [
      'Healthy: told',
      `{ spec: { replicas: 2 }, status: { readyReplicas: 2, conditions: [${condition('Available')}, ${condition('Progressing', 'False')}] } }`,
    ],
    [
      'Progressing: told',
      `{ spec: { replicas: 2 }, status: { readyReplicas: 1, conditions: [${condition('Available', 'False')}, ${condition('Progressing')}] } }`,
    ],
    ['Progressing: told', withConditions(condition('Available'), condition('UpdateInProgress'))],
    [
      'Progressing: 1 of 3 groups are ready',
      `{ spec: { replicas: 3 }, status: { readyReplicas: 1, conditions: [${condition('Available')}] } }`,
    ],
    [
      'Progressing: Waiting for the new spec to be observed',
      `{ status: { observedGeneration: 1, conditions: [${condition('Available')}] } }`,
    ],
  ])('have a LeaderWorkerSet that is %s', (expected, fields) => {
    expect(assess('leaderworkerset.x-k8s.io/v1 LeaderWorkerSet', fields)).toBe(expected)
  })
})

describe('Spark', () => {
  const running = (executors: string, spec = '{ executor: { instances: 2 } }'): string =>
    `{ spec: ${spec}, status: { applicationState: { state: RUNNING }, executorState: ${executors} } }`

  it.each([
    ['Progressing: Waiting for Executor pods', '{}'],
    ['Progressing: SparkApplication was added, enqueuing it for submission', '{ status: { applicationState: { state: "" } } }'],
    ['Progressing: SparkApplication was submitted successfully', '{ status: { applicationState: { state: SUBMITTED } } }'],
    ['Healthy: SparkApplication is Running', running('{ a: RUNNING, b: RUNNING }')],
    ['Progressing: Waiting for Executor pods', running('{ a: RUNNING, b: PENDING }')],
    [
      'Healthy: SparkApplication is Running',
      running('{ a: RUNNING }', '{ executor: {}, dynamicAllocation: { enabled: true, minExecutors: 1, maxExecutors: 3 } }'),
    ],
    [
      'Progressing: Waiting for Executor pods',
      running('{ a: PENDING }', '{ executor: {}, dynamicAllocation: { enabled: true, minExecutors: 1 } }'),
    ],
    [
      'Healthy: SparkApplication is Running',
      running(
        '{ a: RUNNING }',
        '{ executor: {}, sparkConf: { spark.dynamicAllocation.enabled: "true", spark.dynamicAllocation.maxExecutors: "1" } }',
      ),
    ],
    ['Healthy: SparkApplication was Completed', '{ status: { applicationState: { state: COMPLETED } } }'],
    ['Degraded: driver failed', '{ status: { applicationState: { state: FAILED, errorMessage: driver failed } } }'],
    ['Degraded', '{ status: { applicationState: { state: SUBMISSION_FAILED } } }'],
    ['Missing: SparkApplication is in InvalidatingState', '{ status: { applicationState: { state: INVALIDATING } } }'],
  ])('has an application that is %s', (expected, fields) => {
    expect(assess('sparkoperator.k8s.io/v1beta2 SparkApplication', fields)).toBe(expected)
  })

  it.each([
    ['Progressing: Waiting for ScheduledSparkApplication', '{}'],
    ['Healthy: ScheduledSparkApplication is scheduled', '{ status: { scheduleState: Scheduled } }'],
    ['Degraded: bad schedule', '{ status: { scheduleState: FailedValidation, reason: bad schedule } }'],
    ['Suspended: ScheduledSparkApplication is suspended', '{ spec: { suspend: true }, status: { scheduleState: Scheduled } }'],
  ])('has a schedule that is %s', (expected, fields) => {
    expect(assess('sparkoperator.k8s.io/v1beta2 ScheduledSparkApplication', fields)).toBe(expected)
  })
})
