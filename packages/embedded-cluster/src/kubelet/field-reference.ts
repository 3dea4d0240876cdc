import { quantityNumber, tryParseQuantity } from '@plimsoll/kube'
import type { Container, Pod, ResourceFieldSelector } from './pod.ts'

export interface PodAddresses {
  podIP: string
  hostIP: string
}

/** The value of a `fieldRef`, undefined when the path is not one of the downward API's. */
export function readField(pod: Pod, path: string, addresses: PodAddresses): string | undefined {
  const { metadata, spec } = pod
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path)
  if (subscript) {
    const map = subscript[1] === 'labels' ? metadata.labels : metadata.annotations
    const key = subscript[2] ?? ''
    return map !== undefined && Object.hasOwn(map, key) ? map[key] : ''
  }
  switch (path) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid ?? ''
    case 'metadata.labels':
      return formatMap(metadata.labels)
    case 'metadata.annotations':
      return formatMap(metadata.annotations)
    case 'spec.nodeName':
      return spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? ''
    case 'status.podIP':
    case 'status.podIPs':
      return addresses.podIP
    case 'status.hostIP':
    case 'status.hostIPs':
      return addresses.hostIP
    default:
      return undefined
  }
}

export interface MachineCapacity {
  cpus: number
  memoryBytes: number
}

/** The value of a `resourceFieldRef`. A limit that is not set is what the node has; it is rounded up in units of the divisor. */
export function readResourceField(container: Container, selector: ResourceFieldSelector, machine: MachineCapacity): string | undefined {
  const [kind, name, ...more] = selector.resource.split('.')
  if ((kind !== 'limits' && kind !== 'requests') || name === undefined || more.length > 0) return undefined
  const { requests, limits } = container.resources ?? {}
  const own = kind === 'limits' ? limits?.[name] : (requests?.[name] ?? limits?.[name])
  const fallback = kind === 'requests' ? 0 : name === 'cpu' ? machine.cpus : name === 'memory' ? machine.memoryBytes : 0
  const value = own === undefined ? fallback : amountOf(own)
  const divisor = amountOf(selector.divisor ?? 1) ?? 1
  if (value === undefined) return undefined
  // Twelve digits, so that 0.5 / 0.001 is 500 and not the next number up.
  return String(Math.ceil(Number((value / (divisor === 0 ? 1 : divisor)).toPrecision(12))))
}

/** pkg/fieldpath FormatMap: one `key="value"` per line, sorted, quoted as Go quotes. */
function formatMap(map: Record<string, string> | undefined): string {
  return Object.entries(map ?? {})
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .toSorted()
    .join('\n')
}

function amountOf(quantity: unknown): number | undefined {
  const parsed = tryParseQuantity(quantity)
  return parsed && quantityNumber(parsed)
}
