/** The name in a Host header: lower case, without port and final dot. Undefined when it is no name of a host. */
export function hostName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})(?::\d{1,5})?$/.exec(header)
  return match?.[1]?.toLowerCase().replace(/\.$/, '')
}

/** Names of this machine itself: nobody's Ingress, unless it has rules without a host. */
export function isLocalName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name)
}

export interface ServiceHost {
  namespace: string
  name: string
  /** Name or number of the Service's port; undefined for the first one that looks like HTTP. */
  port: string | undefined
}

const suffixes = ['.localhost', '.svc.cluster.local', '.svc']

/** `NAME.NAMESPACE.localhost` and `PORT.NAME.NAMESPACE.localhost`; also with the endings that Services have inside a cluster. */
export function serviceHost(name: string): ServiceHost | undefined {
  const suffix = suffixes.find((ending) => name.endsWith(ending))
  if (suffix === undefined) return undefined
  const labels = name.slice(0, -suffix.length).split('.')
  if (labels.some((label) => label === '')) return undefined
  const [first, second, third, ...more] = labels
  if (more.length > 0 || first === undefined || second === undefined) return undefined
  return third === undefined ? { name: first, namespace: second, port: undefined } : { port: first, name: second, namespace: third }
}
