/** What a new pull request begins with, as the address holds it. */
export interface NewPullSearch {
  repository?: string
  head?: string
  base?: string
}

export function readNewPullSearch(search: Record<string, unknown>): NewPullSearch {
  const result: NewPullSearch = {}
  for (const name of ['repository', 'head', 'base'] as const) {
    const value = search[name]
    if ((typeof value === 'string' || typeof value === 'number') && value !== '') result[name] = String(value)
  }
  return result
}
