/** Go's `strconv` for quoted text; every string is one of bytes. */
import { isPrint } from './unicode.ts'
import { decodeRune, encodeRune, maxRune, runeError, runeOf, widthOf } from './utf8.ts'

// oxlint-disable-next-line no-control-regex -- what needs no escape is exactly the printable part of ASCII
const plain = /^[ !#-[\]-~]*$/

/** `strconv.Quote`: a Go string literal with double quotes. */
export function quote(bytes: string): string {
  if (plain.test(bytes)) return `"${bytes}"`
  return quoteWith(bytes, '"', false)
}

/** `strconv.QuoteToASCII`. */
export function quoteToAscii(bytes: string): string {
  if (plain.test(bytes)) return `"${bytes}"`
  return quoteWith(bytes, '"', true)
}

/** `strconv.QuoteRune`: what is no rune is quoted as U+FFFD. */
export function quoteRune(rune: number, asciiOnly = false): string {
  const isRune = rune >= 0 && rune <= maxRune && !(rune >= 0xd800 && rune <= 0xdfff)
  return `'${escapeRune(isRune ? rune : runeError, "'", asciiOnly)}'`
}

/** `strconv.CanBackquote`. */
export function canBackquote(bytes: string): boolean {
  for (let index = 0; index < bytes.length;) {
    const packed = decodeRune(bytes, index)
    const rune = runeOf(packed)
    const width = widthOf(packed)
    index += width
    if (width > 1) {
      if (rune === 0xfeff) return false
    } else if (rune === runeError || (rune < 0x20 && rune !== 0x09) || rune === 0x60 || rune === 0x7f) {
      return false
    }
  }
  return true
}

function quoteWith(bytes: string, mark: string, asciiOnly: boolean): string {
  let quoted = mark
  for (let index = 0; index < bytes.length;) {
    const packed = decodeRune(bytes, index)
    const rune = runeOf(packed)
    const width = widthOf(packed)
    quoted += width === 1 && rune === runeError ? `\\x${hex(bytes.charCodeAt(index), 2)}` : escapeRune(rune, mark, asciiOnly)
    index += width
  }
  return quoted + mark
}

function escapeRune(rune: number, mark: string, asciiOnly: boolean): string {
  if (rune === mark.charCodeAt(0) || rune === 0x5c) return `\\${String.fromCharCode(rune)}`
  if (asciiOnly ? rune < 0x80 && isPrint(rune) : isPrint(rune)) return encodeRune(rune)
  switch (rune) {
    case 0x07:
      return '\\a'
    case 0x08:
      return '\\b'
    case 0x0c:
      return '\\f'
    case 0x0a:
      return '\\n'
    case 0x0d:
      return '\\r'
    case 0x09:
      return '\\t'
    case 0x0b:
      return '\\v'
    default:
      if (rune < 0x20 || rune === 0x7f) return `\\x${hex(rune, 2)}`
      return rune < 0x10000 ? `\\u${hex(rune, 4)}` : `\\U${hex(rune, 8)}`
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

/** `strconv.Unquote` of a string literal (double quotes or backquotes); undefined is Go's `invalid syntax`. */
export function unquote(literal: string): string | undefined {
  const mark = literal[0]
  if (literal.length < 2 || mark !== literal.at(-1)) return undefined
  const body = literal.slice(1, -1)
  if (mark === '`') return body.includes('`') ? undefined : body.replaceAll('\r', '')
  if (mark !== '"' && mark !== "'") return undefined
  if (body.includes('\n')) return undefined
  if (mark === '"' && plain.test(body)) return body
  let text = ''
  let count = 0
  for (let rest = body; rest !== ''; count += 1) {
    const next = unquoteChar(rest, mark)
    if (next === undefined) return undefined
    text += next.bytes
    rest = next.tail
  }
  return mark === "'" && count !== 1 ? undefined : text
}

const simpleEscapes: Readonly<Record<string, number>> = {
  __proto__: null as never,
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
  '\\': 0x5c,
}

/** `strconv.UnquoteChar`: one character or escape at the head of `text`; undefined is Go's `invalid syntax`. */
export function unquoteChar(text: string, mark: string): { rune: number; bytes: string; tail: string } | undefined {
  const first = text[0]
  if (first === undefined || first === mark) return undefined
  if (first !== '\\') {
    const packed = decodeRune(text, 0)
    const width = widthOf(packed)
    const rune = runeOf(packed)
    // What is no UTF-8 becomes U+FFFD, as Go appends the rune that it has decoded.
    return { rune, bytes: width === 1 ? encodeRune(rune) : text.slice(0, width), tail: text.slice(width) }
  }
  const escape = text[1]
  if (escape === undefined) return undefined
  const simple = simpleEscapes[escape]
  if (simple !== undefined) return { rune: simple, bytes: String.fromCharCode(simple), tail: text.slice(2) }
  if (escape === "'" || escape === '"') {
    return escape === mark ? { rune: escape.charCodeAt(0), bytes: escape, tail: text.slice(2) } : undefined
  }
  const octal = /^[0-7]{3}/.exec(text.slice(1, 4))
  if (octal !== null) return byteEscape(Number.parseInt(octal[0], 8), text.slice(4))
  const digits = escape === 'x' ? 2 : escape === 'u' ? 4 : escape === 'U' ? 8 : 0
  const number = text.slice(2, 2 + digits)
  if (digits === 0 || number.length !== digits || !/^[0-9a-fA-F]+$/.test(number)) return undefined
  const value = Number.parseInt(number, 16)
  const tail = text.slice(2 + digits)
  if (escape === 'x') return byteEscape(value, tail)
  if (value > maxRune || (value >= 0xd800 && value <= 0xdfff)) return undefined
  return { rune: value, bytes: encodeRune(value), tail }
}

function byteEscape(value: number, tail: string): { rune: number; bytes: string; tail: string } | undefined {
  return value > 0xff ? undefined : { rune: value, bytes: String.fromCharCode(value), tail }
}
