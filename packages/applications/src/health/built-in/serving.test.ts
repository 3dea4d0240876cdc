import { describe, expect, it } from 'vitest'
import { assess } from './testing/assess.ts'

describe('an InferenceService of KServe', () => {
  it.each([
    ['Progressing: Waiting for InferenceService to report status...', '{}'],
    ['Progressing: Waiting for InferenceService to report status...', '{ status: { url: http://a } }'],
    ['Healthy: InferenceService is healthy.', '{ status: { conditions: [{ type: Ready, status: "True" }] } }'],
    [
      'Healthy: InferenceService is healthy.',
      '{ status: { modelStatus: { transitionStatus: UpToDate }, conditions: [{ type: Ready, status: "True" }, { type: Stopped, status: "False" }] } }',
    ],
    [
      'Progressing:  | 2: Ready | False | PredictorReady | no pods',
      '{ status: { conditions: [{ type: A, status: "True" }, { type: Ready, status: "False", reason: PredictorReady, message: no pods }] } }',
    ],
    [
      'Progressing: 0: transitionStatus | InProgress | 1: Ready | Unknown',
      '{ status: { modelStatus: { transitionStatus: InProgress }, conditions: [{ type: Ready, status: Unknown }] } }',
    ],
    [
      'Degraded: 0: transitionStatus | BlockedByFailedLoad | 1: Ready | False',
      '{ status: { modelStatus: { transitionStatus: BlockedByFailedLoad }, conditions: [{ type: Ready, status: "False" }] } }',
    ],
    [
      'Suspended: InferenceService is Stopped',
      '{ status: { conditions: [{ type: Ready, status: "False" }, { type: Stopped, status: "True" }] } }',
    ],
  ])('is %s', (expected, fields) => {
    expect(assess('serving.kserve.io/v1beta1 InferenceService', fields)).toBe(expected)
  })

  it.each([
    ['Progressing: Waiting for the status to be reported', '{}'],
    ['Healthy', '{ status: { observedGeneration: 2, conditions: [{ type: Ready, status: "True" }] } }'],
    ['Degraded: no node', '{ status: { conditions: [{ type: Ready, status: "False", message: no node }] } }'],
    [
      'Progressing: Waiting for the new spec to be observed',
      '{ status: { observedGeneration: 1, conditions: [{ type: Ready, status: "True" }] } }',
    ],
  ])('and the kinds beside it: %s', (expected, fields) => {
    for (const kind of ['InferenceGraph', 'LLMInferenceService', 'TrainedModel']) {
      expect(assess(`serving.kserve.io/v1alpha1 ${kind}`, fields)).toBe(expected)
    }
  })
})

describe('Knative', () => {
  it.each([
    ['Progressing: Waiting for status update.', '{}'],
    [
      'Healthy: Knative Service is healthy.',
      '{ status: { conditions: [{ type: ConfigurationsReady, status: "True" }, { type: Ready, status: "True" }, { type: RoutesReady, status: "True" }] } }',
    ],
    [
      'Progressing: Ready is Unknown, since Uninitialized. Waiting for load balancer\n',
      '{ status: { conditions: [{ type: Ready, status: Unknown, reason: Uninitialized, message: Waiting for load balancer }] } }',
    ],
    ['Degraded: Ready is False\n', '{ status: { conditions: [{ type: Ready, status: "False" }] } }'],
    ['Progressing', '{ status: { conditions: [{ type: Ready, status: "True" }] } }'],
  ])('has a Service that is %s', (expected, fields) => {
    expect(assess('serving.knative.dev/v1 Service', fields)).toBe(expected)
  })

  it.each([
    [
      'Healthy',
      'serving.knative.dev/v1 Revision',
      '{ status: { observedGeneration: 2, conditions: [{ type: Active, status: "False" }, { type: Ready, status: "True" }] } }',
    ],
    ['Degraded: gone', 'serving.knative.dev/v1 Route', '{ status: { conditions: [{ type: Ready, status: "False", message: gone }] } }'],
    [
      'Progressing: Waiting for the status to be reported',
      'eventing.knative.dev/v1 Broker',
      '{ status: { conditions: [{ type: Ready, status: Unknown }] } }',
    ],
    ['Progressing: Waiting for KnativeServing', 'operator.knative.dev/v1beta1 KnativeServing', '{}'],
    [
      'Healthy: KnativeServing is healthy.',
      'operator.knative.dev/v1beta1 KnativeServing',
      '{ status: { conditions: [{ type: Ready, status: "True" }, { type: InstallSucceeded, status: "True" }, { type: DependenciesInstalled, status: "True" }, { type: DeploymentsAvailable, status: "True" }] } }',
    ],
    [
      'Progressing: 1: DeploymentsAvailable | False\n',
      'operator.knative.dev/v1beta1 KnativeServing',
      '{ status: { conditions: [{ type: DeploymentsAvailable, status: "False" }] } }',
    ],
    [
      'Degraded: 1: InstallSucceeded | False\n',
      'operator.knative.dev/v1beta1 KnativeEventing',
      '{ status: { conditions: [{ type: InstallSucceeded, status: "False" }] } }',
    ],
  ])('is %s for %s', (expected, kind, fields) => {
    expect(assess(kind, fields)).toBe(expected)
  })
})

describe('Ray', () => {
  it.each([
    ['Progressing: Waiting for RayCluster', '{}'],
    ['Healthy: RayCluster is ready', '{ status: { state: ready } }'],
    [
      'Healthy: RayCluster is ready',
      '{ status: { observedGeneration: 2, conditions: [{ type: HeadPodReady, status: "True" }, { type: RayClusterProvisioned, status: "True" }] } }',
    ],
    ['Progressing: Waiting for the new spec to be observed', '{ status: { observedGeneration: 1, state: ready } }'],
    ['Progressing: it starts', '{ status: { state: ready, conditions: [{ type: HeadPodReady, status: "False", message: it starts }] } }'],
    [
      'Progressing: RayClusterPodsProvisioning',
      '{ status: { conditions: [{ type: HeadPodReady, status: "True" }, { type: RayClusterProvisioned, status: "False", message: RayClusterPodsProvisioning }] } }',
    ],
    ['Degraded: quota', '{ status: { conditions: [{ type: ReplicaFailure, status: "True", message: quota }] } }'],
    ['Degraded: no image', '{ status: { state: failed, reason: no image } }'],
    ['Suspended: RayCluster is suspended', '{ status: { state: suspended } }'],
    ['Suspended: RayCluster is suspended', '{ status: { conditions: [{ type: RayClusterSuspended, status: "True" }] } }'],
    ['Progressing: RayCluster is being suspended', '{ status: { conditions: [{ type: RayClusterSuspending, status: "True" }] } }'],
  ])('has a cluster that is %s', (expected, fields) => {
    expect(assess('ray.io/v1 RayCluster', fields)).toBe(expected)
  })

  it.each([
    ['Progressing: Waiting for RayJob', '{}'],
    ['Progressing: RayJob is running', '{ status: { jobStatus: RUNNING, jobDeploymentStatus: Running } }'],
    ['Progressing: RayJob is retrying', '{ status: { jobStatus: FAILED, jobDeploymentStatus: Retrying } }'],
    ['Healthy: done', '{ status: { jobStatus: SUCCEEDED, jobDeploymentStatus: Complete, message: done } }'],
    ['Degraded: exit 1', '{ status: { jobStatus: FAILED, jobDeploymentStatus: Complete, message: exit 1 } }'],
    ['Degraded: DeadlineExceeded', '{ status: { jobDeploymentStatus: Failed, reason: DeadlineExceeded } }'],
    ['Degraded: RayJob has failed', '{ status: { jobDeploymentStatus: ValidationFailed } }'],
    ['Degraded: RayJob was stopped', '{ status: { jobStatus: STOPPED, jobDeploymentStatus: Complete } }'],
    ['Suspended: RayJob is suspended', '{ status: { jobDeploymentStatus: Suspended } }'],
    ['Suspended: RayJob waits for somebody to submit it', '{ status: { jobDeploymentStatus: Waiting } }'],
  ])('has a job that is %s', (expected, fields) => {
    expect(assess('ray.io/v1 RayJob', fields)).toBe(expected)
  })

  it.each([
    ['Progressing: Waiting for RayService', '{}'],
    ['Healthy: RayService is running', '{ status: { serviceStatus: Running } }'],
    [
      'Healthy: RayService is running',
      '{ status: { observedGeneration: 2, conditions: [{ type: Ready, status: "True" }, { type: UpgradeInProgress, status: "False" }] } }',
    ],
    [
      'Progressing: RayService is being upgraded',
      '{ status: { conditions: [{ type: Ready, status: "True" }, { type: UpgradeInProgress, status: "True" }] } }',
    ],
    ['Progressing: Initializing', '{ status: { conditions: [{ type: Ready, status: "False", reason: Initializing }] } }'],
    [
      'Degraded: too long',
      '{ status: { conditions: [{ type: Ready, status: "False", reason: InitializingTimeout, message: too long }] } }',
    ],
    [
      'Degraded: app is DEPLOY_FAILED: no module',
      '{ status: { serviceStatus: Running, activeServiceStatus: { applicationStatuses: { app: { status: DEPLOY_FAILED, message: no module } } } } }',
    ],
    ['Degraded: FailedToGetOrCreateRayCluster', '{ status: { serviceStatus: FailedToGetOrCreateRayCluster } }'],
    ['Progressing: WaitForServeDeploymentReady', '{ status: { serviceStatus: WaitForServeDeploymentReady } }'],
  ])('has a service that is %s', (expected, fields) => {
    expect(assess('ray.io/v1 RayService', fields)).toBe(expected)
  })
})
