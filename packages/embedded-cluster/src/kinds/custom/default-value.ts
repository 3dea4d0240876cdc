import { type Fields, fieldsOf } from '../reading.ts'
import type { Structural } from './structural.ts'

/** Sets defaults in place; a null where none is allowed counts as absent when there is a default: apiextensions `pkg/apiserver/schema/defaulting`. */
export function defaultObject(object: Fields, schema: Structural): void {
  applyDefaults(object, schema)
}

function applyDefaults(value: unknown, schema: Structural): void {
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined) return
    for (let at = 0; at < value.length; at++) {
      if (value[at] === null && !items.isNullable && items.default !== undefined) value[at] = copyOf(items.default)
      applyDefaults(value[at], items)
    }
    return
  }
  const fields = fieldsOf(value)
  if (fields === undefined) return
  for (const [name, property] of schema.properties) {
    if (property.default !== undefined) {
      const present = Object.hasOwn(fields, name) ? fields[name] : undefined
      if (present === undefined || (present === null && !property.isNullable)) setField(fields, name, copyOf(property.default))
    }
    if (Object.hasOwn(fields, name)) applyDefaults(fields[name], property)
  }
  if (schema.additional === undefined || schema.additional === true) return
  const { additional } = schema
  for (const key of Object.keys(fields)) {
    if (schema.properties.has(key)) continue
    if (fields[key] === null && !additional.isNullable && additional.default !== undefined)
      setField(fields, key, copyOf(additional.default))
    applyDefaults(fields[key], additional)
  }
}

function setField(fields: Fields, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true })
  else fields[name] = value
}

function copyOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value
}
