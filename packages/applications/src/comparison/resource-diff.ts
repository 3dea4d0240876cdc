import type { ResourceDiff } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'
import { SecretMasker } from '../masking.ts'
import type { ManagedResource } from '../reconcile/evaluation.ts'
import { managerOf } from './field-ownership.ts'
import { formatPath, valueAt, withValueAt } from './path.ts'

/** One managed object, both sides and what a sync would make of it, as JSON texts. Everything of it is masked before it becomes text. */
export function resourceDiff(resource: ManagedResource): ResourceDiff {
  const masker = new SecretMasker()
  const target = resource.target && masker.mask(resource.target.object)
  const live = resource.live && masker.mask(resource.live)
  const differences = resource.comparison?.differences ?? []
  const predicted = predictedLive(resource)
  const maskedPrediction = predicted && masker.mask(predicted)
  return {
    ...(resource.key.group !== '' && { group: resource.key.group }),
    kind: resource.key.kind,
    ...(resource.key.namespace !== '' && { namespace: resource.key.namespace }),
    name: resource.key.name,
    ...(target && { targetState: JSON.stringify(target) }),
    ...(live && {
      liveState: JSON.stringify(live),
      normalizedLiveState: JSON.stringify(withoutBookkeeping(live)),
    }),
    ...(maskedPrediction && { predictedLiveState: JSON.stringify(withoutBookkeeping(maskedPrediction)) }),
    modified: resource.status === 'OutOfSync',
    ...(resource.live?.metadata.resourceVersion && { resourceVersion: resource.live.metadata.resourceVersion }),
    differences: differences.map(({ path }) => {
      const before = valueAt(live, path)
      const after = valueAt(maskedPrediction, path)
      const owner = resource.live && managerOf(resource.live, path)
      return {
        path: formatPath(path),
        ...(before !== undefined && { live: JSON.stringify(before) }),
        ...(after !== undefined && { target: JSON.stringify(after) }),
        ...(owner && { manager: owner.manager, ...(owner.time !== undefined && { time: owner.time }) }),
      }
    }),
  }
}

/** What the cluster would hold after a sync: Git's values put in where they differ, and nothing when it would be pruned. */
function predictedLive(resource: ManagedResource): KubeObject | undefined {
  const { live, target, comparison } = resource
  if (!target) return undefined
  if (!live) return target.object
  let predicted: unknown = live
  for (const difference of comparison?.differences ?? []) predicted = withValueAt(predicted, difference.path, difference.target)
  return predicted as KubeObject
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
