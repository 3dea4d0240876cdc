import type { KubeObject } from '@plimsoll/kube'
import { isMap, textsOf } from './argo-object.ts'

/** How Argo CD calls the cluster that it runs in; Plimsoll calls its home cluster so. */
const inCluster = { server: 'https://kubernetes.default.svc', name: 'in-cluster' }

/** Address and name of a cluster, as its Secret says them. */
export function namesOfCluster(secret: KubeObject): string[] {
  return ['server', 'name'].flatMap((key) => {
    const text = secretText(secret, key)
    return text ? [text] : []
  })
}

/** One value of a Secret, as text. */
export function secretText(secret: KubeObject, key: string): string | undefined {
  const [data, plain] = [textsOf(secret['data']), textsOf(secret['stringData'])]
  if (Object.hasOwn(plain, key)) return plain[key]
  return Object.hasOwn(data, key) ? Buffer.from(data[key] ?? '', 'base64').toString('utf8') : undefined
}

/** Whether an Application goes to the cluster that its control plane is in. */
export function goesHome(spec: unknown): boolean {
  const { server, name } = destinationOf(spec)
  return server === inCluster.server || name === inCluster.name
}

/** Whether it goes to a cluster that nobody describes. */
export function reachesOther(spec: unknown, clusters: ReadonlySet<string>): boolean {
  const { server, name } = destinationOf(spec)
  const named = server || name
  return named !== undefined && named !== '' && !goesHome(spec) && !clusters.has(named)
}

/** The spec with another address for its cluster. `in-cluster` is the one that the control plane is in; what goes elsewhere than `from` stays. */
export function withDestination(spec: unknown, from: string, to: string): unknown {
  if (!isMap(spec) || !isMap(spec['destination'])) return spec
  const { server, name: _name, ...rest } = spec['destination']
  const isMeant = from === inCluster.name ? goesHome(spec) : server === from
  return isMeant ? { ...spec, destination: { ...rest, server: to === inCluster.name ? inCluster.server : to } } : spec
}

function destinationOf(spec: unknown): { server?: string; name?: string } {
  const destination = isMap(spec) ? spec['destination'] : undefined
  if (!isMap(destination)) return {}
  const { server, name } = destination
  return { ...(typeof server === 'string' && { server }), ...(typeof name === 'string' && { name }) }
}
