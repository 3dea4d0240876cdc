import { encodeProtobuf, hasProtobufForm, ProtobufError } from '@plimsoll/kube'
import yaml from 'js-yaml'
import { isRecord } from './tree.ts'

/** What an answer is written in. */
export type AnswerEncoding = 'json' | 'yaml' | 'protobuf'

export const protobufType = 'application/vnd.kubernetes.protobuf'
const jsonTypes = new Set(['application/json', 'application/*', '*/*'])

/**
 * JSON wherever it is accepted at all, because objects are kept as JSON text and clients decode by the Content-Type of the answer;
 * YAML when it is asked for before JSON; protobuf for those that accept nothing else.
 */
export function encodingOf(accept: string | undefined): AnswerEncoding {
  let found: AnswerEncoding | undefined
  for (const part of (accept ?? '').split(',')) {
    const type = (part.split(';')[0] ?? '').trim().toLowerCase()
    if (type === 'application/yaml' && found !== 'protobuf') return 'yaml'
    if (jsonTypes.has(type)) return 'json'
    if (type === protobufType) found = 'protobuf'
  }
  return found ?? 'json'
}

/** An object's JSON text in another encoding; undefined when it has none there. */
export function encodeObject(text: string, encoding: AnswerEncoding): { contentType: string; body: Buffer } | undefined {
  if (encoding === 'json') return undefined
  const value: unknown = JSON.parse(text)
  if (!isRecord(value)) return undefined
  if (encoding === 'yaml') {
    return { contentType: 'application/yaml', body: Buffer.from(yaml.dump(value, { lineWidth: -1, noRefs: true, sortKeys: true })) }
  }
  const body = protobufOf(value)
  return body === undefined ? undefined : { contentType: protobufType, body: Buffer.from(body) }
}

function protobufOf(value: Record<string, unknown>): Uint8Array | undefined {
  const { apiVersion, kind, metadata } = value
  // What has no metadata belongs to discovery, which is JSON.
  if (!isRecord(metadata)) return undefined
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !hasProtobufForm(apiVersion, kind)) return undefined
  try {
    return encodeProtobuf({ ...value, apiVersion, kind })
  } catch (error) {
    // A value that was let in and that no message can hold: the client gets it as JSON.
    if (error instanceof ProtobufError) return undefined
    throw error
  }
}

/**
 * One event of a watch in protobuf: its length in four bytes, then `meta.v1.WatchEvent` (type 1, object 2: RawExtension, raw 1).
 * Undefined when the object has no protobuf form.
 */
export function protobufEvent(type: string, objectText: string): Buffer | undefined {
  const object = encodeObject(objectText, 'protobuf')
  if (object === undefined) return undefined
  const event = Buffer.concat([field(1, Buffer.from(type)), field(2, field(1, object.body))])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(event.length)
  return Buffer.concat([length, event])
}

function field(number: number, bytes: Buffer): Buffer {
  const head = [(number << 3) | 2]
  let length = bytes.length
  for (; length > 0x7f; length >>>= 7) head.push((length & 0x7f) | 0x80)
  return Buffer.concat([Buffer.from([...head, length]), bytes])
}
