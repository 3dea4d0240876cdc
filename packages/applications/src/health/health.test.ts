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
