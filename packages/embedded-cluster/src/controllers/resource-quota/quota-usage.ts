import { addQuantities, formatQuantity, quantityOf, tryParseQuantity, type KubeObject, type Quantity } from '@plimsoll/kube'
import { isPodFinished, type Container, type Pod } from '../pods/pod.ts'

/** Finds the objects of a kind by its plural and group, within the quota's namespace. */
export type Lister = (group: string, plural: string) => readonly KubeObject[]

const countedKinds = new Map([
  ['pods', 'pods'],
  ['services', 'services'],
  ['secrets', 'secrets'],
  ['configmaps', 'configmaps'],
  ['persistentvolumeclaims', 'persistentvolumeclaims'],
  ['replicationcontrollers', 'replicationcontrollers'],
  ['resourcequotas', 'resourcequotas'],
])

/** How much of one limit of a ResourceQuota is used; undefined for a resource that is not counted here. */
export function usageOf(resource: string, list: Lister): string | undefined {
  const plural = countedKinds.get(resource)
  if (plural !== undefined) return String(living(plural, list('', plural)))
  if (resource.startsWith('count/')) {
    const [name = '', ...group] = resource.slice('count/'.length).split('.')
    return String(list(group.join('.'), name).length)
  }
  if (resource === 'services.loadbalancers') return String(servicesOf('LoadBalancer', list))
  if (resource === 'services.nodeports') return String(servicesOf('NodePort', list) + servicesOf('LoadBalancer', list))
  if (resource === 'requests.storage') return formatQuantity(sum(list('', 'persistentvolumeclaims').map(storageOf)))
  const [kind, name] = resource.startsWith('limits.')
    ? (['limits', resource.slice('limits.'.length)] as const)
    : (['requests', resource.startsWith('requests.') ? resource.slice('requests.'.length) : resource] as const)
  if (!resource.includes('.') && !['cpu', 'memory', 'ephemeral-storage'].includes(resource)) return undefined
  const pods = (list('', 'pods') as Pod[]).filter((pod) => !isPodFinished(pod))
  return formatQuantity(sum(pods.flatMap((pod) => (pod.spec.containers ?? []).map((container) => amountOf(container, kind, name)))))
}

/** Pods that have ended use nothing. */
function living(plural: string, objects: readonly KubeObject[]): number {
  return plural === 'pods' ? (objects as Pod[]).filter((pod) => !isPodFinished(pod)).length : objects.length
}

function servicesOf(type: string, list: Lister): number {
  return list('', 'services').filter((service) => (service['spec'] as { type?: string } | undefined)?.type === type).length
}

function storageOf(claim: KubeObject): Quantity | undefined {
  const spec = claim['spec'] as { resources?: { requests?: Record<string, unknown> } } | undefined
  return tryParseQuantity(spec?.resources?.requests?.['storage'])
}

function amountOf(container: Container, kind: 'limits' | 'requests', name: string): Quantity | undefined {
  const { limits, requests } = container.resources ?? {}
  return tryParseQuantity(kind === 'limits' ? limits?.[name] : (requests?.[name] ?? limits?.[name]))
}

function sum(quantities: readonly (Quantity | undefined)[]): Quantity {
  return quantities.reduce<Quantity>((total, one) => (one === undefined ? total : addQuantities(total, one)), quantityOf(0))
}
