import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '@plimsoll/kube'
import { healthOf } from './health.ts'

function health(yaml: string): { status?: string | undefined; message?: string | undefined } | undefined {
  return healthOf(load(yaml) as KubeObject)
}
const deployment = (status: string, spec = '{ replicas: 3 }', generation = 1): string =>
  `{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web, generation: ${generation} }, spec: ${spec}, status: ${status} }`
const pod = (status: string, policy = 'Always', annotations = '{}'): string =>
  `{ apiVersion: v1, kind: Pod, metadata: { name: web, annotations: ${annotations} }, spec: { restartPolicy: ${policy} }, status: ${status} }`

describe('health', () => {
  it.each([
    ['Healthy', deployment('{ observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3 }')],
    ['Progressing', deployment('{ observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 2 }')],
    ['Progressing', deployment('{ observedGeneration: 1, replicas: 4, updatedReplicas: 3, availableReplicas: 4 }')],
    ['Progressing', deployment('{ observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3 }', '{ replicas: 3 }', 2)],
    ['Progressing', deployment('{}')],
    ['Suspended', deployment('{}', '{ paused: true }')],
    [
      'Degraded',
      deployment('{ observedGeneration: 1, conditions: [{ type: Progressing, status: "False", reason: ProgressDeadlineExceeded }] }'),
    ],
    ['Progressing', pod('{ phase: Pending }')],
    ['Degraded', pod('{ phase: Pending, containerStatuses: [{ state: { waiting: { reason: ImagePullBackOff, message: no } } }] }')],
    [
      'Degraded',
      pod(
        '{ phase: Pending, containerStatuses: [{ state: { waiting: { reason: CreateContainerConfigError, message: configmap "ml-config" not found } } }] }',
      ),
    ],
    ['Healthy', pod('{ phase: Running, conditions: [{ type: Ready, status: "True" }] }')],
    ['Progressing', pod('{ phase: Running }')],
    ['Degraded', pod('{ phase: Running, containerStatuses: [{ lastState: { terminated: { exitCode: 1 } } }] }')],
    ['Progressing', pod('{ phase: Running }', 'Never')],
    ['Healthy', pod('{ phase: Succeeded }', 'Never')],
    ['Degraded', pod('{ phase: Failed, containerStatuses: [{ name: a, state: { terminated: { exitCode: 2 } } }] }', 'Never')],
    ['Healthy', '{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { type: ClusterIP } }'],
    ['Progressing', '{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { type: LoadBalancer } }'],
    ['Progressing', '{ apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: { name: a } }'],
    [
      'Healthy',
      '{ apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: { name: a }, status: { loadBalancer: { ingress: [{ ip: 127.0.0.1 }] } } }',
    ],
    [
      'Degraded',
      '{ apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: { name: a }, status: { conditions: [{ type: AbleToScale, status: "True" }, { type: ScalingActive, status: "False", reason: FailedGetResourceMetric, message: no metrics }] } }',
    ],
    ['Healthy', '{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: a }, status: { phase: Bound } }'],
    [
      'Degraded',
      '{ apiVersion: batch/v1, kind: Job, metadata: { name: a }, status: { conditions: [{ type: Failed, status: "True", message: BackoffLimitExceeded }] } }',
    ],
    [
      'Suspended',
      '{ apiVersion: batch/v1, kind: Job, metadata: { name: a }, status: { conditions: [{ type: Suspended, status: "True" }] } }',
    ],
    ['Progressing', '{ apiVersion: batch/v1, kind: Job, metadata: { name: a } }'],
    ['Progressing', '{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, deletionTimestamp: "2026-01-01T00:00:00Z" } }'],
  ])('is %s for %s', (expected, yaml) => {
    expect(health(yaml)?.status).toBe(expected)
  })

  it.each([
    ['Degraded', 'bad', '[{ type: Complete, status: "True", message: good }, { type: Failed, status: "True", message: bad }]'],
    ['Suspended', 'second', '[{ type: Suspended, status: "True", message: first }, { type: Complete, message: second }]'],
    ['Healthy', 'resumed', '[{ type: Suspended, status: "False", message: resumed }]'],
    ['Progressing', undefined, '[{ type: FailureTarget, status: "True", message: no }]'],
  ])('of a Job is %s for %s', (status, message, conditions) => {
    const seen = health(`{ apiVersion: batch/v1, kind: Job, metadata: { name: a }, status: { conditions: ${conditions} } }`)

    expect(seen).toEqual({ status, ...(message !== undefined && { message }) })
  })

  it.each([
    ['Progressing', 'Waiting to Autoscale', undefined],
    ['Progressing', 'Waiting to Autoscale', '[]'],
    ['Healthy', 'fine', '[{"type":"AbleToScale","status":"True","reason":"ReadyForNewScale","message":"fine"}]'],
    ['Degraded', 'no metrics', '[{"type":"ScalingActive","status":"False","reason":"FailedGetResourceMetric","message":"no metrics"}]'],
    ['Healthy', 'fine', '[{"type":"ScalingActive","reason":"constructor"},{"type":"ScalingLimited","status":"True","message":"fine"}]'],
  ])('of an autoscaler in version 1 is %s: %s', (status, message, conditions) => {
    const annotations: Record<string, string> = conditions === undefined ? {} : { 'autoscaling.alpha.kubernetes.io/conditions': conditions }
    const object = { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { name: 'a', annotations } }

    expect(healthOf(object)).toEqual({ status, message })
  })

  it('is Unknown for a version that nobody knows', () => {
    expect(health('{ apiVersion: apps/v1beta1, kind: Deployment, metadata: { name: a } }')).toEqual({
      status: 'Unknown',
      message: 'unsupported Deployment GVK: apps/v1beta1, Kind=Deployment',
    })
    expect(health('{ apiVersion: autoscaling/v3, kind: HorizontalPodAutoscaler, metadata: { name: a } }')?.message).toBe(
      'unsupported HPA GVK: autoscaling/v3, Kind=HorizontalPodAutoscaler',
    )
  })

  it('of a pod that ends is that of one that stays, where its annotation says so; but not of a hook', () => {
    const running = '{ phase: Running, conditions: [{ type: Ready, status: "True" }] }'
    const stays = 'argocd.argoproj.io/ignore-restart-policy: "true"'

    expect(health(pod(running, 'Never'))?.status).toBe('Progressing')
    expect(health(pod(running, 'Never', `{ ${stays} }`))?.status).toBe('Healthy')
    expect(health(pod(running, 'Never', `{ ${stays}, argocd.argoproj.io/hook: PreSync }`))?.status).toBe('Progressing')
  })

  it('of what is being deleted is Progressing, unless a hook waits for us', () => {
    const leaving = (finalizers: string): ReturnType<typeof health> =>
      health(
        `{ apiVersion: v1, kind: Service, metadata: { name: a, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: [${finalizers}] }, spec: {} }`,
      )

    expect(leaving('')).toEqual({ status: 'Progressing', message: 'Pending deletion' })
    expect(leaving('argocd.argoproj.io/hook-finalizer')?.status).toBe('Healthy')
  })

  it('is nothing for a kind that has none', () => {
    expect(health('{ apiVersion: v1, kind: ConfigMap, metadata: { name: constructor } }')).toBeUndefined()
    expect(health('{ apiVersion: toString/v1, kind: __proto__, metadata: { name: a } }')).toBeUndefined()
  })

  it('never claims more than there is: a pod without a process says that it is simulated', () => {
    const seen = health(
      pod(
        '{ phase: Running, conditions: [{ type: Ready, status: "True" }] }',
        'Always',
        '{ plimsoll.dev/simulated: no engine runs the image web:1 }',
      ),
    )

    expect(seen).toEqual({ status: 'Healthy', message: 'simulated: no engine runs the image web:1' })
  })

  it('survives a status of any shape', () => {
    for (const status of ['7', '[]', '{ conditions: 7, containerStatuses: [null, 3] }', '"text"']) {
      expect(health(deployment(status))?.status).toBeDefined()
      expect(health(pod(status))?.status).toBeDefined()
    }
  })
})
