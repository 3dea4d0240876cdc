import type { KubeObject } from '@plimsoll/kube'
import { conflict, failure, forbidden } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'
import { cleanupFinalizer } from './custom-kinds.ts'
import { immortalNamespaces } from './namespace-admission.ts'
import { timestamp } from './object-meta.ts'
import { cloneTree, valueAt } from './tree.ts'
import type { DeleteRequest } from './write-request.ts'

export type DeletionPlan =
  | { type: 'keep' }
  /** Something holds it: a finalizer, or a pod's processes. */
  | { type: 'mark'; object: KubeObject }
  | { type: 'remove'; object?: KubeObject }

const orphanFinalizer = 'orphan'
const foregroundFinalizer = 'foregroundDeletion'
const defaultPodGraceSeconds = 30

/** What a DELETE does to an object (apiserver `pkg/registry/generic/registry/store.go`, `rest.BeforeDelete`). `current` is frozen. */
export function planDeletion(definition: KindDefinition, current: KubeObject, options: DeleteRequest, now: number): DeletionPlan {
  const { group, plural } = definition.type
  const { name, uid, resourceVersion } = current.metadata
  const { preconditions } = options
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw conflict(definition, name, `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid ?? ''}`)
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    throw conflict(
      definition,
      name,
      `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${resourceVersion ?? ''}`,
    )
  }
  if (group === '' && plural === 'namespaces') return planNamespaceDeletion(definition, current, now)

  const finalizers = finalizersFor(current, options)
  const isDefinition = group === 'apiextensions.k8s.io' && plural === 'customresourcedefinitions'
  // The first request to delete a definition only begins to empty its kind.
  if (isDefinition && current.metadata.deletionTimestamp === undefined && !finalizers.includes(cleanupFinalizer))
    finalizers.push(cleanupFinalizer)
  const grace = group === '' && plural === 'pods' ? podGrace(current, options) : 0
  const marked = current.metadata.deletionTimestamp !== undefined
  if (marked && grace > 0) {
    // A pod that is ending already: only a shorter grace changes anything.
    const remaining = current.metadata.deletionGracePeriodSeconds ?? 0
    if (options.gracePeriodSeconds === undefined || grace >= remaining) return { type: 'keep' }
  }
  if (grace === 0 && finalizers.length === 0) return { type: 'remove' }
  const object = cloneTree(current)
  const { metadata } = object
  if (finalizers.length > 0) metadata.finalizers = finalizers
  else delete metadata.finalizers
  if (!marked || grace < (metadata.deletionGracePeriodSeconds ?? 0)) {
    metadata.deletionTimestamp = marked && grace === 0 ? (metadata.deletionTimestamp ?? timestamp(now)) : timestamp(now + grace * 1000)
    metadata.deletionGracePeriodSeconds = grace
    if (!marked && metadata.generation !== undefined) metadata.generation++
  } else if (sameFinalizers(current.metadata.finalizers, finalizers)) {
    return { type: 'keep' }
  }
  return { type: 'mark', object }
}

/** A namespace is emptied by its controller, which then clears `spec.finalizers` through `finalize`. */
function planNamespaceDeletion(definition: KindDefinition, current: KubeObject, now: number): DeletionPlan {
  const { name } = current.metadata
  if (immortalNamespaces.has(name)) throw forbidden(definition, name, 'this namespace may not be deleted')
  const held = (valueAt(current, ['spec', 'finalizers']) as unknown[] | undefined)?.length ?? 0
  if (current.metadata.deletionTimestamp === undefined) {
    const object = cloneTree(current)
    object.metadata.deletionTimestamp = timestamp(now)
    object.metadata.deletionGracePeriodSeconds = 0
    object['status'] = { ...(object['status'] as object | undefined), phase: 'Terminating' }
    return { type: 'mark', object }
  }
  if (held > 0) {
    throw failure(
      409,
      'Conflict',
      `Operation cannot be fulfilled on namespaces "${name}": The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will automatically be purged by the system.`,
      { name, kind: 'namespaces' },
    )
  }
  return (current.metadata.finalizers?.length ?? 0) > 0 ? { type: 'keep' } : { type: 'remove' }
}

/** The finalizers that the garbage collector reads as the caller's wish; an explicit policy wins over what is there. */
function finalizersFor(current: KubeObject, options: DeleteRequest): string[] {
  const existing = current.metadata.finalizers ?? []
  if (options.propagationPolicy === undefined) return [...existing]
  const others = existing.filter((finalizer) => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer)
  if (options.propagationPolicy === 'Orphan') return [...others, orphanFinalizer]
  if (options.propagationPolicy === 'Foreground') return [...others, foregroundFinalizer]
  return others
}

/** pkg/registry/core/pod/strategy.go CheckGracefulDelete. */
function podGrace(pod: KubeObject, options: DeleteRequest): number {
  const nodeName = valueAt(pod, ['spec', 'nodeName'])
  const phase = valueAt(pod, ['status', 'phase'])
  if (nodeName === undefined || nodeName === '' || phase === 'Succeeded' || phase === 'Failed') return 0
  const specified = valueAt(pod, ['spec', 'terminationGracePeriodSeconds'])
  const grace = options.gracePeriodSeconds ?? (typeof specified === 'number' ? specified : defaultPodGraceSeconds)
  return grace < 0 ? 1 : grace
}

function sameFinalizers(left: readonly string[] | undefined, right: readonly string[]): boolean {
  return (left ?? []).join('\n') === right.join('\n')
}
