import { JqSyntaxError } from './error.ts'

/**
 * `quote`: only the opening one; what is inside of a text is the parser's, because programs stand in it. `field`: `.name`. `symbol`: everything else
 * that is no word.
 */
export interface Token {
  kind: 'word' | 'variable' | 'field' | 'number' | 'format' | 'quote' | 'symbol' | 'end'
  text: string
  at: number
  end: number
}

const blank = /(?:[ \t\r\n]|#(?:\\(?:\\|\r\n|[\r\n])|[^\r\n])*)+/y
const word = /[A-Za-z_]\w*(?:::[A-Za-z_]\w*)?/y
const variable = /\$[A-Za-z_]\w*(?:::[A-Za-z_]\w*)?/y
const field = /\.[A-Za-z_]\w*/y
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const format = /@[A-Za-z0-9_]+/y
const symbol = /\?\/\/|\/\/=|\|=|\+=|-=|\*=|\/=|%=|==|!=|<=|>=|\/\/|\.\.|[.[\](){}|,:;=<>+\-*/%?]/y

export class Lexer {
  readonly source: string
  /** Where the next token is looked for. */
  position = 0
  #peeked: Token | undefined

  constructor(source: string) {
    this.source = source
  }

  peek(): Token {
    this.#peeked ??= this.#read()
    return this.#peeked
  }

  next(): Token {
    const token = this.peek()
    this.#peeked = undefined
    this.position = token.end
    return token
  }

  #read(): Token {
    const at = this.position + (this.#match(blank, this.position)?.length ?? 0)
    if (at >= this.source.length) return { kind: 'end', text: '', at, end: at }
    if (this.source[at] === '"') return { kind: 'quote', text: '"', at, end: at + 1 }
    for (const [kind, pattern] of [
      ['word', word],
      ['variable', variable],
      ['field', field],
      ['number', number],
      ['format', format],
      ['symbol', symbol],
    ] as const) {
      const text = this.#match(pattern, at)
      if (text === undefined) continue
      const end = at + text.length
      // `1a`, `1.2.3`: neither a number nor two.
      if (kind === 'number' && /[A-Za-z_.]/.test(this.source[end] ?? ''))
        throw new JqSyntaxError(`"${this.source.slice(at, end + 1)}" is no number`, at)
      return { kind, text, at, end }
    }
    throw new JqSyntaxError(`"${String.fromCodePoint(this.source.codePointAt(at) ?? 0)}" means nothing here`, at)
  }

  #match(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at
    return pattern.exec(this.source)?.[0]
  }
}

export interface TextPiece {
  text: string
  /** Where the next thing stands: after the closing quote, or after `\(`. */
  end: number
  isLast: boolean
}

const escapes: Record<string, string> = { '"': '"', '/': '/', '\\': '\\', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** The characters of a text, up to its end or the next program in it. */
export function readTextPiece(source: string, from: number): TextPiece {
  let text = ''
  let at = from
  for (;;) {
    const char = source[at]
    if (char === undefined) throw new JqSyntaxError('a text has no closing quote', from)
    if (char === '"') return { text, end: at + 1, isLast: true }
    if (char !== '\\') {
      text += char
      at++
      continue
    }
    const escaped = source[at + 1]
    if (escaped === '(') return { text, end: at + 2, isLast: false }
    if (escaped === 'u') {
      const hex = source.slice(at + 2, at + 6)
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new JqSyntaxError(`"\\u${hex}" is no escape sequence`, at)
      text += String.fromCharCode(Number.parseInt(hex, 16))
      at += 6
    } else {
      const meant = escaped === undefined || !Object.hasOwn(escapes, escaped) ? undefined : escapes[escaped]
      if (meant === undefined) throw new JqSyntaxError(`"\\${escaped ?? ''}" is no escape sequence`, at)
      text += meant
      at += 2
    }
  }
}
