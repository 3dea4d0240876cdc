import type { Problems } from '../field-problem.ts'
import { checkConfigKey, checkPathSegment, checkQualifiedName, checkSubdomain } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, isSame, listOf, numberOf, textOf } from '../reading.ts'
import { oneOf } from './containers.ts'
import { validateAmount } from './resources.ts'

const largestSecret = 1024 * 1024

/** Kinds that only hold something: Kubernetes `pkg/apis/{core,rbac,scheduling}/validation`, 1.34. */
export function validateConfigMap(object: Fields, old: Fields | undefined, problems: Problems): void {
  const binary = fieldsOrEmpty(object['binaryData'])
  let size = 0
  for (const [key, value] of Object.entries(fieldsOrEmpty(object['data']))) {
    problems.invalidEach(`data[${key}]`, key, checkConfigKey(key))
    if (Object.hasOwn(binary, key)) problems.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')
    size += Buffer.byteLength(textOf(value))
  }
  for (const [key, value] of Object.entries(binary)) {
    problems.invalidEach(`binaryData[${key}]`, key, checkConfigKey(key))
    size += decodedLength(textOf(value))
  }
  if (size > largestSecret) problems.tooLong('', largestSecret)
  if (old?.['immutable'] === true) keepImmutable(object, old, ['data', 'binaryData'], problems)
}

export function validateSecret(object: Fields, old: Fields | undefined, problems: Problems): void {
  const data = fieldsOrEmpty(object['data'])
  let size = 0
  for (const [key, value] of Object.entries(data)) {
    problems.invalidEach(`data[${key}]`, key, checkConfigKey(key))
    size += decodedLength(textOf(value))
  }
  if (size > largestSecret) problems.tooLong('data', largestSecret)
  validateSecretType(object, data, problems)
  if (old === undefined) return
  if (!isSame(object['type'], old['type'])) problems.invalid('type', object['type'] ?? '', 'field is immutable')
  if (old['immutable'] === true) keepImmutable(object, old, ['data'], problems)
}

function validateSecretType(object: Fields, data: Fields, problems: Problems): void {
  const needs = (key: string): void => {
    if (!Object.hasOwn(data, key)) problems.required(`data[${key}]`)
  }
  switch (object['type']) {
    case 'kubernetes.io/service-account-token': {
      const account = 'kubernetes.io/service-account.name'
      const annotations = fieldsOrEmpty(fieldsOrEmpty(object['metadata'])['annotations'])
      if (textOf(annotations[account]) === '') problems.required(`metadata.annotations[${account}]`)
      break
    }
    case 'kubernetes.io/dockercfg':
      needs('.dockercfg')
      wantsJson(data, '.dockercfg', problems)
      break
    case 'kubernetes.io/dockerconfigjson':
      needs('.dockerconfigjson')
      wantsJson(data, '.dockerconfigjson', problems)
      break
    case 'kubernetes.io/basic-auth':
      if (!Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password')) {
        needs('username')
        needs('password')
      }
      break
    case 'kubernetes.io/ssh-auth':
      if (textOf(data['ssh-privatekey']) === '') problems.required('data[ssh-privatekey]')
      break
    case 'kubernetes.io/tls':
      needs('tls.crt')
      needs('tls.key')
      break
  }
}

/** The message must not show a byte of what is inside. */
function wantsJson(data: Fields, key: string, problems: Problems): void {
  const value = textOf(data[key])
  if (!Object.hasOwn(data, key)) return
  try {
    if (fieldsOf(JSON.parse(Buffer.from(value, 'base64').toString('utf8'))) !== undefined) return
  } catch {
    // Told below, like JSON that is no object.
  }
  problems.invalid(`data[${key}]`, '<secret contents redacted>', 'it must be a JSON object')
}

function decodedLength(base64: string): number {
  return Math.floor((base64.length * 3) / 4)
}

function keepImmutable(object: Fields, old: Fields, fields: readonly string[], problems: Problems): void {
  if (object['immutable'] !== true) problems.forbidden('immutable', 'field is immutable when `immutable` is set')
  for (const field of fields) {
    if (!isSame(object[field], old[field])) problems.forbidden(field, 'field is immutable when `immutable` is set')
  }
}

export function validateNamespace(object: Fields, _old: Fields | undefined, problems: Problems): void {
  listOf(fieldsOrEmpty(object['spec'])['finalizers']).forEach((finalizer) => {
    const text = textOf(finalizer)
    const messages = checkQualifiedName(text)
    problems.invalidEach('spec.finalizers', text, messages)
    if (messages.length === 0 && !text.includes('/') && text !== 'kubernetes') {
      problems.invalid('spec.finalizers', text, 'name is neither a standard finalizer name nor is it fully qualified')
    }
  })
}

const rbacGroup = 'rbac.authorization.k8s.io'

export function validateRole(isCluster: boolean): (object: Fields, old: Fields | undefined, problems: Problems) => void {
  return (object, _old, problems) => {
    listOf(object['rules']).forEach((item, at) => {
      const rule = fieldsOrEmpty(item)
      const here = `rules[${at}]`
      if (listOf(rule['verbs']).length === 0) problems.required(`${here}.verbs`, 'verbs must contain at least one value')
      const urls = listOf(rule['nonResourceURLs'])
      const isResource = listOf(rule['apiGroups']).length + listOf(rule['resources']).length + listOf(rule['resourceNames']).length > 0
      if (urls.length > 0) {
        if (!isCluster) problems.invalid(`${here}.nonResourceURLs`, urls, 'namespaced rules cannot apply to non-resource URLs')
        if (isResource) {
          problems.invalid(`${here}.nonResourceURLs`, urls, 'rules cannot apply to both regular resources and non-resource URLs')
        }
        return
      }
      if (listOf(rule['apiGroups']).length === 0) {
        problems.required(`${here}.apiGroups`, 'resource rules must supply at least one api group')
      }
      if (listOf(rule['resources']).length === 0) {
        problems.required(`${here}.resources`, 'resource rules must supply at least one resource')
      }
    })
  }
}

export function validateRoleBinding(isCluster: boolean): (object: Fields, old: Fields | undefined, problems: Problems) => void {
  return (object, old, problems) => {
    const ref = fieldsOrEmpty(object['roleRef'])
    if (ref['apiGroup'] !== rbacGroup) problems.notSupported('roleRef.apiGroup', textOf(ref['apiGroup']), [rbacGroup])
    const kinds = isCluster ? ['ClusterRole'] : ['Role', 'ClusterRole']
    if (!kinds.includes(textOf(ref['kind']))) problems.notSupported('roleRef.kind', textOf(ref['kind']), kinds)
    const name = textOf(ref['name'])
    if (name === '') problems.required('roleRef.name')
    else problems.invalidEach('roleRef.name', name, checkPathSegment(name))
    listOf(object['subjects']).forEach((item, at) => validateSubject(fieldsOrEmpty(item), isCluster, `subjects[${at}]`, problems))
    if (old !== undefined && !isSame(ref, old['roleRef'])) problems.invalid('roleRef', ref, 'cannot change roleRef')
  }
}

function validateSubject(subject: Fields, isCluster: boolean, field: string, problems: Problems): void {
  const name = textOf(subject['name'])
  const group = textOf(subject['apiGroup'])
  if (name === '') problems.required(`${field}.name`)
  if (subject['kind'] === 'ServiceAccount') {
    if (name !== '') problems.invalidEach(`${field}.name`, name, checkSubdomain(name))
    if (group !== '') problems.notSupported(`${field}.apiGroup`, group, [''])
    if (isCluster && textOf(subject['namespace']) === '') problems.required(`${field}.namespace`)
  } else if (subject['kind'] === 'User' || subject['kind'] === 'Group') {
    if (group !== rbacGroup) problems.notSupported(`${field}.apiGroup`, group, [rbacGroup])
  } else {
    problems.notSupported(`${field}.kind`, textOf(subject['kind']), ['ServiceAccount', 'User', 'Group'])
  }
}

export function validatePriorityClass(object: Fields, old: Fields | undefined, problems: Problems): void {
  const value = numberOf(object['value']) ?? 0
  const name = textOf(fieldsOrEmpty(object['metadata'])['name'])
  if (name.startsWith('system-')) {
    const known = ['system-node-critical', 'system-cluster-critical']
    if (!known.includes(name)) {
      problems.forbidden(
        'metadata.name',
        "priority class names with 'system-' prefix are reserved for system use only. error: name " +
          `${JSON.stringify(name)} is not a system priority class`,
      )
    }
  } else if (value > 1_000_000_000) {
    problems.forbidden('value', 'maximum allowed value of a user defined priority is 1000000000')
  }
  if (object['preemptionPolicy'] !== undefined) {
    oneOf(object['preemptionPolicy'], ['PreemptLowerPriority', 'Never'], 'preemptionPolicy', problems)
  }
  if (old === undefined) return
  if (!isSame(object['value'] ?? 0, old['value'] ?? 0)) problems.forbidden('value', 'may not be changed in an update.')
  if (!isSame(object['preemptionPolicy'], old['preemptionPolicy'])) {
    problems.invalid('preemptionPolicy', object['preemptionPolicy'] ?? null, 'field is immutable')
  }
}

export function validateLimitRange(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const seen = new Set<string>()
  listOf(fieldsOrEmpty(object['spec'])['limits']).forEach((item, at) => {
    const limit = fieldsOrEmpty(item)
    const here = `spec.limits[${at}]`
    const type = textOf(limit['type'])
    problems.invalidEach(`${here}.type`, type, checkQualifiedName(type))
    if (seen.has(type)) problems.duplicate(`${here}.type`, type)
    seen.add(type)
    for (const part of ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio']) {
      for (const [name, amount] of Object.entries(fieldsOrEmpty(limit[part]))) {
        validateAmount(name, amount, `${here}.${part}[${name}]`, problems)
      }
    }
  })
}

export function validateResourceQuota(object: Fields, old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  for (const [name, amount] of Object.entries(fieldsOrEmpty(spec['hard']))) {
    problems.invalidEach(`spec.hard[${name}]`, name, checkQualifiedName(name))
    validateAmount(name, amount, `spec.hard[${name}]`, problems)
  }
  if (old !== undefined && !isSame(spec['scopes'], fieldsOrEmpty(old['spec'])['scopes'])) {
    problems.invalid('spec.scopes', spec['scopes'] ?? null, 'field is immutable')
  }
}

export function validateEvent(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const involved = fieldsOrEmpty(object['involvedObject'] ?? object['regarding'])
  const namespace = textOf(involved['namespace'])
  const own = textOf(fieldsOrEmpty(object['metadata'])['namespace'])
  if (namespace === '' ? own !== 'default' && own !== 'kube-system' && textOf(involved['kind']) === '' : namespace !== own) {
    if (namespace !== '') problems.invalid('involvedObject.namespace', namespace, 'does not match event.namespace')
  }
}

export function validateLease(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const spec = fieldsOrEmpty(object['spec'])
  const duration = numberOf(spec['leaseDurationSeconds'])
  if (duration !== undefined && duration <= 0) problems.invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0')
  const transitions = numberOf(spec['leaseTransitions'])
  if (transitions !== undefined && transitions < 0) {
    problems.invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')
  }
}

export function validateNode(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const seen = new Set<string>()
  listOf(fieldsOrEmpty(object['spec'])['taints']).forEach((item, at) => {
    const taint = fieldsOrEmpty(item)
    const here = `spec.taints[${at}]`
    const key = textOf(taint['key'])
    problems.invalidEach(`${here}.key`, key, checkQualifiedName(key))
    oneOf(taint['effect'], ['NoSchedule', 'PreferNoSchedule', 'NoExecute'], `${here}.effect`, problems)
    const pair = `${key}/${textOf(taint['effect'])}`
    if (seen.has(pair)) problems.duplicate(here, taint)
    seen.add(pair)
  })
}

export function validateWebhooks(object: Fields, _old: Fields | undefined, problems: Problems): void {
  const names = new Set<string>()
  listOf(object['webhooks']).forEach((item, at) => {
    const webhook = fieldsOrEmpty(item)
    const here = `webhooks[${at}]`
    const name = textOf(webhook['name'])
    if (name.split('.').length < 3)
      problems.invalid(`${here}.name`, name, 'should be a domain with at least three segments separated by dots')
    if (names.has(name)) problems.duplicate(`${here}.name`, name)
    names.add(name)
    if (listOf(webhook['admissionReviewVersions']).length === 0) {
      problems.required(`${here}.admissionReviewVersions`, 'must specify one of v1, v1beta1')
    }
    const sideEffects = textOf(webhook['sideEffects'])
    if (sideEffects === '') problems.required(`${here}.sideEffects`, 'must specify one of None, NoneOnDryRun')
    const client = fieldsOrEmpty(webhook['clientConfig'])
    if ((client['url'] === undefined) === (client['service'] === undefined)) {
      problems.required(`${here}.clientConfig`, 'exactly one of url or service is required')
    }
  })
}
