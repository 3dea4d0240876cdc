/**
 * The path of a request as rules are matched against it: decoded, without query, empty, `.` and `..` elements. A backend that resolves
 * `/public/../admin` must not see what the rules took for something below `/public`. Undefined for a path that nobody should serve.
 */
export function matchablePath(target: string): string | undefined {
  if (!target.startsWith('/')) return undefined
  const end = target.search(/[?#]/)
  let path: string
  try {
    path = decodeURIComponent(end < 0 ? target : target.slice(0, end))
  } catch {
    return undefined
  }
  if (path.includes('\0')) return undefined
  const elements: string[] = []
  for (const element of path.replaceAll('\\', '/').split('/')) {
    if (element === '..') elements.pop()
    else if (element !== '' && element !== '.') elements.push(element)
  }
  return elements.length > 0 && path.endsWith('/') ? `/${elements.join('/')}/` : `/${elements.join('/')}`
}

export type PathType = 'Exact' | 'Prefix' | 'ImplementationSpecific'

/**
 * networking.k8s.io/v1, pathType: `Exact` is the whole path; `Prefix` goes by elements, so `/a/b` is below `/a` and `/ab` is not; what
 * `ImplementationSpecific` means is up to us, and here it means `Prefix`.
 */
export function matchesPath(rule: string, type: PathType, path: string): boolean {
  if (type === 'Exact') return rule === path
  const prefix = rule.replace(/\/+$/, '')
  return path === prefix || path.startsWith(`${prefix}/`) || prefix === ''
}

/** Sorts before: the longer path; of two equal ones `Exact`. */
export function comparePaths(a: { path: string; pathType: PathType }, b: { path: string; pathType: PathType }): number {
  const length = (path: string) => path.replace(/\/+$/, '').length
  return length(b.path) - length(a.path) || Number(b.pathType === 'Exact') - Number(a.pathType === 'Exact') || b.path.length - a.path.length
}
