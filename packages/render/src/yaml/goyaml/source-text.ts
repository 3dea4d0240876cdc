import { decodeRune, encodeRune, runeOf, widthOf } from '../../go/utf8.ts'

/** What libyaml's reader makes of the input before anything else looks at it. */
export interface SourceText {
  /** UTF-8 without a byte order mark. */
  text: string
  /** Why the text ends where it does, when that is not the end of the input. */
  fault: string | undefined
  /** Line breaks other than LF occur: CR, NEL, LS, PS. */
  hasOddBreaks: boolean
}

/* oxlint-disable no-control-regex -- which control characters YAML 1.1 allows is the point */
const ascii = /^[\t\n\x20-\x7e]*$/
const oddBreaks = /\r|\xc2\x85|\xe2\x80[\xa8\xa9]/
const suspicious = /[^\t\n\r\x20-\x7e]/g
/* oxlint-enable no-control-regex */

/** libyaml reads that many bytes at a time: what is wrong behind them is only met when they are used up. */
const chunkBytes = 512

/**
 * Cuts the text before the chunk that holds the first byte YAML does not allow (readerc.go), so that a stream whose first document ends before
 * that is read as libyaml reads it.
 */
export function readSource(bytes: string): SourceText {
  if (ascii.test(bytes)) return { text: bytes, fault: undefined, hasOddBreaks: false }
  const first = bytes.charCodeAt(0)
  const second = bytes.charCodeAt(1)
  if (first === 0xff && second === 0xfe) return readUtf16(bytes, 0, 1)
  if (first === 0xfe && second === 0xff) return readUtf16(bytes, 1, 0)
  const skipped = bytes.startsWith('\xef\xbb\xbf') ? 3 : 0
  const text = skipped === 0 ? bytes : bytes.slice(skipped)
  const found = findFault(text)
  if (found === undefined) return { text, fault: undefined, hasOddBreaks: oddBreaks.test(text) }
  const isAtEnd = found.reason === 'incomplete UTF-8 octet sequence'
  const end = isAtEnd ? found.at : Math.max(0, Math.floor((found.at + skipped) / chunkBytes) * chunkBytes - skipped)
  const cut = text.slice(0, end)
  return { text: cut, fault: found.reason, hasOddBreaks: oddBreaks.test(cut) }
}

function findFault(text: string): { at: number; reason: string } | undefined {
  suspicious.lastIndex = 0
  for (let match = suspicious.exec(text); match !== null; match = suspicious.exec(text)) {
    const at = match.index
    const decoded = decodeRune(text, at)
    const rune = runeOf(decoded)
    const width = widthOf(decoded)
    if (text.charCodeAt(at) >= 0x80 && width === 1) return { at, reason: faultOf(text, at) }
    if (!isAllowed(rune)) return { at, reason: 'control characters are not allowed' }
    suspicious.lastIndex = at + width
  }
  return undefined
}

function faultOf(text: string, at: number): string {
  const first = text.charCodeAt(at)
  const width = (first & 0xe0) === 0xc0 ? 2 : (first & 0xf0) === 0xe0 ? 3 : (first & 0xf8) === 0xf0 ? 4 : 0
  if (width === 0) return 'invalid leading UTF-8 octet'
  if (at + width > text.length) return 'incomplete UTF-8 octet sequence'
  let value = first & (0xff >> (width + 1))
  for (let k = 1; k < width; k += 1) {
    const octet = text.charCodeAt(at + k)
    if ((octet & 0xc0) !== 0x80) return 'invalid trailing UTF-8 octet'
    value = (value << 6) | (octet & 0x3f)
  }
  const lowest = width === 2 ? 0x80 : width === 3 ? 0x800 : 0x10000
  return value < lowest ? 'invalid length of a UTF-8 sequence' : 'invalid Unicode character'
}

/** YAML 1.1's `c-printable`. */
function isAllowed(rune: number): boolean {
  if (rune < 0x7f) return rune >= 0x20 || rune === 9 || rune === 10 || rune === 13
  return rune === 0x85 || (rune >= 0xa0 && rune <= 0xd7ff) || (rune >= 0xe000 && rune <= 0xfffd) || rune >= 0x10000
}

function readUtf16(bytes: string, low: number, high: number): SourceText {
  const parts: string[] = []
  const unit = (at: number): number => bytes.charCodeAt(at + low) | (bytes.charCodeAt(at + high) << 8)
  const done = (fault: string | undefined): SourceText => {
    const text = parts.join('')
    return { text, fault, hasOddBreaks: oddBreaks.test(text) }
  }
  for (let at = 2; at < bytes.length;) {
    if (at + 2 > bytes.length) return done('incomplete UTF-16 character')
    let rune = unit(at)
    if ((rune & 0xfc00) === 0xdc00) return done('unexpected low surrogate area')
    at += 2
    if ((rune & 0xfc00) === 0xd800) {
      if (at + 2 > bytes.length) return done('incomplete UTF-16 surrogate pair')
      const next = unit(at)
      if ((next & 0xfc00) !== 0xdc00) return done('expected low surrogate area')
      rune = 0x10000 + ((rune & 0x3ff) << 10) + (next & 0x3ff)
      at += 2
    }
    if (!isAllowed(rune)) return done('control characters are not allowed')
    parts.push(encodeRune(rune))
  }
  return done(undefined)
}
