import { done, type CacheChange, type ObjectKey, type Outcome } from '@plimsoll/kube'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { serviceKind } from '../kinds.ts'
import { gatewayIngress } from './gateway-ingress.ts'
import type { Service } from './service.ts'

/** Gives LoadBalancers the gateway's address. Cluster addresses are handed out when a Service is made (`kinds/strategy`). */
export function serviceController(machinery: Machinery): ControllerDefinition {
  const { cache } = machinery.context
  const { writer } = machinery
  const events = machinery.recorder('service-controller')

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const service = cache.get(key) as Service | undefined
    if (service?.metadata.uid === undefined || writer.isDeleted(service) || service.metadata.deletionTimestamp !== undefined) return done
    if (service.spec.type !== 'LoadBalancer') {
      // What was said while it was one is no longer so.
      if ((service.status?.loadBalancer?.ingress ?? []).length > 0)
        await writer.updateStatus(service, { ...service.status, loadBalancer: {} })
      return done
    }
    // With a class it belongs to somebody else.
    if (service.spec.loadBalancerClass !== undefined) return done
    const address = machinery.context.gatewayAddress()
    if (address === undefined) return machinery.untilGateway()
    const loadBalancer = { ingress: gatewayIngress(address) }
    if (!isSemanticallyEqual(service.status?.loadBalancer, loadBalancer)) {
      await writer.updateStatus(service, { ...service.status, loadBalancer })
      events.event(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer')
    }
    return done
  }

  function* keysOf(change: CacheChange): Iterable<ObjectKey> {
    yield change.key
  }

  return { name: 'service-controller', sources: [serviceKind], keysOf, reconcile, workers: 2 }
}
