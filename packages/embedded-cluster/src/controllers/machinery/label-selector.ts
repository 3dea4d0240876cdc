/** `metav1.LabelSelector`. */
export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: SelectorRequirement[]
}

export interface SelectorRequirement {
  key: string
  operator: string
  values?: string[]
}

export type Labels = Readonly<Record<string, string>> | undefined

/** An absent selector matches nothing, an empty one everything, as `metav1.LabelSelectorAsSelector`. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined || selector === null) return false
  return matchesLabels(selector.matchLabels, labels) && (selector.matchExpressions ?? []).every((one) => meetsRequirement(one, labels))
}

export function matchesLabels(wanted: Labels, labels: Labels): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labelOf(labels, key) === value)
}

export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0
}

/** Own properties only: `constructor` is a name like any other. */
export function labelOf(labels: Labels, key: string): string | undefined {
  return labels !== undefined && labels !== null && Object.hasOwn(labels, key) ? labels[key] : undefined
}

function meetsRequirement(requirement: SelectorRequirement, labels: Labels): boolean {
  const value = labelOf(labels, requirement.key)
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && (requirement.values ?? []).includes(value)
    case 'NotIn':
      return value === undefined || !(requirement.values ?? []).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}

/** The text form, as `metav1.FormatLabelSelector`: `app=web,tier in (a,b),!canary`. */
export function formatSelector(selector: LabelSelector | undefined): string {
  const parts = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }))
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const list = `(${[...values].sort().join(',')})`
    if (operator === 'In') parts.push({ key, text: `${key} in ${list}` })
    else if (operator === 'NotIn') parts.push({ key, text: `${key} notin ${list}` })
    else parts.push({ key, text: operator === 'Exists' ? key : `!${key}` })
  }
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map((part) => part.text)
    .join(',')
}
