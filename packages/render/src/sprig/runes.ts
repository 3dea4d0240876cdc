import { isAscii } from '../go/value.ts'
import { decodeRune, encodeRune, runeOf, widthOf } from '../go/utf8.ts'

/** `[]rune(text)`: each byte that is no UTF-8 becomes U+FFFD. */
export function toRunes(bytes: string): number[] {
  const runes: number[] = []
  for (let index = 0; index < bytes.length;) {
    const packed = decodeRune(bytes, index)
    runes.push(runeOf(packed))
    index += widthOf(packed)
  }
  return runes
}

/** `string(runes)`. */
export function fromRunes(runes: readonly number[]): string {
  let bytes = ''
  for (const rune of runes) bytes += encodeRune(rune)
  return bytes
}

/** `strings.Map`. */
export function mapRunes(bytes: string, change: (rune: number) => number): string {
  let changed = ''
  for (let index = 0; index < bytes.length;) {
    const packed = decodeRune(bytes, index)
    changed += encodeRune(change(runeOf(packed)))
    index += widthOf(packed)
  }
  return changed
}

/** The UTF-8 sequences of a text, each as bytes; what is no UTF-8 stays as single bytes (`strings.Split(text, "")`). */
export function explode(bytes: string, limit = Infinity): string[] {
  const parts: string[] = []
  let index = 0
  while (index < bytes.length && parts.length < limit - 1) {
    const width = widthOf(decodeRune(bytes, index))
    parts.push(bytes.slice(index, index + width))
    index += width
  }
  if (index < bytes.length) parts.push(bytes.slice(index))
  return parts
}

const upperCase = /^\p{Lu}$/u
const lowerCase = /^\p{Ll}$/u
const titleCase = /^\p{Lt}$/u
const number = /^\p{N}$/u
const punctuation = /^\p{P}$/u

export function isUpper(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x41 && rune <= 0x5a
  return upperCase.test(String.fromCodePoint(rune))
}

export function isLower(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x61 && rune <= 0x7a
  return lowerCase.test(String.fromCodePoint(rune))
}

export function isTitle(rune: number): boolean {
  return rune >= 0x80 && titleCase.test(String.fromCodePoint(rune))
}

export function isNumber(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x30 && rune <= 0x39
  return number.test(String.fromCodePoint(rune))
}

export function isPunct(rune: number): boolean {
  return punctuation.test(String.fromCodePoint(rune))
}

/** `unicode.IsSpace`: White_Space, of which JavaScript's `\s` lacks U+0085 and has U+FEFF too many. */
export function isSpace(rune: number): boolean {
  if (rune < 0x100) return rune === 0x20 || (rune >= 0x09 && rune <= 0x0d) || rune === 0x85 || rune === 0xa0
  return rune === 0x1680 || (rune >= 0x2000 && rune <= 0x200a) || [0x2028, 0x2029, 0x202f, 0x205f, 0x3000].includes(rune)
}

/** Greek letters with iota subscript: their full upper case has two letters, the simple one that Go uses is the title case. */
function upperOfIotaSubscript(rune: number): number | undefined {
  if (rune < 0x1f80 || rune > 0x1fff) return undefined
  if (rune === 0x1fb3 || rune === 0x1fc3 || rune === 0x1ff3) return rune + 9
  return rune < 0x1fb0 && rune % 16 < 8 ? rune + 8 : undefined
}

/** `unicode.ToUpper`: the simple mapping, one rune to one. */
export function toUpper(rune: number): number {
  if (rune < 0x80) return rune >= 0x61 && rune <= 0x7a ? rune - 0x20 : rune
  // Capitals of these two came with Unicode 16; Go 1.24 and 1.25 know Unicode 15.
  if (rune === 0x19b || rune === 0x264) return rune
  return upperOfIotaSubscript(rune) ?? onlyRune(String.fromCodePoint(rune).toUpperCase(), rune)
}

/** `unicode.ToLower`. */
export function toLower(rune: number): number {
  if (rune < 0x80) return rune >= 0x41 && rune <= 0x5a ? rune + 0x20 : rune
  return rune === 0x130 ? 0x69 : onlyRune(String.fromCodePoint(rune).toLowerCase(), rune)
}

/** `unicode.ToTitle`: the upper case but for the Latin digraphs (U+01C5, U+01C8, U+01CB, U+01F2) and Georgian. */
export function toTitle(rune: number): number {
  if (rune >= 0x1c4 && rune <= 0x1cc) return rune <= 0x1c6 ? 0x1c5 : rune <= 0x1c9 ? 0x1c8 : 0x1cb
  if (rune >= 0x1f1 && rune <= 0x1f3) return 0x1f2
  if (rune >= 0x10d0 && rune <= 0x10ff) return rune
  return toUpper(rune)
}

function onlyRune(text: string, otherwise: number): number {
  const rune = text.codePointAt(0) ?? otherwise
  return text.length === (rune > 0xffff ? 2 : 1) ? rune : otherwise
}

/** `strings.TrimSpace`. */
export function trimSpace(bytes: string): string {
  let start = 0
  let end = bytes.length
  while (start < end && isAsciiSpace(bytes.charCodeAt(start))) start += 1
  while (end > start && isAsciiSpace(bytes.charCodeAt(end - 1))) end -= 1
  const trimmed = bytes.slice(start, end)
  if (trimmed === '' || (trimmed.charCodeAt(0) < 0x80 && trimmed.charCodeAt(trimmed.length - 1) < 0x80)) return trimmed
  return trimRunes(trimmed, isSpace)
}

export function isAsciiSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
}

/** `strings.Trim`: `cutset` is a set of runes. */
export function trimSet(bytes: string, cutset: string): string {
  if (cutset === '' || bytes === '') return bytes
  if (isAscii(cutset)) {
    let start = 0
    let end = bytes.length
    while (start < end && cutset.includes(bytes.charAt(start))) start += 1
    while (end > start && cutset.includes(bytes.charAt(end - 1))) end -= 1
    return bytes.slice(start, end)
  }
  const cut = new Set(toRunes(cutset))
  return trimRunes(bytes, (rune) => cut.has(rune))
}

function trimRunes(bytes: string, isCut: (rune: number) => boolean): string {
  const parts = explode(bytes)
  const keeps = (part: string): boolean => !isCut(runeOf(decodeRune(part, 0)))
  const first = parts.findIndex(keeps)
  return first < 0 ? '' : parts.slice(first, parts.findLastIndex(keeps) + 1).join('')
}
