import type { KubeObject } from '@plimsoll/kube'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { healthOf } from '../health.ts'
import { isStatusCode } from '../status-code.ts'

const kinds = [
  'argoproj.io/v1alpha1 Rollout',
  'argoproj.io/v1alpha1 AnalysisRun',
  'autoscaling/v1 HorizontalPodAutoscaler',
  'autoscaling/v2 HorizontalPodAutoscaler',
  'batch/v1 CronJob',
  'batch/v1 Job',
  'flagger.app/v1 Canary',
  'gateway.networking.k8s.io/v1 HTTPRoute',
  'gateway.networking.k8s.io/v1 BackendTLSPolicy',
  'kafka.strimzi.io/v1 Kafka',
  'keda.sh/v1 ScaledObject',
  'kueue.x-k8s.io/v1 Workload',
  'leaderworkerset.x-k8s.io/v1 LeaderWorkerSet',
  'operator.knative.dev/v1 KnativeServing',
  'ray.io/v1 RayService',
  'ray.io/v1 RayCluster',
  's3.aws.crossplane.io/v1 Bucket',
  'serving.knative.dev/v1 Service',
  'serving.kserve.io/v1 InferenceService',
  'sparkoperator.k8s.io/v1 SparkApplication',
  'v1 Pod',
]
const names = [
  'conditions',
  'phase',
  'state',
  'type',
  'status',
  'parents',
  'modelStatus',
  'applicationState',
  'executorState',
  '__proto__',
  'constructor',
]
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('True', 'False', 'Ready', 'RUNNING', '', null, 7, -1, true, 'constructor'),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 4 }),
  ),
}))

describe('a status of any shape', () => {
  it.each(kinds)('costs nobody anything: %s', (kind) => {
    const [apiVersion = '', name = ''] = kind.split(' ')
    fc.assert(
      fc.property(value.any, value.any, (status, spec) => {
        const health = healthOf({ apiVersion, kind: name, metadata: { name: 'a' }, spec, status } as KubeObject)

        expect(isStatusCode(health?.status)).toBe(true)
        expect(typeof (health?.message ?? '')).toBe('string')
      }),
      { numRuns: 200 },
    )
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('is none for a kind called %s', (kind) => {
    for (const apiVersion of ['v1', 'apps/v1', 'constructor/v1', '__proto__/v1']) {
      expect(healthOf({ apiVersion, kind, metadata: { name: 'constructor' } })).toBeUndefined()
    }
  })
})
