/** What is wrong with an expression, and where in it. */
export class ExpressionProblem extends Error {
  /** Counts UTF-16 units from the start of the expression. */
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

export type Token =
  | { readonly kind: 'literal'; readonly value: null | boolean | number | string; readonly text: string; readonly offset: number }
  | { readonly kind: 'name' | 'symbol' | 'end'; readonly text: string; readonly offset: number }

/** GitHub's own limit for one expression (actions/runner, ExpressionConstants.MaxLength). */
export const longestExpression = 21_000

const symbols = ['!=', '>=', '<=', '==', '&&', '||', '!', '>', '<', '(', ')', '[', ']', ',', '.', '*']
const isBoundary = /[\s()[\],.!><=&|]/
const keywords = new Map<string, null | boolean | number>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
])

/** Throws an ExpressionProblem. The last token is `end`. */
export function tokenize(text: string): Token[] {
  if (text.length > longestExpression) throw new ExpressionProblem(`expression is longer than ${longestExpression} characters`, 0)
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const start = at
    const character = text.charAt(at)
    if (/\s/.test(character)) {
      at++
      continue
    }
    if (character === "'") {
      const string = readString(text, at)
      tokens.push({ kind: 'literal', value: string.value, text: text.slice(start, string.end), offset: start })
      at = string.end
      continue
    }
    if (/[0-9+-]/.test(character) || (character === '.' && !canBeFollowedByProperty(tokens.at(-1)))) {
      do at++
      while (at < text.length && (text[at] === '.' || !isBoundary.test(text.charAt(at))))
      const number = parseNumber(text.slice(start, at))
      if (Number.isNaN(number)) throw unexpected(text.slice(start, at), start)
      tokens.push({ kind: 'literal', value: number, text: text.slice(start, at), offset: start })
      continue
    }
    const symbol = symbols.find((one) => text.startsWith(one, at))
    if (symbol) {
      tokens.push({ kind: 'symbol', text: symbol, offset: start })
      at += symbol.length
      continue
    }
    do at++
    while (at < text.length && !isBoundary.test(text.charAt(at)))
    const word = text.slice(start, at)
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(word)) throw unexpected(word, start)
    const isProperty = tokens.at(-1)?.text === '.' && tokens.at(-1)?.kind === 'symbol'
    const value = keywords.get(word)
    if (value !== undefined && !isProperty) tokens.push({ kind: 'literal', value, text: word, offset: start })
    else tokens.push({ kind: 'name', text: word, offset: start })
  }
  tokens.push({ kind: 'end', text: '', offset: text.length })
  return tokens
}

/** As GitHub turns text into a number: JavaScript's rules, but hexadecimal and octal only up to 32 bits and without a sign. */
export function parseNumber(text: string): number {
  const trimmed = text.trim()
  if (trimmed === '') return 0
  if (/^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$/.test(trimmed)) return Number(trimmed)
  const based = /^0(?:x([0-9a-fA-F]+)|o([0-7]+))$/.exec(trimmed)
  if (based) {
    const value = Number.parseInt(based[1] ?? based[2] ?? '', based[1] === undefined ? 8 : 16)
    return value <= 0xffff_ffff ? value | 0 : Number.NaN
  }
  if (trimmed === 'Infinity' || trimmed === '+Infinity') return Number.POSITIVE_INFINITY
  return trimmed === '-Infinity' ? Number.NEGATIVE_INFINITY : Number.NaN
}

function canBeFollowedByProperty(token: Token | undefined): boolean {
  return token?.kind === 'name' || (token?.kind === 'symbol' && [')', ']', '*'].includes(token.text))
}

function readString(text: string, start: number): { value: string; end: number } {
  let value = ''
  let at = start + 1
  for (;;) {
    const quote = text.indexOf("'", at)
    if (quote < 0) throw new ExpressionProblem("string is not closed: a single quote ' is missing", start)
    value += text.slice(at, quote)
    if (text[quote + 1] !== "'") return { value, end: quote + 1 }
    value += "'"
    at = quote + 2
  }
}

function unexpected(text: string, offset: number): ExpressionProblem {
  if (text.startsWith('"')) return new ExpressionProblem("strings in expressions are written in single quotes, as in 'text'", offset)
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
  return new ExpressionProblem(`unexpected '${shown}' in expression`, offset)
}
