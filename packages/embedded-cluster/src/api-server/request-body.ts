import type { IncomingMessage } from 'node:http'
import { createGunzip } from 'node:zlib'
import { decodeProtobuf, ProtobufError } from '@plimsoll/kube'
import { decodeBody } from '../kinds/fields/decode-body.ts'
import { badRequest, failure, tooLarge, unsupportedMediaType } from './api-failure.ts'
import { countMembers, findDuplicateFields, scanJson } from './scan-json.ts'

/** As a real server's `--max-request-body-bytes`. */
const maxBodyBytes = 3 * 1024 * 1024
/** Nothing that people write nests deeper; what recurses over a value is safe up to here. */
const maxDepth = 256

export interface ParsedBody {
  value: unknown
  /** Keys that came twice, as `duplicate field "spec.replicas"`. */
  duplicates: string[]
}

/** Rejects with 413 above 3 MiB, also after decompression. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > maxBodyBytes) throw tooLarge(`Request entity too large: limit is ${maxBodyBytes}`)
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity' && encoding !== 'gzip')
    throw unsupportedMediaType(`the content encoding ${encoding} is not supported`)
  const source = encoding === 'gzip' ? request.pipe(createGunzip()) : request
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of source) {
      size += (chunk as Buffer).length
      if (size > maxBodyBytes) break
      chunks.push(chunk as Buffer)
    }
  } catch (error) {
    throw badRequest(`the request body cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (size > maxBodyBytes) throw tooLarge(`Request entity too large: limit is ${maxBodyBytes}`)
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}

/** Throws 400 with what the parser says. */
export function parseJson(body: Buffer, wantsDuplicates: boolean): ParsedBody {
  const scan = scanJson(body)
  if (scan.depth > maxDepth) throw badRequest(`the request body is nested more than ${maxDepth} levels deep`)
  const text = body.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw badRequest(`error decoding the request body: ${error instanceof Error ? error.message : String(error)}`)
  }
  const duplicates = wantsDuplicates && countMembers(value) !== scan.members ? findDuplicateFields(text) : []
  return { value, duplicates }
}

/** YAML as apply-patch bodies are; most of them are JSON. Throws 400. */
export function parseYaml(body: Buffer, wantsDuplicates: boolean): ParsedBody {
  const first = body.findIndex((byte) => byte > 0x20)
  if (body[first] === 0x7b) return parseJson(body, wantsDuplicates)
  const decoded = decodeBody(body.toString('utf8'), 'application/yaml')
  if (!decoded.ok) throw failure(decoded.code, decoded.reason, decoded.message)
  return { value: decoded.value, duplicates: decoded.duplicates }
}

/** Typed commands of kubectl 1.32 and later send built-in kinds so. Throws 400. */
export function parseProtobuf(body: Buffer): ParsedBody {
  try {
    return { value: decodeProtobuf(body), duplicates: [] }
  } catch (error) {
    if (error instanceof ProtobufError) throw badRequest(`error decoding the request body: ${error.message}`)
    throw error
  }
}
