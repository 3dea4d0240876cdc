import type { ClusterCache, KubeObject } from '@plimsoll/kube'
import type { PortResolver } from '../contract.ts'

export interface Endpoint {
  host: string
  port: number
  pod: string
}

/** Where a Service's port leads now, or why nowhere. */
export type EndpointsResult = { endpoints: Endpoint[] } | { status: 404 | 503; problem: string }

export interface ServiceEndpoints {
  find(namespace: string, service: string, port: string | undefined): EndpointsResult
  stop(): void
}

interface Slice extends KubeObject {
  endpoints?: {
    addresses?: string[]
    conditions?: { ready?: boolean; terminating?: boolean }
    targetRef?: { kind?: string; name?: string; namespace?: string; uid?: string }
  }[]
  ports?: { name?: string; port?: number; protocol?: string }[]
}

interface ServicePort {
  name?: string
  port: number
  protocol?: string
  appProtocol?: string
}

const serviceKind = { group: '', kind: 'Service' }
const podKind = { group: '', kind: 'Pod' }
const sliceKind = { group: 'discovery.k8s.io', kind: 'EndpointSlice' }
const serviceLabel = 'kubernetes.io/service-name'

/** Ports that are HTTP by custom where nothing says what they are. */
const httpPorts = new Set([80, 8080, 8000, 3000, 5000, 8888, 9000])

/** Finds the ready endpoints of Services. A look costs the endpoints of that one Service. */
export function createServiceEndpoints(cache: ClusterCache, ports: PortResolver): ServiceEndpoints {
  const slicesOf = new Map<string, Map<string, Slice>>()
  const put = (slice: Slice, isThere: boolean) => {
    const service = slice.metadata.labels?.[serviceLabel]
    if (service === undefined) return
    const key = `${slice.metadata.namespace ?? ''}/${service}`
    const slices = slicesOf.get(key) ?? new Map<string, Slice>()
    if (isThere) slicesOf.set(key, slices.set(slice.metadata.name, slice))
    else slices.delete(slice.metadata.name)
    if (slices.size === 0) slicesOf.delete(key)
  }
  const stop = cache.subscribe(({ key, previous, current }) => {
    if (key.kind !== sliceKind.kind || key.group !== sliceKind.group) return
    if (previous) put(previous as Slice, false)
    if (current) put(current as Slice, true)
  })
  for (const slice of cache.ofKind(sliceKind)) put(slice as Slice, true)

  return {
    stop,
    find(namespace, name, wanted) {
      const service = cache.get({ ...serviceKind, namespace, name })
      if (service === undefined) return { status: 404, problem: `there is no Service "${name}" in namespace "${namespace}"` }
      const spec = service['spec'] as { type?: string; ports?: ServicePort[] } | undefined
      if (spec?.type === 'ExternalName')
        return {
          status: 503,
          problem: `Service "${namespace}/${name}" is an ExternalName: the gateway calls nobody outside of the cluster`,
        }
      const port = choosePort(spec?.ports ?? [], wanted)
      if (port === undefined) {
        const known = (spec?.ports ?? []).map((it) => it.name ?? it.port).join(', ')
        return {
          status: 404,
          problem:
            wanted === undefined
              ? `Service "${namespace}/${name}" has no port`
              : `Service "${namespace}/${name}" has no port "${wanted}" (it has ${known})`,
        }
      }
      return ready(namespace, name, port)
    },
  }

  function ready(namespace: string, name: string, port: ServicePort): EndpointsResult {
    const endpoints: Endpoint[] = []
    const counts = { all: 0, unready: 0, ending: 0, simulated: 0, foreign: 0 }
    for (const slice of slicesOf.get(`${namespace}/${name}`)?.values() ?? []) {
      const target = slice.ports?.find((it) => (it.name ?? '') === (port.name ?? ''))?.port
      if (target === undefined) continue
      for (const { conditions, targetRef } of slice.endpoints ?? []) {
        counts.all++
        if (targetRef?.kind !== 'Pod' || targetRef.name === undefined) counts.foreign++
        else if (conditions?.terminating || isEnding(namespace, targetRef.name, targetRef.uid)) counts.ending++
        else if (conditions?.ready === false) counts.unready++
        else {
          const address = ports.addressOf({ namespace, name: targetRef.name }, target)
          if (address) endpoints.push({ ...address, pod: targetRef.name })
          else counts.simulated++
        }
      }
    }
    if (endpoints.length > 0) return { endpoints: endpoints.toSorted((a, b) => (a.pod < b.pod ? -1 : a.pod > b.pod ? 1 : 0)) }
    const reasons = [
      counts.unready > 0 && `${counts.unready} not ready`,
      counts.ending > 0 && `${counts.ending} ending`,
      counts.simulated > 0 && `${counts.simulated} without a process here (simulated, or not started)`,
      counts.foreign > 0 && `${counts.foreign} that are no pods, which the gateway does not call`,
    ].filter((reason) => reason !== false)
    const why = counts.all === 0 ? 'no pod matches its selector' : `of ${counts.all}: ${reasons.join(', ')}`
    return { status: 503, problem: `Service "${namespace}/${name}" has no ready endpoint for port ${port.name ?? port.port} (${why})` }
  }

  /** Seen in the pod itself, before the EndpointSlice says so: a pod that is told to end gets no new request. */
  function isEnding(namespace: string, name: string, uid: string | undefined): boolean {
    const pod = cache.get({ ...podKind, namespace, name })
    return pod === undefined || pod.metadata.deletionTimestamp !== undefined || (uid !== undefined && pod.metadata.uid !== uid)
  }
}

function choosePort(all: readonly ServicePort[], wanted: string | undefined): ServicePort | undefined {
  const tcp = all.filter(({ protocol }) => protocol === undefined || protocol === 'TCP')
  if (wanted !== undefined) return tcp.find((it) => it.name === wanted || String(it.port) === wanted)
  return (
    tcp.find(({ name, appProtocol }) => /^https?$|^http2?-|^web$/.test(name ?? '') || /http/.test(appProtocol ?? '')) ??
    tcp.find(({ port }) => httpPorts.has(port)) ??
    tcp[0]
  )
}
