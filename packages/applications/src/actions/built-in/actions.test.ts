import type { KubeObject } from '@plimsoll/kube'
import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { builtInActions, runBuiltInAction } from './actions.ts'

const now = new Date('2026-01-02T03:04:05Z')

function object(kind: string, fields: string): KubeObject {
  const [apiVersion = '', name = ''] = kind.split(' ')
  const { metadata, ...rest } = load(fields) as { metadata?: object }
  return { apiVersion, kind: name, metadata: { name: 'a', namespace: 'b', uid: 'u', generation: 1, ...metadata }, ...rest }
}

/** Names of what is offered, those that cannot be done now in brackets. */
function offered(kind: string, fields: string): string {
  return builtInActions(object(kind, fields))
    .map(({ name, disabled }) => (disabled ? `(${name})` : name))
    .join(' ')
}

function changed(kind: string, fields: string, action: string, params: Record<string, string> = {}): KubeObject {
  const before = object(kind, fields)
  const copy = JSON.stringify(before)
  const [made, ...more] = runBuiltInAction(before, action, { params, now })

  expect(JSON.stringify(before)).toBe(copy)
  expect(more).toEqual([])
  if (!made) throw new Error('nothing was made')
  return made.resource
}

describe('what can be done with an object', () => {
  it.each([
    ['pause restart (resume) scale', 'apps/v1 Deployment', '{ spec: {} }'],
    ['(pause) restart resume scale', 'apps/v1 Deployment', '{ spec: { paused: true } }'],
    ['restart scale', 'apps/v1 StatefulSet', '{ spec: {} }'],
    ['restart', 'apps/v1 DaemonSet', '{ spec: {} }'],
    ['create-job suspend', 'batch/v1 CronJob', '{ spec: {} }'],
    ['create-job resume', 'batch/v1 CronJob', '{ spec: { suspend: true } }'],
    ['suspend terminate', 'batch/v1 Job', '{ spec: {}, status: {} }'],
    ['resume', 'batch/v1 Job', '{ spec: { suspend: true } }'],
    ['', 'batch/v1 Job', '{ spec: {}, status: { conditions: [{ type: Complete, status: "True" }] } }'],
    [
      'abort pause promote promote-full restart (resume) (retry) scale skip-current-step',
      'argoproj.io/v1alpha1 Rollout',
      '{ spec: { strategy: { canary: { steps: [{}, {}] } } }, status: { currentPodHash: b, stableRS: a, currentStepIndex: 0, observedGeneration: "1" } }',
    ],
    [
      '(abort) (pause) (promote) (promote-full) restart (resume) (retry) scale (skip-current-step)',
      'argoproj.io/v1alpha1 Rollout',
      '{ spec: { strategy: { canary: { steps: [{}] } } }, status: { currentPodHash: a, stableRS: a, currentStepIndex: 1, observedGeneration: "1" } }',
    ],
    [
      '(abort) (pause) (promote) promote-full restart resume retry scale (skip-current-step)',
      'argoproj.io/v1alpha1 Rollout',
      '{ spec: { strategy: { blueGreen: {} } }, status: { abort: true, pauseConditions: [{}], currentPodHash: b, stableRS: a, observedGeneration: "1" } }',
    ],
    ['terminate', 'argoproj.io/v1alpha1 AnalysisRun', '{ spec: {}, status: { phase: Running } }'],
    ['(terminate)', 'argoproj.io/v1alpha1 AnalysisRun', '{ spec: {}, status: { phase: Failed } }'],
    ['stop suspend terminate', 'argoproj.io/v1alpha1 Workflow', '{ spec: {}, status: { phase: Running } }'],
    ['(stop) (terminate)', 'argoproj.io/v1alpha1 Workflow', '{ spec: {}, status: { phase: Succeeded } }'],
    ['create-workflow suspend', 'argoproj.io/v1alpha1 CronWorkflow', '{ spec: {} }'],
    ['create-workflow', 'argoproj.io/v1alpha1 WorkflowTemplate', '{ spec: {} }'],
    ['toggle-auto-sync', 'argoproj.io/v1alpha1 Application', '{ spec: {} }'],
    ['pause paused-replicas (resume)', 'keda.sh/v1alpha1 ScaledObject', '{}'],
    [
      '(pause) (paused-replicas) resume',
      'keda.sh/v1alpha1 ScaledObject',
      '{ metadata: { annotations: { autoscaling.keda.sh/paused: "true" } } }',
    ],
    ['suspend', 'kubeflow.org/v1 PyTorchJob', '{ spec: {} }'],
    ['resume', 'ray.io/v1 RayJob', '{ spec: { suspend: true } }'],
    ['refresh', 'external-secrets.io/v1 ExternalSecret', '{ spec: { refreshInterval: 1h } }'],
    ['(refresh)', 'external-secrets.io/v1 ExternalSecret', '{ spec: { refreshInterval: 0s } }'],
    ['rolling-update', 'core.strimzi.io/v1 StrimziPodSet', '{}'],
    ['', 'v1 ConfigMap', '{}'],
    ['', 'constructor/v1 __proto__', '{}'],
  ])('is "%s" for %s', (expected, kind, fields) => {
    expect(offered(kind, fields)).toBe(expected)
  })

  it('is told with what a button needs', () => {
    expect(builtInActions(object('apps/v1 StatefulSet', '{ spec: {} }'))).toEqual([
      { name: 'restart', iconClass: 'fa fa-fw fa-redo' },
      { name: 'scale', iconClass: 'fa fa-fw fa-plus-circle', params: [{ name: 'replicas' }] },
    ])
    expect(builtInActions(object('argoproj.io/v1alpha1 Application', '{ spec: { syncPolicy: { automated: {} } } }'))[0]?.displayName).toBe(
      'Disable Auto-Sync',
    )
  })
})

describe('doing it', () => {
  const restarted = 'kubectl.kubernetes.io/restartedAt'

  it('restarts, also what has no annotations yet', () => {
    expect(changed('apps/v1 Deployment', '{ spec: { template: {} } }', 'restart').spec).toEqual({
      template: { metadata: { annotations: { [restarted]: '2026-01-02T03:04:05Z' } } },
    })
    expect(changed('argoproj.io/v1alpha1 Rollout', '{ spec: {} }', 'restart').spec).toEqual({ restartAt: '2026-01-02T03:04:05Z' })
  })

  it('scales to a whole number', () => {
    expect(changed('apps/v1 StatefulSet', '{ spec: { replicas: 1 } }', 'scale', { replicas: '3' }).spec).toEqual({ replicas: 3 })
    for (const replicas of ['not_a_number', '-1', '1.5', '1e3', '99999999999', '0x10']) {
      expect(() => changed('apps/v1 Deployment', '{ spec: {} }', 'scale', { replicas })).toThrow(`invalid number: ${replicas}`)
    }
    expect(() => changed('apps/v1 Deployment', '{ spec: {} }', 'scale')).toThrow('replicas is missing')
  })

  it('pauses and resumes', () => {
    expect(changed('apps/v1 Deployment', '{ spec: {} }', 'pause').spec).toEqual({ paused: true })
    expect(changed('apps/v1 Deployment', '{ spec: { paused: true } }', 'resume').spec).toEqual({})
    const paused = '{ spec: { paused: true }, status: { pauseConditions: [{ reason: x }] } }'
    expect(changed('argoproj.io/v1alpha1 Rollout', paused, 'resume')).toMatchObject({ spec: { paused: false }, status: {} })
    expect(changed('kubeflow.org/v1 TFJob', '{ spec: {} }', 'suspend').spec).toEqual({ runPolicy: { suspend: true } })
    expect(changed('batch/v1 CronJob', '{ spec: { suspend: true } }', 'resume').spec).toEqual({ suspend: false })
  })

  it('promotes a rollout by letting go of it, or else by a step: never both', () => {
    const rollout = (status: string): unknown =>
      changed('argoproj.io/v1alpha1 Rollout', `{ spec: { strategy: { canary: { steps: [{}, {}] } } }, status: ${status} }`, 'promote')
        .status

    expect(rollout('{ currentStepIndex: 1, pauseConditions: [{}] }')).toEqual({ currentStepIndex: 1 })
    expect(rollout('{ currentStepIndex: 1 }')).toEqual({ currentStepIndex: 2 })
    expect(rollout('{ currentStepIndex: 2 }')).toEqual({ currentStepIndex: 2 })
  })

  it('promotes fully, aborts, retries and skips a step', () => {
    const run = (action: string, status: string): unknown =>
      changed('argoproj.io/v1alpha1 Rollout', `{ spec: { strategy: { canary: { steps: [{}, {}] } } }, status: ${status} }`, action).status

    expect(run('promote-full', '{ observedGeneration: "1" }')).toEqual({ observedGeneration: '1', promoteFull: true })
    expect(run('promote-full', '{ abort: true }')).toEqual({ currentStepIndex: 2 })
    expect(run('abort', '{}')).toEqual({ abort: true })
    expect(run('retry', '{ abort: true }')).toEqual({})
    expect(run('skip-current-step', '{ currentStepIndex: 0, pauseConditions: [{}] }')).toEqual({ currentStepIndex: 1 })
  })

  it('makes a Job as kubectl does', () => {
    const cronJob =
      '{ spec: { jobTemplate: { metadata: { labels: { a: b } }, spec: { template: { spec: { volumes: [{ emptyDir: {} }] } } } } } }'

    expect(runBuiltInAction(object('batch/v1 CronJob', cronJob), 'create-job', { params: {}, now })).toEqual([
      {
        operation: 'create',
        resource: {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: {
            name: 'a-2601020304',
            namespace: 'b',
            labels: { a: 'b' },
            annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
            ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'a', uid: 'u', blockOwnerDeletion: true, controller: true }],
          },
          spec: { template: { spec: { volumes: [{ emptyDir: {} }] } } },
        },
      },
    ])
    const long = object('batch/v1 CronJob', `{ metadata: { name: ${'n'.repeat(80)} }, spec: { jobTemplate: { spec: {} } } }`)
    expect(runBuiltInAction(long, 'create-job', { params: {}, now })[0]?.resource.metadata.name).toBe(`${'n'.repeat(52)}-2601020304`)
  })

  it('makes a Workflow of a CronWorkflow and of a template', () => {
    const cron = object(
      'argoproj.io/v1alpha1 CronWorkflow',
      '{ spec: { workflowMetadata: { labels: { x: y } }, workflowSpec: { entrypoint: e } } }',
    )

    expect(runBuiltInAction(cron, 'create-workflow', { params: {}, now })[0]?.resource).toMatchObject({
      kind: 'Workflow',
      metadata: { name: 'a-202601020304', labels: { x: 'y', 'workflows.argoproj.io/cron-workflow': 'a' } },
      spec: { entrypoint: 'e' },
    })
    expect(changed('argoproj.io/v1alpha1 WorkflowTemplate', '{ spec: {} }', 'create-workflow')).toMatchObject({
      metadata: { labels: { 'workflows.argoproj.io/workflow-template': 'a' } },
      spec: { workflowTemplateRef: { name: 'a' } },
    })
  })

  it('ends a Job by its condition, and keeps the others', () => {
    const job = '{ spec: {}, status: { conditions: [{ type: Suspended, status: "False" }] } }'

    expect(changed('batch/v1 Job', job, 'terminate').status).toMatchObject({
      conditions: [{ type: 'Suspended' }, { type: 'FailureTarget', status: 'True', reason: 'ManuallyTerminated' }],
    })
  })

  it('turns automated sync off and on', () => {
    const enabled = (fields: string): unknown =>
      (changed('argoproj.io/v1alpha1 Application', fields, 'toggle-auto-sync').spec as { syncPolicy: { automated: { enabled: boolean } } })
        .syncPolicy.automated.enabled

    expect(enabled('{ spec: {} }')).toBe(true)
    expect(enabled('{ spec: { syncPolicy: { automated: { prune: true } } } }')).toBe(false)
    expect(enabled('{ spec: { syncPolicy: { automated: { enabled: false } } } }')).toBe(true)
  })

  it('tells KEDA and External Secrets by annotations', () => {
    const annotations = (kind: string, action: string, params = {}): unknown =>
      changed(kind, '{ spec: {} }', action, params).metadata.annotations

    expect(annotations('keda.sh/v1alpha1 ScaledObject', 'pause')).toEqual({ 'autoscaling.keda.sh/paused': 'true' })
    expect(annotations('keda.sh/v1alpha1 ScaledObject', 'paused-replicas', { replicas: '2' })).toEqual({
      'autoscaling.keda.sh/paused-replicas': '2',
    })
    expect(annotations('external-secrets.io/v1 PushSecret', 'push')).toEqual({ 'force-sync': '2026-01-02T03:04:05Z' })
  })

  it.each([
    ['kustomize.toolkit.fluxcd.io/v1 Kustomization', '{ spec: {} }', 'reconcile (resume) suspend'],
    ['kustomize.toolkit.fluxcd.io/v1 Kustomization', '{ spec: { suspend: true } }', '(reconcile) resume (suspend)'],
    ['notification.toolkit.fluxcd.io/v1 Alert', '{ spec: { suspend: true } }', 'resume (suspend)'],
  ])('offers for Flux: %s %s: %s', (kind, fields, expected) => {
    expect(offered(kind, fields)).toBe(expected)
  })

  it('suspends, resumes and wakes what Flux does', () => {
    const kind = 'source.toolkit.fluxcd.io/v1 GitRepository'
    expect(changed(kind, '{ spec: {} }', 'suspend')).toMatchObject({ spec: { suspend: true } })
    expect(changed(kind, '{ spec: { suspend: true } }', 'resume')).toMatchObject({ spec: { suspend: false } })
    expect(changed(kind, '{ spec: {} }', 'reconcile').metadata.annotations).toEqual({
      'reconcile.fluxcd.io/requestedAt': 'By Argo CD at: 2026-01-02T03:04:05',
    })
  })

  it('says what there is instead of what there is not', () => {
    expect(() => changed('apps/v1 DaemonSet', '{ spec: {} }', 'constructor')).toThrow(
      'DaemonSet has no action "constructor": built in are restart',
    )
    expect(() => changed('v1 Secret', '{}', 'restart')).toThrow('Secret has no action "restart": it has none')
  })
})
