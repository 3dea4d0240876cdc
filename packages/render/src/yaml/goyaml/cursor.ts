import { YamlError } from '../contract.ts'
import type { SourceText } from './source-text.ts'

/** Classes of bytes, as a bit set per byte. */
export const blank = 1
/** May begin a line break: LF, CR, NEL, LS, PS (the latter three by their first byte). */
export const maybeBreak = 2
export const flowIndicator = 4
export const colon = 8
export const alphanumeric = 16
export const quoteOrEscape = 32
export const hash = 64

export const classes = new Uint8Array(256)
for (const [characters, bit] of [
  [' \t', blank],
  ['\n\r\xc2\xe2', maybeBreak],
  [',?[]{}', flowIndicator],
  [':', colon],
  ['0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-', alphanumeric],
  ['"\'\\', quoteOrEscape],
  ['#', hash],
] as const) {
  for (const character of characters) classes[character.charCodeAt(0)]! |= bit // within 256 entries
}

/** A place in the text. Columns count bytes, which are characters wherever libyaml compares columns: behind nothing but blanks and indicators. */
export class Cursor {
  protected readonly text: string
  protected pos = 0
  /** From zero. */
  protected line = 0
  protected lineStart = 0
  protected readonly hasOddBreaks: boolean
  private readonly fault: string | undefined

  constructor(source: SourceText) {
    this.text = source.text
    this.hasOddBreaks = source.hasOddBreaks
    this.fault = source.fault
  }

  protected get column(): number {
    return this.pos - this.lineStart
  }

  protected isBlank(at: number): boolean {
    const code = this.text.charCodeAt(at)
    return code === 0x20 || code === 9
  }

  /** Bytes of the line break at `at`, 0 where there is none. CR LF is one break. */
  protected breakLength(at: number): number {
    const code = this.text.charCodeAt(at)
    if (code === 0x0a) return 1
    if (!this.hasOddBreaks) return 0
    if (code === 0x0d) return this.text.charCodeAt(at + 1) === 0x0a ? 2 : 1
    if (code === 0xc2) return this.text.charCodeAt(at + 1) === 0x85 ? 2 : 0
    if (code !== 0xe2 || this.text.charCodeAt(at + 1) !== 0x80) return 0
    return (this.text.charCodeAt(at + 2) & 0xfe) === 0xa8 ? 3 : 0
  }

  protected isBlankOrEnd(at: number): boolean {
    return at >= this.text.length || this.isBlank(at) || this.breakLength(at) > 0
  }

  protected isBreakOrEnd(at: number): boolean {
    return at >= this.text.length || this.breakLength(at) > 0
  }

  /** Passes a line break and gives what it stands for: LF, save for LS and PS, which stay. */
  protected takeBreak(length: number): string {
    const stands = length === 3 ? this.text.slice(this.pos, this.pos + 3) : '\n'
    this.skipBreak(length)
    return stands
  }

  protected skipBreak(length: number): void {
    this.pos += length
    this.line += 1
    this.lineStart = this.pos
  }

  protected skipBlanks(): void {
    while (this.isBlank(this.pos)) this.pos += 1
  }

  protected skipToBreak(): void {
    while (!this.isBreakOrEnd(this.pos)) this.pos += 1
  }

  /** A `---` or `...` of its own at the beginning of a line. */
  protected isDocumentMark(): boolean {
    if (this.pos !== this.lineStart) return false
    const code = this.text.charCodeAt(this.pos)
    if (code !== 0x2d && code !== 0x2e) return false
    return this.text.charCodeAt(this.pos + 1) === code && this.text.charCodeAt(this.pos + 2) === code && this.isBlankOrEnd(this.pos + 3)
  }

  /** The input goes on, but not as YAML. libyaml wants to see four characters before it says what comes next. */
  protected checkFault(): void {
    if (this.fault !== undefined && this.pos + 4 > this.text.length) throw new YamlError(`yaml: ${this.fault}`)
  }

  /** An error of the scanner is told with the line it stopped in, save for the first. */
  protected scanError(problem: string): YamlError {
    if (this.fault !== undefined && this.pos + 4 > this.text.length) return new YamlError(`yaml: ${this.fault}`)
    return new YamlError(this.line === 0 ? `yaml: ${problem}` : `yaml: line ${this.line + 1}: ${problem}`)
  }
}
