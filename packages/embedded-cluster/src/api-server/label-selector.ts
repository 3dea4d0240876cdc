import { badRequest } from './api-failure.ts'

/** Provisional until packages/kube exports one. */
export function parseLabelSelector(text: string): (labels: Record<string, string> | undefined) => boolean {
  const tests: ((labels: Record<string, string>) => boolean)[] = []
  for (const part of text.split(/,(?![^(]*\))/)) {
    const term = part.trim()
    if (term === '') continue
    const set = /^([^\s!=()]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term)
    const equal = /^([^\s!=()]+)\s*(==|=|!=)\s*([^\s!=()]*)$/.exec(term)
    const exists = /^(!?)\s*([^\s!=()]+)$/.exec(term)
    if (set !== null) {
      const [, key = '', operator, list = ''] = set
      const values = new Set(list.split(',').map((value) => value.trim()))
      tests.push((labels) =>
        operator === 'in'
          ? Object.hasOwn(labels, key) && values.has(labels[key] ?? '')
          : !values.has(labels[key] ?? '') || !Object.hasOwn(labels, key),
      )
    } else if (equal !== null) {
      const [, key = '', operator, value = ''] = equal
      tests.push((labels) => (Object.hasOwn(labels, key) && labels[key] === value) === (operator !== '!='))
    } else if (exists !== null) {
      const [, not, key = ''] = exists
      tests.push((labels) => Object.hasOwn(labels, key) === (not === ''))
    } else {
      throw badRequest(`unable to parse requirement: '${term}'`)
    }
  }
  return (labels) => tests.every((test) => test(labels ?? {}))
}
