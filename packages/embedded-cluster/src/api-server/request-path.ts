/** What a URL path asks for. */
export type RequestPath =
  | {
      type: 'resource'
      group: string
      version: string
      plural: string
      namespace: string | undefined
      name: string | undefined
      subresource: string
      rest: string[]
    }
  | { type: 'groups' }
  | { type: 'core-versions' }
  | { type: 'group'; group: string }
  | { type: 'group-version'; group: string; version: string }
  | { type: 'other'; path: string }

/** The only subresources of a namespace itself; anything else after its name is a kind in it. */
const namespaceSubresources = new Set(['status', 'finalize'])

/** `/api/v1/…` and `/apis/GROUP/VERSION/…` by the rules of apiserver `pkg/endpoints/request/requestinfo.go`. Undefined for bad escapes. */
export function parseRequestPath(pathname: string): RequestPath | undefined {
  const raw = pathname.split('/').filter((part) => part !== '')
  let parts: string[]
  try {
    parts = raw.map((part) => decodeURIComponent(part))
  } catch {
    return undefined
  }
  const [root, ...afterRoot] = parts
  if (root === 'api') {
    const [version, ...rest] = afterRoot
    if (version === undefined) return { type: 'core-versions' }
    return parseResource('', version, rest)
  }
  if (root === 'apis') {
    const [group, version, ...rest] = afterRoot
    if (group === undefined) return { type: 'groups' }
    if (version === undefined) return { type: 'group', group }
    return parseResource(group, version, rest)
  }
  return { type: 'other', path: `/${parts.join('/')}` }
}

function parseResource(group: string, version: string, parts: string[]): RequestPath {
  if (parts.length === 0) return { type: 'group-version', group, version }
  let namespace: string | undefined
  let rest = parts
  if (parts[0] === 'namespaces' && parts.length > 2 && !(parts.length === 3 && namespaceSubresources.has(parts[2] ?? ''))) {
    namespace = parts[1]
    rest = parts.slice(2)
  }
  const [plural = '', name, subresource = '', ...more] = rest
  return { type: 'resource', group, version, plural, namespace, name, subresource, rest: more }
}
