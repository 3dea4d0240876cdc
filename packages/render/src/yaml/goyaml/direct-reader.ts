import { type GoMap, type GoValue, JsonNumber } from '../../go/value.ts'
import { resolvePlain } from '../scalar-type.ts'
import type { ComposeOptions } from './composer.ts'
import { alphanumeric, classes } from './cursor.ts'
import { ScalarScanner } from './scalar-scanner.ts'
import type { SourceText } from './source-text.ts'

/** Thrown where the text has more to it: the general reader begins again, and it alone says what is wrong. */
const unclear = new Error('The text is not as plain as most are.')

/** Bytes that a key may have here, with what stands before its colon; libyaml counts characters. */
const longestKey = 1024

/** What begins a plain scalar without a second look: of ASCII's other characters most mean something. */
const plainStarts = new Uint8Array(256).fill(1, 0x80)
for (let code = 0; code < 0x80; code += 1) if ((classes[code]! & alphanumeric) !== 0) plainStarts[code] = 1 // within 256 entries
for (const character of '$().+/;<=^~\\') plainStarts[character.charCodeAt(0)] = 1
plainStarts['-'.charCodeAt(0)] = 0

/**
 * The document of a text as `Composer` reads it, for texts that have nothing but what nearly all have: collections in blocks, flow collections of
 * scalars, scalars of each style, comments. No token is made and nothing is remembered to be looked at twice, so it takes a third of the time.
 * Undefined for anything else (anchors, tags, tabs, directives, several documents, keys that are no text, every error).
 *
 * With `isWanted`, what is behind other keys of the root is null: it is looked at, and kept by nobody.
 */
export function readDirectly(source: SourceText, options: ComposeOptions, isWanted?: (key: string) => boolean): GoValue {
  if (source.fault !== undefined || source.hasOddBreaks || source.text.startsWith('\xef\xbb\xbf')) return undefined
  try {
    return new DirectReader(source, options).read(isWanted)
  } catch (error) {
    // Also what a scalar is refused for: the general reader may have met something before it.
    if (error instanceof RangeError) throw error
    return undefined
  }
}

/** Each method that reads a node leaves the place at what follows it, in a line of its own or behind an indicator. */
class DirectReader extends ScalarScanner {
  private readonly limits: ComposeOptions['limits']
  private readonly useNumber: boolean
  private readonly floatText: (value: number) => string
  /** The document and its root, which goyaml counts as well. */
  private nodes = 2
  private depth = 0
  private isKept = true

  constructor(source: SourceText, options: ComposeOptions) {
    super(source)
    this.limits = options.limits
    this.useNumber = options.useNumber
    this.floatText = options.floatText
  }

  read(isWanted: ((key: string) => boolean) | undefined): GoValue {
    this.skipToContent()
    if (this.isDocumentMark() && this.text.charCodeAt(this.pos) === 0x2d) {
      this.pos += 3
      const { line } = this
      this.skipToContent()
      if (this.line === line && this.pos < this.text.length) throw unclear
    }
    if (this.pos >= this.text.length) return null
    const value = this.root(isWanted)
    if (this.pos < this.text.length) throw unclear
    return value
  }

  /** A scalar is no document here: behind one libyaml looks further than it has to. */
  private root(isWanted: ((key: string) => boolean) | undefined): GoValue {
    const { column } = this
    if (this.isItemHere()) return this.blockSequence(column, false)
    const code = this.text.charCodeAt(this.pos)
    if (code === 0x5b || code === 0x7b) return this.lineEnd(this.flow())
    return this.blockMapping(column, this.key(), isWanted)
  }

  /** Blanks, comments and line breaks. */
  private skipToContent(): void {
    const { text } = this
    let { pos } = this
    for (;;) {
      let code = text.charCodeAt(pos)
      while (code === 0x20) {
        pos += 1
        code = text.charCodeAt(pos)
      }
      if (code === 0x23) {
        const end = text.indexOf('\n', pos)
        pos = end < 0 ? text.length : end
        code = text.charCodeAt(pos)
      }
      if (code !== 0x0a) {
        this.pos = pos
        if (code === 9) throw unclear
        return
      }
      pos += 1
      this.line += 1
      this.lineStart = pos
    }
  }

  /** What follows a value has to stand in another line. */
  private lineEnd(value: GoValue): GoValue {
    const { line } = this
    this.skipToContent()
    if (this.line === line && this.pos < this.text.length) throw unclear
    return value
  }

  private isItemHere(): boolean {
    return this.text.charCodeAt(this.pos) === 0x2d && this.isBlankOrEnd(this.pos + 1)
  }

  private isValueHere(start: number, line: number): boolean {
    return (
      this.text.charCodeAt(this.pos) === 0x3a &&
      this.line === line &&
      this.pos - start <= longestKey &&
      (this.flowLevel > 0 || this.isBlankOrEnd(this.pos + 1))
    )
  }

  private count(nodes: number): void {
    this.nodes += nodes
    if (this.nodes > this.limits.values) throw unclear
  }

  private enter(): void {
    this.depth += 1
    if (this.depth > this.limits.depth) throw unclear
  }

  /** A node of a block: behind `- `, or in a line below its key. */
  private blockNode(): GoValue {
    const { text, pos, line, column } = this
    const code = text.charCodeAt(pos)
    if (code === 0x22 || code === 0x27) {
      const value = this.scanQuoted(code === 0x27)
      if (this.line === line) this.skipBlanks()
      return this.isValueHere(pos, line) ? this.blockMapping(column, value) : this.lineEnd(value)
    }
    if (this.beginsPlain(code)) {
      const value = this.plain(pos)
      if (this.isValueHere(pos, line)) return this.blockMapping(column, textKey(value))
      return this.plainValue(value)
    }
    if (this.isItemHere()) return this.blockSequence(column, false)
    return this.markedValue(code)
  }

  /** What may stand behind a key in its line. */
  private lineValue(): GoValue {
    const { pos } = this
    const code = this.text.charCodeAt(pos)
    if (this.beginsPlain(code)) return this.plainValue(this.plain(pos))
    if (code === 0x22 || code === 0x27) return this.lineEnd(this.scanQuoted(code === 0x27))
    return this.markedValue(code)
  }

  private markedValue(code: number): GoValue {
    switch (code) {
      case 0x7b:
      case 0x5b:
        return this.lineEnd(this.flow())
      case 0x7c:
      case 0x3e: {
        const value = this.scanBlock(code === 0x7c)
        this.skipToContent()
        return value
      }
      default:
        throw unclear
    }
  }

  private beginsPlain(code: number): boolean {
    if (plainStarts[code] === 1) return true
    // In a flow collection `:` and `?` are indicators, whatever follows.
    return (code === 0x2d || (this.flowLevel === 0 && (code === 0x3a || code === 0x3f))) && !this.isBlankOrEnd(this.pos + 1)
  }

  private plain(start: number): string {
    const value = this.scanPlain()
    if (this.pos === start) throw unclear
    return value
  }

  /** Of a plain scalar in a block; libyaml has read on to the next line already. */
  private plainValue(value: string): GoValue {
    if (this.text.charCodeAt(this.pos) === 0x3a) throw unclear
    this.skipToContent()
    return this.typed(value)
  }

  private typed(scalar: string): GoValue {
    const resolved = resolvePlain(scalar, 2)
    if (resolved === undefined) return scalar
    const { kind, value } = resolved
    switch (kind) {
      case 'null':
      case 'boolean':
        return value as null | boolean
      case 'integer':
        return this.useNumber ? new JsonNumber(String(value)) : Number(value)
      case 'float':
        if (!Number.isFinite(value)) throw unclear
        return this.useNumber ? new JsonNumber(this.floatText(Number(value))) : Number(value)
      default:
        return scalar
    }
  }

  /** The key at this place and all that may stand before its colon. */
  private key(): string {
    const { text, pos, line } = this
    const code = text.charCodeAt(pos)
    let key: string
    if (code === 0x22 || code === 0x27) {
      key = this.scanQuoted(code === 0x27)
      if (this.line === line) this.skipBlanks()
    } else if (this.beginsPlain(code)) key = textKey(this.plain(pos))
    else throw unclear
    if (!this.isValueHere(pos, line)) throw unclear
    return key
  }

  /** From the colon behind its first key. */
  private blockMapping(column: number, first: string, isWanted?: (key: string) => boolean): GoValue {
    this.enter()
    const outer = this.indent
    const wasKept = this.isKept
    this.indent = column
    const map: GoMap | undefined = wasKept ? new Map() : undefined
    for (let key = first; ; key = this.key()) {
      this.pos += 1
      this.count(2)
      if (isWanted !== undefined) this.isKept = isWanted(key)
      const value = this.blockValue(column)
      map?.set(key, this.isKept ? value : null)
      if (this.pos >= this.text.length) break
      const next = this.column
      if (next < column) break
      if (next > column) throw unclear
    }
    this.isKept = wasKept
    this.indent = outer
    this.depth -= 1
    return map
  }

  private blockValue(column: number): GoValue {
    const { line } = this
    this.skipToContent()
    if (this.pos >= this.text.length) return null
    if (this.line === line) return this.lineValue()
    const next = this.column
    if (next > column) return this.blockNode()
    return next === column && this.isItemHere() ? this.blockSequence(column, true) : null
  }

  /** From its first `-`. The items of a mapping's value may stand in the column of its key. */
  private blockSequence(column: number, isIndentless: boolean): GoValue {
    this.enter()
    const outer = this.indent
    this.indent = column
    let list: GoValue[] | undefined
    for (;;) {
      this.pos += 1
      this.count(1)
      const item = this.blockItem(column)
      if (list !== undefined) list.push(item)
      // An array that begins with what is in it takes no more room than that.
      else if (this.isKept) list = [item]
      if (this.pos >= this.text.length) break
      const next = this.column
      if (next < column) break
      if (next > column) throw unclear
      if (this.isItemHere()) continue
      if (isIndentless) break
      throw unclear
    }
    this.indent = outer
    this.depth -= 1
    return list
  }

  private blockItem(column: number): GoValue {
    const { line } = this
    this.skipToContent()
    if (this.pos >= this.text.length) return null
    return this.line === line || this.column > column ? this.blockNode() : null
  }

  /** A flow collection; behind it anything may follow. */
  private flow(): GoValue {
    this.enter()
    this.flowLevel += 1
    const isMapping = this.text.charCodeAt(this.pos) === 0x7b
    this.pos += 1
    const value = isMapping ? this.flowMapping() : this.flowSequence()
    this.pos += 1
    this.flowLevel -= 1
    this.depth -= 1
    return value
  }

  private flowSequence(): GoValue {
    const list: GoValue[] = []
    for (;;) {
      this.skipInFlow()
      if (this.text.charCodeAt(this.pos) === 0x5d) break
      list.push(this.flowNode())
      if (this.isLastInFlow(0x5d)) break
    }
    return list
  }

  private flowMapping(): GoValue {
    const map: GoMap = new Map()
    for (;;) {
      this.skipInFlow()
      if (this.text.charCodeAt(this.pos) === 0x7d) break
      const key = this.key()
      this.count(1)
      this.pos += 1
      this.skipInFlow()
      map.set(key, this.flowNode())
      if (this.isLastInFlow(0x7d)) break
    }
    return map
  }

  private flowNode(): GoValue {
    this.count(1)
    const { pos } = this
    const code = this.text.charCodeAt(pos)
    if (code === 0x22 || code === 0x27) return this.scanQuoted(code === 0x27)
    if (this.beginsPlain(code)) return this.typed(this.plain(pos))
    if (code === 0x5b || code === 0x7b) return this.flow()
    throw unclear
  }

  /** Passes a comma; true: the collection ends here. */
  private isLastInFlow(end: number): boolean {
    this.skipInFlow()
    const code = this.text.charCodeAt(this.pos)
    if (code === end) return true
    if (code !== 0x2c) throw unclear
    this.pos += 1
    return false
  }

  private skipInFlow(): void {
    this.skipToContent()
    if (this.isDocumentMark()) throw unclear
  }
}

/** A plain scalar as a key: of those that are no text some are others than they are written. */
function textKey(scalar: string): string {
  if (scalar === '<<' || resolvePlain(scalar, 2) !== undefined) throw unclear
  return scalar
}
