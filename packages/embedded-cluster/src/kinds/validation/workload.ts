import type { Problems } from '../field-problem.ts'
import { checkPercent } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, isSame, listOf, numberOf, textOf } from '../reading.ts'
import { isEmptySelector, selectorMatches, validateLabelSelector } from './label-selector.ts'
import { validateClaimSpec } from './storage.ts'
import { validatePodTemplate } from './pod.ts'

/** Kinds that keep pods running: Kubernetes `pkg/apis/apps/validation/validation.go`, 1.34. */
export function validateDeployment(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  problems.nonNegative('spec.replicas', spec['replicas'])
  validateOwnedTemplate(spec, 'deployment', problems)
  const strategy = fieldsOrEmpty(spec['strategy'])
  const rolling = fieldsOf(strategy['rollingUpdate'])
  if (strategy['type'] === 'Recreate') {
    if (rolling !== undefined) {
      problems.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")
    }
  } else if (strategy['type'] === 'RollingUpdate') {
    if (rolling === undefined) problems.required('spec.strategy.rollingUpdate', 'this should be defaulted and never be nil')
    else validateRolling(rolling, 'spec.strategy.rollingUpdate', problems)
  } else {
    problems.notSupported('spec.strategy.type', textOf(strategy['type']), ['Recreate', 'RollingUpdate'])
  }
  problems.nonNegative('spec.minReadySeconds', spec['minReadySeconds'])
  problems.nonNegative('spec.revisionHistoryLimit', spec['revisionHistoryLimit'])
  const deadline = numberOf(spec['progressDeadlineSeconds'])
  problems.nonNegative('spec.progressDeadlineSeconds', deadline)
  if (deadline !== undefined && deadline <= (numberOf(spec['minReadySeconds']) ?? 0)) {
    problems.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')
  }
  if (old !== undefined) keepSelector(spec, old, problems)
}

export function validateReplicaSet(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  problems.nonNegative('spec.replicas', spec['replicas'])
  problems.nonNegative('spec.minReadySeconds', spec['minReadySeconds'])
  validateOwnedTemplate(spec, 'replicaset', problems)
  if (old !== undefined) keepSelector(spec, old, problems)
}

export function validateReplicationController(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  problems.nonNegative('spec.minReadySeconds', spec['minReadySeconds'])
  problems.nonNegative('spec.replicas', spec['replicas'])
  const selector = fieldsOrEmpty(spec['selector'])
  if (Object.keys(selector).length === 0) problems.required('spec.selector')
  const template = fieldsOf(spec['template'])
  if (template === undefined) {
    problems.required('spec.template')
    return
  }
  const labels = fieldsOrEmpty(template['metadata'])['labels']
  if (!selectorMatches({ matchLabels: selector }, labels)) {
    problems.invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')
  }
  validatePodTemplate(template, 'spec.template', problems)
  alwaysRestarts(template, 'spec.template', problems)
}

export function validateDaemonSet(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  validateOwnedTemplate(spec, 'daemonset', problems)
  problems.nonNegative('spec.minReadySeconds', spec['minReadySeconds'])
  problems.nonNegative('spec.revisionHistoryLimit', spec['revisionHistoryLimit'])
  const strategy = fieldsOrEmpty(spec['updateStrategy'])
  if (strategy['type'] === 'RollingUpdate') {
    const rolling = fieldsOf(strategy['rollingUpdate'])
    if (rolling === undefined) problems.required('spec.updateStrategy.rollingUpdate')
    else validateDaemonRolling(rolling, 'spec.updateStrategy.rollingUpdate', problems)
  } else if (strategy['type'] !== 'OnDelete') {
    problems.notSupported('spec.updateStrategy', strategy, ['RollingUpdate', 'OnDelete'])
  }
  if (old !== undefined) keepSelector(spec, old, problems)
}

function validateDaemonRolling(rolling: Fields, field: string, problems: Problems): void {
  validateCountOrPercent(rolling['maxUnavailable'], `${field}.maxUnavailable`, problems)
  validateCountOrPercent(rolling['maxSurge'], `${field}.maxSurge`, problems)
  const unavailable = isZero(rolling['maxUnavailable'])
  const surge = isZero(rolling['maxSurge'])
  if (unavailable && surge) problems.invalid(`${field}.maxUnavailable`, rolling['maxUnavailable'], 'cannot be 0 when maxSurge is 0')
  if (!unavailable && !surge) problems.invalid(`${field}.maxSurge`, rolling['maxSurge'], 'may not be set when maxUnavailable is non-zero')
}

export function validateStatefulSet(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  const policy = textOf(spec['podManagementPolicy'])
  if (policy === '') problems.required('spec.podManagementPolicy')
  else if (!['OrderedReady', 'Parallel'].includes(policy)) {
    problems.invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'")
  }
  const strategy = fieldsOrEmpty(spec['updateStrategy'])
  const rolling = fieldsOf(strategy['rollingUpdate'])
  if (strategy['type'] === 'OnDelete') {
    if (rolling !== undefined) {
      problems.invalid('spec.updateStrategy.rollingUpdate', rolling, "only allowed for updateStrategy 'RollingUpdate'")
    }
  } else if (strategy['type'] === 'RollingUpdate') {
    problems.nonNegative('spec.updateStrategy.rollingUpdate.partition', rolling?.['partition'])
  } else {
    problems.invalid('spec.updateStrategy', strategy, "must be 'RollingUpdate' or 'OnDelete'")
  }
  const retention = fieldsOrEmpty(spec['persistentVolumeClaimRetentionPolicy'])
  for (const part of ['whenDeleted', 'whenScaled']) {
    const value = textOf(retention[part])
    if (value !== '' && !['Retain', 'Delete'].includes(value)) {
      problems.notSupported(`spec.persistentVolumeClaimRetentionPolicy.${part}`, value, ['Delete', 'Retain'])
    }
  }
  problems.nonNegative('spec.replicas', spec['replicas'])
  problems.nonNegative('spec.minReadySeconds', spec['minReadySeconds'])
  problems.nonNegative('spec.ordinals.start', fieldsOrEmpty(spec['ordinals'])['start'])
  const claimVolumes = listOf(spec['volumeClaimTemplates']).map((item, at) => {
    const claim = fieldsOrEmpty(item)
    validateClaimSpec(fieldsOrEmpty(claim['spec']), `spec.volumeClaimTemplates[${at}].spec`, problems)
    return { name: fieldsOrEmpty(claim['metadata'])['name'], persistentVolumeClaim: { claimName: 'claim' } }
  })
  validateOwnedTemplate(spec, 'statefulset', problems, claimVolumes)
  if (old === undefined) return
  const before = fieldsOrEmpty(old['spec'])
  const changeable = [
    'replicas',
    'ordinals',
    'template',
    'updateStrategy',
    'revisionHistoryLimit',
    'persistentVolumeClaimRetentionPolicy',
    'minReadySeconds',
  ]
  const kept = Object.fromEntries(changeable.map((name) => [name, before[name]]))
  if (
    !isSame({ ...spec, ...kept, volumeClaimTemplates: undefined }, { ...before, volumeClaimTemplates: undefined }) ||
    !hasSameClaims(spec, before)
  ) {
    problems.forbidden(
      'spec',
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    )
  }
}

function hasSameClaims(spec: Fields, before: Fields): boolean {
  const withoutStatus = (claims: unknown): unknown[] => listOf(claims).map((claim) => ({ ...fieldsOrEmpty(claim), status: undefined }))
  return isSame(withoutStatus(spec['volumeClaimTemplates']), withoutStatus(before['volumeClaimTemplates']))
}

/** Selector and template of a kind that owns its pods. `extraVolumes` are those that the controller adds. */
function validateOwnedTemplate(spec: Fields, kind: string, problems: Problems, extraVolumes: readonly Fields[] = []): void {
  const selector = fieldsOf(spec['selector'])
  if (selector === undefined) {
    problems.required('spec.selector')
  } else {
    validateLabelSelector(selector, 'spec.selector', problems)
    if (isEmptySelector(selector)) problems.invalid('spec.selector', selector, `empty selector is invalid for ${kind}`)
  }
  const template = fieldsOrEmpty(spec['template'])
  if (selector !== undefined && !isEmptySelector(selector)) {
    const labels = fieldsOrEmpty(template['metadata'])['labels']
    if (!selectorMatches(selector, labels)) {
      problems.invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')
    }
  }
  validatePodTemplate(extraVolumes.length === 0 ? template : withVolumes(template, extraVolumes), 'spec.template', problems)
  alwaysRestarts(template, 'spec.template', problems)
}

function withVolumes(template: Fields, extra: readonly Fields[]): Fields {
  const spec = fieldsOrEmpty(template['spec'])
  const replaced = new Set(extra.map((volume) => volume['name']))
  const own = listOf(spec['volumes']).filter((volume) => !replaced.has(fieldsOrEmpty(volume)['name']))
  return { ...template, spec: { ...spec, volumes: [...own, ...extra] } }
}

function alwaysRestarts(template: Fields, field: string, problems: Problems): void {
  const spec = fieldsOrEmpty(template['spec'])
  const policy = textOf(spec['restartPolicy'])
  if (policy !== 'Always' && policy !== '') problems.notSupported(`${field}.spec.restartPolicy`, policy, ['Always'])
  if (typeof spec['activeDeadlineSeconds'] === 'number') {
    problems.forbidden(`${field}.spec.activeDeadlineSeconds`, 'activeDeadlineSeconds in ReplicaSet is not Supported')
  }
}

function keepSelector(spec: Fields, old: Fields, problems: Problems): void {
  if (!isSame(spec['selector'], fieldsOrEmpty(old['spec'])['selector'])) {
    problems.invalid('spec.selector', spec['selector'] ?? null, 'field is immutable')
  }
}

function validateRolling(rolling: Fields, field: string, problems: Problems): void {
  validateCountOrPercent(rolling['maxUnavailable'], `${field}.maxUnavailable`, problems)
  validateCountOrPercent(rolling['maxSurge'], `${field}.maxSurge`, problems)
  if (isZero(rolling['maxUnavailable']) && isZero(rolling['maxSurge'])) {
    problems.invalid(`${field}.maxUnavailable`, rolling['maxUnavailable'], 'may not be 0 when `maxSurge` is 0')
  }
  const percent = typeof rolling['maxUnavailable'] === 'string' ? Number.parseInt(rolling['maxUnavailable'], 10) : 0
  if (percent > 100) problems.invalid(`${field}.maxUnavailable`, rolling['maxUnavailable'], 'must not be greater than 100%')
}

function isZero(value: unknown): boolean {
  return value === 0 || value === '0%'
}

/** `25%` or a number that is not negative. */
export function validateCountOrPercent(value: unknown, field: string, problems: Problems): void {
  if (typeof value === 'string') problems.invalidEach(field, value, checkPercent(value))
  else problems.nonNegative(field, value)
}

export function validateControllerRevision(object: Fields, old: Fields | undefined, problems: Problems): void {
  if (object['data'] === undefined || object['data'] === null) problems.required('data', 'data is mandatory')
  problems.nonNegative('revision', object['revision'])
  if (old !== undefined && !isSame(object['data'], old['data'])) problems.invalid('data', object['data'] ?? null, 'field is immutable')
}
