import { usageFailure } from '../../exit-code.ts'

/** `GROUP:KIND:NAME`, `GROUP:KIND:NAMESPACE/NAME`; a leading `!` leaves out, `*` stands for any. */
export interface ResourceSelector {
  group: string
  kind: string
  namespace: string | undefined
  name: string
  exclude: boolean
}

export function readResourceSelectors(texts: readonly string[] | undefined): ResourceSelector[] {
  return (texts ?? []).map((text) => {
    const exclude = text.startsWith('!')
    const [group, kind, where, ...more] = (exclude ? text.slice(1) : text).split(':')
    if (group === undefined || kind === undefined || where === undefined || more.length > 0 || kind === '' || where === '') {
      throw usageFailure(`--resource '${text}' is not of the form GROUP:KIND:NAME.`, 'The core group is empty: :Service:my-service.')
    }
    const slash = where.indexOf('/')
    return { group, kind, namespace: slash < 0 ? undefined : where.slice(0, slash), name: where.slice(slash + 1), exclude }
  })
}

/** What one exclusion names is out; with no inclusions everything else is in (argo-cd `util/argo`, IncludeResource). */
export function isSelected(
  resource: { group?: string; kind: string; namespace?: string; name: string },
  selectors: readonly ResourceSelector[],
): boolean {
  const fits = (selector: ResourceSelector): boolean =>
    matches(selector.group, resource.group ?? '') &&
    matches(selector.kind, resource.kind) &&
    matches(selector.name, resource.name) &&
    (selector.namespace === undefined || matches(selector.namespace, resource.namespace ?? ''))
  if (selectors.some((selector) => selector.exclude && fits(selector))) return false
  const inclusions = selectors.filter((selector) => !selector.exclude)
  return inclusions.length === 0 || inclusions.some(fits)
}

function matches(pattern: string, value: string): boolean {
  return pattern === '*' || pattern === value
}
