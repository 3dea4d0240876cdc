import type { FieldSchema, TypeSchema } from '@plimsoll/kube'
import { type Fields, fieldsOf } from '../reading.ts'
import { canonicalQuantity } from './quantity-text.ts'

/**
 * What the decoder of a real API server does to a built-in kind: fields nobody knows are told and dropped, null is the
 * same as absent, zeros that Go does not write are left out, quantities get their canonical form, and a value of the wrong type is refused in Go's words.
 */
export interface FieldCheck {
  /** `unknown field "spec.replica"`. */
  unknown: string[]
  /** The first wrong type: `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`. */
  typeProblem: string | undefined
}

export function checkFields(object: Fields, schema: TypeSchema): FieldCheck {
  const walk: Walk = { unknown: [], typeProblem: undefined, changes: true }
  checkMap(object, schema, '', '', walk)
  return walk
}

/** The first wrong type, without changing the object. */
export function typeProblemOf(object: Fields, schema: TypeSchema): string | undefined {
  const walk: Walk = { unknown: [], typeProblem: undefined, changes: false }
  checkMap(object, schema, '', '', walk)
  return walk.typeProblem
}

interface Walk extends FieldCheck {
  changes: boolean
}

/** `path` has list positions, `goPath` has none: Go does not tell them. */
function checkMap(object: Fields, schema: TypeSchema, path: string, goPath: string, walk: Walk): void {
  const map = schema.map
  if (map === undefined || map.preservesUnknown) return
  for (const key of Object.keys(object)) {
    const value = object[key]
    const field = map.fields.get(key)
    const type = field?.type ?? map.element
    if (type === undefined) {
      if (walk.unknown.length < 200) walk.unknown.push(`unknown field "${join(path, key)}"`)
      if (walk.changes) delete object[key]
      continue
    }
    if (value === null) {
      // Where anything may stand (a custom resource's example), null is a value.
      const isAnything = type.scalar === 'untyped' && type.map !== undefined
      if (walk.changes && !type.nullable && !isAnything) delete object[key]
      continue
    }
    if ((value === '' || value === 0 || value === false) && walk.changes && field !== undefined && isLeftOut(field)) {
      delete object[key]
      continue
    }
    // The keys of a map are not part of Go's path.
    const fieldGoPath = field === undefined ? goPath : goPath === '' ? key : `${goPath}.${key}`
    const checked = checkValue(value, type, path, key, fieldGoPath, schema, walk)
    if (checked !== value && walk.changes) object[key] = checked
  }
}

/** A zero that Go's encoder would leave out (`omitempty`). */
function isLeftOut(field: FieldSchema): boolean {
  const { scalar } = field.type
  return !field.keepsZero && !field.required && scalar !== undefined && scalar !== 'untyped'
}

function checkValue(value: unknown, type: TypeSchema, path: string, key: string, goPath: string, owner: TypeSchema, walk: Walk): unknown {
  if (type.format === 'quantity') return checkQuantity(value, goPath, owner, walk)
  if (typeof value === 'string') {
    if (type.scalar === 'string') {
      if (type.format === 'byte') checkBase64(value, walk)
      return value
    }
    if (type.scalar === 'untyped') {
      if (type.format === 'date-time') checkTime(value, walk)
      return value
    }
  } else if (typeof value === 'number') {
    if (type.scalar === 'numeric') {
      if (!fits(value, type.format)) refuse(`number ${value}`, type, goPath, owner, walk)
      return value
    }
    if (type.scalar === 'untyped' && type.format !== 'date-time') return value
  } else if (typeof value === 'boolean') {
    if (type.scalar === 'boolean' || (type.scalar === 'untyped' && type.list !== undefined)) return value
  } else if (Array.isArray(value)) {
    if (type.list !== undefined) {
      checkList(value, type, path, key, goPath, owner, walk)
      return value
    }
  } else if (type.map !== undefined) {
    // `fieldsOf` cannot be undefined here: only objects are left.
    const fields = fieldsOf(value)
    if (fields !== undefined) checkMap(fields, type.map.fields.size > 0 ? type : inherit(type, owner), join(path, key), goPath, walk)
    return value
  }
  refuse(jsonKind(value), type, goPath, owner, walk)
  return value
}

/** A map without a name of its own is told under the struct that holds it. */
function inherit(type: TypeSchema, owner: TypeSchema): TypeSchema {
  return type.name === '' ? { ...type, name: owner.name } : type
}

function checkList(items: unknown[], type: TypeSchema, path: string, key: string, goPath: string, owner: TypeSchema, walk: Walk): void {
  const element = type.list?.element
  if (element === undefined || (element.scalar !== undefined && element.map !== undefined)) return
  const listPath = join(path, key)
  for (let at = 0; at < items.length; at++) {
    const item = items[at]
    if (item === null) {
      // Go makes an empty element of null.
      if (walk.changes) items[at] = element.map === undefined ? zeroOf(element) : {}
      continue
    }
    if (element.map !== undefined && element.map.fields.size > 0 && typeof item === 'object' && !Array.isArray(item)) {
      checkMap(item as Fields, element, `${listPath}[${at}]`, goPath, walk)
    } else {
      const checked = checkValue(item, element, '', `${listPath}[${at}]`, goPath, owner, walk)
      if (checked !== item && walk.changes) items[at] = checked
    }
  }
}

function zeroOf(type: TypeSchema): unknown {
  if (type.list !== undefined) return []
  return type.scalar === 'numeric' ? 0 : type.scalar === 'boolean' ? false : ''
}

function checkQuantity(value: unknown, goPath: string, owner: TypeSchema, walk: Walk): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') {
    refuse(jsonKind(value), { ...quantityType, name: 'resource.Quantity' }, goPath, owner, walk)
    return value
  }
  const canonical = canonicalQuantity(String(value).trim())
  if (canonical !== undefined) return canonical
  walk.typeProblem ??= `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`
  return value
}

const quantityType: TypeSchema = { name: '', scalar: 'untyped', list: undefined, map: undefined, format: 'quantity', nullable: false }

function checkBase64(value: string, walk: Walk): void {
  const wrong = value.search(/[^A-Za-z0-9+/=\r\n]/)
  const length = value.length - (value.match(/[\r\n]/g)?.length ?? 0)
  if (wrong >= 0) walk.typeProblem ??= `illegal base64 data at input byte ${wrong}`
  else if (length % 4 !== 0) walk.typeProblem ??= `illegal base64 data at input byte ${Math.max(0, length - (length % 4))}`
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[-+]\d\d:\d\d)$/

function checkTime(value: string, walk: Walk): void {
  if (value === '' || (rfc3339.test(value) && !Number.isNaN(Date.parse(value)))) return
  const shown = JSON.stringify(value.slice(0, 100))
  walk.typeProblem ??= `parsing time ${shown} as "2006-01-02T15:04:05Z07:00": cannot parse ${shown} as "2006"`
}

function fits(value: number, format: string | undefined): boolean {
  if (format === 'double') return true
  if (!Number.isInteger(value)) return false
  return format !== 'int32' || (value >= -2147483648 && value <= 2147483647)
}

function refuse(found: string, type: TypeSchema, goPath: string, owner: TypeSchema, walk: Walk): void {
  walk.typeProblem ??= `json: cannot unmarshal ${found} into Go struct field ${goName(owner)}.${goPath} of type ${goType(type)}`
}

function goName(type: TypeSchema): string {
  return type.name.slice(type.name.lastIndexOf('.') + 1)
}

function goType(type: TypeSchema): string {
  if (type.format === 'byte') return '[]uint8'
  if (type.format === 'int-or-string') return 'int32'
  if (type.name !== '') return type.name.split('.').slice(-2).join('.')
  if (type.list !== undefined) return `[]${goType(type.list.element)}`
  if (type.map !== undefined) return `map[string]${type.map.element === undefined ? 'interface {}' : goType(type.map.element)}`
  if (type.scalar === 'boolean') return 'bool'
  if (type.scalar === 'numeric') return type.format === 'double' ? 'float64' : (type.format ?? 'int64')
  return 'string'
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}
