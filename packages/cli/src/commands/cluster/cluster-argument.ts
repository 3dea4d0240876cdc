/** `SERVER/NAME`: the address of a cluster, or its name. */
export function clusterPath(argument: string, below = '', query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query)
  if (!/^https?:\/\//.test(argument)) search.set('id.type', 'name')
  return `/api/v1/clusters/${encodeURIComponent(argument)}${below}${search.size === 0 ? '' : `?${search.toString()}`}`
}
