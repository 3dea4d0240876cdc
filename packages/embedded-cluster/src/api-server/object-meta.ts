import { randomInt, randomUUID } from 'node:crypto'
import type { KubeObject, ObjectMeta } from '@plimsoll/kube'
import { badRequest } from './api-failure.ts'
import type { FieldProblem, KindDefinition } from './kind-registry.ts'
import { isRecord } from './tree.ts'

/** RFC 3339 in whole seconds, as meta/v1 Time is written. */
export function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`
}

/** No vowels and nothing that looks like another character, as apimachinery `util/rand`. */
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffixLength = 5
/** A generated name's base is cut so that the whole stays a DNS label. */
const maxGeneratedBase = 63 - suffixLength

export function generateName(base: string): string {
  let suffix = ''
  for (let index = 0; index < suffixLength; index++) suffix += suffixAlphabet[randomInt(suffixAlphabet.length)] ?? ''
  return `${base.slice(0, maxGeneratedBase)}${suffix}`
}

/** What a body must look like before anything else is asked of it. Throws 400. */
export function checkEnvelope(definition: KindDefinition, apiVersion: string, object: unknown): asserts object is KubeObject {
  if (!isRecord(object)) throw badRequest('the request body must be an object')
  const { kind } = definition.type
  if (object['apiVersion'] !== apiVersion || object['kind'] !== kind) {
    const found = `${JSON.stringify(object['apiVersion'] ?? '')}, Kind=${JSON.stringify(object['kind'] ?? '')}`
    if (object['kind'] === undefined || object['kind'] === '')
      throw badRequest(`Object 'Kind' is missing in the request body (${apiVersion}, Kind=${kind} is expected)`)
    throw badRequest(`the API version in the data (${found}) does not match the expected API version (${apiVersion}, Kind=${kind})`)
  }
  if (object['metadata'] === undefined || object['metadata'] === null) object['metadata'] = {}
  if (!isRecord(object['metadata']))
    throw badRequest(`${kind} in version "${definition.type.version}" cannot be handled as a ${kind}: metadata must be an object`)
}

const metadataStrings = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'selfLink',
] as const
const metadataFields = new Set<string>([
  ...metadataStrings,
  'generation',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'managedFields',
])

/**
 * Types of the fields of `metadata`. Unknown ones are removed and returned; nulls and empties are dropped, as Go's decoder and encoder would.
 * Throws 400 where a field has the wrong type.
 */
export function normalizeMeta(definition: KindDefinition, meta: Record<string, unknown>): string[] {
  const unknown: string[] = []
  const wrong = (path: string, want: string): never => {
    const { kind, version } = definition.type
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: json: cannot unmarshal metadata.${path}: it must be ${want}`,
    )
  }
  for (const key of Object.keys(meta)) {
    const value = meta[key]
    if (!metadataFields.has(key)) {
      delete meta[key]
      unknown.push(`unknown field "metadata.${key}"`)
    } else if (value === null || value === undefined) {
      delete meta[key]
    } else if ((metadataStrings as readonly string[]).includes(key)) {
      if (typeof value !== 'string') wrong(key, 'a string')
      else if (value === '') delete meta[key]
    } else if (key === 'generation' || key === 'deletionGracePeriodSeconds') {
      if (!Number.isInteger(value)) wrong(key, 'an integer')
    } else if (key === 'labels' || key === 'annotations') {
      if (!isRecord(value)) wrong(key, 'a map of strings')
      else {
        for (const name of Object.keys(value)) {
          if (value[name] === null) value[name] = ''
          if (typeof value[name] !== 'string') wrong(`${key}.${name}`, 'a string')
        }
        if (Object.keys(value).length === 0) delete meta[key]
      }
    } else if (!Array.isArray(value)) {
      wrong(key, 'a list')
    } else if (value.length === 0) {
      delete meta[key]
    } else if (key === 'finalizers') {
      if (value.some((item) => typeof item !== 'string')) wrong(key, 'a list of strings')
    } else if (value.some((item) => !isRecord(item))) {
      wrong(key, 'a list of objects')
    }
  }
  delete meta['selfLink']
  return unknown
}

/** Fields that the server alone sets, on a new object. */
export function initializeMeta(definition: KindDefinition, meta: ObjectMeta, namespace: string, now: number): void {
  if (definition.type.namespaced) meta.namespace = namespace
  else delete meta.namespace
  meta.uid = randomUUID()
  meta.creationTimestamp = timestamp(now)
  delete meta.deletionTimestamp
  delete meta.deletionGracePeriodSeconds
  if (definition.generation === 'none') delete meta.generation
  else meta.generation = 1
}

/** Fields that only the server changes, on an update; what the request says about them is ignored. */
export function keepServerMeta(meta: ObjectMeta, old: ObjectMeta): void {
  meta.name = old.name
  assign(meta, 'namespace', old.namespace)
  assign(meta, 'uid', old.uid)
  assign(meta, 'creationTimestamp', old.creationTimestamp)
  assign(meta, 'deletionTimestamp', old.deletionTimestamp)
  assign(meta, 'deletionGracePeriodSeconds', old.deletionGracePeriodSeconds)
  assign(meta, 'generation', old.generation)
  if (meta.generateName === undefined) assign(meta, 'generateName', old.generateName)
}

function assign<K extends keyof ObjectMeta>(meta: ObjectMeta, key: K, value: ObjectMeta[K] | undefined): void {
  if (value === undefined) delete meta[key]
  else meta[key] = value
}

const qualifiedNamePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
/** apimachinery `TotalAnnotationSizeLimitB`. */
const maxAnnotationBytes = 256 * 1024

const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const qualifiedMessage =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const labelMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

/** Kinds whose names are any path segment, as their strategies say: RBAC names hold colons, for one. */
const pathSegmentGroups = new Set(['rbac.authorization.k8s.io'])

/** Rules that hold for the metadata of every kind (apimachinery `pkg/api/validation/objectmeta.go`). */
export function validateMeta(definition: KindDefinition, meta: ObjectMeta, old: ObjectMeta | undefined): FieldProblem[] {
  const problems: FieldProblem[] = []
  const invalidValue = (field: string, value: unknown, why: string): void => {
    problems.push({ field, reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}` })
  }
  if (old === undefined) {
    if (pathSegmentGroups.has(definition.type.group)) {
      if (meta.name === '.' || meta.name === '..' || /[/%]/.test(meta.name))
        invalidValue('metadata.name', meta.name, "may not be '.' or '..' and may not contain '/' or '%'")
    } else if (meta.name.length > 253) {
      invalidValue('metadata.name', meta.name, 'must be no more than 253 characters')
    } else if (!dnsSubdomain.test(meta.name)) {
      invalidValue('metadata.name', meta.name, subdomainMessage)
    }
  }
  if (meta.labels !== old?.labels) {
    for (const [name, value] of Object.entries(meta.labels ?? {})) {
      for (const why of qualifiedNameProblems(name)) invalidValue('metadata.labels', name, why)
      if (value.length > 63) invalidValue('metadata.labels', value, 'must be no more than 63 characters')
      else if (!labelValue.test(value)) invalidValue('metadata.labels', value, labelMessage)
    }
  }
  if (meta.annotations !== old?.annotations) {
    let bytes = 0
    for (const [name, value] of Object.entries(meta.annotations ?? {})) {
      for (const why of qualifiedNameProblems(name.toLowerCase())) invalidValue('metadata.annotations', name, why)
      bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
    }
    if (bytes > maxAnnotationBytes) {
      problems.push({
        field: 'metadata.annotations',
        reason: 'FieldValueTooLong',
        message: `Too long: may not be more than ${maxAnnotationBytes} bytes`,
      })
    }
  }
  for (const finalizer of meta.finalizers ?? []) {
    for (const why of qualifiedNameProblems(finalizer)) invalidValue('metadata.finalizers', finalizer, why)
  }
  if (old?.deletionTimestamp !== undefined) {
    const added = (meta.finalizers ?? []).filter((finalizer) => old.finalizers?.includes(finalizer) !== true)
    if (added.length > 0) {
      problems.push({
        field: 'metadata.finalizers',
        reason: 'FieldValueForbidden',
        message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => JSON.stringify(name)).join(', ')}}`,
      })
    }
  }
  validateOwners(meta, problems)
  return problems
}

function validateOwners(meta: ObjectMeta, problems: FieldProblem[]): void {
  let controller: string | undefined
  for (const [index, owner] of (meta.ownerReferences ?? []).entries()) {
    for (const name of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (typeof owner[name] === 'string' && owner[name] !== '') continue
      problems.push({
        field: `metadata.ownerReferences[${index}].${name}`,
        reason: 'FieldValueRequired',
        message: 'Required value: must not be empty',
      })
    }
    if (owner.controller !== true) continue
    if (controller !== undefined) {
      problems.push({
        field: 'metadata.ownerReferences',
        reason: 'FieldValueInvalid',
        message: `Invalid value: Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${owner.name}`,
      })
    }
    controller = owner.name
  }
}

/** A label key or finalizer: an optional DNS subdomain, a slash, a name of at most 63 characters. */
function qualifiedNameProblems(name: string): string[] {
  const slash = name.indexOf('/')
  const prefix = slash < 0 ? undefined : name.slice(0, slash)
  const part = slash < 0 ? name : name.slice(slash + 1)
  const problems: string[] = []
  if (part.includes('/'))
    return [
      `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  if (prefix === '') problems.push('prefix part must be non-empty')
  else if (prefix !== undefined && (prefix.length > 253 || !dnsSubdomain.test(prefix))) problems.push(`prefix part ${subdomainMessage}`)
  if (part === '') problems.push('name part must be non-empty')
  else if (part.length > 63) problems.push('name part must be no more than 63 characters')
  if (part === '' || !qualifiedNamePart.test(part)) problems.push(qualifiedMessage)
  return problems
}
