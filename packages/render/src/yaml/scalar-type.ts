/**
 * Which type goyaml gives to a plain scalar (`resolve.go` of v2 and v3). v2 is YAML 1.1 with less (`12:30:45` is text), v3 reads `yes` and `on` as
 * text and `0o17` as a number in either sign.
 */
export type ScalarKind = 'string' | 'null' | 'boolean' | 'integer' | 'float' | 'timestamp' | 'merge'

export interface Resolved {
  kind: ScalarKind
  /** An integer beyond 2^53 is a bigint; a timestamp is its text. */
  value: string | boolean | number | bigint | null
}

const nulls: Resolved = { kind: 'null', value: null }
const yes: Resolved = { kind: 'boolean', value: true }
const no: Resolved = { kind: 'boolean', value: false }

function words(version: 2 | 3): Map<string, Resolved> {
  const map = new Map<string, Resolved>()
  const add = (resolved: Resolved, ...texts: string[]): void => {
    for (const text of texts) map.set(text, resolved)
  }
  add(yes, 'true', 'True', 'TRUE')
  add(no, 'false', 'False', 'FALSE')
  if (version === 2) {
    add(yes, 'y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON')
    add(no, 'n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF')
  }
  add(nulls, '', '~', 'null', 'Null', 'NULL')
  add({ kind: 'float', value: Number.NaN }, '.nan', '.NaN', '.NAN')
  add({ kind: 'float', value: Number.POSITIVE_INFINITY }, '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF')
  add({ kind: 'float', value: Number.NEGATIVE_INFINITY }, '-.inf', '-.Inf', '-.INF')
  return map
}

const wordsOf = { 2: words(2), 3: words(3) }

/** What a first character may begin: nothing but text, a word of the table, a fraction, a number. */
const text = 0
const word = 1
const fraction = 2
const digit = 3
const hints = new Uint8Array(256)
for (const character of 'yYnNtTfFoO~') hints[character.charCodeAt(0)] = word
for (const character of '+-0123456789') hints[character.charCodeAt(0)] = digit
hints['.'.charCodeAt(0)] = fraction

/** The type of a plain scalar, or undefined for text, which is what most are. */
export function resolvePlain(scalar: string, version: 2 | 3): Resolved | undefined {
  const hint = scalar === '' ? word : hints[scalar.charCodeAt(0)]
  if (hint === text) return undefined
  if (scalar.length < 6) {
    const found = wordsOf[version].get(scalar)
    if (found !== undefined) return found
  }
  if (hint === word) return undefined
  return hint === fraction ? resolveFraction(scalar) : resolveNumber(scalar, version, true)
}

/** strconv.ParseFloat's syntax behind a point; underscores only between digits. */
const fractionText = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/

function resolveFraction(scalar: string): Resolved | undefined {
  if (!fractionText.test(scalar)) return undefined
  const value = Number(scalar.replaceAll('_', ''))
  return Number.isFinite(value) ? { kind: 'float', value } : undefined
}

const integerText = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)$/
const floatText = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/

export function resolveNumber(scalar: string, version: 2 | 3, timestamps: boolean): Resolved | undefined {
  if (timestamps && isTimestamp(scalar)) return { kind: 'timestamp', value: scalar }
  const plain = scalar.includes('_') ? scalar.replaceAll('_', '') : scalar
  if (integerText.test(plain)) {
    const found = integer(plain)
    if (found !== undefined) return found
  }
  if (floatText.test(plain)) {
    const value = Number(plain)
    if (Number.isFinite(value)) return { kind: 'float', value }
  }
  return oddRadix(plain, version)
}

/** goyaml looks for a sign behind the prefix as well: `0b-11` is minus three. */
const oddRadixText = /^(0b|-0b|0o|-0o)([-+]?)([0-9]+)$/

function oddRadix(plain: string, version: 2 | 3): Resolved | undefined {
  const match = oddRadixText.exec(plain)
  if (match === null) return undefined
  const [, prefix = '', sign = '', digits = ''] = match
  const binary = prefix.endsWith('b')
  if (!binary && version === 2) return undefined
  if (prefix.startsWith('-') && sign !== '') return undefined
  if (!(binary ? /^[01]+$/ : /^[0-7]+$/).test(digits)) return undefined
  return integer(`${prefix.startsWith('-') || sign === '-' ? '-' : ''}${prefix.slice(-2)}${digits}`)
}

const maxUint64 = 2n ** 64n - 1n
const minInt64 = -(2n ** 63n)

function integer(plain: string): Resolved | undefined {
  if (plain.length < 16 && /^-?[1-9][0-9]*$/.test(plain)) return { kind: 'integer', value: Number(plain) }
  const negative = plain.startsWith('-')
  const signed = negative || plain.startsWith('+')
  const digits = (signed ? plain.slice(1) : plain).toLowerCase()
  // More than 64 digits in base two are no 64-bit number, save for leading zeros, and BigInt would take long over a million of them.
  const significant = digits.replace(/^0[xbo]?0*/, '')
  if (significant.length > 64) return undefined
  const size = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits)
  const value = negative ? -size : size
  // A plus sign is for signed integers only: strconv.ParseUint takes none.
  if (value < minInt64 || value > (signed ? maxUint64 >> 1n : maxUint64)) return undefined
  const narrow = Number(value)
  return { kind: 'integer', value: Number.isSafeInteger(narrow) ? narrow : value }
}

const timestampText =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))| +(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/

/** Whether one of the four layouts that goyaml gives to time.Parse fits. */
export function isTimestamp(scalar: string): boolean {
  if (scalar.charCodeAt(4) !== 0x2d) return false
  const match = timestampText.exec(scalar)
  if (match === null) return false
  const part = (index: number): number => Number(match[index] ?? 0)
  const month = part(2)
  const day = part(3)
  if (month < 1 || month > 12 || day < 1 || day > daysOf(part(1), month)) return false
  return part(4) + part(9) < 24 && part(5) + part(10) < 60 && part(6) + part(11) < 60 && part(7) <= 24 && part(8) <= 60
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** http://yaml.org/type/float.html's base 60, which goyaml reads as text, but quotes for others. */
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const oldBooleans = new Set('y Y yes Yes YES on On ON n N no No NO off Off OFF'.split(' '))

/** Whether an emitter may write the text without quotes, as far as its type goes. */
export function readsAsText(scalar: string, version: 2 | 3): boolean {
  if (scalar === '') return false
  const hint = hints[scalar.charCodeAt(0)]
  if (hint === text) return true
  if (resolvePlain(scalar, version) !== undefined) return false
  if (version === 3 && hint === word && oldBooleans.has(scalar)) return false
  return hint !== digit || !scalar.includes(':') || !base60.test(scalar)
}
