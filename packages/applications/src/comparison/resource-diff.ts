import type { ResourceDiff } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { type KeyPath, removedFields } from '../ignore/removal.ts'
import { SecretMasker } from '../masking.ts'
import type { ManagedResource } from '../reconcile/evaluation.ts'
import { managerOf } from './field-ownership.ts'
import { formatPath, valueAt, withValueAt } from './path.ts'

/**
 * One managed object, both sides and what a sync would make of it, as JSON texts. Everything of it is masked before it becomes text. What is ignored is
 * neither in the normalised state nor in the predicted one, and the fields are told with the rules that say so.
 */
export function resourceDiff(resource: ManagedResource, sensitiveAnnotations: ReadonlySet<string>): ResourceDiff {
  const masker = new SecretMasker(sensitiveAnnotations)
  const target = resource.target && masker.mask(resource.target.object)
  const live = resource.live && masker.mask(resource.live)
  const compared = resource.normalized?.live ?? resource.live
  const normalized = compared && masker.mask(compared)
  const differences = resource.comparison?.differences ?? []
  const predicted = predictedLive(resource, compared)
  const maskedPrediction = predicted && masker.mask(predicted)
  const ignored = ignoredFields(resource)
  return {
    ...(resource.key.group !== '' && { group: resource.key.group }),
    kind: resource.key.kind,
    ...(resource.key.namespace !== '' && { namespace: resource.key.namespace }),
    name: resource.key.name,
    ...(target && { targetState: JSON.stringify(target) }),
    ...(live && { liveState: JSON.stringify(live) }),
    ...(normalized && { normalizedLiveState: JSON.stringify(withoutBookkeeping(normalized)) }),
    ...(maskedPrediction && { predictedLiveState: JSON.stringify(withoutBookkeeping(maskedPrediction)) }),
    ...(resource.isHook && { hook: true }),
    modified: resource.status === 'OutOfSync',
    ...(resource.live?.metadata.resourceVersion && { resourceVersion: resource.live.metadata.resourceVersion }),
    differences: differences.map(({ path }) => {
      const before = valueAt(normalized, path)
      const after = valueAt(maskedPrediction, path)
      const owner = resource.live && managerOf(resource.live, path)
      return {
        path: formatPath(path),
        ...(before !== undefined && { live: JSON.stringify(before) }),
        ...(after !== undefined && { target: JSON.stringify(after) }),
        ...(owner && { manager: owner.manager, ...(owner.time !== undefined && { time: owner.time }) }),
      }
    }),
    ...(ignored.length > 0 && { ignored }),
  }
}

/** What the cluster would hold after a sync: Git's values put in where they differ, and nothing when it would be pruned. */
function predictedLive({ target, comparison }: ManagedResource, live: KubeObject | undefined): KubeObject | undefined {
  if (!target) return undefined
  if (!live) return target.object
  let predicted: unknown = live
  for (const difference of comparison?.differences ?? []) predicted = withValueAt(predicted, difference.path, difference.target)
  return predicted as KubeObject
}

/** Each field once that is left out of either side. */
function ignoredFields({ normalized }: ManagedResource): { path: string; rule: string }[] {
  const { ignored } = normalized ?? {}
  if (!ignored) return []
  const fields = [ignored.live, ignored.target]
    .flatMap((side) => removedFields(side))
    .map(({ path, rule }) => ({ path: formatKeys(path), rule }))
  return [...new Map(fields.map((field) => [field.path, field])).values()]
}

function formatKeys(path: KeyPath): string {
  return formatPath(path.map((key) => (typeof key === 'number' ? { index: key } : { field: key })))
}

/** What nobody compares: who wrote when, versions, and the state that controllers report. */
function withoutBookkeeping(object: KubeObject): KubeObject {
  const {
    managedFields: _fields,
    resourceVersion: _version,
    generation: _generation,
    uid: _uid,
    creationTimestamp: _time,
    ...metadata
  } = object.metadata
  const { status: _status, ...rest } = object
  return { ...rest, metadata } as KubeObject
}
