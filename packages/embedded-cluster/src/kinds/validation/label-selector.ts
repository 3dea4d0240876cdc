import type { Problems } from '../field-problem.ts'
import { checkLabelValue, checkQualifiedName } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, ownValue, textOf } from '../reading.ts'
import { validateLabels } from './object-meta.ts'

/** LabelSelectors in objects: apimachinery `pkg/apis/meta/v1/validation/validation.go`, 1.34. */
export function validateLabelSelector(selector: unknown, field: string, problems: Problems): void {
  const fields = fieldsOf(selector)
  if (fields === undefined) return
  validateLabels(fields['matchLabels'], `${field}.matchLabels`, problems)
  listOf(fields['matchExpressions']).forEach((item, at) => {
    const requirement = fieldsOf(item)
    if (requirement !== undefined) validateRequirement(requirement, `${field}.matchExpressions[${at}]`, problems)
  })
}

function validateRequirement(requirement: Fields, field: string, problems: Problems): void {
  const values = listOf(requirement['values'])
  switch (requirement['operator']) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) problems.required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) problems.forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      break
    default:
      problems.invalid(`${field}.operator`, requirement['operator'] ?? '', 'not a valid selector operator')
  }
  const key = textOf(requirement['key'])
  problems.invalidEach(`${field}.key`, key, checkQualifiedName(key))
  values.forEach((value, at) => {
    if (typeof value === 'string') problems.invalidEach(`${field}.values[${at}]`, value, checkLabelValue(value))
  })
}

/** An empty selector selects nothing that a controller could own. */
export function isEmptySelector(selector: unknown): boolean {
  const fields = fieldsOrEmpty(selector)
  return Object.keys(fieldsOrEmpty(fields['matchLabels'])).length === 0 && listOf(fields['matchExpressions']).length === 0
}

/** Whether labels are selected. A selector that is itself wrong selects nothing. */
export function selectorMatches(selector: unknown, labels: unknown): boolean {
  const fields = fieldsOrEmpty(selector)
  const present = fieldsOrEmpty(labels)
  for (const [key, value] of Object.entries(fieldsOrEmpty(fields['matchLabels']))) {
    if (ownValue(present, key) !== value) return false
  }
  return listOf(fields['matchExpressions']).every((item) => {
    const requirement = fieldsOrEmpty(item)
    const has = Object.hasOwn(present, textOf(requirement['key']))
    const value = ownValue(present, textOf(requirement['key']))
    switch (requirement['operator']) {
      case 'In':
        return has && listOf(requirement['values']).includes(value)
      case 'NotIn':
        return !has || !listOf(requirement['values']).includes(value)
      case 'Exists':
        return has
      case 'DoesNotExist':
        return !has
      default:
        return false
    }
  })
}

/** As `labels.FormatLabels` and `metav1.FormatLabelSelector` print it: `a=b,c in (d,e),!f`; `<none>` when it is empty. */
export function printSelector(selector: unknown): string {
  const text = selectorText(selector)
  return text === '' ? '<none>' : text
}

/** The same, '' when empty: the form of query parameters and of `status.selector` in a Scale. */
export function selectorText(selector: unknown): string {
  const fields = fieldsOrEmpty(selector)
  const parts: { key: string; text: string }[] = Object.entries(fieldsOrEmpty(fields['matchLabels'])).map(([key, value]) => ({
    key,
    text: `${key}=${String(value)}`,
  }))
  for (const item of listOf(fields['matchExpressions'])) {
    const requirement = fieldsOrEmpty(item)
    const key = textOf(requirement['key'])
    const values = [...listOf(requirement['values'])].map(String).sort().join(',')
    const operator = requirement['operator']
    if (operator === 'In') parts.push({ key, text: `${key} in (${values})` })
    else if (operator === 'NotIn') parts.push({ key, text: `${key} notin (${values})` })
    else if (operator === 'Exists') parts.push({ key, text: key })
    else if (operator === 'DoesNotExist') parts.push({ key, text: `!${key}` })
  }
  parts.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return parts.map((part) => part.text).join(',')
}
