import { isEqualJson } from '@plimsoll/kube'
import { Problems } from '../field-problem.ts'
import { type Fields, fieldsOf, fieldsOrEmpty, isSame, listOf, numberOf, ownValue, textOf } from '../reading.ts'
import { hasFormat } from './formats.ts'
import { compilePattern } from './pattern.ts'
import type { Structural } from './structural.ts'

/**
 * Values against a custom resource's schema, in the words of kube-openapi `pkg/validation` and apiextensions
 * `pkg/apiserver/validation` (1.34). CEL rules (`x-kubernetes-validations`) are not evaluated.
 * An update is not refused for what it leaves as it was, so that a schema can become stricter (`ratcheting.go`, Kubernetes 1.33).
 */
export function validateCustomObject(object: Fields, old: Fields | undefined, schema: Structural, problems: Problems): void {
  validateRaw(object, schema.raw, '', problems, old)
  if (old !== undefined) {
    const before = new Problems()
    validateLists(old, schema, '', before)
    if (before.list.length > 0) return
  }
  validateLists(object, schema, '', problems)
}

/** A value that is not a whole object: a default. */
export function validateCustomValue(value: unknown, schema: Structural, path: string, problems: Problems): void {
  validateRaw(value, schema.raw, path, problems)
  validateLists(value, schema, path, problems)
}

/** `old` is what was at the same place before; undefined when there was nothing, or when the place cannot be told. */
function validateRaw(value: unknown, raw: Fields, path: string, problems: Problems, old?: unknown): void {
  if (value === null && raw['nullable'] === true) return
  if (old !== undefined && isEqualJson(old, value)) return
  if (!hasType(value, raw, path, problems)) return
  validateEnum(value, raw, path, problems)
  if (typeof value === 'string') validateText(value, raw, path, problems)
  else if (typeof value === 'number') validateNumber(value, raw, path, problems)
  else if (Array.isArray(value)) validateArray(value, raw, path, problems, old)
  else {
    const fields = fieldsOf(value)
    if (fields !== undefined)
      validateFields(fields, raw, path, problems, raw['x-kubernetes-map-type'] === 'atomic' ? undefined : fieldsOf(old))
  }
  validateJunctors(value, raw, path, problems)
}

function hasType(value: unknown, raw: Fields, path: string, problems: Problems): boolean {
  const type = textOf(raw['type'])
  const found = typeOf(value)
  if (raw['x-kubernetes-int-or-string'] === true) {
    if (found === 'integer' || found === 'string') return true
    problems.typeInvalid(path, found, `${shown(path)} must be of type integer,string: ${JSON.stringify(found)}`)
    return false
  }
  if (type === '' || type === found || (type === 'number' && found === 'integer')) return true
  problems.typeInvalid(path, found, `${shown(path)} must be of type ${type}: ${JSON.stringify(found)}`)
  return false
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function validateEnum(value: unknown, raw: Fields, path: string, problems: Problems): void {
  if (!Array.isArray(raw['enum']) || raw['enum'].some((allowed) => isEqual(allowed, value))) return
  problems.notSupported(
    path,
    value,
    raw['enum'].map((allowed) => (typeof allowed === 'string' ? allowed : JSON.stringify(allowed))),
  )
}

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && isSame(a, b))
}

function validateText(value: string, raw: Fields, path: string, problems: Problems): void {
  const most = numberOf(raw['maxLength'])
  const least = numberOf(raw['minLength'])
  if (most !== undefined || least !== undefined) {
    // As Go counts: characters, not UTF-16 units.
    const length = Array.from(value).length
    if (most !== undefined && length > most) problems.tooLong(path, most)
    if (least !== undefined && length < least) problems.invalid(path, value, `${shown(path)} should be at least ${least} chars long`)
  }
  const pattern = textOf(raw['pattern'])
  if (pattern !== '') {
    const compiled = compilePattern(pattern)
    const matches = typeof compiled === 'string' ? true : compiled.matches(value)
    if (matches === undefined) problems.invalid(path, value.slice(0, 100), `${shown(path)} takes too long to match against '${pattern}'`)
    else if (!matches) problems.invalid(path, value, `${shown(path)} should match '${pattern}'`)
  }
  const format = textOf(raw['format'])
  if (format !== '' && !hasFormat(value, format)) {
    problems.typeInvalid(path, value, `${shown(path)} must be of type ${format}: ${JSON.stringify(value)}`)
  }
}

function validateNumber(value: number, raw: Fields, path: string, problems: Problems): void {
  const most = numberOf(raw['maximum'])
  const least = numberOf(raw['minimum'])
  const step = numberOf(raw['multipleOf'])
  if (most !== undefined && (raw['exclusiveMaximum'] === true ? value >= most : value > most)) {
    problems.invalid(path, value, `${shown(path)} should be less than ${raw['exclusiveMaximum'] === true ? '' : 'or equal to '}${most}`)
  }
  if (least !== undefined && (raw['exclusiveMinimum'] === true ? value <= least : value < least)) {
    problems.invalid(path, value, `${shown(path)} should be greater than ${raw['exclusiveMinimum'] === true ? '' : 'or equal to '}${least}`)
  }
  if (step !== undefined && step > 0) {
    const factor = value / step
    if (Math.abs(factor - Math.round(factor)) > 1e-9) problems.invalid(path, value, `${shown(path)} should be a multiple of ${step}`)
  }
  const format = textOf(raw['format'])
  if (format === 'int32' && (value > 2147483647 || value < -2147483648)) {
    problems.invalid(path, value, `${shown(path)} must be of type int32: ${value}`)
  }
}

function validateArray(items: readonly unknown[], raw: Fields, path: string, problems: Problems, old: unknown): void {
  const most = numberOf(raw['maxItems'])
  const least = numberOf(raw['minItems'])
  if (most !== undefined && items.length > most) problems.tooMany(path, items.length, most)
  if (least !== undefined && items.length < least) {
    problems.invalid(path, items.length, `${shown(path)} should have at least ${least} items`)
  }
  const element = fieldsOf(raw['items'])
  if (element === undefined) return
  const before = elementsByKey(old, raw)
  items.forEach((item, at) => validateRaw(item, element, `${path}[${at}]`, problems, before?.get(keyText(item, raw))))
}

/** Only a list that is a map tells which element was which. */
function elementsByKey(items: unknown, raw: Fields): Map<string, unknown> | undefined {
  if (!Array.isArray(items) || raw['x-kubernetes-list-type'] !== 'map') return undefined
  return new Map(items.map((item: unknown) => [keyText(item, raw), item]))
}

function keyText(item: unknown, raw: Fields): string {
  const fields = fieldsOrEmpty(item)
  return JSON.stringify(listOf(raw['x-kubernetes-list-map-keys']).map((key) => ownValue(fields, textOf(key)) ?? null))
}

function validateFields(fields: Fields, raw: Fields, path: string, problems: Problems, old: Fields | undefined): void {
  const count = Object.keys(fields).length
  const most = numberOf(raw['maxProperties'])
  const least = numberOf(raw['minProperties'])
  if (most !== undefined && count > most) problems.tooMany(path, count, most)
  if (least !== undefined && count < least) problems.invalid(path, count, `${shown(path)} should have at least ${least} properties`)
  for (const name of listOf(raw['required'])) {
    const value = Object.hasOwn(fields, textOf(name)) ? fields[textOf(name)] : undefined
    if (value === undefined) problems.required(join(path, textOf(name)))
  }
  const properties = fieldsOrEmpty(raw['properties'])
  const additional = fieldsOf(raw['additionalProperties'])
  const isRoot = path === ''
  for (const [key, value] of Object.entries(fields)) {
    // The server itself checks what every object has.
    if (isRoot && (key === 'apiVersion' || key === 'kind' || key === 'metadata')) continue
    const property = Object.hasOwn(properties, key) ? fieldsOf(properties[key]) : additional
    if (property !== undefined) validateRaw(value, property, join(path, key), problems, old === undefined ? undefined : ownValue(old, key))
  }
}

function validateJunctors(value: unknown, raw: Fields, path: string, problems: Problems): void {
  const holds = (schema: unknown): boolean => {
    const trial = new Problems()
    validateRaw(value, fieldsOrEmpty(schema), path, trial)
    return trial.list.length === 0
  }
  const all = listOf(raw['allOf'])
  for (const schema of all) validateRaw(value, fieldsOrEmpty(schema), path, problems)
  if (all.length > 0 && !all.every(holds)) problems.invalid(path, '', `${shown(path)} must validate all the schemas (allOf)`)
  const any = listOf(raw['anyOf'])
  if (any.length > 0 && !any.some(holds)) problems.invalid(path, '', `${shown(path)} must validate at least one schema (anyOf)`)
  const one = listOf(raw['oneOf'])
  if (one.length > 0) {
    const valid = one.filter(holds).length
    if (valid !== 1) {
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
      problems.invalid(path, '', `${shown(path)} must validate one and only one schema (oneOf). ${found}`)
    }
  }
  if (fieldsOf(raw['not']) !== undefined && holds(raw['not'])) {
    problems.invalid(path, '', `${shown(path)} must not validate the schema (not)`)
  }
}

/** Lists that are sets or maps must not hold the same thing twice. Embedded objects must say what they are. */
function validateLists(value: unknown, schema: Structural, path: string, problems: Problems): void {
  if (Array.isArray(value)) {
    if (schema.listType !== 'atomic') {
      const seen = new Set<string>()
      value.forEach((item, at) => {
        const key = schema.listType === 'set' ? item : keyOf(item, schema)
        const text = JSON.stringify(sorted(key))
        if (seen.has(text)) problems.duplicate(`${path}[${at}]`, key)
        seen.add(text)
      })
    }
    const { items } = schema
    if (items !== undefined) value.forEach((item, at) => validateLists(item, items, `${path}[${at}]`, problems))
    return
  }
  const fields = fieldsOf(value)
  if (fields === undefined) return
  if (schema.isEmbedded) validateEmbedded(fields, path, problems)
  for (const [key, item] of Object.entries(fields)) {
    const property = schema.properties.get(key) ?? (schema.additional === true ? undefined : schema.additional)
    if (property !== undefined) validateLists(item, property, join(path, key), problems)
  }
}

function keyOf(item: unknown, schema: Structural): Fields {
  const fields = fieldsOrEmpty(item)
  return Object.fromEntries(schema.listKeys.filter((key) => Object.hasOwn(fields, key)).map((key) => [key, fields[key]]))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  const fields = fieldsOf(value)
  return fields === undefined
    ? value
    : Object.fromEntries(
        Object.keys(fields)
          .sort()
          .map((key) => [key, sorted(fields[key])]),
      )
}

function validateEmbedded(fields: Fields, path: string, problems: Problems): void {
  for (const name of ['apiVersion', 'kind']) {
    if (textOf(fields[name]) === '') problems.required(join(path, name), 'must not be empty')
  }
}

/** `spec.replicas in body`. */
function shown(path: string): string {
  return `${path === '' ? '<nil>' : path} in body`
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
