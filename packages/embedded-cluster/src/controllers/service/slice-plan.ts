import type { KubeObject } from '@plimsoll/kube'
import type { NewObject } from '../kinds.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { controllerReference } from '../pods/pod-from-template.ts'
import type { EndpointSet } from './endpoint-set.ts'
import { isHeadless, type Service } from './service.ts'

export const serviceNameLabel = 'kubernetes.io/service-name'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'
export const sliceManager = 'endpointslice-controller.k8s.io'
// The default of `--max-endpoints-per-slice`.
const endpointsPerSlice = 100

export interface SlicePlan {
  create: NewObject[]
  update: KubeObject[]
  delete: KubeObject[]
}

/** Slices to make, change and delete. A Service whose pods are not there yet has one empty slice, so that it is seen to be looked after. */
export function planSlices(
  service: Service,
  sets: readonly EndpointSet[],
  existing: readonly KubeObject[],
  triggerTime?: string,
): SlicePlan {
  const wanted = sets.flatMap(({ ports, endpoints }) => {
    const chunks: EndpointSet[] = []
    for (let start = 0; start < endpoints.length; start += endpointsPerSlice) {
      chunks.push({ ports, endpoints: endpoints.slice(start, start + endpointsPerSlice) })
    }
    return chunks
  })
  if (wanted.length === 0) wanted.push({ ports: [], endpoints: [] })
  const free = [...existing].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const plan: SlicePlan = { create: [], update: [], delete: [] }
  for (const set of wanted) {
    // The one that needs no change first, then one with the same ports, then any.
    const index = best(free, set)
    const slice = index === undefined ? undefined : free.splice(index, 1)[0]
    const fields = { endpoints: set.endpoints, ports: set.ports }
    const labels = labelsOf(service, slice)
    if (slice === undefined) {
      plan.create.push({
        metadata: {
          name: '',
          generateName: `${service.metadata.name}-`,
          namespace: service.metadata.namespace ?? '',
          labels,
          ...(triggerTime === undefined ? {} : { annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': triggerTime } }),
          ownerReferences: [controllerReference(service)],
        },
        addressType: 'IPv4',
        ...fields,
      })
    } else if (!hasFields(slice, set) || !isSemanticallyEqual(slice.metadata.labels, labels)) {
      plan.update.push({ ...slice, metadata: { ...slice.metadata, labels }, ...fields })
    }
  }
  plan.delete = free
  return plan
}

function best(slices: readonly KubeObject[], set: EndpointSet): number | undefined {
  if (slices.length === 0) return undefined
  const same = slices.findIndex((slice) => hasFields(slice, set))
  if (same >= 0) return same
  const ports = slices.findIndex((slice) => isSemanticallyEqual(slice['ports'], set.ports))
  return Math.max(ports, 0)
}

function hasFields(slice: KubeObject, set: EndpointSet): boolean {
  return isSemanticallyEqual(slice['endpoints'], set.endpoints) && isSemanticallyEqual(slice['ports'], set.ports)
}

function labelsOf(service: Service, slice: KubeObject | undefined): Record<string, string> {
  return {
    ...slice?.metadata.labels,
    ...service.metadata.labels,
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: sliceManager,
    ...(isHeadless(service) ? { 'service.kubernetes.io/headless': '' } : {}),
  }
}

/** The same as core/v1 Endpoints `subsets`, for readers that have not moved on. */
export function endpointSubsets(sets: readonly EndpointSet[]): Record<string, unknown>[] {
  return sets.flatMap(({ ports, endpoints }) => {
    const address = ({ addresses, nodeName, hostname, targetRef }: EndpointSet['endpoints'][number]): Record<string, unknown> => ({
      ip: addresses[0],
      ...(hostname === undefined ? {} : { hostname }),
      ...(nodeName === undefined ? {} : { nodeName }),
      targetRef,
    })
    const ready = endpoints.filter((one) => one.conditions.ready).map(address)
    const notReady = endpoints.filter((one) => !one.conditions.ready && !one.conditions.terminating).map(address)
    if (ready.length === 0 && notReady.length === 0) return []
    return [
      {
        ...(ready.length === 0 ? {} : { addresses: ready }),
        ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
        ...(ports.length === 0 ? {} : { ports: ports.map(({ name, ...port }) => (name === '' ? port : { name, ...port })) }),
      },
    ]
  })
}
