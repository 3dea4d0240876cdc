import { done, type CacheChange, type ObjectKey, type Outcome } from '@plimsoll/kube'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { serviceKind } from '../kinds.ts'
import { allocateClusterIP } from './cluster-ip.ts'
import { gatewayIngress } from './gateway-ingress.ts'
import type { Service } from './service.ts'

// The gateway comes up after the controllers; until then its address is asked for again.
const gatewayRetryMs = 2000

/** Gives Services without an address one (where admission did not), and LoadBalancers the gateway's. */
export function serviceController(machinery: Machinery): ControllerDefinition {
  const { cache } = machinery.context
  const { writer } = machinery
  const events = machinery.recorder('service-controller')

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const service = cache.get(key) as Service | undefined
    if (service?.metadata.uid === undefined || writer.isDeleted(service) || service.metadata.deletionTimestamp !== undefined) return done
    if (service.spec.type !== 'ExternalName' && !service.spec.clusterIP) return allocate(service)
    if (service.spec.type !== 'LoadBalancer') {
      // What was said while it was one is no longer so.
      if ((service.status?.loadBalancer?.ingress ?? []).length > 0)
        await writer.updateStatus(service, { ...service.status, loadBalancer: {} })
      return done
    }
    // With a class it belongs to somebody else.
    if (service.spec.loadBalancerClass !== undefined) return done
    const address = machinery.context.gatewayAddress()
    if (address === undefined) return { again: { afterMs: gatewayRetryMs, reason: 'the gateway does not listen yet' } }
    const loadBalancer = { ingress: gatewayIngress(address) }
    if (!isSemanticallyEqual(service.status?.loadBalancer, loadBalancer)) {
      await writer.updateStatus(service, { ...service.status, loadBalancer })
      events.event(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer')
    }
    return done
  }

  async function allocate(service: Service): Promise<Outcome> {
    const taken = new Set((cache.ofKind(serviceKind) as Service[]).map((one) => one.spec.clusterIP))
    const address = allocateClusterIP(service.metadata.uid ?? '', (candidate) => taken.has(candidate))
    if (address === undefined) {
      events.event(service, 'Warning', 'ClusterIPNotAllocated', 'Cluster IP: the range 10.96.0.0/16 is full')
      return { failed: new Error(`No cluster IP is left for Service '${service.metadata.name}'. Delete Services that are not used.`) }
    }
    await writer.merge(service, { spec: { clusterIP: address, clusterIPs: [address] } }, { sameVersion: true })
    return done
  }

  function* keysOf(change: CacheChange): Iterable<ObjectKey> {
    yield change.key
  }

  // One at a time: two that looked for a free address at once could find the same one.
  return { name: 'service-controller', sources: [serviceKind], keysOf, reconcile, workers: 1 }
}
