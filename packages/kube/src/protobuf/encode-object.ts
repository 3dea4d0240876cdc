import { splitApiVersion } from '../object.ts'
import { typeSchemaFor, typeSchemaNamed } from '../schema/built-in-schema.ts'
import type { JsonMap } from '../schema/json-value.ts'
import { isMap } from '../schema/json-value.ts'
import type { FieldSchema, MapSchema, TypeSchema } from '../schema/type-schema.ts'
import { numberedFields, protobufMagic } from './decode-object.ts'
import { specialMessages } from './special-message.ts'
import { ProtobufError, WireWriter } from './wire.ts'

/** True for kinds that can be answered in protobuf. */
export function hasProtobufForm(apiVersion: string, kind: string): boolean {
  return typeSchemaFor({ ...splitApiVersion(apiVersion), kind })?.map !== undefined
}

/** Writes an object of a built-in kind as a Kubernetes protobuf body. @throws ProtobufError for other kinds and values of wrong types */
export function encodeProtobuf(object: JsonMap & { apiVersion: string; kind: string }): Uint8Array {
  const type = typeSchemaFor({ ...splitApiVersion(object.apiVersion), kind: object.kind })
  if (type?.map === undefined) throw new ProtobufError(`${object.apiVersion}, Kind=${object.kind} has no protobuf form`)
  const meta = new WireWriter()
  meta.string(1, object.apiVersion)
  meta.string(2, object.kind)
  const envelope = new WireWriter()
  envelope.bytes(1, meta.finish())
  envelope.bytes(2, encodeMessage(object, type))
  envelope.string(3, '')
  envelope.string(4, '')
  return Buffer.concat([protobufMagic, envelope.finish()])
}

function encodeMessage(object: unknown, type: TypeSchema): Uint8Array {
  if (!isMap(object) || type.map === undefined) throw new ProtobufError(`a value of type ${type.name || 'map'} is no object`)
  const writer = new WireWriter()
  encodeFields(object, type.map, type.map, writer)
  return writer.finish()
}

function encodeFields(object: JsonMap, map: MapSchema, outer: MapSchema, writer: WireWriter): void {
  for (const [number, { field, embedded }] of numberedFields(map)) {
    if (embedded?.map !== undefined) {
      const inner = new WireWriter()
      encodeFields(object, embedded.map, outer, inner)
      const bytes = inner.finish()
      if (bytes.length > 0) writer.bytes(number, bytes)
    } else if (field !== undefined && Object.hasOwn(object, field.name))
      encodeField(object[field.name], number, outer.fields.get(field.name) ?? field, writer)
  }
}

function encodeField(value: unknown, number: number, { type }: FieldSchema, writer: WireWriter): void {
  if (value === null || value === undefined) return
  if (type.list !== undefined && type.map === undefined) {
    if (!Array.isArray(value)) throw new ProtobufError('a list is expected')
    for (const item of value) encodeValue(item, number, type.list.element, writer)
  } else if (type.map?.element !== undefined && !specialMessages.has(type.name)) {
    if (!isMap(value)) throw new ProtobufError('a map is expected')
    for (const key of Object.keys(value).sort()) writer.bytes(number, encodeEntry(key, value[key], type.map.element))
  } else encodeValue(value, number, type, writer)
}

function encodeEntry(key: string, value: unknown, element: TypeSchema): Uint8Array {
  const entry = new WireWriter()
  entry.string(1, key)
  if (element.list !== undefined && element.map === undefined) {
    const wrapped = new WireWriter()
    for (const item of Array.isArray(value) ? value : []) encodeValue(item, 1, element.list.element, wrapped)
    entry.bytes(2, wrapped.finish())
  } else encodeValue(value, 2, element, entry)
  return entry.finish()
}

function encodeValue(value: unknown, number: number, type: TypeSchema, writer: WireWriter): void {
  const special = specialMessages.get(type.name)
  if (special !== undefined) writer.bytes(number, special.encode(value, encodeNamed))
  else if (type.map !== undefined && type.scalar === undefined) writer.bytes(number, encodeMessage(value, type))
  else if (type.scalar === 'boolean') writer.varint(number, value === true ? 1n : 0n)
  else if (type.scalar === 'numeric' && typeof value === 'number') {
    if (type.format === 'double') writer.double(number, value)
    else writer.varint(number, BigInt(Math.trunc(value)))
  } else if (type.scalar === 'string' && typeof value === 'string')
    writer.bytes(number, Buffer.from(value, type.format === 'byte' ? 'base64' : 'utf8'))
  else throw new ProtobufError(`a ${typeof value} is no ${type.scalar ?? type.name}`)
}

function encodeNamed(value: unknown, name: string): Uint8Array {
  const type = typeSchemaNamed(name)
  if (type === undefined) throw new ProtobufError(`there is no type ${name}`)
  return encodeMessage(value, type)
}
