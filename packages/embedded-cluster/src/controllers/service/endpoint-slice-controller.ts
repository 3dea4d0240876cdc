import { done, type CacheChange, type KubeObject, type ObjectKey, type Outcome } from '@plimsoll/kube'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isNamespaceTerminating } from '../machinery/object-writer.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { endpointsKind, endpointSliceKind, podKind, serviceKind } from '../kinds.ts'
import type { Pod } from '../pods/pod.ts'
import { endpointSets, type EndpointSet } from './endpoint-set.ts'
import type { Service } from './service.ts'
import { endpointSubsets, managedByLabel, planSlices, serviceNameLabel, sliceManager } from './slice-plan.ts'

/** Keeps EndpointSlices and Endpoints of Services with a selector. Those without are left to whoever writes them. */
export function endpointSliceController(machinery: Machinery): ControllerDefinition {
  const { cache } = machinery.context
  const { writer, relations } = machinery

  async function reconcile({ namespace, name }: ObjectKey): Promise<Outcome> {
    const service = cache.get({ ...serviceKind, namespace, name }) as Service | undefined
    if (service?.metadata.uid === undefined || writer.isDeleted(service) || service.metadata.deletionTimestamp !== undefined) return done
    const { selector } = service.spec
    if (selector === undefined || Object.keys(selector).length === 0 || service.spec.type === 'ExternalName') return done
    const sets = endpointSets(service, relations.podsMatching(namespace, { matchLabels: selector }) as Pod[])
    try {
      await writeSlices(service, sets)
      await writeEndpoints(service, sets)
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error
    }
    return done
  }

  async function writeSlices(service: Service, sets: EndpointSet[]): Promise<void> {
    const existing = writer
      .ownedBy(service.metadata.uid, endpointSliceKind)
      .filter((slice) => slice.metadata.labels?.[managedByLabel] === sliceManager && slice.metadata.deletionTimestamp === undefined)
    const plan = planSlices(service, sets, existing)
    for (const slice of plan.create) await writer.create(endpointSliceKind, slice)
    for (const slice of plan.update) await writer.update(slice)
    for (const slice of plan.delete) await writer.delete(slice)
  }

  async function writeEndpoints(service: Service, sets: EndpointSet[]): Promise<void> {
    const { namespace = '', name } = service.metadata
    const subsets = endpointSubsets(sets)
    const existing = cache.get({ ...endpointsKind, namespace, name })
    // Made with the first endpoint only: an empty one says nothing that its absence does not.
    if (existing === undefined || writer.isDeleted(existing)) {
      if (subsets.length > 0) {
        await writer.createIfAbsent(endpointsKind, {
          metadata: {
            name,
            namespace,
            labels: { ...service.metadata.labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
            ownerReferences: [],
          },
          subsets,
        })
      }
    } else if (!isSemanticallyEqual(existing['subsets'], subsets)) await writer.update({ ...existing, subsets })
  }

  function* keysOf(change: CacheChange): Iterable<ObjectKey> {
    const { key, previous, current } = change
    if (key.kind === 'Service') {
      yield key
      return
    }
    if (key.kind === 'EndpointSlice') {
      const name = (current ?? previous)?.metadata.labels?.[serviceNameLabel]
      if (name !== undefined) yield { ...serviceKind, namespace: key.namespace, name }
      return
    }
    if (isIrrelevant(previous, current)) return
    const seen = new Set<string>()
    for (const pod of [previous, current]) {
      for (const service of relations.selecting(serviceKind, key.namespace, pod?.metadata.labels)) {
        if (seen.has(service.metadata.name)) continue
        seen.add(service.metadata.name)
        yield { ...serviceKind, namespace: key.namespace, name: service.metadata.name }
      }
    }
  }

  return { name: 'endpointslice-controller', sources: [serviceKind, podKind, endpointSliceKind], keysOf, reconcile }
}

/** Most changes of a pod do not concern its Services. */
function isIrrelevant(previous: KubeObject | undefined, current: KubeObject | undefined): boolean {
  if (previous === undefined || current === undefined) return false
  const relevant = (object: KubeObject): unknown[] => {
    const pod = object as Pod
    const ready = pod.status?.conditions?.find((one) => one.type === 'Ready')?.status
    return [
      pod.metadata.uid,
      pod.metadata.labels,
      pod.metadata.deletionTimestamp,
      pod.status?.podIP,
      pod.status?.phase,
      ready,
      pod.spec.nodeName,
    ]
  }
  return isSemanticallyEqual(relevant(previous), relevant(current))
}
