import { quantityValue } from '../machinery/quantity.ts'
import type { Container, Pod } from '../pods/pod.ts'

/** What a pod asks for: the sum of its containers and sidecars, or the largest init container where that is more; and its overhead. */
export function requestsOf(pod: Pod): Map<string, number> {
  const total = new Map<string, number>()
  for (const container of pod.spec.containers ?? []) addTo(total, requestsOfContainer(container))
  const sidecars = new Map<string, number>()
  for (const container of pod.spec.initContainers ?? []) {
    const requests = requestsOfContainer(container)
    if (container.restartPolicy === 'Always') {
      addTo(sidecars, requests)
      addTo(total, requests)
    } else {
      for (const [name, amount] of requests) total.set(name, Math.max(total.get(name) ?? 0, amount + (sidecars.get(name) ?? 0)))
    }
  }
  for (const [name, amount] of Object.entries(pod.spec.overhead ?? {})) total.set(name, (total.get(name) ?? 0) + quantityValue(amount))
  return total
}

/** A limit without a request is a request too (core/v1 ResourceRequirements). */
function requestsOfContainer(container: Container): Map<string, number> {
  const { requests = {}, limits = {} } = container.resources ?? {}
  return new Map(Object.entries({ ...limits, ...requests }).map(([name, amount]) => [name, quantityValue(amount)]))
}

function addTo(total: Map<string, number>, requests: Map<string, number>): void {
  for (const [name, amount] of requests) total.set(name, (total.get(name) ?? 0) + amount)
}

/** Resources that something else than the kernel hands out, `nvidia.com/gpu` for one: never more than there are. */
export function isExtended(resource: string): boolean {
  return resource.includes('/') || resource.startsWith('hugepages-')
}
