import { classes, hash, maybeBreak } from './cursor.ts'
import { ScalarScanner } from './scalar-scanner.ts'
import { Token, TokenQueue } from './token.ts'

/** A place where a key without `?` may have begun: it is one if `:` follows in the same line. */
interface SimpleKey {
  possible: boolean
  /** At the column of its block mapping, so nothing else could begin here. */
  required: boolean
  tokenNumber: number
  pos: number
  line: number
  column: number
}

/** libyaml's limits on flow collections and on block collections inside of each other. */
const maxNesting = 10_000
/** Characters that a key without `?` may have. */
const maxKeyCharacters = 1024

/** Turns text to tokens by libyaml's rules (scannerc.go of goyaml v2, which v3 shares but for comments). */
export class Scanner extends ScalarScanner {
  protected readonly tokens = new TokenQueue()
  private readonly indents: number[] = []
  private readonly simpleKeys: SimpleKey[] = [newKey()]
  private readonly keysByToken = new Map<number, SimpleKey>()
  private ended = false

  /** Kind of the next token. */
  protected peek(): number {
    for (;;) {
      if (this.tokens.length > 0) {
        if (this.keysByToken.size === 0) break
        const key = this.keysByToken.get(this.tokens.taken)
        if (key === undefined || !this.isValidKey(key)) break
      }
      this.fetchToken()
    }
    return this.tokens.kind
  }

  private fetchToken(): void {
    this.skipToToken()
    this.unrollIndent(this.column)
    this.checkFault()
    const text = this.text
    const pos = this.pos
    if (pos >= text.length) return this.fetchStreamEnd()
    const code = text.charCodeAt(pos)
    if (pos === this.lineStart) {
      if (code === 0x25) return this.fetchDirective()
      if (this.isDocumentMark()) return this.fetchDocumentMark(code === 0x2d ? Token.DocumentStart : Token.DocumentEnd)
    }
    switch (code) {
      case 0x5b:
        return this.fetchFlowStart(Token.FlowSequenceStart)
      case 0x7b:
        return this.fetchFlowStart(Token.FlowMappingStart)
      case 0x5d:
        return this.fetchFlowEnd(Token.FlowSequenceEnd)
      case 0x7d:
        return this.fetchFlowEnd(Token.FlowMappingEnd)
      case 0x2c:
        return this.fetchFlowEntry()
      case 0x2d:
        return this.isBlankOrEnd(pos + 1) ? this.fetchBlockEntry() : this.fetchScalar(code)
      case 0x3f:
        if (this.flowLevel > 0 || this.isBlankOrEnd(pos + 1)) return this.fetchKey()
        return this.fetchScalar(code)
      case 0x3a:
        if (this.flowLevel > 0 || this.isBlankOrEnd(pos + 1)) return this.fetchValue()
        return this.fetchScalar(code)
      case 0x2a:
        return this.fetchAnchor(Token.Alias)
      case 0x26:
        return this.fetchAnchor(Token.Anchor)
      case 0x21:
        return this.fetchTag()
      case 0x7c:
      case 0x3e:
        if (this.flowLevel === 0) return this.fetchBlockScalar(code === 0x7c)
        break
      case 0x25:
      case 0x40:
      case 0x60:
      case 0x09:
        break
      default:
        return this.fetchScalar(code)
    }
    throw this.scanError('found character that cannot start any token')
  }

  /** Blanks, comments and line breaks. A tab is no indentation: it may stand only where no key can begin. */
  private skipToToken(): void {
    const text = this.text
    // A second byte order mark is passed over, but counts as a column.
    if (this.pos === 0 && text.startsWith('\xef\xbb\xbf')) {
      this.pos = 3
      this.lineStart = 2
    }
    for (;;) {
      for (;;) {
        const code = text.charCodeAt(this.pos)
        if (code !== 0x20 && !(code === 9 && (this.flowLevel > 0 || !this.simpleKeyAllowed))) break
        this.pos += 1
      }
      if (this.pos >= text.length) return
      const found = classes[text.charCodeAt(this.pos)]! // a byte is below 256
      if ((found & hash) !== 0) {
        if (this.hasOddBreaks) this.skipToBreak()
        else {
          const end = text.indexOf('\n', this.pos)
          this.pos = end < 0 ? text.length : end
        }
      } else if ((found & maybeBreak) === 0) return
      const length = this.breakLength(this.pos)
      if (length === 0) return
      this.skipBreak(length)
      if (this.flowLevel === 0) this.simpleKeyAllowed = true
    }
  }

  private isValidKey(key: SimpleKey): boolean {
    if (!key.possible) return false
    if (key.line === this.line && this.isWithinKeyLimit(key.pos)) return true
    if (key.required) throw this.scanError("could not find expected ':'")
    this.drop(key)
    return false
  }

  private isWithinKeyLimit(start: number): boolean {
    if (this.pos - start <= maxKeyCharacters) return true
    let characters = 0
    for (let at = start; at < this.pos; at += 1) if ((this.text.charCodeAt(at) & 0xc0) !== 0x80) characters += 1
    return characters <= maxKeyCharacters
  }

  private drop(key: SimpleKey): void {
    key.possible = false
    this.keysByToken.delete(key.tokenNumber)
  }

  private get currentKey(): SimpleKey {
    return this.simpleKeys[this.simpleKeys.length - 1]! // there is one for each flow level, and one for none
  }

  private removeKey(): void {
    const key = this.currentKey
    if (!key.possible) return
    if (key.required) throw this.scanError("could not find expected ':'")
    this.drop(key)
  }

  private saveKey(): void {
    if (!this.simpleKeyAllowed) return
    this.removeKey()
    this.setKey(this.tokens.nextNumber, this.pos, this.line, this.column)
  }

  private setKey(tokenNumber: number, pos: number, line: number, column: number): void {
    const key = this.currentKey
    key.possible = true
    key.required = this.flowLevel === 0 && this.indent === column
    key.tokenNumber = tokenNumber
    key.pos = pos
    key.line = line
    key.column = column
    this.keysByToken.set(tokenNumber, key)
  }

  /** Opens a block collection at `column` unless one is open there; its token goes before that of the given number. */
  private rollIndent(column: number, number: number, kind: number, line: number): void {
    if (this.flowLevel > 0 || this.indent >= column) return
    this.indents.push(this.indent)
    this.indent = column
    if (this.indents.length > maxNesting) throw this.scanError(`exceeded max depth of ${maxNesting}`)
    if (number === this.tokens.nextNumber) this.tokens.push(kind, line, '', '')
    else this.tokens.insert(number, kind, line)
  }

  private unrollIndent(column: number): void {
    if (this.flowLevel > 0) return
    while (this.indent > column) {
      this.tokens.push(Token.BlockEnd, this.line, '', '')
      this.indent = this.indents.pop() ?? -1
    }
  }

  private fetchStreamEnd(): void {
    if (this.column !== 0) {
      this.lineStart = this.pos
      this.line += 1
    }
    this.unrollIndent(-1)
    this.removeKey()
    this.simpleKeyAllowed = false
    if (!this.ended) this.tokens.push(Token.StreamEnd, this.line, '', '')
    this.ended = true
  }

  private fetchDirective(): void {
    this.unrollIndent(-1)
    this.removeKey()
    this.simpleKeyAllowed = false
    const line = this.line
    this.pos += 1
    const start = this.pos
    while (/^[0-9A-Za-z_-]$/.test(this.text.charAt(this.pos))) this.pos += 1
    const name = this.text.slice(start, this.pos)
    if (name === '') throw this.scanError('could not find expected directive name')
    if (!this.isBlankOrEnd(this.pos)) throw this.scanError('found unexpected non-alphabetical character')
    if (name !== 'YAML' && name !== 'TAG') throw this.scanError('found unknown directive name')
    this.skipBlanks()
    if (name === 'YAML') {
      const major = this.scanVersionNumber()
      if (this.text.charCodeAt(this.pos) !== 0x2e) throw this.scanError("did not find expected digit or '.' character")
      this.pos += 1
      this.tokens.push(Token.VersionDirective, line, `${major}.${this.scanVersionNumber()}`, '')
    } else {
      const handle = this.scanTagHandle(true)
      if (!this.isBlank(this.pos)) throw this.scanError('did not find expected whitespace')
      this.skipBlanks()
      const prefix = this.scanTagUri(false, '')
      if (!this.isBlankOrEnd(this.pos)) throw this.scanError('did not find expected whitespace or line break')
      this.tokens.push(Token.TagDirective, line, handle, prefix)
    }
    this.skipBlanks()
    if (this.text.charCodeAt(this.pos) === 0x23) this.skipToBreak()
    if (!this.isBreakOrEnd(this.pos)) throw this.scanError('did not find expected comment or line break')
    if (this.pos < this.text.length) this.skipBreak(this.breakLength(this.pos))
  }

  private scanVersionNumber(): number {
    const start = this.pos
    while (/^[0-9]$/.test(this.text.charAt(this.pos))) {
      if (this.pos - start === 2) throw this.scanError('found extremely long version number')
      this.pos += 1
    }
    if (this.pos === start) throw this.scanError('did not find expected version number')
    return Number(this.text.slice(start, this.pos))
  }

  private fetchDocumentMark(kind: number): void {
    this.unrollIndent(-1)
    this.removeKey()
    this.simpleKeyAllowed = false
    this.tokens.push(kind, this.line, '', '')
    this.pos += 3
  }

  private fetchFlowStart(kind: number): void {
    const number = this.tokens.nextNumber
    this.saveKey()
    this.simpleKeys.push({ ...newKey(), tokenNumber: number })
    this.flowLevel += 1
    if (this.flowLevel > maxNesting) throw this.scanError(`exceeded max depth of ${maxNesting}`)
    this.simpleKeyAllowed = true
    this.pushIndicator(kind)
  }

  private fetchFlowEnd(kind: number): void {
    this.removeKey()
    if (this.flowLevel > 0) {
      this.flowLevel -= 1
      // In an empty collection that is the number of its own bracket: libyaml forgets that it might be a key, and so reads `{}: x` as `{}`.
      this.keysByToken.delete(this.currentKey.tokenNumber)
      this.simpleKeys.pop()
    }
    this.simpleKeyAllowed = false
    this.pushIndicator(kind)
  }

  private fetchFlowEntry(): void {
    this.removeKey()
    this.simpleKeyAllowed = true
    this.pushIndicator(Token.FlowEntry)
  }

  private fetchBlockEntry(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed) throw this.scanError('block sequence entries are not allowed in this context')
      this.rollIndent(this.column, this.tokens.nextNumber, Token.BlockSequenceStart, this.line)
    }
    this.removeKey()
    this.simpleKeyAllowed = true
    this.pushIndicator(Token.BlockEntry)
  }

  private fetchKey(): void {
    if (this.flowLevel === 0) {
      if (!this.simpleKeyAllowed) throw this.scanError('mapping keys are not allowed in this context')
      this.rollIndent(this.column, this.tokens.nextNumber, Token.BlockMappingStart, this.line)
    }
    this.removeKey()
    this.simpleKeyAllowed = this.flowLevel === 0
    this.pushIndicator(Token.Key)
  }

  private fetchValue(): void {
    const key = this.currentKey
    if (this.isValidKey(key)) {
      this.tokens.insert(key.tokenNumber, Token.Key, key.line)
      this.rollIndent(key.column, key.tokenNumber, Token.BlockMappingStart, key.line)
      this.drop(key)
      this.simpleKeyAllowed = false
    } else {
      if (this.flowLevel === 0) {
        if (!this.simpleKeyAllowed) throw this.scanError('mapping values are not allowed in this context')
        this.rollIndent(this.column, this.tokens.nextNumber, Token.BlockMappingStart, this.line)
      }
      this.simpleKeyAllowed = this.flowLevel === 0
    }
    this.pushIndicator(Token.Value)
  }

  private pushIndicator(kind: number): void {
    this.tokens.push(kind, this.line, '', '')
    this.pos += 1
  }

  private fetchAnchor(kind: number): void {
    this.saveKey()
    this.simpleKeyAllowed = false
    const line = this.line
    this.tokens.push(kind, line, this.scanAnchor(), '')
  }

  private fetchTag(): void {
    this.saveKey()
    this.simpleKeyAllowed = false
    const line = this.line
    const { handle, suffix } = this.scanTag()
    this.tokens.push(Token.Tag, line, handle, suffix)
  }

  private fetchBlockScalar(literal: boolean): void {
    this.removeKey()
    this.simpleKeyAllowed = true
    const line = this.line
    this.tokens.push(Token.QuotedScalar, line, this.scanBlock(literal), '')
  }

  private fetchScalar(code: number): void {
    const mayBeKey = this.simpleKeyAllowed
    if (mayBeKey) {
      this.removeKey()
      this.currentKey.tokenNumber = this.tokens.nextNumber
    }
    this.simpleKeyAllowed = false
    const pos = this.pos
    const line = this.line
    const column = pos - this.lineStart
    const isQuoted = code === 0x22 || code === 0x27
    const kind = isQuoted ? Token.QuotedScalar : Token.PlainScalar
    const value = isQuoted ? this.scanQuoted(code === 0x27) : this.scanPlain()
    if (mayBeKey) {
      if (this.line === line && this.isKeyHere(pos)) {
        this.rollIndent(column, this.tokens.nextNumber, Token.BlockMappingStart, line)
        this.tokens.push(Token.Key, line, '', '')
        this.tokens.push(kind, line, value, '')
        this.tokens.push(Token.Value, line, '', '')
        this.pos += 1
        return
      }
      if (this.mayStillBeKey(line, column)) this.setKey(this.tokens.nextNumber, pos, line, column)
    }
    this.tokens.push(kind, line, value, '')
  }

  /** Whether `:` follows at once, as it does behind nearly every key: then its tokens are clear without remembering where it began. */
  private isKeyHere(start: number): boolean {
    this.skipBlanks()
    if (this.text.charCodeAt(this.pos) !== 0x3a) return false
    return (this.flowLevel > 0 || this.isBlankOrEnd(this.pos + 1)) && this.isWithinKeyLimit(start)
  }

  /** What ends with its line can be no key: only if one has to be here, that is an error, which the general way finds. */
  private mayStillBeKey(line: number, column: number): boolean {
    // Behind the root of a document libyaml looks one token further than it has to, and may find an error there.
    if (this.flowLevel === 0 && (this.indent === column || this.indent < 0)) return true
    return this.line === line && this.pos < this.text.length && !/^[\n\r#,\]}]$/.test(this.text.charAt(this.pos))
  }
}

function newKey(): SimpleKey {
  return { possible: false, required: false, tokenNumber: 0, pos: 0, line: 0, column: 0 }
}
