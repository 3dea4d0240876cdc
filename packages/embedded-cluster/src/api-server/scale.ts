import type { KubeObject } from '@plimsoll/kube'
import { badRequest, invalid, unknownPath } from './api-failure.ts'
import type { KindDefinition, ScalePaths } from './kind-registry.ts'
import { checkEnvelope } from './object-meta.ts'
import { cloneTree, isRecord, valueAt } from './tree.ts'

function pathsOf(definition: KindDefinition): ScalePaths {
  if (definition.scale === undefined) throw unknownPath()
  return definition.scale
}

function steps(path: string): string[] {
  return path.replace(/^\./, '').split('.')
}

/** The `scale` subresource of an object, as autoscaling/v1 Scale. */
export function scaleOf(definition: KindDefinition, object: KubeObject): KubeObject {
  const paths = pathsOf(definition)
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = valueAt(object, steps(paths.specReplicas))
  const statusReplicas = valueAt(object, steps(paths.statusReplicas))
  const selector = paths.labelSelector === undefined ? undefined : selectorText(valueAt(object, steps(paths.labelSelector)))
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: typeof replicas === 'number' && replicas !== 0 ? { replicas } : {},
    status: { replicas: typeof statusReplicas === 'number' ? statusReplicas : 0, ...(selector === undefined ? {} : { selector }) },
  }
}

/** The object with the replicas that a Scale asks for. */
export function mergeScale(definition: KindDefinition, current: KubeObject, body: unknown): KubeObject {
  const paths = pathsOf(definition)
  const scale = { ...definition, isCustom: false, type: { ...definition.type, kind: 'Scale', group: 'autoscaling', version: 'v1' } }
  checkEnvelope(scale, 'autoscaling/v1', body)
  const replicas = valueAt(body, ['spec', 'replicas']) ?? 0
  const { name } = current.metadata
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) throw badRequest('spec.replicas of a Scale must be an integer')
  if (replicas < 0) {
    throw invalid(definition, name, [
      { field: 'spec.replicas', reason: 'FieldValueInvalid', message: `Invalid value: ${replicas}: must be greater than or equal to 0` },
    ])
  }
  const object = cloneTree(current)
  const path = steps(paths.specReplicas)
  let parent: Record<string, unknown> = object
  for (const step of path.slice(0, -1)) {
    const next = parent[step]
    if (isRecord(next)) parent = next
    else parent = parent[step] = {}
  }
  parent[path[path.length - 1] ?? ''] = replicas
  const { uid, resourceVersion } = body.metadata
  if (uid !== undefined) object.metadata.uid = uid
  if (resourceVersion === undefined || resourceVersion === '') delete object.metadata.resourceVersion
  else object.metadata.resourceVersion = resourceVersion
  return object
}

/** A LabelSelector as text, the form that an autoscaler reads. */
function selectorText(selector: unknown): string | undefined {
  if (typeof selector === 'string') return selector
  if (!isRecord(selector)) return undefined
  const parts: string[] = []
  const labels = isRecord(selector['matchLabels']) ? selector['matchLabels'] : selector['matchExpressions'] === undefined ? selector : {}
  for (const key of Object.keys(labels).sort()) parts.push(`${key}=${String(labels[key])}`)
  const expressions = Array.isArray(selector['matchExpressions']) ? selector['matchExpressions'] : []
  for (const { key, operator, values = [] } of expressions as { key: string; operator: string; values?: string[] }[]) {
    if (operator === 'Exists') parts.push(key)
    else if (operator === 'DoesNotExist') parts.push(`!${key}`)
    else parts.push(`${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`)
  }
  return parts.join(',')
}
