import type { Problems } from '../field-problem.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, isSame, listOf, numberOf, textOf } from '../reading.ts'
import { selectorMatches, validateLabelSelector } from './label-selector.ts'
import { checkSchedule } from './cron-schedule.ts'
import { oneOf } from './containers.ts'
import { validatePodTemplate } from './pod.ts'

/** Jobs and CronJobs: Kubernetes `pkg/apis/batch/validation/validation.go`, 1.34. */
export function validateJob(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  const template = fieldsOrEmpty(spec['template'])
  if (spec['manualSelector'] !== true) validateGeneratedLabels(object, problems)
  validateJobSpec(spec, 'spec', problems)
  const selector = fieldsOf(spec['selector'])
  if (selector === undefined) {
    problems.required('spec.selector')
  } else {
    validateLabelSelector(selector, 'spec.selector', problems)
    const labels = fieldsOrEmpty(template['metadata'])['labels']
    if (!selectorMatches(selector, labels)) {
      problems.invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')
    }
  }
  if (old !== undefined) validateJobUpdate(spec, old, problems)
}

function validateGeneratedLabels(object: Fields, problems: Problems): void {
  const metadata = fieldsOrEmpty(object['metadata'])
  const spec = fieldsOrEmpty(object['spec'])
  if (fieldsOf(spec['selector']) === undefined) return
  const labels = fieldsOrEmpty(fieldsOrEmpty(fieldsOrEmpty(spec['template'])['metadata'])['labels'])
  const expected: [string, string][] = [
    ['batch.kubernetes.io/controller-uid', textOf(metadata['uid'])],
    ['controller-uid', textOf(metadata['uid'])],
    ['batch.kubernetes.io/job-name', textOf(metadata['name'])],
    ['job-name', textOf(metadata['name'])],
  ]
  for (const [key, value] of expected) {
    // Jobs made before 1.27 have only the labels without a prefix.
    if (labels[key] === undefined && key.includes('/')) continue
    if (labels[key] !== value) problems.invalid('spec.template.metadata.labels', labels, `must be '${value}'`)
  }
  if (!selectorMatches(spec['selector'], Object.fromEntries(expected))) {
    problems.invalid('spec.selector', spec['selector'], '`selector` not auto-generated')
  }
}

function validateJobSpec(spec: Fields, field: string, problems: Problems): void {
  for (const part of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ]) {
    problems.nonNegative(`${field}.${part}`, spec[part])
  }
  const mode = spec['completionMode']
  if (typeof mode === 'string') {
    if (!['NonIndexed', 'Indexed'].includes(mode)) problems.notSupported(`${field}.completionMode`, mode, ['Indexed', 'NonIndexed'])
    if (mode === 'Indexed') {
      if (numberOf(spec['completions']) === undefined) problems.required(`${field}.completions`, 'when completion mode is Indexed')
      const parallelism = numberOf(spec['parallelism']) ?? 0
      if (parallelism > 100_000) {
        problems.invalid(`${field}.parallelism`, parallelism, 'must be less than or equal to 100000 when completion mode is Indexed')
      }
    }
  }
  if (mode !== 'Indexed' && numberOf(spec['backoffLimitPerIndex']) !== undefined) {
    problems.invalid(`${field}.backoffLimitPerIndex`, spec['backoffLimitPerIndex'], 'requires indexed completion mode')
  }
  validateFailurePolicy(spec, field, problems)
  validatePodTemplate(spec['template'], `${field}.template`, problems)
  const policy = textOf(fieldsOrEmpty(fieldsOrEmpty(spec['template'])['spec'])['restartPolicy'])
  if (policy === 'Always') {
    problems.required(`${field}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')
  } else if (policy !== 'OnFailure' && policy !== 'Never' && policy !== '') {
    problems.notSupported(`${field}.template.spec.restartPolicy`, policy, ['OnFailure', 'Never'])
  }
}

function validateFailurePolicy(spec: Fields, field: string, problems: Problems): void {
  const policy = fieldsOf(spec['podFailurePolicy'])
  if (policy === undefined) return
  const restart = textOf(fieldsOrEmpty(fieldsOrEmpty(spec['template'])['spec'])['restartPolicy'])
  if (restart !== 'Never') {
    problems.invalid(`${field}.template.spec.restartPolicy`, restart, 'only "Never" is supported when podFailurePolicy is specified')
  }
  listOf(policy['rules']).forEach((item, at) => {
    const rule = fieldsOrEmpty(item)
    const here = `${field}.podFailurePolicy.rules[${at}]`
    oneOf(rule['action'], ['Count', 'FailIndex', 'FailJob', 'Ignore'], `${here}.action`, problems)
    const codes = fieldsOf(rule['onExitCodes'])
    const conditions = listOf(rule['onPodConditions'])
    if (codes !== undefined && conditions.length > 0) {
      problems.invalid(here, 'specified', 'specifying both OnExitCodes and OnPodConditions is not supported')
    }
    if (codes === undefined && conditions.length === 0) {
      problems.invalid(here, 'specified', 'specifying one of OnExitCodes and OnPodConditions is required')
    }
    if (codes === undefined) return
    oneOf(codes['operator'], ['In', 'NotIn'], `${here}.onExitCodes.operator`, problems)
    if (listOf(codes['values']).length === 0) problems.invalid(`${here}.onExitCodes.values`, [], 'at least one value is required')
  })
}

/** What of the pod template a suspended Job may still change, where it has not started (KEP-2926). */
function validateJobUpdate(spec: Fields, old: Fields, problems: Problems): void {
  const before = fieldsOrEmpty(old['spec'])
  const isIndexed = spec['completionMode'] === 'Indexed'
  if (!isSame(spec['completions'], before['completions']) && !(isIndexed && spec['completions'] === spec['parallelism'])) {
    problems.invalid('spec.completions', spec['completions'] ?? null, 'field is immutable')
  }
  if (!isSame(spec['selector'], before['selector'])) problems.invalid('spec.selector', spec['selector'] ?? null, 'field is immutable')
  if (!isSame(spec['completionMode'], before['completionMode'])) {
    problems.invalid('spec.completionMode', spec['completionMode'] ?? null, 'field is immutable')
  }
  for (const part of ['podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy']) {
    if (!isSame(spec[part], before[part])) problems.invalid(`spec.${part}`, spec[part] ?? null, 'field is immutable')
  }
  const mayMove = before['suspend'] === true && fieldsOrEmpty(old['status'])['startTime'] === undefined
  const template = mayMove ? withoutScheduling(spec['template']) : spec['template']
  const oldTemplate = mayMove ? withoutScheduling(before['template']) : before['template']
  if (!isSame(template, oldTemplate)) problems.invalid('spec.template', spec['template'] ?? null, 'field is immutable')
}

function withoutScheduling(template: unknown): Fields {
  const fields = fieldsOrEmpty(template)
  const { nodeSelector: _1, affinity: _2, tolerations: _3, schedulingGates: _4, ...spec } = fieldsOrEmpty(fields['spec'])
  return { ...fields, metadata: undefined, spec }
}

export function validateCronJob(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const name = textOf(fieldsOrEmpty(object['metadata'])['name'])
  // The Job's name is this one with a minute of eleven characters behind it.
  if (name.length > 52) problems.invalid('metadata.name', name, 'must be no more than 52 characters')
  const spec = fieldsOrEmpty(object['spec'])
  const schedule = textOf(spec['schedule'])
  if (schedule === '') problems.required('spec.schedule')
  else validateSchedule(schedule, spec['timeZone'], problems)
  problems.nonNegative('spec.startingDeadlineSeconds', spec['startingDeadlineSeconds'])
  oneOf(spec['concurrencyPolicy'], ['Allow', 'Forbid', 'Replace'], 'spec.concurrencyPolicy', problems)
  problems.nonNegative('spec.successfulJobsHistoryLimit', spec['successfulJobsHistoryLimit'])
  problems.nonNegative('spec.failedJobsHistoryLimit', spec['failedJobsHistoryLimit'])
  const jobSpec = fieldsOrEmpty(fieldsOrEmpty(spec['jobTemplate'])['spec'])
  validateJobSpec(jobSpec, 'spec.jobTemplate.spec', problems)
  if (fieldsOf(jobSpec['selector']) !== undefined) {
    problems.invalid('spec.jobTemplate.spec.selector', jobSpec['selector'], '`selector` will be auto-generated')
  }
  if (jobSpec['manualSelector'] === true) problems.notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false'])
}

function validateSchedule(schedule: string, timeZone: unknown, problems: Problems): void {
  const problem = checkSchedule(schedule)
  if (problem !== undefined) problems.invalid('spec.schedule', schedule, problem)
  if (schedule.includes('TZ')) {
    problems.invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')
  }
  if (typeof timeZone !== 'string') return
  if (timeZone === '') problems.invalid('spec.timeZone', timeZone, 'timeZone must be nil or non-empty string')
  else if (timeZone.toLowerCase() === 'local') {
    problems.invalid('spec.timeZone', timeZone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')
  } else if (!isTimeZone(timeZone)) problems.invalid('spec.timeZone', timeZone, `unknown time zone ${timeZone}`)
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat
  } catch {
    return false
  }
}
