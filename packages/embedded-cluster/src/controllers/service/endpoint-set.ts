import { isPodFinished, isPodReady, type Pod } from '../pods/pod.ts'
import type { Service } from './service.ts'

/** One pod behind a Service, as discovery.k8s.io/v1 Endpoint. */
export interface Endpoint {
  addresses: string[]
  conditions: { ready: boolean; serving: boolean; terminating: boolean }
  hostname?: string
  nodeName?: string
  targetRef: { kind: 'Pod'; namespace: string; name: string; uid: string }
}

export interface EndpointPort {
  name: string
  protocol: string
  port: number
  appProtocol?: string
}

/** Pods that have the same numbers for all of a Service's ports. A named target port may be another number in each pod. */
export interface EndpointSet {
  ports: EndpointPort[]
  endpoints: Endpoint[]
}

/** The endpoints of a Service, by port numbers, each in the order of pod names. */
export function endpointSets(service: Service, pods: readonly Pod[]): EndpointSet[] {
  const sets = new Map<string, EndpointSet>()
  for (const pod of [...pods].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const endpoint = endpointOf(service, pod)
    if (endpoint === undefined) continue
    const ports = portsOf(service, pod)
    const key = JSON.stringify(ports)
    const set = sets.get(key)
    if (set === undefined) sets.set(key, { ports, endpoints: [endpoint] })
    else set.endpoints.push(endpoint)
  }
  return [...sets.values()]
}

/** Undefined for a pod that has no address, or has ended. */
function endpointOf(service: Service, pod: Pod): Endpoint | undefined {
  const ip = pod.status?.podIP
  if (ip === undefined || ip === '' || isPodFinished(pod)) return undefined
  const isEnding = pod.metadata.deletionTimestamp !== undefined
  const publishes = service.spec.publishNotReadyAddresses === true
  const serving = publishes || isPodReady(pod)
  const { hostname, subdomain, nodeName } = pod.spec
  return {
    addresses: [ip],
    // Not ready while it ends, whatever its probes say: nothing new is to be sent there.
    conditions: { ready: publishes || (serving && !isEnding), serving, terminating: isEnding },
    ...(hostname !== undefined && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace ?? '', name: pod.metadata.name, uid: pod.metadata.uid ?? '' },
  }
}

/** Ports whose name the pod does not have are left out, as `podutil.FindPort` failing does. */
function portsOf(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = []
  for (const { name = '', protocol = 'TCP', port, targetPort, appProtocol } of service.spec.ports ?? []) {
    const number = resolvePort(targetPort ?? port, protocol, pod)
    if (number !== undefined) ports.push({ name, protocol, port: number, ...(appProtocol === undefined ? {} : { appProtocol }) })
  }
  return ports
}

function resolvePort(target: number | string, protocol: string, pod: Pod): number | undefined {
  if (typeof target === 'number') return target
  if (/^\d{1,5}$/.test(target)) return Number(target)
  // Restartable init containers (sidecars) have ports too.
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always')]
  for (const container of containers) {
    const found = container.ports?.find((port) => port.name === target && (port.protocol ?? 'TCP') === protocol)
    if (found !== undefined) return found.containerPort
  }
  return undefined
}
