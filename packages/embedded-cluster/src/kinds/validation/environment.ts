import type { Problems } from '../field-problem.ts'
import { checkConfigKey, checkEnvName, checkQualifiedName, checkSubdomain } from '../names.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, listOf, textOf } from '../reading.ts'

const envFieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
const volumeFieldPaths = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']
const resourceNames = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]

/** `env` of a container: Kubernetes `pkg/apis/core/validation/validation.go`, 1.34. */
export function validateEnv(env: unknown, field: string, problems: Problems): void {
  listOf(env).forEach((item, at) => {
    const variable = fieldsOf(item)
    if (variable === undefined) return
    const name = textOf(variable['name'])
    if (name === '') problems.required(`${field}[${at}].name`)
    else problems.invalidEach(`${field}[${at}].name`, name, checkEnvName(name))
    const valueFrom = fieldsOf(variable['valueFrom'])
    if (valueFrom !== undefined) validateValueFrom(variable, valueFrom, `${field}[${at}].valueFrom`, problems)
  })
}

function validateValueFrom(variable: Fields, valueFrom: Fields, field: string, problems: Problems): void {
  const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'].filter(
    (name) => fieldsOf(valueFrom[name]) !== undefined,
  )
  for (const name of sources) {
    const source = fieldsOrEmpty(valueFrom[name])
    if (name === 'fieldRef') validateFieldRef(source, 'env', `${field}.fieldRef`, problems)
    else if (name === 'resourceFieldRef') validateResourceFieldRef(source, false, `${field}.resourceFieldRef`, problems)
    else if (name !== 'fileKeyRef') validateKeyRef(source, `${field}.${name}`, problems)
  }
  if (sources.length === 0) {
    problems.invalid(field, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`')
  } else if (textOf(variable['value']) !== '') {
    problems.invalid(field, '', 'may not be specified when `value` is not empty')
  } else if (sources.length > 1) {
    problems.invalid(field, '', 'may not have more than one field specified at a time')
  }
}

function validateKeyRef(source: Fields, field: string, problems: Problems): void {
  problems.invalidEach(`${field}.name`, textOf(source['name']), checkSubdomain(textOf(source['name'])))
  const key = textOf(source['key'])
  if (key === '') problems.required(`${field}.key`)
  else problems.invalidEach(`${field}.key`, key, checkConfigKey(key))
}

export function validateFieldRef(fieldRef: Fields, use: 'env' | 'volume', field: string, problems: Problems): void {
  const path = textOf(fieldRef['fieldPath'])
  if (textOf(fieldRef['apiVersion']) === '') {
    problems.required(`${field}.apiVersion`)
    return
  }
  if (path === '') {
    problems.required(`${field}.fieldPath`)
    return
  }
  const subscript = /^([^[\]]+)\['([^']*)'\]$/.exec(path)
  if (subscript !== null) {
    const [, base = '', key = ''] = subscript
    if (base === 'metadata.annotations') problems.invalidEach(field, key.toLowerCase(), checkQualifiedName(key.toLowerCase()))
    else if (base === 'metadata.labels') problems.invalidEach(field, key, checkQualifiedName(key))
    else {
      problems.invalid(
        `${field}.fieldPath`,
        path,
        `error converting fieldPath: field label does not support subscript: ${JSON.stringify(path)}`,
      )
    }
    return
  }
  const allowed = use === 'env' ? envFieldPaths : volumeFieldPaths
  if (allowed.includes(path)) return
  const isKnown = envFieldPaths.includes(path) || volumeFieldPaths.includes(path)
  if (isKnown) problems.notSupported(`${field}.fieldPath`, path, allowed)
  else problems.invalid(`${field}.fieldPath`, path, `error converting fieldPath: field label not supported: ${path}`)
}

export function validateResourceFieldRef(source: Fields, isVolume: boolean, field: string, problems: Problems): void {
  const resource = textOf(source['resource'])
  if (isVolume && textOf(source['containerName']) === '') problems.required(`${field}.containerName`)
  else if (resource === '') problems.required(`${field}.resource`)
  else if (!resourceNames.includes(resource) && !/^(requests|limits)\.hugepages-/.test(resource)) {
    problems.notSupported(`${field}.resource`, resource, resourceNames)
  }
  const divisor = textOf(source['divisor'])
  if (divisor === '' || divisor === '0') return
  const isCpu = resource.endsWith('.cpu')
  const isFine = isCpu ? divisor === '1' || divisor === '1m' : /^1([kMGTPE]|[KMGTPE]i)?$/.test(divisor)
  if (isFine) return
  problems.invalid(
    `${field}.divisor`,
    resource,
    isCpu
      ? "only divisor's values 1m and 1 are supported with the cpu resource"
      : `only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the ${resource.endsWith('memory') ? 'memory' : 'local ephemeral storage'} resource`,
  )
}

export function validateEnvFrom(envFrom: unknown, field: string, problems: Problems): void {
  listOf(envFrom).forEach((item, at) => {
    const source = fieldsOf(item)
    if (source === undefined) return
    const prefix = textOf(source['prefix'])
    if (prefix !== '') problems.invalidEach(`${field}[${at}].prefix`, prefix, checkEnvName(prefix))
    const named = ['configMapRef', 'secretRef'].filter((name) => fieldsOf(source[name]) !== undefined)
    for (const name of named) {
      const target = textOf(fieldsOrEmpty(source[name])['name'])
      if (target === '') problems.required(`${field}[${at}].${name}.name`)
      else problems.invalidEach(`${field}[${at}].${name}.name`, target, checkSubdomain(target))
    }
    if (named.length === 0) problems.invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`')
    else if (named.length > 1) problems.invalid(field, '', 'may not have more than one field specified at a time')
  })
}
