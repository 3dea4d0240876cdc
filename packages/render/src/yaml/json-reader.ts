import { JsonNumber, type GoMap, type GoValue } from '../go/value.ts'
import { YamlError } from './contract.ts'
import { characterLength } from './json-writer.ts'

/** encoding/json's own limit is 10,000, which is more than a stack holds here and more than any value needs. */
const maxDepth = 1000

/**
 * `json.Unmarshal` into `interface {}`: every number is a float64, the last of equal keys wins, bytes that are no UTF-8 become U+FFFD. Text and
 * result hold strings of bytes. Throws `YamlError` in Go's words (`invalid character 'x' looking for beginning of value`).
 */
export function readJson(text: string, options: JsonReadOptions = {}): GoValue {
  return new JsonReader(text, 0, options.useNumber ?? false).read()
}

export interface JsonReadOptions {
  /** Numbers as encoding/json's `Number`, with the digits they were written with. */
  useNumber?: boolean
}

/** The value that begins at `start`, and where it ends; what follows is not looked at. */
export function readJsonPrefix(text: string, start: number, options: JsonReadOptions = {}): { value: GoValue; end: number } {
  const reader = new JsonReader(text, start, options.useNumber ?? false)
  reader.isStream = true
  const value = reader.value(0)
  if (reader.tooLarge !== undefined) throw reader.tooLarge
  return { value, end: reader.at }
}

class JsonReader {
  at: number
  /** More than this value may follow, as behind Go's `Decoder`. */
  isStream = false
  /** What Go says only once all of the text has been found to be JSON. */
  tooLarge: YamlError | undefined
  private readonly text: string
  private readonly useNumber: boolean

  constructor(text: string, start: number, useNumber: boolean) {
    this.text = text
    this.at = start
    this.useNumber = useNumber
  }

  read(): GoValue {
    const value = this.value(0)
    this.skipSpace()
    if (this.at < this.text.length) throw this.invalid('after top-level value')
    if (this.tooLarge !== undefined) throw this.tooLarge
    return value
  }

  value(depth: number): GoValue {
    this.skipSpace()
    const code = this.text.charCodeAt(this.at)
    switch (code) {
      case 0x7b:
        return this.object(depth + 1)
      case 0x5b:
        return this.array(depth + 1)
      case 0x22:
        return this.string()
      case 0x74:
        return this.word('true', true)
      case 0x66:
        return this.word('false', false)
      case 0x6e:
        return this.word('null', null)
      default:
        if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return this.number()
        throw this.invalid('looking for beginning of value')
    }
  }

  private object(depth: number): GoMap {
    if (depth > maxDepth) throw new YamlError('exceeded max depth')
    const map: GoMap = new Map()
    this.at += 1
    this.skipSpace()
    if (this.text.charCodeAt(this.at) === 0x7d) {
      this.at += 1
      return map
    }
    for (;;) {
      this.skipSpace()
      if (this.text.charCodeAt(this.at) !== 0x22) throw this.invalid('looking for beginning of object key string')
      const key = this.string()
      this.skipSpace()
      if (this.text.charCodeAt(this.at) !== 0x3a) throw this.invalid('after object key')
      this.at += 1
      map.set(key, this.value(depth))
      this.skipSpace()
      const code = this.text.charCodeAt(this.at)
      if (code !== 0x2c && code !== 0x7d) throw this.invalid('after object key:value pair')
      this.at += 1
      if (code === 0x7d) return map
    }
  }

  private array(depth: number): GoValue[] {
    if (depth > maxDepth) throw new YamlError('exceeded max depth')
    const list: GoValue[] = []
    this.at += 1
    this.skipSpace()
    if (this.text.charCodeAt(this.at) === 0x5d) {
      this.at += 1
      return list
    }
    for (;;) {
      list.push(this.value(depth))
      this.skipSpace()
      const code = this.text.charCodeAt(this.at)
      if (code !== 0x2c && code !== 0x5d) throw this.invalid('after array element')
      this.at += 1
      if (code === 0x5d) return list
    }
  }

  private string(): string {
    const start = this.at + 1
    let end = start
    let escaped = false
    for (;;) {
      const code = this.text.charCodeAt(end)
      if (code === 0x22) break
      if (code === 0x5c) {
        escaped = true
        end = this.escapeEnd(end)
      } else if (code < 0x20 || Number.isNaN(code)) {
        this.at = end
        throw this.invalid('in string literal')
      } else end += 1
    }
    this.at = end + 1
    const raw = this.text.slice(start, end)
    return toValid(escaped ? unescape(raw) : raw)
  }

  private escapeEnd(start: number): number {
    const kind = this.text[start + 1]
    if (kind !== undefined && '"\\/bfnrt'.includes(kind)) return start + 2
    if (kind !== 'u') {
      this.at = start + 1
      throw this.invalid('in string escape code')
    }
    for (let at = start + 2; at < start + 6; at += 1) {
      if (!/[0-9a-fA-F]/.test(this.text[at] ?? '')) {
        this.at = at
        throw this.invalid('in \\u hexadecimal character escape')
      }
    }
    return start + 6
  }

  private number(): GoValue {
    numberText.lastIndex = this.at
    const found = numberText.exec(this.text)?.[0]
    if (found === undefined) {
      this.at += 1
      throw this.invalid('in numeric literal')
    }
    this.at += found.length
    const rest = this.text.slice(this.at, this.at + 2)
    if (/^\.(?!\d)/.test(rest) && !/[.eE]/.test(found)) {
      this.at += 1
      throw this.invalid('after decimal point in numeric literal')
    }
    if (/^[eE]/.test(rest) && !/[eE]/.test(found)) {
      this.at += /^[eE][-+]/.test(rest) ? 2 : 1
      throw this.invalid('in exponent of numeric literal')
    }
    if (this.useNumber) return new JsonNumber(found)
    const value = Number(found)
    if (!Number.isFinite(value)) {
      this.tooLarge ??= new YamlError(`json: cannot unmarshal number ${found} into Go value of type float64`)
    }
    return value
  }

  private word<T extends boolean | null>(word: string, value: T): T {
    for (let k = 1; k < word.length; k += 1) {
      if (this.text[this.at + k] === word[k]) continue
      this.at += k
      throw this.invalid(`in literal ${word} (expecting '${word[k]}')`)
    }
    this.at += word.length
    return value
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.at += 1
    }
  }

  private invalid(where: string): YamlError {
    if (this.at >= this.text.length) {
      if (this.isStream) return new YamlError('unexpected EOF')
      // Go tries a blank at the end of the text, and complains about that where none may be.
      if (tellsBlank.test(where)) return new YamlError(`invalid character ' ' ${where}`)
      return new YamlError('unexpected end of JSON input')
    }
    return new YamlError(`invalid character ${quoteByte(this.text.charCodeAt(this.at))} ${where}`)
  }
}

const tellsBlank = /^in (?:literal|string escape|\\u|numeric|exponent)|^after decimal/
const numberText = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y

/** encoding/json's `quoteChar`: the byte as a Go character literal. */
function quoteByte(byte: number): string {
  const short = new Map([
    [0x27, `'\\''`],
    [0x22, `'"'`],
    [0x5c, `'\\\\'`],
    [0x07, `'\\a'`],
    [0x08, `'\\b'`],
    [0x09, `'\\t'`],
    [0x0a, `'\\n'`],
    [0x0b, `'\\v'`],
    [0x0c, `'\\f'`],
    [0x0d, `'\\r'`],
  ]).get(byte)
  if (short !== undefined) return short
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`
  if (byte < 0x80) return `'${String.fromCharCode(byte)}'`
  // string(byte) is the code point of that number, which strconv.Quote prints as it is where it is printable.
  if (byte < 0xa0) return `'\\u${byte.toString(16).padStart(4, '0')}'`
  if (byte === 0xa0 || byte === 0xad) return `'\\u00${byte.toString(16)}'`
  return `'${Buffer.from(String.fromCharCode(byte), 'utf8').toString('latin1')}'`
}

const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

function unescape(raw: string): string {
  return raw.replace(/\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\./g, (found) => {
    if (found[1] !== 'u') return escapes[found.slice(1)] ?? found.slice(1)
    const first = Number.parseInt(found.slice(2, 6), 16)
    const text = found.length > 6 ? String.fromCharCode(first, Number.parseInt(found.slice(8), 16)) : String.fromCharCode(first)
    // Buffer writes a lone surrogate as U+FFFD, as Go does.
    return Buffer.from(text, 'utf8').toString('latin1')
  })
}

/** Every byte that is not part of a character becomes U+FFFD. */
export function toValid(bytes: string): string {
  // oxlint-disable-next-line no-control-regex -- everything that is not ASCII
  if (!/[^\x00-\x7f]/.test(bytes)) return bytes
  let valid = ''
  let from = 0
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at)
    if (length === 0) {
      valid += `${bytes.slice(from, at)}\xef\xbf\xbd`
      at += 1
      from = at
    } else at += length
  }
  return from === 0 ? bytes : valid + bytes.slice(from)
}
