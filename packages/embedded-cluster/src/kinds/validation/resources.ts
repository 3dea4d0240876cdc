import type { Problems } from '../field-problem.ts'
import { compareQuantities, isWholeQuantity } from '../fields/quantity-text.ts'
import { checkQualifiedName } from '../names.ts'
import { fieldsOrEmpty, listOf, ownValue, textOf } from '../reading.ts'

const standardResources = new Set(['cpu', 'memory', 'ephemeral-storage', 'storage'])

/** `resources` of a container: Kubernetes `pkg/apis/core/validation/validation.go`, 1.34. */
export function validateResources(resources: unknown, claims: ReadonlySet<string>, field: string, problems: Problems): void {
  const { limits, requests, claims: wanted } = fieldsOrEmpty(resources)
  const limitOf = fieldsOrEmpty(limits)
  for (const [name, amount] of Object.entries(limitOf)) {
    validateResourceName(name, `${field}.limits[${name}]`, problems)
    validateAmount(name, amount, `${field}.limits[${name}]`, problems)
  }
  for (const [name, amount] of Object.entries(fieldsOrEmpty(requests))) {
    validateResourceName(name, `${field}.requests[${name}]`, problems)
    validateAmount(name, amount, `${field}.requests[${name}]`, problems)
    const limit = ownValue(limitOf, name)
    if (typeof amount !== 'string') continue
    const mayOvercommit = !name.includes('/') || name.startsWith('kubernetes.io/')
    if (typeof limit === 'string') {
      const order = compareQuantities(amount, limit)
      if (order !== 0 && !mayOvercommit) {
        problems.invalid(`${field}.requests`, amount, `must be equal to ${name} limit of ${limit}`)
      } else if (order > 0) {
        problems.invalid(`${field}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`)
      }
    } else if (!mayOvercommit) {
      problems.required(`${field}.limits`, 'Limit must be set for non overcommitable resources')
    }
  }
  listOf(wanted).forEach((item, at) => {
    const name = textOf(fieldsOrEmpty(item)['name'])
    if (name === '') problems.required(`${field}.claims[${at}].name`)
    else if (!claims.has(name)) problems.notFound(`${field}.claims[${at}].name`, name)
  })
}

function validateResourceName(name: string, field: string, problems: Problems): void {
  const messages = checkQualifiedName(name)
  problems.invalidEach(field, name, messages)
  if (messages.length > 0 || name.includes('/') || name.startsWith('hugepages-')) return
  if (!standardResources.has(name)) {
    problems.invalid(field, name, 'must be a standard resource type or fully qualified')
    problems.invalid(field, name, 'must be a standard resource for containers')
  } else if (name === 'storage') {
    problems.invalid(field, name, 'must be a standard resource for containers')
  }
}

/** A resource amount anywhere: not negative, and whole where parts make no sense. */
export function validateAmount(name: string, amount: unknown, field: string, problems: Problems): void {
  if (typeof amount !== 'string') return
  if (amount.startsWith('-')) problems.invalid(field, amount, 'must be greater than or equal to 0')
  if ((name.includes('/') || name === 'pods' || name.startsWith('count/')) && !isWholeQuantity(amount)) {
    problems.invalid(field, amount, 'must be an integer')
  }
}
