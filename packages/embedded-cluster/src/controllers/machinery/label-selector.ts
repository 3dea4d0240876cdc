import { compileLabelSelector, SelectorError, type LabelMatcher, type LabelSelector } from '@plimsoll/kube'

export type { LabelSelector } from '@plimsoll/kube'

export type Labels = Readonly<Record<string, string>> | undefined

const compiled = new WeakMap<LabelSelector, LabelMatcher>()

/** An absent selector matches nothing, an empty one everything; one that cannot be read matches nothing. Objects of the cache never change, so each is compiled once. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined || selector === null) return false
  let matcher = compiled.get(selector)
  if (matcher === undefined) {
    matcher = compileOrNothing(selector)
    compiled.set(selector, matcher)
  }
  return matcher.matches(labels)
}

function compileOrNothing(selector: LabelSelector): LabelMatcher {
  try {
    return compileLabelSelector(selector)
  } catch (error) {
    if (error instanceof SelectorError) return compileLabelSelector(undefined)
    throw error
  }
}

export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0
}

/** Own properties only: `constructor` is a name like any other. */
export function labelOf(labels: Labels, key: string): string | undefined {
  return labels !== undefined && labels !== null && Object.hasOwn(labels, key) ? labels[key] : undefined
}
