import { done, type CacheChange, type KubeObject, type ObjectKey, type Outcome, type ResourceType } from '@plimsoll/kube'
import type { Condition } from '../machinery/condition.ts'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import { isNamespaceTerminating } from '../machinery/object-writer.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { configMapKind, namespaceKind, podKind, serviceAccountKind, type KnownKind } from '../kinds.ts'
import { terminationConditions, type EmptyingResult, type RemainingKind } from './namespace-plan.ts'

interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] }
  status?: { phase?: string; conditions?: Condition[] }
}

export const rootCertificates = 'kube-root-ca.crt'
const namespaceFinalizer = 'kubernetes'
const pageSize = 500
// Content that others still have to finalise: looked at again without a change, should one have been missed.
const recheckMs = 15_000

/** Gives each namespace what every one has, and empties those that are being deleted. */
export function namespaceController(machinery: Machinery): ControllerDefinition {
  const { cache, client, clock, certificateAuthority } = machinery.context
  const { writer } = machinery

  async function reconcile({ name }: ObjectKey): Promise<Outcome> {
    const namespace = cache.get({ ...namespaceKind, namespace: '', name }) as Namespace | undefined
    if (namespace?.metadata.uid === undefined || writer.isDeleted(namespace)) return done
    if (namespace.metadata.deletionTimestamp !== undefined) return terminate(namespace)
    if (namespace.status?.phase !== 'Active') await writer.updateStatus(namespace, { ...namespace.status, phase: 'Active' })
    await furnish(name)
    return done
  }

  async function furnish(name: string): Promise<void> {
    try {
      await ensure(serviceAccountKind, name, 'default', {})
      if (certificateAuthority === undefined) return
      const annotations = { 'kubernetes.io/description': 'The certificates that the API server of this cluster is trusted by.' }
      await ensure(configMapKind, name, rootCertificates, { data: { 'ca.crt': certificateAuthority } }, annotations)
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error
    }
  }

  async function ensure(
    kind: KnownKind,
    namespace: string,
    name: string,
    fields: Record<string, unknown>,
    annotations?: Record<string, string>,
  ): Promise<void> {
    const found = cache.get({ ...kind, namespace, name })
    if (found === undefined || writer.isDeleted(found)) {
      await writer.createIfAbsent(kind, { metadata: { name, namespace, ...(annotations === undefined ? {} : { annotations }) }, ...fields })
    } else if (
      found.metadata.deletionTimestamp === undefined &&
      Object.keys(fields).some((key) => !isSemanticallyEqual(found[key], fields[key]))
    ) {
      await writer.merge(found, fields)
    }
  }

  async function terminate(namespace: Namespace): Promise<Outcome> {
    if ((namespace.spec?.finalizers ?? []).length === 0) return done
    const result = await empty(namespace.metadata.name)
    const conditions = terminationConditions(namespace.status?.conditions, result, clock.now())
    const status = { ...namespace.status, phase: 'Terminating', conditions }
    const isEmpty = result.remaining.length === 0 && result.failures.length === 0 && result.discoveryFailure === undefined
    if (isEmpty) {
      const rest = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== namespaceFinalizer)
      await writer.merge(namespace, { spec: { finalizers: rest } })
      return done
    }
    if (!isSemanticallyEqual(status, namespace.status)) await writer.updateStatus(namespace, status)
    if (result.failures.length > 0 || result.discoveryFailure !== undefined) {
      return {
        failed: new Error(
          `Namespace '${namespace.metadata.name}' could not be emptied: ${[result.discoveryFailure, ...result.failures].filter(Boolean).join(', ')}`,
        ),
      }
    }
    return { again: { afterMs: recheckMs, reason: 'content remains' } }
  }

  /** Deletes all there is in a namespace, of every kind that is served, and says what is left. */
  async function empty(namespace: string): Promise<EmptyingResult> {
    const result: EmptyingResult = { remaining: [], failures: [] }
    let types: ResourceType[]
    try {
      types = await client.types({ refresh: true })
    } catch (error) {
      return { ...result, discoveryFailure: (error as Error).message }
    }
    const seen = new Set<string>()
    for (const type of types) {
      const resource = type.group === '' ? type.plural : `${type.plural}.${type.group}`
      if (!type.namespaced || seen.has(resource) || !type.verbs.includes('list') || !type.verbs.includes('delete')) continue
      seen.add(resource)
      try {
        const remaining = await emptyKind(type, resource, namespace)
        if (remaining.count > 0) result.remaining.push(remaining)
      } catch (error) {
        result.failures.push(`${resource}: ${(error as Error).message}`)
      }
    }
    return result
  }

  async function emptyKind(type: ResourceType, resource: string, namespace: string): Promise<RemainingKind> {
    const remaining: RemainingKind = { resource, count: 0, finalizers: new Map() }
    // Asked of the API and not of the cache: the cache may lack what was written a moment ago, or the whole kind.
    let token: string | undefined
    do {
      const page = await client.list(type, { namespace, limit: pageSize, ...(token === undefined ? {} : { continue: token }) })
      token = page.metadata.continue
      for (const item of page.items) {
        const object = await remove(type, item)
        if (object === undefined) continue
        remaining.count++
        for (const finalizer of object.metadata.finalizers ?? [])
          remaining.finalizers.set(finalizer, (remaining.finalizers.get(finalizer) ?? 0) + 1)
      }
    } while (token !== undefined && token !== '')
    return remaining
  }

  /** The object while something holds it, undefined when it is gone. */
  async function remove(type: ResourceType, item: KubeObject): Promise<KubeObject | undefined> {
    const object: KubeObject = { ...item, apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`, kind: type.kind }
    if (object.metadata.deletionTimestamp !== undefined) return object
    await writer.delete(object, { propagationPolicy: 'Background' })
    return client.get(type, { namespace: object.metadata.namespace ?? '', name: object.metadata.name })
  }

  function* keysOf({ key, previous, current }: CacheChange): Iterable<ObjectKey> {
    if (key.kind === 'Namespace') yield key
    else {
      const isEssential =
        (key.kind === 'ServiceAccount' && key.name === 'default') || (key.kind === 'ConfigMap' && key.name === rootCertificates)
      // The last object of a namespace that is being deleted lets the namespace go.
      const isGone = current === undefined || (previous !== undefined && previous.metadata.finalizers !== current.metadata.finalizers)
      if (!isEssential && !isGone) return
      const namespace = cache.get({ ...namespaceKind, namespace: '', name: key.namespace })
      if (namespace === undefined) return
      const isTerminating = namespace.metadata.deletionTimestamp !== undefined
      if ((isEssential && !isTerminating) || (isGone && isTerminating && isLast(key)))
        yield { ...key, group: '', kind: 'Namespace', namespace: '', name: key.namespace }
    }
  }

  /** Only the last of a kind matters: a namespace of a thousand pods is not listed a thousand times. */
  function isLast(key: ObjectKey): boolean {
    return cache.ofKind(key.kind === 'Pod' ? podKind : key, key.namespace).every((object) => writer.isDeleted(object))
  }

  return { name: 'namespace-controller', sources: '*', keysOf, reconcile, workers: 4 }
}
