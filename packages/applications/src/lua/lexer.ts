import { LuaError } from './value.ts'

export interface Token {
  kind: 'name' | 'number' | 'string' | 'end of file' | 'symbol'
  text: string
  line: number
  /** Where it ends, which is where an error is told to be. -1: at the end. */
  endLine: number
  endColumn: number
}

export const keywords = new Set(
  'and break do else elseif end false for function goto if in local nil not or repeat return then true until while'.split(' '),
)
const symbols = ['...', '==', '~=', '<=', '>=', '..', '::', ...'+-*/%^#<>=(){}[];:,.'.split('')]
const escapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
  '\n': '\n',
}

/** As gopher-lua words it (`parse/lexer.go`). */
export function syntaxError(message: string, near: string, line: number, column: number): LuaError {
  return new LuaError(
    line < 0 ? `<string> at EOF:   ${message}\n` : `<string> line:${line}(column:${column}) near '${near}':   ${message}\n`,
  )
}

/** The words of a script, whose characters are bytes. */
export function* tokensOf(source: string): Generator<Token, Token> {
  let at = 0
  let line = 1
  let column = 0

  function next(): string {
    const character = source[at++]
    if (character === undefined) throw syntaxError('unexpected end', '', -1, 0)
    if (character !== '\n' && character !== '\r') {
      column++
      return character
    }
    const pair = source[at]
    if ((pair === '\n' || pair === '\r') && pair !== character) at++
    line++
    column = 0
    return '\n'
  }

  function fail(message: string, near: string): LuaError {
    return at >= source.length ? syntaxError(message, near, -1, 0) : syntaxError(message, near, line, column)
  }

  function longText(level: number, complaint: string): string {
    let text = ''
    let isFirst = true
    for (;;) {
      if (at >= source.length) throw fail(complaint, text)
      if (source[at] === ']' && source.startsWith(`${'='.repeat(level)}]`, at + 1)) {
        for (let skipped = 0; skipped < level + 2; skipped++) next()
        return text
      }
      const character = next()
      if (!(isFirst && character === '\n')) text += character
      isFirst = false
    }
  }

  /** At `[`: the number of `=` up to the second one, or undefined when it opens no long text. */
  function longLevel(): number | undefined {
    const match = /\[(=*)(\[?)/y
    match.lastIndex = at
    const found = match.exec(source)
    if (!found || (found[1] === '' && found[2] === '')) return undefined
    if (found[2] === '') throw fail('invalid multiline string', source[at + found[0].length] ?? '')
    for (let skipped = 0; skipped < found[0].length; skipped++) next()
    return found[1]?.length ?? 0
  }

  function quotedText(quote: string): string {
    let text = ''
    for (;;) {
      if (at >= source.length || source[at] === '\n' || source[at] === '\r') {
        if (at < source.length) next()
        throw fail('unterminated string', text)
      }
      const character = next()
      if (character === quote) return text
      if (character !== '\\') {
        text += character
        continue
      }
      const escaped = next()
      let digits = /[0-9]/.test(escaped) ? escaped : ''
      while (digits !== '' && digits.length < 3 && /[0-9]/.test(source[at] ?? '')) digits += next()
      text += digits === '' ? (escapes[escaped] ?? escaped) : String.fromCharCode(Number(digits) & 255)
    }
  }

  function numberToken(): string {
    const hex = /0[xX][0-9a-fA-F]*/y
    const decimal = /\d*(?:\.\d*)?(?:[eE][+-]?\d+)?/y
    hex.lastIndex = decimal.lastIndex = at
    const text = hex.exec(source)?.[0] ?? decimal.exec(source)?.[0] ?? ''
    for (let skipped = 0; skipped < text.length; skipped++) next()
    if (/^0[xX]$/.test(text)) throw syntaxError('illegal hexadecimal number', text, line, column)
    return /^0\d/.test(text) ? text.slice(1) : text
  }

  for (;;) {
    const character = source[at]
    if (character === undefined) return { kind: 'end of file', text: '', line: -1, endLine: -1, endColumn: 0 }
    if (' \t\r\n'.includes(character)) {
      next()
      continue
    }
    if (source.startsWith('--', at)) {
      next()
      next()
      const level = source[at] === '[' ? longLevel() : undefined
      if (level !== undefined) longText(level, 'invalid multiline comment')
      else while (at < source.length && source[at] !== '\n' && source[at] !== '\r') next()
      continue
    }
    const begun = line
    const token = (kind: Token['kind'], text: string): Token => ({ kind, text, line: begun, endLine: line, endColumn: column })
    if (/[A-Za-z_]/.test(character)) {
      const name = /[A-Za-z_0-9]+/y
      name.lastIndex = at
      const text = name.exec(source)?.[0] ?? ''
      at += text.length
      column += text.length
      yield token(keywords.has(text) ? 'symbol' : 'name', text)
    } else if (/[0-9]/.test(character) || (character === '.' && /[0-9]/.test(source[at + 1] ?? ''))) yield token('number', numberToken())
    else if (character === '"' || character === "'") {
      next()
      yield token('string', quotedText(character))
    } else {
      const level = character === '[' ? longLevel() : undefined
      if (level !== undefined) yield token('string', longText(level, 'unterminated multiline string'))
      else {
        const symbol = symbols.find((text) => source.startsWith(text, at))
        for (let skipped = 0; skipped < (symbol?.length ?? 1); skipped++) next()
        if (symbol === undefined) throw fail(character === '~' ? "Invalid '~' token" : 'Invalid token', character)
        yield token('symbol', symbol)
      }
    }
  }
}
