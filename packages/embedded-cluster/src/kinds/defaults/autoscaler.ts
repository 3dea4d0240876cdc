import { type Fields, fieldsOf, listOf, openObject, setDefault } from '../reading.ts'

/** Defaults of HorizontalPodAutoscalers: Kubernetes `pkg/apis/autoscaling/{v1,v2}/defaults.go`, 1.34. */
export function defaultAutoscalerV2(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  setDefault(spec, 'minReplicas', 1)
  if (
    listOf(spec['metrics']).length === 0 &&
    (spec['metrics'] === undefined || Array.isArray(spec['metrics']) || spec['metrics'] === null)
  ) {
    spec['metrics'] = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]
  }
  const behavior = fieldsOf(spec['behavior'])
  if (behavior === undefined) return
  const up = openObject(behavior, 'scaleUp')
  if (up !== undefined) {
    setDefault(up, 'stabilizationWindowSeconds', 0)
    setDefault(up, 'selectPolicy', 'Max')
    setDefault(up, 'policies', [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ])
  }
  const down = openObject(behavior, 'scaleDown')
  if (down === undefined) return
  setDefault(down, 'selectPolicy', 'Max')
  setDefault(down, 'policies', [{ type: 'Percent', value: 100, periodSeconds: 15 }])
}

export function defaultAutoscalerV1(object: Fields): void {
  const spec = openObject(object, 'spec')
  if (spec === undefined) return
  setDefault(spec, 'minReplicas', 1)
  // v1 says CPU only; when no metric is named at all, 80 % of it.
  const annotations = fieldsOf(fieldsOf(object['metadata'])?.['annotations'])
  if (annotations?.['autoscaling.alpha.kubernetes.io/metrics'] === undefined) setDefault(spec, 'targetCPUUtilizationPercentage', 80)
}
