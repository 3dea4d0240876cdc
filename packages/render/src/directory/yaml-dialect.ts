import yaml from 'js-yaml'

/**
 * YAML as kubectl and Argo CD read it: sigs.k8s.io/yaml over goyaml.v2 (`resolve.go`), which is YAML 1.1 with less: `yes`, `on`, `y` are booleans,
 * `0777` is octal, `1_000` a number, but dates and `12:30:45` stay text. Only what JSON has can come out.
 */
const booleans = new Map<string, boolean>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
])
const nulls = new Set(['', '~', 'null', 'Null', 'NULL'])
const integerText = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/
const floatText = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

const nullType = new yaml.Type('tag:yaml.org,2002:null', {
  kind: 'scalar',
  resolve: (text: string | null) => text === null || nulls.has(text),
  construct: () => null,
})

const booleanType = new yaml.Type('tag:yaml.org,2002:bool', {
  kind: 'scalar',
  resolve: (text: string | null) => text !== null && booleans.has(text),
  construct: (text: string) => booleans.get(text),
})

const integerType = new yaml.Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (text: string | null) => text !== null && isNumeral(text) && integerText.test(text.replaceAll('_', '')),
  // A number that JavaScript cannot hold comes out as a BigInt, which the check of the values then reports.
  construct: (text: string) => integer(text.replaceAll('_', '')),
})

const floatType = new yaml.Type('tag:yaml.org,2002:float', {
  kind: 'scalar',
  resolve: (text: string | null) => text !== null && (notFinite.test(text) || isFloat(text)),
  construct: (text: string) => (notFinite.test(text) ? infinite(text) : float(text.replaceAll('_', ''))),
})

const binaryType = new yaml.Type('tag:yaml.org,2002:binary', {
  kind: 'scalar',
  resolve: (text: string | null) => text !== null && /^[A-Za-z0-9+/=\s]*$/.test(text),
  construct: (text: string) => Buffer.from(text, 'base64').toString(),
})

const mergeType = new yaml.Type('tag:yaml.org,2002:merge', {
  kind: 'scalar',
  resolve: (text: string | null) => text === '<<',
})

export const kubernetesSchema = yaml.FAILSAFE_SCHEMA.extend({
  implicit: [nullType, booleanType, integerType, floatType, mergeType],
  explicit: [binaryType],
})

/** A tag that goyaml does not know (`!!string`, `!Ref`) says nothing to it: a scalar under it is text, a list or map is what it is. */
const unknownTags = ['!', 'tag:'].flatMap((prefix) =>
  (['scalar', 'sequence', 'mapping'] as const).map(
    (kind) => new yaml.Type(prefix, { kind, multi: true, construct: (value: unknown) => (kind === 'scalar' ? (value ?? '') : value) }),
  ),
)

/** For what another tool has written or would take: charts in the wild have such tags. What somebody writes here is told of them instead. */
export const outputSchema = kubernetesSchema.extend({ explicit: unknownTags })

function isNumeral(text: string): boolean {
  return /^[-+0-9]/.test(text)
}

function isFloat(text: string): boolean {
  const plain = /^[-+.0-9]/.test(text) ? text.replaceAll('_', '') : text
  // `1e400` is more than a float holds: then it is text.
  return floatText.test(plain) && Number.isFinite(Number(plain))
}

function integer(text: string): number | bigint {
  const sign = text.startsWith('-') ? -1n : 1n
  const digits = text.replace(/^[-+]/, '')
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits}` : digits
  const value = sign * BigInt(octal.toLowerCase())
  return isExact(value) ? Number(value) : value
}

function float(text: string): number | bigint {
  // More digits than an integer may have make a float of it, which would lose them.
  if (/^[-+]?[0-9]+$/.test(text)) {
    const value = BigInt(text.replace(/^\+/, ''))
    if (!isExact(value)) return value
  }
  return Number(text)
}

/** It is written again as it was read: so are some above 2^53, such as the bounds that generators of CRDs write (9223372036854775000). */
function isExact(value: bigint): boolean {
  return String(Number(value)) === String(value)
}

function infinite(text: string): number {
  if (/nan/i.test(text)) return Number.NaN
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}
