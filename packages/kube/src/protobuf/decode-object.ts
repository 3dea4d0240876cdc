import { splitApiVersion } from '../object.ts'
import { typeSchemaFor, typeSchemaNamed } from '../schema/built-in-schema.ts'
import type { JsonMap } from '../schema/json-value.ts'
import { own, setOwn } from '../schema/json-value.ts'
import type { FieldSchema, MapSchema, TypeSchema } from '../schema/type-schema.ts'
import { specialMessages } from './special-message.ts'
import { ProtobufError, wire64, wireBytes, WireReader, wireVarint } from './wire.ts'

/** What every Kubernetes protobuf body starts with: `k8s` and a zero. */
export const protobufMagic = Buffer.from([0x6b, 0x38, 0x73, 0x00])

/** A message in a message in a message: deeper than any type goes, schemas of schemas included. */
const maxDepth = 100

export function isProtobuf(body: Uint8Array): boolean {
  return body.length >= 4 && protobufMagic.equals(body.subarray(0, 4))
}

/**
 * Reads a body of content type `application/vnd.kubernetes.protobuf` as the object that JSON would have carried: zeros
 * that the JSON form leaves out are left out. Only built-in kinds have a protobuf form.
 * @throws ProtobufError
 */
export function decodeProtobuf(body: Uint8Array): JsonMap & { apiVersion: string; kind: string } {
  if (!isProtobuf(body)) throw new ProtobufError('the body does not start with the magic number of Kubernetes protobuf')
  const envelope = readEnvelope(body.subarray(4))
  const { apiVersion, kind, raw } = envelope
  if (envelope.contentEncoding !== '')
    throw new ProtobufError(`the content encoding ${JSON.stringify(envelope.contentEncoding)} is not supported`)
  const type = typeSchemaFor({ ...splitApiVersion(apiVersion), kind })
  if (type?.map === undefined) throw new ProtobufError(`${apiVersion}, Kind=${kind} has no protobuf form; send JSON`)
  return { apiVersion, kind, ...decodeMessage(raw, type, 0) }
}

interface Envelope {
  apiVersion: string
  kind: string
  raw: Uint8Array
  contentEncoding: string
}

/** `runtime.Unknown`: typeMeta 1 (apiVersion 1, kind 2), raw 2, contentEncoding 3, contentType 4. */
function readEnvelope(bytes: Uint8Array): Envelope {
  const envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array(), contentEncoding: '' }
  eachField(bytes, (number, wire, reader) => {
    if (wire !== wireBytes) reader.skip(wire)
    else if (number === 1) {
      eachField(reader.bytes(), (inner, innerWire, meta) => {
        if (innerWire === wireBytes && inner === 1) envelope.apiVersion = meta.string()
        else if (innerWire === wireBytes && inner === 2) envelope.kind = meta.string()
        else meta.skip(innerWire)
      })
    } else if (number === 2) envelope.raw = reader.bytes()
    else if (number === 3) envelope.contentEncoding = reader.string()
    else reader.skip(wire)
  })
  return envelope
}

function eachField(bytes: Uint8Array, visit: (number: number, wire: number, reader: WireReader) => void): void {
  const reader = new WireReader(bytes)
  for (let field = reader.next(); field !== undefined; field = reader.next()) visit(field.number, field.wire, reader)
}

/** A field by its number: a member of the object, or a struct whose members are the object's own. */
interface NumberedField {
  field?: FieldSchema
  embedded?: TypeSchema
}

const numberings = new WeakMap<MapSchema, ReadonlyMap<number, NumberedField>>()

export function numberedFields(map: MapSchema): ReadonlyMap<number, NumberedField> {
  let numbering = numberings.get(map)
  if (numbering === undefined) {
    const found = new Map<number, NumberedField>()
    for (const field of map.fields.values()) if (field.number > 0) found.set(field.number, { field })
    for (const { number, type } of map.embedded) found.set(number, { embedded: type })
    numbering = found
    numberings.set(map, numbering)
  }
  return numbering
}

function decodeMessage(bytes: Uint8Array, type: TypeSchema, depth: number): JsonMap {
  const object: JsonMap = {}
  // Only types with a map come here.
  decodeInto(object, bytes, type.map!, type.map!, depth)
  return object
}

function decodeInto(object: JsonMap, bytes: Uint8Array, map: MapSchema, outer: MapSchema, depth: number): void {
  if (depth > maxDepth) throw new ProtobufError(`messages are nested deeper than ${maxDepth} levels`)
  const fields = numberedFields(map)
  eachField(bytes, (number, wire, reader) => {
    const { field, embedded } = fields.get(number) ?? {}
    if (embedded?.map !== undefined && wire === wireBytes) decodeInto(object, reader.bytes(), embedded.map, outer, depth + 1)
    // What nobody knows is newer than the table; Kubernetes drops it, too.
    else if (field === undefined) reader.skip(wire)
    else decodeField(object, outer.fields.get(field.name) ?? field, wire, reader, depth)
  })
}

function decodeField(object: JsonMap, field: FieldSchema, wire: number, reader: WireReader, depth: number): void {
  const { type, name } = field
  if (type.list !== undefined && type.map === undefined) {
    const items = own(object, name)
    const list: unknown[] = Array.isArray(items) ? items : []
    if (wire === wireBytes && isPackable(type.list.element)) decodePacked(reader.bytes(), type.list.element, list)
    else list.push(decodeValue(reader, wire, type.list.element, depth))
    setOwn(object, name, list)
  } else if (type.map?.element !== undefined && !specialMessages.has(type.name)) {
    const known = own(object, name)
    const entries = (typeof known === 'object' && known !== null ? known : {}) as JsonMap
    decodeEntry(entries, reader.bytes(), type.map.element, depth)
    setOwn(object, name, entries)
  } else {
    const value = decodeValue(reader, wire, type, depth)
    const isZero = value === '' || value === 0 || value === false
    if (value !== undefined && (!isZero || field.keepsZero || type.scalar === 'untyped')) setOwn(object, name, value)
  }
}

/** One `map<string, …>` entry: key 1, value 2. */
function decodeEntry(entries: JsonMap, bytes: Uint8Array, element: TypeSchema, depth: number): void {
  let key = ''
  let value: unknown = element.list !== undefined && element.map === undefined ? [] : element.scalar === 'string' ? '' : undefined
  eachField(bytes, (number, wire, reader) => {
    if (number === 1) key = reader.string()
    else if (number === 2)
      value =
        element.list !== undefined && element.map === undefined
          ? decodeWrappedList(reader.bytes(), element.list.element, depth)
          : decodeValue(reader, wire, element, depth)
    else reader.skip(wire)
  })
  if (value !== undefined) setOwn(entries, key, value)
}

/** A list cannot be the value of a map: it is in a message of its own, as field 1. */
function decodeWrappedList(bytes: Uint8Array, element: TypeSchema, depth: number): unknown[] {
  const items: unknown[] = []
  eachField(bytes, (number, wire, reader) => {
    if (number === 1) items.push(decodeValue(reader, wire, element, depth))
    else reader.skip(wire)
  })
  return items
}

function isPackable(type: TypeSchema): boolean {
  return type.scalar === 'numeric' || type.scalar === 'boolean'
}

function decodePacked(bytes: Uint8Array, type: TypeSchema, list: unknown[]): void {
  const reader = new WireReader(bytes)
  while (reader.position < bytes.length) list.push(decodeValue(reader, type.format === 'double' ? wire64 : wireVarint, type, 0))
}

function decodeValue(reader: WireReader, wire: number, type: TypeSchema, depth: number): unknown {
  if (wire === wireVarint) {
    const number = reader.integer()
    return type.scalar === 'boolean' ? number !== 0 : number
  }
  if (wire === wire64) return reader.double()
  if (wire !== wireBytes) throw new ProtobufError(`a field has the unknown wire type ${wire}`)
  const special = specialMessages.get(type.name)
  if (special !== undefined) return special.decode(reader.bytes(), (bytes, name) => decodeNamed(bytes, name, depth + 1))
  if (type.map !== undefined && type.scalar === undefined) return decodeMessage(reader.bytes(), type, depth + 1)
  if (type.scalar === 'string') return type.format === 'byte' ? Buffer.from(reader.bytes()).toString('base64') : reader.string()
  throw new ProtobufError(`a field of type ${type.name || type.scalar || 'unknown'} is written as bytes`)
}

function decodeNamed(bytes: Uint8Array, name: string, depth: number): unknown {
  const type = typeSchemaNamed(name)
  if (type?.map === undefined) throw new ProtobufError(`there is no type ${name}`)
  return decodeMessage(bytes, type, depth)
}
