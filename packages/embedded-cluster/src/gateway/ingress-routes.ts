import type { KubeObject } from '@plimsoll/kube'
import { comparePaths, matchesPath, type PathType } from './request-path.ts'

export interface Backend {
  namespace: string
  service: string
  /** Name or number of the Service's port. */
  port: string
  /** `NAMESPACE/NAME` of the Ingress that says so. */
  ingress: string
}

interface PathRule {
  path: string
  pathType: PathType
  backend: Backend
}

interface HostRules {
  paths: PathRule[]
}

interface IngressSpec {
  defaultBackend?: IngressBackend
  rules?: { host?: string; http?: { paths?: { path?: string; pathType?: PathType; backend?: IngressBackend }[] } }[]
  tls?: { hosts?: string[] }[]
}

interface IngressBackend {
  service?: { name?: string; port?: { name?: string; number?: number } }
}

export interface IngressRoutes {
  /** By the most exact host, then the longest path. */
  find(host: string, path: string): Backend | undefined
  /** Rules without a host, and default backends. */
  findWithoutHost(path: string): Backend | undefined
  /** Whether any rule is about this host. */
  hasHost(host: string): boolean
  isTlsHost(host: string): boolean
  all(): { host: string; path: string; backend: Backend }[]
}

/** All Ingresses as one table. Of two rules for the same thing the older Ingress wins. */
export function buildRoutes(ingresses: readonly KubeObject[]): IngressRoutes {
  const exact = new Map<string, HostRules>()
  const wildcard = new Map<string, HostRules>()
  const anyHost: HostRules = { paths: [] }
  const tlsHosts = new Set<string>()
  let fallback: Backend | undefined

  const byAge = ingresses.toSorted(
    (a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') || idOf(a).localeCompare(idOf(b)),
  )
  for (const ingress of byAge) {
    const spec = (ingress['spec'] ?? {}) as IngressSpec
    const toBackend = (backend: IngressBackend | undefined): Backend | undefined => {
      const { name, port } = backend?.service ?? {}
      const portName = port?.name ?? (port?.number === undefined ? undefined : String(port.number))
      if (name === undefined || portName === undefined) return undefined
      return { namespace: ingress.metadata.namespace ?? '', service: name, port: portName, ingress: idOf(ingress) }
    }
    fallback ??= toBackend(spec.defaultBackend)
    for (const { hosts } of spec.tls ?? []) for (const host of hosts ?? []) tlsHosts.add(host.toLowerCase())
    for (const rule of spec.rules ?? []) {
      const host = (rule.host ?? '').toLowerCase()
      const rules = host === '' ? anyHost : rulesFor(host.startsWith('*.') ? wildcard : exact, host)
      for (const { path, pathType, backend } of rule.http?.paths ?? []) {
        const target = toBackend(backend)
        if (target)
          rules.paths.push({
            path: path === undefined || path === '' ? '/' : path,
            pathType: pathType ?? 'ImplementationSpecific',
            backend: target,
          })
      }
    }
  }
  // The sort is stable: of equal paths the older comes first.
  for (const rules of [...exact.values(), ...wildcard.values(), anyHost]) rules.paths.sort(comparePaths)

  /** networking.k8s.io/v1: a wildcard stands for exactly one label. */
  const rulesOf = (host: string) => exact.get(host) ?? wildcard.get(`*${host.slice(Math.max(host.indexOf('.'), 0))}`)
  const inRules = (rules: HostRules | undefined, path: string) =>
    rules?.paths.find((rule) => matchesPath(rule.path, rule.pathType, path))?.backend

  return {
    find: (host, path) => inRules(rulesOf(host), path),
    findWithoutHost: (path) => inRules(anyHost, path) ?? fallback,
    hasHost: (host) => rulesOf(host) !== undefined,
    isTlsHost: (host) => tlsHosts.has(host),
    all: () =>
      [...exact, ...wildcard, ['', anyHost] as const].flatMap(([host, { paths }]) =>
        paths.map(({ path, backend }) => ({ host, path, backend })),
      ),
  }
}

function rulesFor(map: Map<string, HostRules>, host: string): HostRules {
  const known = map.get(host)
  if (known) return known
  const rules: HostRules = { paths: [] }
  map.set(host, rules)
  return rules
}

function idOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`
}
