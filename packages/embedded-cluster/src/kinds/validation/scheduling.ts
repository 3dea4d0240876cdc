import type { Problems } from '../field-problem.ts'
import { checkLabelValue, checkQualifiedName } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'
import { validateLabelSelector } from './label-selector.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** Where a pod may go: Kubernetes `pkg/apis/core/validation/validation.go`, 1.34. */
export function validateTolerations(tolerations: unknown, field: string, problems: Problems): void {
  listOf(tolerations).forEach((item, at) => {
    const toleration = fieldsOf(item)
    if (toleration === undefined) return
    const here = `${field}[${at}]`
    const key = textOf(toleration['key'])
    const operator = textOf(toleration['operator'])
    const effect = textOf(toleration['effect'])
    const value = textOf(toleration['value'])
    if (key !== '') problems.invalidEach(`${here}.key`, key, checkQualifiedName(key))
    else if (operator !== 'Exists') {
      problems.invalid(
        `${here}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      )
    }
    if (toleration['tolerationSeconds'] !== undefined && effect !== 'NoExecute') {
      problems.invalid(`${here}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
    }
    if (operator === 'Exists') {
      if (value !== '') problems.invalid(`${here}.operator`, value, "value must be empty when `operator` is 'Exists'")
    } else if (operator === '' || operator === 'Equal') {
      const messages = checkLabelValue(value)
      if (messages.length > 0) problems.invalid(`${here}.operator`, value, messages.join(';'))
    } else {
      problems.notSupported(`${here}.operator`, operator, ['Equal', 'Exists'])
    }
    if (effect !== '' && !effects.includes(effect)) problems.notSupported(`${here}.effect`, effect, effects)
  })
}

export function validateAffinity(affinity: Fields | undefined, field: string, problems: Problems): void {
  if (affinity === undefined) return
  const node = fieldsOf(affinity['nodeAffinity'])
  const required = fieldsOf(node?.['requiredDuringSchedulingIgnoredDuringExecution'])
  const nodeField = `${field}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`
  if (required !== undefined) {
    const terms = listOf(required['nodeSelectorTerms'])
    if (terms.length === 0) problems.required(nodeField, 'must have at least one node selector term')
    terms.forEach((term, at) => validateNodeTerm(fieldsOrEmpty(term), `${nodeField}[${at}]`, problems))
  }
  listOf(node?.['preferredDuringSchedulingIgnoredDuringExecution']).forEach((item, at) => {
    const here = `${field}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${at}]`
    validateWeight(fieldsOrEmpty(item), here, problems)
    validateNodeTerm(fieldsOrEmpty(fieldsOrEmpty(item)['preference']), `${here}.preference`, problems)
  })
  for (const name of ['podAffinity', 'podAntiAffinity']) {
    const pods = fieldsOf(affinity[name])
    listOf(pods?.['requiredDuringSchedulingIgnoredDuringExecution']).forEach((item, at) =>
      validatePodTerm(fieldsOrEmpty(item), `${field}.${name}.requiredDuringSchedulingIgnoredDuringExecution[${at}]`, problems),
    )
    listOf(pods?.['preferredDuringSchedulingIgnoredDuringExecution']).forEach((item, at) => {
      const here = `${field}.${name}.preferredDuringSchedulingIgnoredDuringExecution[${at}]`
      validateWeight(fieldsOrEmpty(item), here, problems)
      validatePodTerm(fieldsOrEmpty(fieldsOrEmpty(item)['podAffinityTerm']), `${here}.podAffinityTerm`, problems)
    })
  }
}

function validateWeight(term: Fields, field: string, problems: Problems): void {
  const weight = numberOf(term['weight']) ?? 0
  if (weight < 1 || weight > 100) problems.invalid(`${field}.weight`, weight, 'must be in the range 1-100')
}

function validateNodeTerm(term: Fields, field: string, problems: Problems): void {
  listOf(term['matchExpressions']).forEach((item, at) => {
    const requirement = fieldsOrEmpty(item)
    const here = `${field}.matchExpressions[${at}]`
    const count = listOf(requirement['values']).length
    const operator = textOf(requirement['operator'])
    if (operator === 'In' || operator === 'NotIn') {
      if (count === 0) problems.required(`${here}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (count > 0) problems.forbidden(`${here}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    } else if (operator === 'Gt' || operator === 'Lt') {
      if (count !== 1) problems.required(`${here}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")
    } else {
      problems.invalid(`${here}.operator`, operator, 'not a valid selector operator')
    }
    const key = textOf(requirement['key'])
    problems.invalidEach(`${here}.key`, key, checkQualifiedName(key))
  })
}

function validatePodTerm(term: Fields, field: string, problems: Problems): void {
  validateLabelSelector(term['labelSelector'], `${field}.labelSelector`, problems)
  validateLabelSelector(term['namespaceSelector'], `${field}.namespaceSelector`, problems)
  const key = textOf(term['topologyKey'])
  if (key === '') problems.required(`${field}.topologyKey`, 'can not be empty')
  problems.invalidEach(`${field}.topologyKey`, key, checkQualifiedName(key))
}

export function validateSpread(constraints: unknown, field: string, problems: Problems): void {
  const seen = new Set<string>()
  listOf(constraints).forEach((item, at) => {
    const constraint = fieldsOrEmpty(item)
    const here = `${field}[${at}]`
    const skew = numberOf(constraint['maxSkew']) ?? 0
    if (skew <= 0) problems.invalid(`${here}.maxSkew`, skew, 'must be greater than zero')
    const key = textOf(constraint['topologyKey'])
    if (key === '') problems.required(`${here}.topologyKey`, 'can not be empty')
    const action = textOf(constraint['whenUnsatisfiable'])
    if (!['DoNotSchedule', 'ScheduleAnyway'].includes(action)) {
      problems.notSupported(`${here}.whenUnsatisfiable`, action, ['DoNotSchedule', 'ScheduleAnyway'])
    }
    const pair = `{${key}, ${action}}`
    if (seen.has(pair)) problems.duplicate(`${here}.{topologyKey, whenUnsatisfiable}`, pair)
    seen.add(pair)
    const domains = numberOf(constraint['minDomains'])
    if (domains !== undefined && domains <= 0) problems.invalid(`${here}.minDomains`, domains, 'must be greater than zero')
    if (domains !== undefined && action !== 'DoNotSchedule') {
      problems.invalid(`${here}.minDomains`, domains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`)
    }
    validateLabelSelector(constraint['labelSelector'], `${here}.labelSelector`, problems)
  })
}
