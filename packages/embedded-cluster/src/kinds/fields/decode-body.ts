import yaml from 'js-yaml'
import type { KubeObject } from '@plimsoll/kube'
import { scanJson } from './json-scan.ts'
import { kubernetesYaml } from './yaml-dialect.ts'

/** What a request's body was. `duplicates` are texts for strict decoding: `duplicate field "spec.replicas"`. */
export type DecodedBody =
  | { ok: true; value: Record<string, unknown>; duplicates: string[] }
  | { ok: false; code: 400 | 413 | 415; reason: 'BadRequest' | 'RequestEntityTooLarge' | 'UnsupportedMediaType'; message: string }

/** Limits: bytes as a real API server's (3 MiB), the rest for what no real object needs. */
export const bodyLimits = { bytes: 3 * 1024 * 1024, depth: 500, nodes: 1_000_000 }

/**
 * One object from JSON or YAML, by content type (`application/json`, `application/yaml`, `application/apply-patch+yaml`, merge patches).
 * Never throws, whatever is sent; aliases are counted as if written out, and come back as separate copies.
 */
export function decodeBody(text: string, contentType = 'application/json'): DecodedBody {
  if (text.length > bodyLimits.bytes || Buffer.byteLength(text) > bodyLimits.bytes) {
    return {
      ok: false,
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: `Request entity too large: limit is ${bodyLimits.bytes}`,
    }
  }
  const mediaType = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  const isYaml = mediaType.includes('yaml')
  if (!isYaml && mediaType !== '' && !mediaType.includes('json')) {
    return {
      ok: false,
      code: 415,
      reason: 'UnsupportedMediaType',
      message: `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`,
    }
  }
  // JSON is YAML, and what says YAML is mostly JSON.
  const first = /^\s*(.)/s.exec(text)?.[1]
  if (!isYaml || first === '{') {
    const decoded = decodeJson(text)
    if (decoded.ok || !isYaml) return decoded
  }
  return decodeYaml(text)
}

function decodeJson(text: string): DecodedBody {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`)
  }
  const { duplicates, depth } = scanJson(text)
  if (depth > bodyLimits.depth) return badRequest(`the object is nested ${depth} levels deep; at most ${bodyLimits.depth} are allowed`)
  return asObject(
    value,
    duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`),
  )
}

function decodeYaml(text: string): DecodedBody {
  const duplicates: string[] = []
  let value: unknown
  try {
    value = yaml.load(text, { schema: kubernetesYaml })
  } catch (error) {
    const problem = error as yaml.YAMLException
    if (problem.reason !== 'duplicated mapping key') return badRequest(`error converting YAML to JSON: yaml: ${problem.message}`)
    const key = /^[\s-]*([^:]{1,200}):/.exec(text.split('\n')[problem.mark.line] ?? '')?.[1] ?? ''
    duplicates.push(`yaml: unmarshal errors:\n  line ${problem.mark.line + 1}: key ${JSON.stringify(key)} already set in map`)
    try {
      value = yaml.load(text, { schema: kubernetesYaml, json: true })
    } catch (again) {
      return badRequest(`error converting YAML to JSON: yaml: ${(again as Error).message}`)
    }
  }
  const measured = measure(value, new Map(), 0)
  if (typeof measured === 'string') return badRequest(measured)
  return asObject(copyTree(value), duplicates)
}

/** Nodes as if every alias were written out; each shared part is counted once and multiplied. A text says what is wrong. */
function measure(value: unknown, known: Map<object, number>, depth: number): number | string {
  if (typeof value !== 'object' || value === null) return 1
  if (depth > bodyLimits.depth) return `the object is nested more than ${bodyLimits.depth} levels deep`
  const counted = known.get(value)
  if (counted === -1) return 'yaml: an alias refers to the value that contains it'
  if (counted !== undefined) return counted
  known.set(value, -1)
  let total = 1
  for (const item of Object.values(value)) {
    const nodes = measure(item, known, depth + 1)
    if (typeof nodes === 'string') return nodes
    total += nodes
    if (total > bodyLimits.nodes) return `yaml: document contains excessive aliasing or more than ${bodyLimits.nodes} values`
  }
  known.set(value, total)
  return total
}

function copyTree(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyTree)
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__')
      Object.defineProperty(copy, key, { value: copyTree(item), enumerable: true, configurable: true, writable: true })
    else copy[key] = copyTree(item)
  }
  return copy
}

function asObject(value: unknown, duplicates: string[]): DecodedBody {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return badRequest("couldn't get version/kind; json parse error: the body must be one object")
  }
  return { ok: true, value: value as Record<string, unknown>, duplicates }
}

function badRequest(message: string): DecodedBody {
  return { ok: false, code: 400, reason: 'BadRequest', message }
}

/** Whether a decoded body can be taken for an object: apiVersion, kind and metadata are of their types. Says what is not. */
export function objectShapeProblem(value: Record<string, unknown>): string | undefined {
  const object = value as Partial<KubeObject>
  if (typeof object.kind !== 'string' || object.kind === '') return `Object 'Kind' is missing in '${JSON.stringify(value).slice(0, 200)}'`
  if (typeof object.apiVersion !== 'string' || object.apiVersion === '') {
    return `Object 'apiVersion' is missing in '${JSON.stringify(value).slice(0, 200)}'`
  }
  if (
    object.metadata !== undefined &&
    (typeof object.metadata !== 'object' || object.metadata === null || Array.isArray(object.metadata))
  ) {
    return 'json: cannot unmarshal into Go struct field .metadata of type v1.ObjectMeta'
  }
  return undefined
}
