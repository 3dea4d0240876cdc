import type { KubeObject } from '@plimsoll/kube'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, openObject, textOf } from '../reading.ts'

const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics'
const currentAnnotation = 'autoscaling.alpha.kubernetes.io/current-metrics'
const conditionsAnnotation = 'autoscaling.alpha.kubernetes.io/conditions'
const behaviorAnnotation = 'autoscaling.alpha.kubernetes.io/behavior'
const annotations = [metricsAnnotation, currentAnnotation, conditionsAnnotation, behaviorAnnotation]

/**
 * HorizontalPodAutoscaler between autoscaling/v1 and v2, in place and without loss: what v1 cannot say travels in
 * annotations, as in Kubernetes `pkg/apis/autoscaling/v1/conversion.go` (1.34).
 */
export function convertAutoscaler(object: KubeObject, toVersion: string): void {
  const version = toVersion.slice(toVersion.lastIndexOf('/') + 1)
  if (object.apiVersion.endsWith(`/${version}`)) return
  object.apiVersion = `autoscaling/${version}`
  // The object may share its insides with a stored one.
  object.metadata = {
    ...object.metadata,
    ...(object.metadata.annotations === undefined ? {} : { annotations: { ...object.metadata.annotations } }),
  }
  if (fieldsOf(object['spec']) !== undefined) object['spec'] = { ...fieldsOrEmpty(object['spec']) }
  if (fieldsOf(object['status']) !== undefined) object['status'] = { ...fieldsOrEmpty(object['status']) }
  if (version === 'v1') toV1(object)
  else toV2(object)
}

function toV1(object: KubeObject): void {
  const spec = openObject(object, 'spec')
  const notes: Record<string, string> = object.metadata.annotations ?? {}
  for (const name of annotations) delete notes[name]
  if (spec !== undefined) {
    const others: unknown[] = []
    for (const metric of listOf(spec['metrics'])) {
      const resource = fieldsOrEmpty(fieldsOrEmpty(metric)['resource'])
      const utilization = fieldsOrEmpty(resource['target'])['averageUtilization']
      const isCpu = fieldsOrEmpty(metric)['type'] === 'Resource' && resource['name'] === 'cpu' && utilization !== undefined
      if (isCpu && spec['targetCPUUtilizationPercentage'] === undefined) spec['targetCPUUtilizationPercentage'] = utilization
      else others.push(metric)
    }
    if (others.length > 0) notes[metricsAnnotation] = JSON.stringify(others)
    if (spec['behavior'] !== undefined) notes[behaviorAnnotation] = JSON.stringify(spec['behavior'])
    delete spec['metrics']
    delete spec['behavior']
  }
  const status = fieldsOf(object['status'])
  if (status !== undefined) {
    const current = listOf(status['currentMetrics'])
    for (const metric of current) {
      const resource = fieldsOrEmpty(fieldsOrEmpty(metric)['resource'])
      const utilization = fieldsOrEmpty(resource['current'])['averageUtilization']
      if (resource['name'] === 'cpu' && utilization !== undefined) status['currentCPUUtilizationPercentage'] ??= utilization
    }
    if (current.length > 0) notes[currentAnnotation] = JSON.stringify(current)
    if (listOf(status['conditions']).length > 0) notes[conditionsAnnotation] = JSON.stringify(status['conditions'])
    delete status['currentMetrics']
    delete status['conditions']
    status['currentReplicas'] ??= 0
    status['desiredReplicas'] ??= 0
  }
  if (Object.keys(notes).length > 0) object.metadata.annotations = notes
  else delete object.metadata.annotations
}

function toV2(object: KubeObject): void {
  const spec = openObject(object, 'spec')
  const notes: Record<string, string> = object.metadata.annotations ?? {}
  const read = (name: string): unknown => {
    const text = textOf(notes[name])
    delete notes[name]
    try {
      return text === '' ? undefined : (JSON.parse(text) as unknown)
    } catch {
      // As Go does: an annotation that cannot be read is left out.
      return undefined
    }
  }
  const metrics = listOf(read(metricsAnnotation))
  const current = listOf(read(currentAnnotation))
  const conditions = listOf(read(conditionsAnnotation))
  const behavior = read(behaviorAnnotation)
  if (spec !== undefined) {
    const cpu = spec['targetCPUUtilizationPercentage']
    const first: Fields[] =
      cpu === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } }]
    if (first.length + metrics.length > 0) spec['metrics'] = [...first, ...metrics]
    if (fieldsOf(behavior) !== undefined) spec['behavior'] = behavior
    delete spec['targetCPUUtilizationPercentage']
  }
  const status = fieldsOf(object['status'])
  if (status !== undefined) {
    const cpu = status['currentCPUUtilizationPercentage']
    if (current.length > 0) status['currentMetrics'] = current
    else if (cpu !== undefined) {
      status['currentMetrics'] = [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu, averageValue: '0' } } }]
    } else status['currentMetrics'] = null
    if (conditions.length > 0) status['conditions'] = conditions
    delete status['currentCPUUtilizationPercentage']
    // v2 leaves this zero out.
    if (status['currentReplicas'] === 0) delete status['currentReplicas']
  }
  if (Object.keys(notes).length > 0) object.metadata.annotations = notes
  else delete object.metadata.annotations
}
