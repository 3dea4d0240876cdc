import type { ClusterCache, KubeObject } from '@plimsoll/kube'
import { gatewayController, ingressClassName } from '../controllers/ingress/ingress-controller.ts'

const classKind = { group: 'networking.k8s.io', kind: 'IngressClass' }
const defaultAnnotation = 'ingressclass.kubernetes.io/is-default-class'
const legacyAnnotation = 'kubernetes.io/ingress.class'

/**
 * Whether the gateway serves an Ingress. One that names a class belongs to that class's controller; one that names none to the default
 * class's. The same rule decides whose status the ingress controller writes.
 */
export function isServedHere(ingress: KubeObject, cache: ClusterCache): boolean {
  const spec = ingress['spec'] as { ingressClassName?: string } | undefined
  const named = spec?.ingressClassName ?? ingress.metadata.annotations?.[legacyAnnotation]
  if (named !== undefined && named !== '') {
    const found = cache.get({ ...classKind, namespace: '', name: named })
    return found === undefined ? named === ingressClassName : controllerOf(found) === gatewayController
  }
  const classes = cache.ofKind(classKind)
  if (classes.length === 0) return true
  const [newest] = classes
    .filter(({ metadata }) => metadata.annotations?.[defaultAnnotation] === 'true')
    .toSorted((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''))
  return newest !== undefined && controllerOf(newest) === gatewayController
}

function controllerOf(ingressClass: KubeObject): string | undefined {
  return (ingressClass['spec'] as { controller?: string } | undefined)?.controller
}
