import { sprintf } from '../go/format.ts'
import { quote } from '../go/quote.ts'
import { isDigit, isLetter } from '../go/unicode.ts'
import { decodeRune, runeOf, widthOf } from '../go/utf8.ts'
import { goInt } from '../go/value.ts'
import { Token, typeOfWord } from './token.ts'

const newline = 0x0a
const dash = 0x2d

/** Classes of ASCII, as a bit set per character. */
const space = 1
/** May stand in a word. */
const word = 2
/** Ends a field or a variable; so do the end of the text and `}}`. */
const terminator = 4

const classes = new Uint8Array(256)
for (const [characters, bits] of [
  [' \t\r\n', space | terminator],
  ['.,|:()', terminator],
  ['0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_', word],
] as const) {
  for (const character of characters) classes[character.charCodeAt(0)] = bits
}

/**
 * Tokens of a template, as Go's `text/template/parse` cuts them: text between actions is one token, a run of spaces inside an action is one.
 * After an error there are no more tokens of the text.
 */
export class Lexer {
  private readonly input: string
  private position = 0
  private start = 0
  private isInsideAction = false
  private parenDepth = 0
  /** What comes after an error, at its place. */
  private end: Token | undefined

  constructor(input: string) {
    this.input = input
  }

  next(): Token {
    if (this.end !== undefined) return this.end
    return this.isInsideAction ? this.readInsideAction() : this.readText()
  }

  /** The line that a token begins in, from 1: wanted for errors alone, so it is counted then. */
  lineOf({ position }: Token): number {
    let line = 1
    for (let at = this.input.indexOf('\n'); at >= 0 && at < position; at = this.input.indexOf('\n', at + 1)) line += 1
    return line
  }

  private emit(type: number): Token {
    return this.emitValue(type, this.input.slice(this.start, this.position))
  }

  private emitValue(type: number, value: string): Token {
    const token: Token = { type, position: this.start, value }
    this.start = this.position
    return token
  }

  private fail(message: string): Token {
    this.end = { type: Token.Eof, position: this.start, value: '' }
    return { type: Token.Error, position: this.start, value: message }
  }

  private skipTo(position: number): void {
    this.position = position
    this.start = position
  }

  private readText(): Token {
    for (;;) {
      const { input } = this
      const delim = input.indexOf('{{', this.position)
      if (delim < 0) {
        this.position = input.length
        return this.emit(this.position > this.start ? Token.Text : Token.Eof)
      }
      const hasMarker = this.hasLeftTrimMarker(delim + 2)
      if (delim > this.position) {
        let end = delim
        if (hasMarker) while (end > this.position && isSpace(input.charCodeAt(end - 1))) end -= 1
        this.position = end
        const text = end > this.start ? this.emit(Token.Text) : undefined
        this.skipTo(delim)
        if (text !== undefined) return text
      }
      const inner = delim + (hasMarker ? 4 : 2)
      if (!input.startsWith('/*', inner)) {
        this.position = delim + 2
        const token = this.emitValue(Token.LeftDelim, '{{')
        this.isInsideAction = true
        this.skipTo(inner)
        this.parenDepth = 0
        return token
      }
      this.skipTo(inner)
      const close = input.indexOf('*/', inner + 2)
      if (close < 0) return this.fail('unclosed comment')
      const after = close + 2
      const isTrimmed = this.hasRightTrimMarker(after)
      if (!isTrimmed && !input.startsWith('}}', after)) return this.fail('comment ends before closing delimiter')
      this.skipTo(this.spacesAfter(after + (isTrimmed ? 4 : 2), isTrimmed))
    }
  }

  private hasLeftTrimMarker(at: number): boolean {
    return this.input.charCodeAt(at) === dash && isSpace(this.input.charCodeAt(at + 1))
  }

  /** ` -}}`, with any of the four spaces. */
  private hasRightTrimMarker(at: number): boolean {
    return isSpace(this.input.charCodeAt(at)) && this.input.startsWith('-}}', at + 1)
  }

  private spacesAfter(at: number, isTrimmed: boolean): number {
    let end = at
    if (isTrimmed) while (isSpace(this.input.charCodeAt(end))) end += 1
    return end
  }

  private readRightDelim(isTrimmed: boolean): Token {
    if (isTrimmed) this.skipTo(this.position + 2)
    this.position += 2
    const token = this.emitValue(Token.RightDelim, '}}')
    this.skipTo(this.spacesAfter(this.position, isTrimmed))
    this.isInsideAction = false
    return token
  }

  private readInsideAction(): Token {
    const { input } = this
    const first = this.position
    const code = input.charCodeAt(first)
    switch (code) {
      case 0x20:
      case 0x09:
      case 0x0d:
      case newline:
        if (!this.hasRightTrimMarker(first)) return this.readSpace()
        return this.parenDepth === 0 ? this.readRightDelim(true) : this.fail('unclosed left paren')
      case 0x7d: // }
        if (input.charCodeAt(first + 1) !== 0x7d) break
        return this.parenDepth === 0 ? this.readRightDelim(false) : this.fail('unclosed left paren')
      case 0x3d: // =
        this.position += 1
        return this.emit(Token.Assign)
      case 0x3a: // :
        if (input.charCodeAt(first + 1) !== 0x3d) return this.fail('expected :=')
        this.position += 2
        return this.emit(Token.Declare)
      case 0x7c: // |
        this.position += 1
        return this.emitValue(Token.Pipe, '|')
      case 0x22: // "
        this.position += 1
        return this.readQuoted(0x22, Token.String, 'unterminated quoted string')
      case 0x27: // '
        this.position += 1
        return this.readQuoted(0x27, Token.CharConstant, 'unterminated character constant')
      case 0x60: // `
        this.position += 1
        return this.readRawString()
      case 0x24: // $
        this.position += 1
        return this.readFieldOrVariable(Token.Variable)
      case 0x28: // (
        this.parenDepth += 1
        this.position += 1
        return this.emitValue(Token.LeftParen, '(')
      case 0x29: // )
        this.parenDepth -= 1
        this.position += 1
        return this.parenDepth < 0 ? this.fail('unexpected right paren') : this.emitValue(Token.RightParen, ')')
      case 0x2e: // .
        if (first + 1 >= input.length || isAsciiDigit(input.charCodeAt(first + 1))) return this.readNumber()
        this.position += 1
        return this.readFieldOrVariable(Token.Field)
      default:
        if (first >= input.length) return this.fail('unclosed action')
    }
    if (code === 0x2b || code === dash || isAsciiDigit(code)) return this.readNumber()
    if (classes[code] === word) return this.readIdentifier()
    const packed = decodeRune(input, first)
    const rune = runeOf(packed)
    if (isAlphaNumeric(rune)) return this.readIdentifier()
    this.position += widthOf(packed)
    if (rune >= 0x20 && rune < 0x7f) return this.emit(Token.Char)
    return this.fail(`unrecognized character in action: ${printRune(rune)}`)
  }

  private readSpace(): Token {
    const first = this.position
    let end = first + 1
    while (isSpace(this.input.charCodeAt(end))) end += 1
    // The last space belongs to a trim marker that follows it.
    if (end > first + 1 && this.hasRightTrimMarker(end - 1)) end -= 1
    this.position = end
    return this.emitValue(Token.Space, '')
  }

  private skipAlphaNumeric(): void {
    const { input } = this
    let { position } = this
    while (classes[input.charCodeAt(position)] === word) position += 1
    this.position = position
    if (!(input.charCodeAt(position) >= 0x80)) return
    for (;;) {
      const packed = decodeRune(this.input, this.position)
      if (!isAlphaNumeric(runeOf(packed)) || widthOf(packed) === 0) return
      this.position += widthOf(packed)
    }
  }

  private readIdentifier(): Token {
    this.skipAlphaNumeric()
    if (!this.isAtTerminator()) return this.failAtRune()
    const value = this.input.slice(this.start, this.position)
    return this.emitValue(typeOfWord(value), value)
  }

  /** Behind the dot or the dollar sign. */
  private readFieldOrVariable(type: number): Token {
    if (this.isAtTerminator()) return this.emit(type === Token.Variable ? type : Token.Dot)
    this.skipAlphaNumeric()
    if (!this.isAtTerminator()) return this.failAtRune()
    return type === Token.Variable ? this.emit(type) : this.emitValue(type, this.input.slice(this.start + 1, this.position))
  }

  private failAtRune(): Token {
    return this.fail(`bad character ${printRune(runeOf(decodeRune(this.input, this.position)))}`)
  }

  private isAtTerminator(): boolean {
    const { input, position } = this
    if (position >= input.length) return true
    const code = input.charCodeAt(position)
    return (classes[code]! & terminator) !== 0 || (code === 0x7d && input.charCodeAt(position + 1) === 0x7d)
  }

  private readQuoted(mark: number, type: number, message: string): Token {
    const { input } = this
    for (; this.position < input.length; this.position += 1) {
      const code = input.charCodeAt(this.position)
      if (code === newline) break
      if (code === mark) {
        this.position += 1
        return this.emit(type)
      }
      if (code !== 0x5c) continue
      const escaped = this.position + 1
      if (escaped >= input.length || input.charCodeAt(escaped) === newline) break
      this.position += widthOf(decodeRune(input, escaped))
    }
    return this.fail(message)
  }

  private readRawString(): Token {
    const close = this.input.indexOf('`', this.position)
    if (close < 0) return this.fail('unterminated raw quoted string')
    this.position = close + 1
    return this.emit(Token.RawString)
  }

  private readNumber(): Token {
    if (!this.scanNumber()) return this.failNumber()
    const sign = this.input[this.position]
    if (sign !== '+' && sign !== '-') return this.emit(Token.Number)
    // A complex number: 1+2i.
    return this.scanNumber() && this.input[this.position - 1] === 'i' ? this.emit(Token.Complex) : this.failNumber()
  }

  private failNumber(): Token {
    return this.fail(`bad number syntax: ${quote(this.input.slice(this.start, this.position))}`)
  }

  private scanNumber(): boolean {
    this.accept('+-')
    let digits = '0123456789_'
    if (this.accept('0')) {
      if (this.accept('xX')) digits = '0123456789abcdefABCDEF_'
      else if (this.accept('oO')) digits = '01234567_'
      else if (this.accept('bB')) digits = '01_'
    }
    this.acceptRun(digits)
    if (this.accept('.')) this.acceptRun(digits)
    const isDecimal = digits.length === 11
    if (isDecimal ? this.accept('eE') : digits.length === 23 && this.accept('pP')) {
      this.accept('+-')
      this.acceptRun('0123456789_')
    }
    this.accept('i')
    const packed = decodeRune(this.input, this.position)
    if (widthOf(packed) === 0 || !isAlphaNumeric(runeOf(packed))) return true
    this.position += widthOf(packed)
    return false
  }

  private accept(valid: string): boolean {
    const character = this.input[this.position]
    if (character === undefined || !valid.includes(character)) return false
    this.position += 1
    return true
  }

  private acceptRun(valid: string): void {
    while (this.accept(valid));
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === newline
}

function isAsciiDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isAlphaNumeric(rune: number): boolean {
  return rune === 0x5f || isLetter(rune) || isDigit(rune)
}

/** `%#U`: `U+0021 '!'`. */
function printRune(rune: number): string {
  return sprintf('%#U', [goInt(rune)])
}
