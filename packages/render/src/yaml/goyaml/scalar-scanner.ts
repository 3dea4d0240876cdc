import { encodeRune } from '../../go/utf8.ts'
import { alphanumeric, blank, classes, colon, Cursor, flowIndicator, hash, maybeBreak } from './cursor.ts'

/** What a scalar of one line need not be looked at for. */
const plainStops = blank | maybeBreak | colon
const flowPlainStops = plainStops | flowIndicator

/** Scalars, anchors and tags, with libyaml's rules for folding (scannerc.go). */
export class ScalarScanner extends Cursor {
  /** Column of the innermost block collection; -1 outside of all. */
  protected indent = -1
  protected flowLevel = 0
  protected simpleKeyAllowed = true
  private blockBreaks = ''

  protected scanPlain(): string {
    const text = this.text
    const end = text.length
    const indent = this.indent + 1
    const stops = this.flowLevel > 0 ? flowPlainStops : plainStops
    let value = ''
    let spaces = ''
    let leadingBreak = ''
    let trailingBreaks = ''
    let leadingBlanks = false

    for (;;) {
      if (text.charCodeAt(this.pos) === 0x23 || this.isDocumentMark()) break
      const start = this.pos
      let at = start
      for (;;) {
        while (at < end && (classes[text.charCodeAt(at)]! & stops) === 0) at += 1 // a byte is below 256
        if (at >= end) break
        const code = text.charCodeAt(at)
        if (code === 0x3a) {
          if (this.isBlankOrEnd(at + 1)) break
          at += 1
        } else if (code === 0x20 || code === 9) {
          const next = this.wordAfter(at, stops)
          if (next < 0) break
          at = next
        } else if ((classes[code]! & maybeBreak) !== 0) {
          if (this.breakLength(at) > 0) break
          at += 1
        } else break
      }
      this.pos = at
      if (at > start) {
        const piece = text.slice(start, at)
        value = value === '' ? piece : value + (leadingBlanks ? fold(leadingBreak, trailingBreaks) : spaces) + piece
        leadingBlanks = false
        spaces = ''
        leadingBreak = ''
        trailingBreaks = ''
      }
      if (at >= end || !(this.isBlank(at) || this.breakLength(at) > 0)) break

      const spacesStart = this.pos
      for (;;) {
        const code = text.charCodeAt(this.pos)
        if (code === 0x20 || code === 9) {
          if (leadingBlanks && code === 9 && this.column < indent) throw this.scanError('found a tab character that violates indentation')
          this.pos += 1
          continue
        }
        const length = this.breakLength(this.pos)
        if (length === 0) break
        if (leadingBlanks) trailingBreaks += this.takeBreak(length)
        else {
          leadingBreak = this.takeBreak(length)
          leadingBlanks = true
        }
      }
      if (!leadingBlanks) spaces = text.slice(spacesStart, this.pos)
      if (this.flowLevel === 0 && this.column < indent) break
    }
    if (leadingBlanks) this.simpleKeyAllowed = true
    return value
  }

  /** Behind blanks in a line, where nothing but a further word of the scalar begins; -1 where that is less clear. */
  private wordAfter(at: number, stops: number): number {
    let next = at + 1
    while (this.isBlank(next)) next += 1
    return next < this.text.length && (classes[this.text.charCodeAt(next)]! & (stops | hash)) === 0 ? next : -1
  }

  protected scanQuoted(single: boolean): string {
    const text = this.text
    const end = text.length
    const quote = single ? 0x27 : 0x22
    this.pos += 1
    let value = ''
    for (;;) {
      if (this.isDocumentMark()) throw this.scanError('found unexpected document indicator')
      if (this.pos >= end) throw this.scanError('found unexpected end of stream')

      let leadingBlanks = false
      let start = this.pos
      while (this.pos < end) {
        const code = text.charCodeAt(this.pos)
        if (code === quote) {
          if (!single || text.charCodeAt(this.pos + 1) !== 0x27) break
          value += text.slice(start, this.pos + 1)
          this.pos += 2
          start = this.pos
        } else if (code === 0x5c && !single) {
          value += text.slice(start, this.pos)
          const length = this.breakLength(this.pos + 1)
          if (length > 0) {
            this.pos += 1
            this.skipBreak(length)
            leadingBlanks = true
            start = this.pos
            break
          }
          value += this.takeEscape()
          start = this.pos
        } else if (code === 0x20 || code === 9) {
          const next = this.wordAfter(this.pos, maybeBreak)
          if (next < 0) break
          this.pos = next
        } else if ((classes[code]! & maybeBreak) !== 0 && this.breakLength(this.pos) > 0) break
        else this.pos += 1
      }
      value += text.slice(start, this.pos)
      if (text.charCodeAt(this.pos) === quote && this.pos < end) {
        this.pos += 1
        return value
      }
      value += this.takeQuotedBlanks(leadingBlanks)
    }
  }

  private takeQuotedBlanks(afterEscapedBreak: boolean): string {
    let leadingBlanks = afterEscapedBreak
    let leadingBreak = ''
    let trailingBreaks = ''
    const start = this.pos
    for (;;) {
      if (this.isBlank(this.pos)) {
        this.pos += 1
        continue
      }
      const length = this.breakLength(this.pos)
      if (length === 0) break
      if (leadingBlanks) trailingBreaks += this.takeBreak(length)
      else {
        leadingBreak = this.takeBreak(length)
        leadingBlanks = true
      }
    }
    if (!leadingBlanks) return this.text.slice(start, this.pos)
    return fold(leadingBreak, trailingBreaks)
  }

  private takeEscape(): string {
    const code = this.text.charCodeAt(this.pos + 1)
    const digits = code === 0x78 ? 2 : code === 0x75 ? 4 : code === 0x55 ? 8 : 0
    if (digits === 0) {
      const short = escapes.get(code)
      if (short === undefined) throw this.scanError('found unknown escape character')
      this.pos += 2
      return short
    }
    this.pos += 2
    const hex = this.text.slice(this.pos, this.pos + digits)
    if (hex.length < digits || !/^[0-9a-fA-F]+$/.test(hex)) throw this.scanError('did not find expected hexdecimal number')
    const value = Number.parseInt(hex, 16)
    if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) throw this.scanError('found invalid Unicode character escape code')
    this.pos += digits
    return encodeRune(value)
  }

  protected scanBlock(literal: boolean): string {
    this.pos += 1
    const { chomping, increment } = this.takeBlockHeader()
    this.skipBlanks()
    if (this.text.charCodeAt(this.pos) === 0x23) this.skipToBreak()
    if (!this.isBreakOrEnd(this.pos)) throw this.scanError('did not find expected comment or line break')
    if (this.pos < this.text.length) this.skipBreak(this.breakLength(this.pos))

    const given = increment === 0 ? 0 : Math.max(this.indent, 0) + increment
    const indent = this.takeBlockBreaks(given)
    let trailingBreaks = this.blockBreaks
    const parts: string[] = []
    let leadingBreak = ''
    let leadingBlank = false
    while (this.column === indent && this.pos < this.text.length) {
      const trailingBlank = this.isBlank(this.pos)
      if (!literal && !leadingBlank && !trailingBlank && leadingBreak === '\n') {
        if (trailingBreaks === '') parts.push(' ')
      } else parts.push(leadingBreak)
      parts.push(trailingBreaks)
      leadingBlank = trailingBlank

      const start = this.pos
      if (this.hasOddBreaks) this.skipToBreak()
      else {
        const end = this.text.indexOf('\n', start)
        this.pos = end < 0 ? this.text.length : end
      }
      parts.push(this.text.slice(start, this.pos))
      const length = this.pos < this.text.length ? this.breakLength(this.pos) : 0
      leadingBreak = length === 0 ? '' : this.takeBreak(length)
      this.takeBlockBreaks(indent)
      trailingBreaks = this.blockBreaks
    }
    if (chomping !== '-') parts.push(leadingBreak)
    if (chomping === '+') parts.push(trailingBreaks)
    return parts.join('')
  }

  private takeBlockHeader(): { chomping: string; increment: number } {
    const match = blockHeader.exec(this.text.slice(this.pos, this.pos + 2)) ?? ['', '', '', '', '']
    const [found, before = '', digitAfter = '', digitBefore = '', after = ''] = match
    const digit = digitAfter || digitBefore
    if (digit === '0') {
      this.pos += before.length
      throw this.scanError('found an indentation indicator equal to 0')
    }
    this.pos += found.length
    return { chomping: before || after, increment: Number(digit) }
  }

  /**
   * Passes indentation and empty lines of a block scalar, and leaves the line breaks in `blockBreaks`; gives its indentation, which the first line
   * decides when none is `given`.
   */
  private takeBlockBreaks(given: number): number {
    let deepest = 0
    this.blockBreaks = ''
    for (;;) {
      while ((given === 0 || this.column < given) && this.text.charCodeAt(this.pos) === 0x20) this.pos += 1
      if (this.column > deepest) deepest = this.column
      if ((given === 0 || this.column < given) && this.text.charCodeAt(this.pos) === 9) {
        throw this.scanError('found a tab character where an indentation space is expected')
      }
      const length = this.pos < this.text.length ? this.breakLength(this.pos) : 0
      if (length === 0) break
      this.blockBreaks += this.takeBreak(length)
    }
    return given === 0 ? Math.max(deepest, this.indent + 1, 1) : given
  }

  /** The name behind `&` or `*`. */
  protected scanAnchor(): string {
    const start = this.pos + 1
    let at = start
    while ((classes[this.text.charCodeAt(at)]! & alphanumeric) !== 0) at += 1
    this.pos = at
    if (at === start || !(this.isBlankOrEnd(at) || '?:,]}%@`'.includes(this.text.charAt(at)))) {
      throw this.scanError('did not find expected alphabetic or numeric character')
    }
    return this.text.slice(start, at)
  }

  protected scanTag(): { handle: string; suffix: string } {
    let handle = ''
    let suffix: string
    if (this.text.charCodeAt(this.pos + 1) === 0x3c) {
      this.pos += 2
      suffix = this.scanTagUri(false, '')
      if (this.text.charCodeAt(this.pos) !== 0x3e) throw this.scanError("did not find the expected '>'")
      this.pos += 1
    } else {
      handle = this.scanTagHandle(false)
      if (handle.length > 1 && handle.endsWith('!')) suffix = this.scanTagUri(false, '')
      else {
        suffix = this.scanTagUri(true, handle.slice(1))
        // `!` on its own is no handle but the tag itself.
        handle = suffix === '' ? '' : '!'
        if (suffix === '') suffix = '!'
      }
    }
    if (!this.isBlankOrEnd(this.pos)) throw this.scanError('did not find expected whitespace or line break')
    return { handle, suffix }
  }

  protected scanTagHandle(directive: boolean): string {
    if (this.text.charCodeAt(this.pos) !== 0x21) throw this.scanError("did not find expected '!'")
    const start = this.pos
    this.pos += 1
    while ((classes[this.text.charCodeAt(this.pos)]! & alphanumeric) !== 0) this.pos += 1
    if (this.text.charCodeAt(this.pos) === 0x21) this.pos += 1
    else if (directive && this.pos > start + 1) throw this.scanError("did not find expected '!'")
    return this.text.slice(start, this.pos)
  }

  protected scanTagUri(mayBeEmpty: boolean, head: string): string {
    let uri = head
    const start = this.pos
    for (;;) {
      const character = this.text.charAt(this.pos)
      if (character === '%') uri += this.takeUriEscape()
      else if (tagCharacter.test(character)) {
        uri += character
        this.pos += 1
      } else break
    }
    if (this.pos === start && !mayBeEmpty) throw this.scanError('did not find expected tag URI')
    return uri
  }

  /** One character of UTF-8, each byte as `%xx`. */
  private takeUriEscape(): string {
    let bytes = ''
    let width = 0
    do {
      const hex = this.text.slice(this.pos, this.pos + 3)
      if (!/^%[0-9a-fA-F]{2}$/.test(hex)) throw this.scanError('did not find URI escaped octet')
      const octet = Number.parseInt(hex.slice(1), 16)
      if (width === 0) {
        width = octet < 0x80 ? 1 : (octet & 0xe0) === 0xc0 ? 2 : (octet & 0xf0) === 0xe0 ? 3 : (octet & 0xf8) === 0xf0 ? 4 : 0
        if (width === 0) throw this.scanError('found an incorrect leading UTF-8 octet')
      } else if ((octet & 0xc0) !== 0x80) throw this.scanError('found an incorrect trailing UTF-8 octet')
      bytes += String.fromCharCode(octet)
      this.pos += 3
    } while (bytes.length < width)
    return bytes
  }
}

/** A line break becomes a space, unless more breaks follow or it is one of those that stay. */
function fold(leadingBreak: string, trailingBreaks: string): string {
  if (leadingBreak !== '\n') return leadingBreak + trailingBreaks
  return trailingBreaks === '' ? ' ' : trailingBreaks
}

const blockHeader = /^(?:([-+])([0-9])?|([0-9])([-+])?)/
const tagCharacter = /^[0-9A-Za-z_\-;/?:@&=+$,.!~*'()[\]]$/

const escapes = new Map<number, string>(
  Object.entries({
    '0': '\0',
    a: '\x07',
    b: '\b',
    t: '\t',
    '\t': '\t',
    n: '\n',
    v: '\v',
    f: '\f',
    r: '\r',
    e: '\x1b',
    ' ': ' ',
    '"': '"',
    "'": "'",
    '\\': '\\',
    N: '\xc2\x85',
    _: '\xc2\xa0',
    L: '\xe2\x80\xa8',
    P: '\xe2\x80\xa9',
  }).map(([character, meaning]) => [character.charCodeAt(0), meaning]),
)
