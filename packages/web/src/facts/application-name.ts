import type { ApplicationKey } from '../client/api.ts'

/** Where Applications live unless something else is said. */
export const controlPlane = 'argocd'

/** `NAME`, or `NAMESPACE/NAME` outside the control plane's namespace: how people call an Application. */
export function calledOf({ namespace, name }: ApplicationKey): string {
  return namespace === '' || namespace === controlPlane ? name : `${namespace}/${name}`
}

/** The Application that somebody calls so. */
export function keyOfCalled(called: string): ApplicationKey {
  const slash = called.indexOf('/')
  return slash < 0 ? { namespace: controlPlane, name: called } : { namespace: called.slice(0, slash), name: called.slice(slash + 1) }
}
