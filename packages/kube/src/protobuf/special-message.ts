import { ProtobufError, WireReader, WireWriter } from './wire.ts'

/** A type whose JSON form is not the object that its message is. Undefined stands for a value that JSON leaves out. */
export interface SpecialMessage {
  decode(bytes: Uint8Array, decodeInner: InnerCodec['decode']): unknown
  encode(value: unknown, encodeInner: InnerCodec['encode']): Uint8Array
}

/** Reads and writes messages of a named type within a special one. */
export interface InnerCodec {
  decode(bytes: Uint8Array, type: string): unknown
  encode(value: unknown, type: string): Uint8Array
}

const jsonSchemaProps = 'X.apiextensions.v1.JSONSchemaProps'

/** By short type name. The numbers are those of the types' generated.proto. */
export const specialMessages: ReadonlyMap<string, SpecialMessage> = new Map<string, SpecialMessage>([
  ['M.apis.meta.v1.Time', { decode: (bytes) => decodeTime(bytes, 0), encode: (value) => encodeTime(value) }],
  ['M.apis.meta.v1.MicroTime', { decode: (bytes) => decodeTime(bytes, 6), encode: (value) => encodeTime(value) }],
  [
    'M.api.resource.Quantity',
    { decode: (bytes) => textOf(readFields(bytes), 1) || '0', encode: (value) => write((to) => to.string(1, String(value))) },
  ],
  ['M.util.intstr.IntOrString', { decode: decodeIntOrString, encode: encodeIntOrString }],
  ['M.runtime.RawExtension', { decode: decodeRaw, encode: encodeRaw }],
  ['M.apis.meta.v1.FieldsV1', { decode: decodeRaw, encode: encodeRaw }],
  ['X.apiextensions.v1.JSON', { decode: decodeRaw, encode: encodeRaw }],
  ['X.apiextensions.v1.JSONSchemaPropsOrArray', { decode: decodeSchemaOrArray, encode: encodeSchemaOrArray }],
  ['X.apiextensions.v1.JSONSchemaPropsOrBool', { decode: decodeSchemaOrBool, encode: encodeSchemaOrBool }],
  ['X.apiextensions.v1.JSONSchemaPropsOrStringArray', { decode: decodeSchemaOrStrings, encode: encodeSchemaOrStrings }],
])

interface Fields {
  integers: Map<number, number>
  parts: Map<number, Uint8Array[]>
}

function readFields(bytes: Uint8Array): Fields {
  const fields: Fields = { integers: new Map(), parts: new Map() }
  const reader = new WireReader(bytes)
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field.wire === 0) fields.integers.set(field.number, reader.integer())
    else if (field.wire === 2) {
      const part = reader.bytes()
      const known = fields.parts.get(field.number)
      if (known === undefined) fields.parts.set(field.number, [part])
      else known.push(part)
    } else reader.skip(field.wire)
  }
  return fields
}

/** The last one counts, as protobuf defines it. */
function textOf({ parts }: Fields, number: number): string {
  const part = parts.get(number)?.at(-1)
  return part === undefined ? '' : Buffer.from(part).toString('utf8')
}

function write(fill: (to: WireWriter) => void): Uint8Array {
  const writer = new WireWriter()
  fill(writer)
  return writer.finish()
}

/** The zero time has no JSON form but null. */
function decodeTime(bytes: Uint8Array, digits: 0 | 6): string | undefined {
  const { integers } = readFields(bytes)
  const seconds = integers.get(1) ?? 0
  const nanos = integers.get(2) ?? 0
  if (seconds === 0 && nanos === 0) return undefined
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) throw new ProtobufError(`the time ${seconds} s is out of range`)
  const whole = date.toISOString().slice(0, 19)
  return digits === 0 ? `${whole}Z` : `${whole}.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}Z`
}

function encodeTime(value: unknown): Uint8Array {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isNaN(ms)) return new Uint8Array()
  const fraction = /\.(\d{1,9})/.exec(value as string)?.[1] ?? ''
  return write((to) => {
    to.varint(1, BigInt(Math.floor(ms / 1000)))
    to.varint(2, BigInt(fraction.padEnd(9, '0')))
  })
}

function decodeIntOrString(bytes: Uint8Array): number | string {
  const fields = readFields(bytes)
  return fields.integers.get(1) === 1 ? textOf(fields, 3) : (fields.integers.get(2) ?? 0)
}

function encodeIntOrString(value: unknown): Uint8Array {
  return write((to) => {
    to.varint(1, typeof value === 'string' ? 1n : 0n)
    to.varint(2, typeof value === 'number' ? BigInt(Math.trunc(value)) : 0n)
    to.string(3, typeof value === 'string' ? value : '')
  })
}

/** JSON inside of protobuf. */
function decodeRaw(bytes: Uint8Array): unknown {
  const text = textOf(readFields(bytes), 1)
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new ProtobufError('a raw value inside the message is not JSON')
  }
}

function encodeRaw(value: unknown): Uint8Array {
  return write((to) => to.string(1, JSON.stringify(value)))
}

function decodeSchemaOrArray(bytes: Uint8Array, decode: InnerCodec['decode']): unknown {
  const { parts } = readFields(bytes)
  const one = parts.get(1)?.[0]
  if (one !== undefined) return decode(one, jsonSchemaProps)
  return (parts.get(2) ?? []).map((part) => decode(part, jsonSchemaProps))
}

function encodeSchemaOrArray(value: unknown, encode: InnerCodec['encode']): Uint8Array {
  return write((to) => {
    if (Array.isArray(value)) for (const item of value) to.bytes(2, encode(item, jsonSchemaProps))
    else to.bytes(1, encode(value, jsonSchemaProps))
  })
}

function decodeSchemaOrBool(bytes: Uint8Array, decode: InnerCodec['decode']): unknown {
  const { parts, integers } = readFields(bytes)
  const schema = parts.get(2)?.[0]
  return schema === undefined ? integers.get(1) === 1 : decode(schema, jsonSchemaProps)
}

function encodeSchemaOrBool(value: unknown, encode: InnerCodec['encode']): Uint8Array {
  return write((to) => {
    to.varint(1, value === false ? 0n : 1n)
    if (typeof value === 'object') to.bytes(2, encode(value, jsonSchemaProps))
  })
}

function decodeSchemaOrStrings(bytes: Uint8Array, decode: InnerCodec['decode']): unknown {
  const { parts } = readFields(bytes)
  const schema = parts.get(1)?.[0]
  return schema === undefined ? (parts.get(2) ?? []).map((part) => Buffer.from(part).toString('utf8')) : decode(schema, jsonSchemaProps)
}

function encodeSchemaOrStrings(value: unknown, encode: InnerCodec['encode']): Uint8Array {
  return write((to) => {
    if (Array.isArray(value)) for (const item of value) to.string(2, String(item))
    else to.bytes(1, encode(value, jsonSchemaProps))
  })
}
