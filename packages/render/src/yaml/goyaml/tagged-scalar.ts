import { YamlError } from '../contract.ts'
import { resolveNumber, resolvePlain, type Resolved, type ScalarKind } from '../scalar-type.ts'

const prefix = 'tag:yaml.org,2002:'

const kinds = new Map<string, ScalarKind>([
  [`${prefix}str`, 'string'],
  [`${prefix}bool`, 'boolean'],
  [`${prefix}int`, 'integer'],
  [`${prefix}float`, 'float'],
  [`${prefix}null`, 'null'],
  [`${prefix}timestamp`, 'timestamp'],
])

const shortNames: Record<ScalarKind, string> = {
  string: '!!str',
  boolean: '!!bool',
  integer: '!!int',
  float: '!!float',
  null: '!!null',
  timestamp: '!!timestamp',
  merge: '!!merge',
}

/** A scalar with a tag (goyaml v2's `resolve`): one of YAML's own types must fit, any other tag leaves the text as it is. */
export function resolveTagged(text: string, tag: string): Resolved | YamlError {
  if (tag === `${prefix}binary`) return decodeBase64(text)
  const wanted = kinds.get(tag)
  if (wanted === undefined || wanted === 'string') return { kind: 'string', value: text }
  // Only without a tag, or with that of a timestamp, is a date looked for: with any other it is text.
  const found = (/^[-+0-9]/.test(text) ? resolveNumber(text, 2, wanted === 'timestamp') : resolvePlain(text, 2)) ?? asText(text)
  if (found.kind === wanted) return found
  if (wanted === 'float' && found.kind === 'integer' && fitsInt64(found.value)) return { kind: 'float', value: Number(found.value) }
  return new YamlError(`yaml: cannot decode ${shortNames[found.kind]} \`${text}\` as a ${shortNames[wanted]}`)
}

function asText(text: string): Resolved {
  return { kind: 'string', value: text }
}

function fitsInt64(value: Resolved['value']): boolean {
  return typeof value === 'number' || (typeof value === 'bigint' && value < 2n ** 63n)
}

/** encoding/base64's StdEncoding: line breaks are passed over, all else must be in its place. */
function decodeBase64(text: string): Resolved | YamlError {
  const packed = text.replace(/[\r\n]/g, '')
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed))
    return new YamlError('yaml: !!binary value contains invalid base64 data')
  return { kind: 'string', value: Buffer.from(packed, 'base64').toString('latin1') }
}
