import type { Problems } from '../field-problem.ts'
import { checkPathSegment } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'
import { validateLabelSelector } from './label-selector.ts'

const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']
const sourceOf = new Map([
  ['ContainerResource', 'containerResource'],
  ['External', 'external'],
  ['Object', 'object'],
  ['Pods', 'pods'],
  ['Resource', 'resource'],
])

/** HorizontalPodAutoscalers, v2 form: Kubernetes `pkg/apis/autoscaling/validation/validation.go`, 1.34. */
export function validateAutoscaler(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  const min = numberOf(spec['minReplicas'])
  const max = numberOf(spec['maxReplicas']) ?? 0
  if (min !== undefined && min < 1) problems.invalid('spec.minReplicas', min, 'must be greater than or equal to 1')
  if (max < 1) problems.invalid('spec.maxReplicas', max, 'must be greater than 0')
  if (min !== undefined && max < min) problems.invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`')
  const target = fieldsOrEmpty(spec['scaleTargetRef'])
  for (const part of ['kind', 'name']) {
    const value = textOf(target[part])
    if (value === '') problems.required(`spec.scaleTargetRef.${part}`)
    else problems.invalidEach(`spec.scaleTargetRef.${part}`, value, checkPathSegment(value))
  }
  listOf(spec['metrics']).forEach((item, at) => validateMetric(fieldsOrEmpty(item), `spec.metrics[${at}]`, problems))
  const behavior = fieldsOf(spec['behavior'])
  for (const part of ['scaleUp', 'scaleDown']) {
    const rules = fieldsOf(behavior?.[part])
    if (rules !== undefined) validateRules(rules, `spec.behavior.${part}`, problems)
  }
}

export function validateAutoscalerV1(object: Fields, old: Fields | undefined, problems: Problems): void {
  validateAutoscaler(object, old, problems)
  const percent = numberOf(fieldsOrEmpty(object['spec'])['targetCPUUtilizationPercentage'])
  if (percent !== undefined && percent < 1) {
    problems.invalid('spec.targetCPUUtilizationPercentage', percent, 'must be greater than 0')
  }
}

function validateMetric(metric: Fields, field: string, problems: Problems): void {
  const type = textOf(metric['type'])
  if (type === '') {
    problems.required(`${field}.type`, 'must specify a metric source type')
    return
  }
  const source = sourceOf.get(type)
  if (source === undefined) {
    problems.notSupported(`${field}.type`, type, metricTypes)
    return
  }
  for (const other of sourceOf.values()) {
    if (other !== source && fieldsOf(metric[other]) !== undefined) {
      problems.forbidden(`${field}.${other}`, 'must populate the given metric source only')
    }
  }
  const given = fieldsOf(metric[source])
  if (given === undefined) {
    problems.required(`${field}.${source}`, 'must populate information for the given metric source')
    return
  }
  const at = `${field}.${source}`
  if (type === 'Resource' || type === 'ContainerResource') {
    if (textOf(given['name']) === '') problems.required(`${at}.name`, 'must specify a resource name')
    if (type === 'ContainerResource' && textOf(given['container']) === '')
      problems.required(`${at}.container`, 'must specify a container name')
  } else {
    const identifier = fieldsOrEmpty(given['metric'])
    const name = textOf(identifier['name'])
    if (name === '') problems.required(`${at}.metric.name`, 'must specify a metric name')
    else problems.invalidEach(`${at}.metric.name`, name, checkPathSegment(name))
    validateLabelSelector(identifier['selector'], `${at}.metric.selector`, problems)
  }
  validateTarget(fieldsOrEmpty(given['target']), type, `${at}.target`, problems)
}

function validateTarget(target: Fields, metricType: string, field: string, problems: Problems): void {
  const type = textOf(target['type'])
  if (type === '') problems.required(`${field}.type`, 'must specify a metric target type')
  else if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    problems.invalid(`${field}.type`, type, 'must be either Utilization, Value, or AverageValue')
  }
  const utilization = numberOf(target['averageUtilization'])
  const isResource = metricType === 'Resource' || metricType === 'ContainerResource'
  if (utilization !== undefined && utilization < 1) problems.invalid(`${field}.averageUtilization`, utilization, 'must be greater than 0')
  for (const part of ['value', 'averageValue']) {
    const amount = target[part]
    if (typeof amount === 'string' && (amount === '0' || amount.startsWith('-'))) {
      problems.invalid(`${field}.${part}`, amount, 'must be positive')
    }
  }
  if (isResource) {
    if (utilization === undefined && target['averageValue'] === undefined) {
      problems.required(`${field}.averageUtilization`, 'must set either a target raw value or a target utilization')
    } else if (utilization !== undefined && target['averageValue'] !== undefined) {
      problems.forbidden(`${field}.averageValue`, 'may not set both a target raw value and a target utilization')
    }
  } else if (metricType === 'Pods') {
    if (target['averageValue'] === undefined) problems.required(`${field}.averageValue`, 'must specify a positive target averageValue')
  } else if (target['value'] === undefined && target['averageValue'] === undefined) {
    problems.required(`${field}.averageValue`, 'must set either a target value for metric or a per-pod target')
  }
}

function validateRules(rules: Fields, field: string, problems: Problems): void {
  const window = numberOf(rules['stabilizationWindowSeconds'])
  if (window !== undefined && window < 0)
    problems.invalid(`${field}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero')
  if (window !== undefined && window > 3600)
    problems.invalid(`${field}.stabilizationWindowSeconds`, window, 'must be less than or equal to 3600')
  const select = rules['selectPolicy']
  if (typeof select === 'string' && !['Disabled', 'Max', 'Min'].includes(select)) {
    problems.notSupported(`${field}.selectPolicy`, select, ['Disabled', 'Max', 'Min'])
  }
  const policies = listOf(rules['policies'])
  if (policies.length === 0) problems.required(`${field}.policies`, 'must specify at least one Policy')
  policies.forEach((item, at) => {
    const policy = fieldsOrEmpty(item)
    const here = `${field}.policies[${at}]`
    const type = textOf(policy['type'])
    if (type !== 'Pods' && type !== 'Percent') problems.notSupported(`${here}.type`, type, ['Percent', 'Pods'])
    const value = numberOf(policy['value']) ?? 0
    if (value <= 0) problems.invalid(`${here}.value`, value, 'must be greater than zero')
    const period = numberOf(policy['periodSeconds']) ?? 0
    if (period <= 0) problems.invalid(`${here}.periodSeconds`, period, 'must be greater than zero')
    if (period > 1800) problems.invalid(`${here}.periodSeconds`, period, 'must be less than or equal to 1800')
  })
}
