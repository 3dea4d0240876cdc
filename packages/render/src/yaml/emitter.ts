import { analyzeScalar, characterWidth, isBreak, isPrintable, type ScalarTraits } from './scalar-text.ts'
import { readsAsText } from './scalar-type.ts'

/** What goyaml's emitter does differently from version to version. */
export interface EmitterStyle {
  version: 2 | 3
  /** v3 only: `- ` counts as indentation of a list within a map. */
  compactLists: boolean
  /** libyaml's `best_width`: a space beyond this column may become a line break. */
  width: number
}

type Style = 'plain' | 'single' | 'double' | 'literal'

const bestIndent = 2

/**
 * Writes YAML as goyaml's emitter (libyaml's) does: what state it keeps (column, whether the last thing was whitespace or indentation) decides
 * about blanks and line breaks, so the same state is kept here. Texts are strings of bytes; columns count characters.
 */
export class Emitter {
  private out = ''
  private column = 0
  private whitespace = true
  private indention = true
  private indent = -1
  private readonly style: EmitterStyle

  constructor(style: EmitterStyle) {
    this.style = style
  }

  /** The document, with its final line break. */
  finish(): string {
    this.writeIndent()
    return this.out
  }

  /** Begins a list and gives the indentation to go back to in `endList`. `inMap`: it is a value of a map; `inList`: an item of a list. */
  startList(inMap: boolean, inList: boolean): number {
    const outer = this.indent
    if (this.style.version === 2) this.increaseIndent(false, inMap && !this.indention, inList)
    else this.increaseIndent(false, false, inList, inMap && (this.column === 0 || !this.indention) && this.style.compactLists)
    return outer
  }

  startMap(inList: boolean): number {
    const outer = this.indent
    this.increaseIndent(false, false, inList)
    return outer
  }

  endCollection(outer: number): void {
    this.indent = outer
  }

  startItem(): void {
    this.writeIndent()
    this.writeIndicator('-', true, false, true)
  }

  /** `? ` keys are those of more than 128 bytes or of several lines. */
  key(text: string): void {
    this.writeIndent()
    const traits = analyzeScalar(text, this.style.version === 3)
    if (!traits.multiline && text.length <= 128) {
      this.string(text, true, false, traits)
      this.writeIndicator(':', false, false, false)
      return
    }
    this.writeIndicator('?', true, false, true)
    this.string(text, false, false, traits)
    this.writeIndent()
    this.writeIndicator(':', true, false, true)
  }

  binaryKey(base64: string): void {
    this.writeIndent()
    const isSimple = !base64.includes('\n') && base64.length + '!!binary'.length <= 128
    if (!isSimple) this.writeIndicator('?', true, false, true)
    this.binary(base64, false)
    if (!isSimple) this.writeIndent()
    this.writeIndicator(':', !isSimple, false, !isSimple)
  }

  /** An empty collection: `{}` or `[]`. */
  empty(brackets: string): void {
    this.writeIndicator(brackets, true, false, false)
  }

  /** `null`, a number, a boolean: always plain. */
  plain(text: string): void {
    if (!this.whitespace) this.put(' ')
    this.put(text)
    this.column += text.length - 1
    this.whitespace = false
    this.indention = false
  }

  /** Bytes that are no text, as base64 with goyaml's tag and lines. */
  binary(base64: string, inList: boolean): void {
    this.plain('!!binary')
    const outer = this.indent
    this.increaseIndent(true, false, inList)
    if (base64.includes('\n')) this.writeLiteral(base64)
    else this.writePlain(base64, false)
    this.indent = outer
  }

  string(text: string, isKey: boolean, inList: boolean, traits = analyzeScalar(text, this.style.version === 3)): void {
    const style = this.chooseStyle(text, isKey, traits)
    const outer = this.indent
    this.increaseIndent(true, false, inList)
    if (style === 'plain') this.writePlain(text, !isKey)
    else if (style === 'single') this.writeSingleQuoted(text, !isKey)
    else if (style === 'double') this.writeDoubleQuoted(text, !isKey)
    else this.writeLiteral(text)
    this.indent = outer
  }

  private chooseStyle(text: string, isKey: boolean, traits: ScalarTraits): Style {
    if (text.includes('\n')) return isKey || !traits.block ? 'double' : 'literal'
    if (!readsAsText(text, this.style.version)) return 'double'
    if (traits.plain && !(isKey && traits.multiline)) return 'plain'
    return traits.singleQuoted && !(isKey && traits.multiline) ? 'single' : 'double'
  }

  private increaseIndent(flow: boolean, indentless: boolean, inList: boolean, compact = false): void {
    if (this.indent < 0) this.indent = flow ? bestIndent : 0
    else if (indentless) return
    else if (this.style.version === 2 || inList) this.indent += bestIndent
    else this.indent = bestIndent * Math.floor((this.indent + bestIndent) / bestIndent) - (compact ? 2 : 0)
  }

  private put(text: string): void {
    this.out += text
    this.column += 1
  }

  private putBreak(): void {
    this.out += '\n'
    this.column = 0
    if (this.style.version === 3) this.indention = true
  }

  private writeIndent(): void {
    const indent = this.indent < 0 ? 0 : this.indent
    if (!this.indention || this.column > indent || (this.column === indent && !this.whitespace)) this.putBreak()
    if (this.column < indent) {
      this.out += ' '.repeat(indent - this.column)
      this.column = indent
    }
    this.whitespace = true
    if (this.style.version === 2) this.indention = true
  }

  private writeIndicator(indicator: string, needsWhitespace: boolean, isWhitespace: boolean, isIndention: boolean): void {
    if (needsWhitespace && !this.whitespace) this.put(' ')
    this.out += indicator
    this.column += indicator.length
    this.whitespace = isWhitespace
    this.indention &&= isIndention
  }

  private writePlain(text: string, mayFold: boolean): void {
    if (!this.whitespace) this.put(' ')
    this.writeWords(text, mayFold, false)
    this.whitespace = false
    this.indention = false
  }

  private writeSingleQuoted(text: string, mayFold: boolean): void {
    this.writeIndicator("'", true, false, false)
    this.writeWords(text, mayFold, true)
    this.writeIndicator("'", false, false, false)
    this.whitespace = false
    this.indention = false
  }

  /** Words of a plain or single-quoted scalar; a space beyond the 80th column becomes a line break where it stands alone. */
  private writeWords(text: string, mayFold: boolean, quoted: boolean): void {
    if (fitsLine(text)) return this.writeAsciiWords(quoted ? text.replaceAll("'", "''") : text, mayFold, quoted)
    let afterSpace = false
    let afterBreak = false
    for (let at = 0; at < text.length;) {
      const code = text.charCodeAt(at)
      if (code === 0x20) {
        const inside = !quoted || (at > 0 && at < text.length - 1)
        if (mayFold && !afterSpace && this.column > this.style.width && inside && text.charCodeAt(at + 1) !== 0x20) this.writeIndent()
        else this.put(' ')
        at += 1
        afterSpace = true
      } else if (isBreak(text, at, code)) {
        if (!afterBreak && code === 0x0a) this.putBreak()
        at = this.copyBreak(text, at, code)
        if (this.style.version === 2) this.indention = true
        afterBreak = true
      } else {
        if (afterBreak) this.writeIndent()
        if (quoted && code === 0x27) this.put("'")
        at = this.copy(text, at, code)
        this.indention = false
        afterSpace = false
        afterBreak = false
      }
    }
  }

  /** The same for ASCII without line breaks, word by word. */
  private writeAsciiWords(text: string, mayFold: boolean, quoted: boolean): void {
    if (!mayFold || this.column + text.length <= this.style.width) {
      this.out += text
      this.column += text.length
      return
    }
    for (let at = 0; at < text.length;) {
      const space = text.indexOf(' ', at)
      const end = space < 0 ? text.length : space
      this.out += text.slice(at, end)
      this.column += end - at
      at = end
      if (space < 0) return
      const isAlone = text.charCodeAt(at + 1) !== 0x20 && (at === 0 || text.charCodeAt(at - 1) !== 0x20)
      const isInside = !quoted || (at > 0 && at < text.length - 1)
      if (isAlone && isInside && this.column > this.style.width) this.writeIndent()
      else this.put(' ')
      at += 1
    }
  }

  private writeDoubleQuoted(text: string, mayFold: boolean): void {
    this.writeIndicator('"', true, false, false)
    // libyaml asks whether the text begins with a byte order mark where it means to ask about each character.
    const escapeAll = text.startsWith('\xef\xbb\xbf')
    let afterSpace = false
    for (let at = 0; at < text.length;) {
      const code = text.charCodeAt(at)
      if (escapeAll || code === 0x22 || code === 0x5c || !isPrintable(text, at, code) || isBreak(text, at, code)) {
        const width = characterWidth(code)
        const escaped = escapeCharacter(decodeCharacter(text, at, width))
        this.out += escaped
        this.column += escaped.length
        at += width
        afterSpace = false
      } else if (code === 0x20) {
        if (mayFold && !afterSpace && this.column > this.style.width && at > 0 && at < text.length - 1) {
          this.writeIndent()
          if (text.charCodeAt(at + 1) === 0x20) this.put('\\')
        } else this.put(' ')
        at += 1
        afterSpace = true
      } else {
        at = this.copy(text, at, code)
        afterSpace = false
      }
    }
    this.writeIndicator('"', false, false, false)
    this.whitespace = false
    this.indention = false
  }

  private writeLiteral(text: string): void {
    this.writeIndicator('|', true, false, false)
    const first = text.charCodeAt(0)
    if (first === 0x20 || isBreak(text, 0, first)) this.writeIndicator(String(bestIndent), false, false, false)
    const chomping = chompingOf(text)
    if (chomping !== '') this.writeIndicator(chomping, false, false, false)
    this.putBreak()
    if (this.style.version === 2) this.indention = true
    this.whitespace = true
    if (/[\r\x80-\xff]/.test(text)) this.writeLines(text)
    else this.writePlainLines(text)
  }

  /** Lines of a literal scalar that only LF ends. */
  private writePlainLines(text: string): void {
    const margin = ' '.repeat(Math.max(this.indent, 0))
    for (let from = 0; from < text.length;) {
      const end = text.indexOf('\n', from)
      const line = end < 0 ? text.slice(from) : text.slice(from, end)
      if (line !== '') {
        this.out += margin + line
        this.column = margin.length + line.length
        this.indention = false
      }
      if (end < 0) return
      this.putBreak()
      this.indention = true
      from = end + 1
    }
  }

  private writeLines(text: string): void {
    let afterBreak = true
    for (let at = 0; at < text.length;) {
      const code = text.charCodeAt(at)
      if (isBreak(text, at, code)) {
        at = this.copyBreak(text, at, code)
        if (this.style.version === 2) this.indention = true
        afterBreak = true
      } else {
        if (afterBreak) this.writeIndent()
        at = this.copy(text, at, code)
        this.indention = false
        afterBreak = false
      }
    }
  }

  private copy(text: string, at: number, code: number): number {
    const next = at + characterWidth(code)
    this.put(next === at + 1 ? text.charAt(at) : text.slice(at, next))
    return next
  }

  private copyBreak(text: string, at: number, code: number): number {
    if (code === 0x0a) {
      this.putBreak()
      return at + 1
    }
    const next = this.copy(text, at, code)
    this.column = 0
    if (this.style.version === 3) this.indention = true
    return next
  }
}

/** ASCII without line breaks: as many columns as bytes. */
function fitsLine(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

function chompingOf(text: string): string {
  const last = lastCharacter(text, text.length)
  if (!isBreak(text, last, text.charCodeAt(last))) return '-'
  if (last === 0) return '+'
  const before = lastCharacter(text, last)
  return isBreak(text, before, text.charCodeAt(before)) ? '+' : ''
}

function lastCharacter(text: string, end: number): number {
  let at = end - 1
  while (at > 0 && (text.charCodeAt(at) & 0xc0) === 0x80) at -= 1
  return at
}

function decodeCharacter(text: string, at: number, width: number): number {
  let value = text.charCodeAt(at)
  if (width > 1) value &= width === 2 ? 0x1f : width === 3 ? 0x0f : 0x07
  for (let k = 1; k < width; k += 1) value = (value << 6) | (text.charCodeAt(at + k) & 0x3f)
  return value
}

const shortEscapes = new Map<number, string>([
  [0x00, '0'],
  [0x07, 'a'],
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0b, 'v'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x1b, 'e'],
  [0x22, '"'],
  [0x5c, '\\'],
  [0x85, 'N'],
  [0xa0, '_'],
  [0x2028, 'L'],
  [0x2029, 'P'],
])

function escapeCharacter(value: number): string {
  const short = shortEscapes.get(value)
  if (short !== undefined) return `\\${short}`
  const hex = value.toString(16).toUpperCase()
  if (value <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return value <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
