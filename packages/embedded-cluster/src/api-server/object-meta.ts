import { randomInt, randomUUID } from 'node:crypto'
import type { KubeObject, ObjectMeta } from '@plimsoll/kube'
import { badRequest } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'
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

/**
 * What a body must look like before anything else is asked of it. Throws 400.
 * The typed models of Python and Java leave out what the path says already: a built-in kind's decoder fills it in (apimachinery
 * `serializer/json` gvkWithDefaults). Custom resources, and what is applied, must say what they are.
 */
export function checkEnvelope(
  definition: KindDefinition,
  apiVersion: string,
  object: unknown,
  options: { isApplied?: boolean } = {},
): asserts object is KubeObject {
  if (!isRecord(object)) throw badRequest('the request body must be an object')
  const { kind } = definition.type
  if (!definition.isCustom && options.isApplied !== true) {
    if (isUnsaid(object['apiVersion'])) object['apiVersion'] = apiVersion
    if (isUnsaid(object['kind'])) object['kind'] = kind
  }
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

function isUnsaid(value: unknown): boolean {
  return value === undefined || value === null || value === ''
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
