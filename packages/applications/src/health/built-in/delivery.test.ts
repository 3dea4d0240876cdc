import { describe, expect, it } from 'vitest'
import { assess } from './testing/assess.ts'

describe('Argo Rollouts', () => {
  const canary = 'strategy: { canary: {} }'
  it.each([
    ['Progressing: Waiting for rollout spec update to be observed', '{ spec: {} }'],
    ['Progressing: Waiting for rollout spec update to be observed', '{ spec: {}, status: { observedGeneration: "1", phase: Healthy } }'],
    ['Healthy', '{ spec: {}, status: { observedGeneration: "2", phase: Healthy } }'],
    ['Degraded: RolloutAborted', '{ spec: {}, status: { observedGeneration: "2", phase: Degraded, message: RolloutAborted } }'],
    ['Suspended: CanaryPauseStep', '{ spec: {}, status: { observedGeneration: "2", phase: Paused, message: CanaryPauseStep } }'],
    ['Progressing: more replicas', '{ spec: {}, status: { phase: Progressing, message: more replicas } }'],
    [
      'Progressing: Waiting for rollout spec update to be observed',
      '{ metadata: { annotations: { rollout.argoproj.io/workload-generation: "3" } }, spec: { workloadRef: {} }, status: { workloadObservedGeneration: "2", phase: Healthy } }',
    ],
    ['Degraded: bad spec', '{ spec: {}, status: { conditions: [{ type: InvalidSpec, status: "True", message: bad spec }] } }'],
    ['Degraded: aborted', '{ spec: {}, status: { conditions: [{ type: Progressing, reason: RolloutAborted, message: aborted }] } }'],
    ['Suspended: Rollout is paused', '{ spec: {}, status: { pauseConditions: [{ reason: CanaryPauseStep }] } }'],
    ['Suspended: Rollout is paused', '{ spec: { paused: true }, status: {} }'],
    ['Progressing: Waiting for rollout to finish: status has not been reconciled.', '{ spec: {}, status: {} }'],
    [
      'Progressing: Waiting for roll out to finish: More replicas need to be updated',
      `{ spec: { replicas: 2, ${canary} }, status: { currentPodHash: a, updatedReplicas: 1 } }`,
    ],
    [
      'Progressing: Waiting for roll out to finish: updated replicas are still becoming available',
      `{ spec: { ${canary} }, status: { currentPodHash: a, updatedReplicas: 1 } }`,
    ],
    [
      'Progressing: Waiting for roll out to finish: old replicas are pending termination',
      `{ spec: { ${canary} }, status: { currentPodHash: a, replicas: 2, updatedReplicas: 1, availableReplicas: 1 } }`,
    ],
    [
      'Progressing: Waiting for rollout to finish steps',
      `{ spec: { ${canary} }, status: { currentPodHash: a, stableRS: b, updatedReplicas: 1, availableReplicas: 1 } }`,
    ],
    ['Healthy', `{ spec: { ${canary} }, status: { currentPodHash: a, stableRS: a, updatedReplicas: 1, availableReplicas: 1 } }`],
    [
      'Progressing: active service cutover pending',
      '{ spec: { strategy: { blueGreen: {} } }, status: { currentPodHash: a, updatedReplicas: 1, availableReplicas: 1, blueGreen: { activeSelector: b } } }',
    ],
    [
      'Progressing: waiting for analysis to complete',
      '{ spec: { strategy: { blueGreen: {} } }, status: { currentPodHash: a, stableRS: b, updatedReplicas: 1, availableReplicas: 1, blueGreen: { activeSelector: a } } }',
    ],
    [
      'Healthy',
      '{ spec: { strategy: { blueGreen: {} } }, status: { currentPodHash: a, updatedReplicas: 1, availableReplicas: 1, blueGreen: { activeSelector: a } } }',
    ],
  ])('have a Rollout that is %s', (expected, fields) => {
    expect(assess('argoproj.io/v1alpha1 Rollout', fields)).toBe(expected)
  })

  it.each([
    ['Progressing: Waiting for analysis run to finish: status has not been reconciled.', 'AnalysisRun', '{}'],
    ['Progressing: Analysis run is running', 'AnalysisRun', '{ status: { phase: Running, message: x } }'],
    ['Healthy: Analysis run completed successfully', 'AnalysisRun', '{ status: { phase: Successful } }'],
    ['Degraded: metric "p99" failed', 'AnalysisRun', '{ status: { phase: Failed, message: metric "p99" failed } }'],
    ['Degraded: Analysis run had an error', 'AnalysisRun', '{ status: { phase: Error } }'],
    ['Unknown: Analysis run was inconclusive', 'AnalysisRun', '{ status: { phase: Inconclusive } }'],
    ['Unknown: There is no phase constructor of this kind', 'AnalysisRun', '{ status: { phase: constructor } }'],
    ['Progressing: Experiment is pending', 'Experiment', '{ status: { phase: Pending } }'],
    ['Healthy: Experiment is successful', 'Experiment', '{ status: { phase: Successful } }'],
    ['Degraded: Experiment has failed', 'Experiment', '{ status: { phase: Failed } }'],
  ])('are %s for %s', (expected, kind, fields) => {
    expect(assess(`argoproj.io/v1alpha1 ${kind}`, fields)).toBe(expected)
  })
})

describe("Argo Workflows and what else is Argo's", () => {
  it.each([
    ['Progressing', 'Workflow', '{}'],
    ['Progressing: at step 2', 'Workflow', '{ status: { phase: Running, message: at step 2 } }'],
    ['Healthy', 'Workflow', '{ status: { phase: Succeeded } }'],
    ['Degraded: exit 1', 'Workflow', '{ status: { phase: Failed, message: exit 1 } }'],
    ['Degraded', 'Workflow', '{ status: { phase: Error } }'],
    ['Unknown', 'Workflow', '{ status: { phase: toString } }'],
    ['Healthy: CronWorkflow is healthy.', 'CronWorkflow', '{}'],
    ['Degraded: bad cron', 'CronWorkflow', '{ status: { conditions: [{ type: SpecError, status: "True", message: bad cron }] } }'],
    ['Degraded: quota', 'CronWorkflow', '{ status: { conditions: [{ type: SubmissionError, status: "True", message: quota }] } }'],
    ['Progressing: Waiting for the status to be reported', 'ApplicationSet', '{}'],
    [
      'Healthy: fine',
      'ApplicationSet',
      '{ status: { conditions: [{ type: ErrorOccurred, status: "False" }, { type: ResourcesUpToDate, status: "True", message: fine }] } }',
    ],
    [
      'Degraded: no generator',
      'ApplicationSet',
      '{ status: { conditions: [{ type: ResourcesUpToDate, status: "True" }, { type: ErrorOccurred, status: "True", message: no generator }] } }',
    ],
    ['Healthy', 'Application', '{ status: { health: { status: Healthy } } }'],
    ['Unknown', 'Application', '{ status: { health: { status: __proto__ } } }'],
    ['Healthy: up', 'EventBus', '{ status: { conditions: [{ type: Deployed, status: "True", message: up }] } }'],
    ['Progressing: Waiting for initialization', 'EventBus', '{}'],
    ['none', 'WorkflowTemplate', '{}'],
  ])('are %s for %s', (expected, kind, fields) => {
    expect(assess(`argoproj.io/v1alpha1 ${kind}`, fields)).toBe(expected)
  })
})

describe('Flagger', () => {
  it.each([
    ['Unknown: No status', '{}'],
    [
      'Progressing: Progressing --- Canary Weight: 20 % --- New revision detected',
      '{ status: { phase: Progressing, canaryWeight: 20, conditions: [{ message: New revision detected }] } }',
    ],
    ['Healthy: Succeeded --- done', '{ status: { phase: Succeeded, canaryWeight: 0, conditions: [{ message: done }] } }'],
    ['Healthy: Initialized --- ', '{ status: { phase: Initialized } }'],
    ['Degraded: Failed --- analysis failed', '{ status: { phase: Failed, conditions: [{ message: analysis failed }] } }'],
  ])('has a Canary that is %s', (expected, fields) => {
    expect(assess('flagger.app/v1beta1 Canary', fields)).toBe(expected)
  })
})

describe('the Gateway API', () => {
  const route = (...conditions: string[]): string =>
    `{ status: { parents: [{ parentRef: { name: gw }, conditions: [${conditions.join(', ')}] }] } }`
  for (const kind of ['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute']) {
    it.each([
      [`Progressing: Waiting for ${kind} status`, '{}'],
      [
        `Healthy: ${kind} is healthy`,
        route('{ type: Accepted, status: "True", observedGeneration: 2 }', '{ type: ResolvedRefs, status: "True" }'),
      ],
      [
        'Degraded: Parent gw: no such service',
        route('{ type: Accepted, status: "True" }', '{ type: ResolvedRefs, status: "False", message: no such service }'),
      ],
      ['Degraded: Parent gw: Failed condition: Accepted', route('{ type: Accepted, status: "False" }')],
      [
        'Progressing: Parent gw: Route is still being programmed',
        route('{ type: Accepted, status: "True" }', '{ type: Programmed, status: Unknown }'),
      ],
    ])(`has a ${kind} that is %s`, (expected, fields) => {
      expect(assess(`gateway.networking.k8s.io/v1 ${kind}`, fields)).toBe(expected)
    })
  }

  it('waits for a parent that has not seen the spec as it is now', () => {
    expect(assess('gateway.networking.k8s.io/v1 HTTPRoute', route('{ type: Accepted, status: "False", observedGeneration: 1 }'))).toBe(
      'Progressing: Waiting for HTTPRoute status',
    )
  })

  it.each([
    ['Progressing: Waiting for Gateway status', 'Gateway', '{}'],
    [
      'Healthy: Gateway is healthy',
      'Gateway',
      '{ status: { conditions: [{ type: Programmed, status: "True" }], listeners: [{ conditions: [{ type: Programmed, status: "True" }] }] } }',
    ],
    ['Progressing: no address', 'Gateway', '{ status: { conditions: [{ type: Programmed, status: "False", message: no address }] } }'],
    [
      'Degraded: Listener: no certificate',
      'Gateway',
      '{ status: { listeners: [{ conditions: [{ type: ResolvedRefs, status: "False", message: no certificate }] }] } }',
    ],
    ['Healthy: GatewayClass is accepted', 'GatewayClass', '{ status: { conditions: [{ type: Accepted, status: "True" }] } }'],
    [
      'Degraded: bad parameters',
      'GatewayClass',
      '{ status: { conditions: [{ type: Accepted, status: "False", message: bad parameters }] } }',
    ],
    [
      'Progressing: Waiting for GatewayClass status',
      'GatewayClass',
      '{ status: { conditions: [{ type: Accepted, status: "True", observedGeneration: 1 }] } }',
    ],
    [
      'Progressing: Waiting for controller',
      'GatewayClass',
      '{ status: { conditions: [{ type: Accepted, status: Unknown, message: Waiting for controller }] } }',
    ],
    ['Progressing: Waiting for BackendTLSPolicy status', 'BackendTLSPolicy', '{}'],
    [
      'Healthy: BackendTLSPolicy is healthy',
      'BackendTLSPolicy',
      '{ status: { ancestors: [{ ancestorRef: { name: gw }, conditions: [{ type: Accepted, status: "True" }] }] } }',
    ],
    [
      'Degraded: Ancestor gw: bad',
      'BackendTLSPolicy',
      '{ status: { ancestors: [{ ancestorRef: { name: gw }, conditions: [{ type: ResolvedRefs, status: "False", message: bad }] }] } }',
    ],
  ])('is %s for %s', (expected, kind, fields) => {
    expect(assess(`gateway.networking.k8s.io/v1 ${kind}`, fields)).toBe(expected)
  })
})

describe('KEDA', () => {
  it.each([
    ['Progressing: Creating HorizontalPodAutoscaler Object', 'ScaledObject', '{}'],
    [
      'Healthy: ready',
      'ScaledObject',
      '{ status: { conditions: [{ type: Ready, status: "True", message: ready }, { type: Active, status: "False" }] } }',
    ],
    ['Degraded: no trigger', 'ScaledObject', '{ status: { conditions: [{ type: Ready, status: "False", message: no trigger }] } }'],
    [
      'Degraded: fallback',
      'ScaledObject',
      '{ status: { conditions: [{ type: Ready, status: "True" }, { type: Fallback, status: "True", message: fallback }] } }',
    ],
    [
      'Suspended: paused',
      'ScaledObject',
      '{ status: { conditions: [{ type: Ready, status: "True" }, { type: Paused, status: "True", message: paused }] } }',
    ],
    ['Progressing: Waiting for ScaledJob', 'ScaledJob', '{}'],
    ['Degraded: odd', 'ScaledJob', '{ status: { conditions: [{ type: Ready, status: Unknown, message: odd }] } }'],
    ['Healthy: ready', 'ScaledJob', '{ status: { conditions: [{ type: Ready, status: "True", message: ready }] } }'],
    [
      'Suspended: paused',
      'ScaledJob',
      '{ status: { conditions: [{ type: Ready, status: "True" }, { type: Paused, status: "True", message: paused }] } }',
    ],
  ])('is %s for %s', (expected, kind, fields) => {
    expect(assess(`keda.sh/v1alpha1 ${kind}`, fields)).toBe(expected)
  })
})
