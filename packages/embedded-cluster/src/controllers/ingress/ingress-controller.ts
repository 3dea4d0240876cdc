import { done, objectKey, type CacheChange, type KubeObject, type ObjectKey, type Outcome } from '@plimsoll/kube'
import type { ControllerDefinition } from '../machinery/controller-loop.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { ingressClassKind, ingressKind } from '../kinds.ts'
import { gatewayIngress } from '../service/gateway-ingress.ts'

export const ingressClassName = 'plimsoll'
export const gatewayController = 'plimsoll.dev/gateway'
const defaultClassAnnotation = 'ingressclass.kubernetes.io/is-default-class'
const legacyClassAnnotation = 'kubernetes.io/ingress.class'

interface Ingress extends KubeObject {
  spec?: { ingressClassName?: string; tls?: unknown[] }
  status?: { loadBalancer?: { ingress?: unknown[] } }
}

/** Says in an Ingress' status where the gateway serves it. One of another class belongs to somebody else. */
export function ingressController(machinery: Machinery): ControllerDefinition {
  const { cache } = machinery.context
  const { writer } = machinery

  async function reconcile(key: ObjectKey): Promise<Outcome> {
    const ingress = cache.get(key) as Ingress | undefined
    if (ingress?.metadata.uid === undefined || writer.isDeleted(ingress) || ingress.metadata.deletionTimestamp !== undefined) return done
    if (!isOurs(ingress)) return done
    const address = machinery.context.gatewayAddress()
    if (address === undefined) return machinery.untilGateway()
    const [at] = gatewayIngress(address)
    const loadBalancer = { ingress: [{ ...at, ports: [{ port: address.port, protocol: 'TCP' }] }] }
    if (isSemanticallyEqual(ingress.status?.loadBalancer, loadBalancer)) return done
    await writer.updateStatus(ingress, { ...ingress.status, loadBalancer })
    return done
  }

  function isOurs(ingress: Ingress): boolean {
    const named = ingress.spec?.ingressClassName ?? ingress.metadata.annotations?.[legacyClassAnnotation]
    if (named === undefined || named === '') return defaultClass() === gatewayController
    const ingressClass = cache.get({ ...ingressClassKind, namespace: '', name: named })
    return ingressClass === undefined ? named === ingressClassName : controllerOfClass(ingressClass) === gatewayController
  }

  /** The controller of the class that Ingresses without one get; ours when there is no class at all. */
  function defaultClass(): string | undefined {
    const classes = cache.ofKind(ingressClassKind)
    if (classes.length === 0) return gatewayController
    const standard = classes.filter((one) => one.metadata.annotations?.[defaultClassAnnotation] === 'true')
    // The newest of several, as the DefaultIngressClass admission takes it.
    const [newest] = standard.sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''))
    return newest === undefined ? undefined : controllerOfClass(newest)
  }

  function* keysOf(change: CacheChange): Iterable<ObjectKey> {
    if (change.key.kind === 'Ingress') yield change.key
    else for (const ingress of cache.ofKind(ingressKind)) yield objectKey(ingress)
  }

  return { name: 'ingress-controller', sources: [ingressClassKind, ingressKind], keysOf, reconcile }
}

function controllerOfClass(ingressClass: KubeObject): string | undefined {
  return (ingressClass['spec'] as { controller?: string } | undefined)?.controller
}

/** The class as it is made once, at the first start. */
export const ownIngressClass = {
  metadata: { name: ingressClassName, annotations: { [defaultClassAnnotation]: 'true' } },
  spec: { controller: gatewayController },
}
