import { JqSyntaxError } from './error.ts'
import { Lexer, readTextPiece, type Token } from './lexer.ts'
import type { Node, Operator, Pattern, Step } from './syntax.ts'

/** Longer programs, and deeper ones, are none that somebody wrote. */
const maxLength = 64 * 1024
const maxDepth = 500

/** Reads a program. The grammar and its precedences are gojq's, which Argo CD runs (itchyny/gojq 0.12). Throws `JqSyntaxError`. */
export function parseJq(source: string): Node {
  if (source.length > maxLength) throw new JqSyntaxError(`the expression is longer than ${maxLength} characters`, maxLength)
  const parser = new Parser(source)
  const node = parser.pipe()
  parser.expectEnd()
  return node
}

const keywords = new Set(
  'or and module import include def as label break null true false if then elif else end try catch reduce foreach'.split(' '),
)

/** From loose to tight. `once`: `a == b == c` is an error. */
const levels: readonly { operators: ReadonlySet<string>; grouping: 'left' | 'right' | 'once' }[] = [
  { operators: new Set(['//']), grouping: 'right' },
  { operators: new Set(['=', '|=', '+=', '-=', '*=', '/=', '%=', '//=']), grouping: 'once' },
  { operators: new Set(['or']), grouping: 'left' },
  { operators: new Set(['and']), grouping: 'left' },
  { operators: new Set(['==', '!=', '<', '<=', '>', '>=']), grouping: 'once' },
  { operators: new Set(['+', '-']), grouping: 'left' },
  { operators: new Set(['*', '/', '%']), grouping: 'left' },
]

class Parser {
  readonly #lexer: Lexer
  #depth = 0

  constructor(source: string) {
    this.#lexer = new Lexer(source)
  }

  expectEnd(): void {
    const token = this.#lexer.peek()
    if (token.kind !== 'end') throw unexpected(token)
  }

  pipe(): Node {
    return this.#nested(() => {
      const left = this.#comma()
      return this.#accept('|') ? { kind: 'pipe', left, right: this.pipe() } : left
    })
  }

  #comma(): Node {
    let left = this.#operand()
    while (this.#accept(',')) left = { kind: 'comma', left, right: this.#operand() }
    return left
  }

  /** A definition, a label and a binding reach as far as they can: their rest is everything that follows. */
  #operand(): Node {
    if (this.#acceptWord('def')) return this.#definition()
    if (this.#acceptWord('label')) {
      const name = this.#expectKind('variable').text
      this.#expect('|')
      return { kind: 'label', name, body: this.pipe() }
    }
    const source = this.#expression(0)
    if (!this.#acceptWord('as')) return source
    const patterns = [this.#pattern()]
    while (this.#accept('?//')) patterns.push(this.#pattern())
    this.#expect('|')
    return { kind: 'bind', source, patterns, body: this.pipe() }
  }

  #definition(): Node {
    const name = this.#expectKind('word').text
    if (keywords.has(name) || name.includes('::')) throw unexpected({ ...this.#lexer.peek(), text: name })
    const parameters: string[] = []
    if (this.#accept('(')) {
      do {
        const token = this.#lexer.next()
        if (token.kind !== 'variable' && (token.kind !== 'word' || keywords.has(token.text))) throw unexpected(token)
        parameters.push(token.text)
      } while (this.#accept(';'))
      this.#expect(')')
    }
    this.#expect(':')
    const body = this.pipe()
    this.#expect(';')
    return { kind: 'define', name, parameters, body, rest: this.pipe() }
  }

  #expression(level: number): Node {
    const here = levels[level]
    if (!here) return this.#term()
    let left = this.#expression(level + 1)
    for (;;) {
      const token = this.#lexer.peek()
      if ((token.kind !== 'symbol' && token.kind !== 'word') || !here.operators.has(token.text)) return left
      this.#lexer.next()
      const right = here.grouping === 'right' ? this.#nested(() => this.#expression(level)) : this.#expression(level + 1)
      left = binary(token.text, left, right)
      if (here.grouping === 'once' && here.operators.has(this.#lexer.peek().text)) throw unexpected(this.#lexer.peek())
    }
  }

  #term(): Node {
    return this.#nested(() => this.#suffixes(this.#primary()))
  }

  #primary(): Node {
    const token = this.#lexer.next()
    switch (token.kind) {
      case 'field':
        return { kind: 'field', of: { kind: 'identity' }, name: token.text.slice(1) }
      case 'number':
        return { kind: 'literal', value: Number(token.text) }
      case 'quote':
        return this.#text(undefined)
      case 'format':
        if (this.#lexer.peek().kind !== 'quote') return { kind: 'format', name: token.text.slice(1) }
        this.#lexer.next()
        return this.#text(token.text.slice(1))
      case 'variable':
        return { kind: 'variable', name: token.text, at: token.at }
      case 'word':
        return this.#word(token)
      case 'symbol':
        return this.#symbol(token)
      default:
        throw unexpected(token)
    }
  }

  #symbol(token: Token): Node {
    switch (token.text) {
      case '.': {
        const next = this.#lexer.peek()
        if (next.kind === 'quote') {
          this.#lexer.next()
          return indexed({ kind: 'identity' }, this.#text(undefined))
        }
        return { kind: 'identity' }
      }
      case '..':
        return { kind: 'recurse' }
      case '(': {
        const inner = this.pipe()
        this.#expect(')')
        return { kind: 'group', inner }
      }
      case '[': {
        if (this.#accept(']')) return { kind: 'list', items: undefined }
        const items = this.pipe()
        this.#expect(']')
        return { kind: 'list', items }
      }
      case '{':
        return this.#map()
      case '-':
        return { kind: 'negate', operand: this.#term() }
      case '+':
        return { kind: 'plus', operand: this.#term() }
      default:
        throw unexpected(token)
    }
  }

  #word(token: Token): Node {
    switch (token.text) {
      case 'null':
        return { kind: 'literal', value: null }
      case 'true':
      case 'false':
        return { kind: 'literal', value: token.text === 'true' }
      case 'if':
        return this.#condition()
      case 'try': {
        const body = this.#term()
        return { kind: 'try', body, handler: this.#acceptWord('catch') ? this.#term() : undefined }
      }
      case 'reduce':
      case 'foreach':
        return this.#fold(token.text)
      case 'break':
        return { kind: 'break', name: this.#expectKind('variable').text, at: token.at }
    }
    if (keywords.has(token.text)) throw unexpected(token)
    const args: Node[] = []
    if (this.#accept('(')) {
      do args.push(this.pipe())
      while (this.#accept(';'))
      this.#expect(')')
    }
    return { kind: 'call', name: token.text, args, at: token.at }
  }

  #condition(): Node {
    const branches: { condition: Node; body: Node }[] = []
    do {
      const condition = this.pipe()
      this.#expectWord('then')
      branches.push({ condition, body: this.pipe() })
    } while (this.#acceptWord('elif'))
    const otherwise = this.#acceptWord('else') ? this.pipe() : undefined
    this.#expectWord('end')
    return { kind: 'if', branches, otherwise }
  }

  #fold(kind: 'reduce' | 'foreach'): Node {
    const source = this.#expression(0)
    this.#expectWord('as')
    const pattern = this.#pattern()
    this.#expect('(')
    const start = this.pipe()
    this.#expect(';')
    const update = this.pipe()
    const extract = kind === 'foreach' && this.#accept(';') ? this.pipe() : undefined
    this.#expect(')')
    return kind === 'reduce' ? { kind, source, pattern, start, update } : { kind, source, pattern, start, update, extract }
  }

  #suffixes(start: Node): Node {
    let node = start
    for (;;) {
      const token = this.#lexer.peek()
      if (token.kind === 'field') {
        this.#lexer.next()
        node = { kind: 'field', of: node, name: token.text.slice(1) }
      } else if (this.#accept('[')) node = this.#bracket(node)
      else if (this.#accept('.')) {
        const next = this.#lexer.next()
        if (next.kind === 'quote') node = indexed(node, this.#text(undefined))
        else if (next.kind === 'symbol' && next.text === '[') node = this.#bracket(node)
        else throw unexpected(next)
      } else if (this.#accept('?')) node = optional(node)
      else return node
    }
  }

  #bracket(of: Node): Step {
    if (this.#accept(']')) return { kind: 'iterate', of }
    if (this.#accept(':')) {
      const to = this.pipe()
      this.#expect(']')
      return { kind: 'slice', of, from: undefined, to }
    }
    const index = this.pipe()
    if (this.#accept(']')) return indexed(of, index)
    this.#expect(':')
    const to = this.#lexer.peek().text === ']' ? undefined : this.pipe()
    this.#expect(']')
    return { kind: 'slice', of, from: index, to }
  }

  #map(): Node {
    const members: { key: Node; value: Node }[] = []
    while (!this.#accept('}')) {
      members.push(this.#member())
      if (this.#lexer.peek().text !== '}') this.#expect(',')
    }
    return { kind: 'map', members }
  }

  #member(): { key: Node; value: Node } {
    const token = this.#lexer.next()
    if (token.kind === 'variable') {
      const variable: Node = { kind: 'variable', name: token.text, at: token.at }
      if (this.#accept(':')) return { key: variable, value: this.#memberValue() }
      return { key: { kind: 'literal', value: token.text.slice(1) }, value: variable }
    }
    if (token.kind === 'symbol' && token.text === '(') {
      const key = this.pipe()
      this.#expect(')')
      this.#expect(':')
      return { key, value: this.#memberValue() }
    }
    let key: Node
    if (token.kind === 'word' && !token.text.includes('::')) key = { kind: 'literal', value: token.text }
    else if (token.kind === 'quote') key = this.#text(undefined)
    else throw unexpected(token)
    return { key, value: this.#accept(':') ? this.#memberValue() : indexed({ kind: 'identity' }, key) }
  }

  /** No comma: it ends the member. */
  #memberValue(): Node {
    const left = this.#expression(0)
    return this.#accept('|') ? { kind: 'pipe', left, right: this.#memberValue() } : left
  }

  #pattern(): Pattern {
    return this.#nested(() => {
      const token = this.#lexer.next()
      if (token.kind === 'variable') return { kind: 'variable', name: token.text }
      if (token.text === '[') {
        const items = [this.#pattern()]
        while (this.#accept(',')) items.push(this.#pattern())
        this.#expect(']')
        return { kind: 'list', items }
      }
      if (token.text !== '{') throw unexpected(token)
      const members = [this.#patternMember()]
      while (this.#accept(',')) members.push(this.#patternMember())
      this.#expect('}')
      return { kind: 'map', members }
    })
  }

  #patternMember(): { key: Node; variable: string | undefined; value: Pattern | undefined } {
    const token = this.#lexer.next()
    let key: Node
    if (token.kind === 'variable') key = { kind: 'literal', value: token.text.slice(1) }
    else if (token.kind === 'word') key = { kind: 'literal', value: token.text }
    else if (token.kind === 'quote') key = this.#text(undefined)
    else if (token.text === '(') {
      key = this.pipe()
      this.#expect(')')
    } else throw unexpected(token)
    const variable = token.kind === 'variable' ? token.text : undefined
    if (variable !== undefined && this.#lexer.peek().text !== ':') return { key, variable, value: undefined }
    this.#expect(':')
    return { key, variable, value: this.#pattern() }
  }

  /** The opening quote is read already. */
  #text(format: string | undefined): Node {
    const parts: Node[] = []
    for (;;) {
      const piece = readTextPiece(this.#lexer.source, this.#lexer.position)
      this.#lexer.position = piece.end
      if (piece.text !== '' || (piece.isLast && parts.length === 0)) parts.push({ kind: 'literal', value: piece.text })
      const [only] = parts
      if (piece.isLast) return parts.length === 1 && only?.kind === 'literal' ? only : { kind: 'text', parts, format }
      parts.push({ kind: 'group', inner: this.pipe() })
      const token = this.#lexer.peek()
      if (token.text !== ')') throw unexpected(token)
      this.#lexer.next()
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > maxDepth) throw new JqSyntaxError(`the expression is nested deeper than ${maxDepth} levels`, this.#lexer.position)
    const result = read()
    this.#depth--
    return result
  }

  #accept(text: string): boolean {
    const token = this.#lexer.peek()
    if (token.kind !== 'symbol' || token.text !== text) return false
    this.#lexer.next()
    return true
  }

  #acceptWord(text: string): boolean {
    const token = this.#lexer.peek()
    if (token.kind !== 'word' || token.text !== text) return false
    this.#lexer.next()
    return true
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw unexpected(this.#lexer.peek())
  }

  #expectWord(text: string): void {
    if (!this.#acceptWord(text)) throw unexpected(this.#lexer.peek())
  }

  #expectKind(kind: Token['kind']): Token {
    const token = this.#lexer.next()
    if (token.kind !== kind) throw unexpected(token)
    return token
  }
}

function binary(operator: string, left: Node, right: Node): Node {
  switch (operator) {
    case '//':
      return { kind: 'alternative', left, right }
    case 'or':
    case 'and':
      return { kind: operator, left, right }
    case '=':
      return { kind: 'assign', target: left, value: right }
    case '|=':
      return { kind: 'modify', target: left, by: right }
    case '+=':
    case '-=':
    case '*=':
    case '/=':
    case '%=':
    case '//=':
      return { kind: 'update', operator: operator.slice(0, -1) as Operator | '//', target: left, value: right }
    default:
      return { kind: 'operator', operator: operator as Operator, left, right }
  }
}

/** `.a.b?` forgives what goes wrong at `b`, and not what does at `a`. */
function optional(node: Node): Node {
  switch (node.kind) {
    case 'field':
    case 'index':
    case 'slice':
    case 'iterate':
      return { ...node, isOptional: true }
    default:
      return { kind: 'try', body: node, handler: undefined }
  }
}

function indexed(of: Node, index: Node): Step {
  return index.kind === 'literal' && typeof index.value === 'string'
    ? { kind: 'field', of, name: index.value }
    : { kind: 'index', of, index }
}

function unexpected(token: Token): JqSyntaxError {
  if (token.kind === 'end') return new JqSyntaxError('the expression ends too early', token.at)
  return new JqSyntaxError(`"${token.text}" is not expected here`, token.at)
}
