/** Wrong in an expression, with where: shown to whoever wrote it. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
}

export type Token =
  | { kind: 'number'; value: number; at: number }
  | { kind: 'text'; value: string; at: number }
  | { kind: 'name'; value: string; at: number }
  | { kind: 'operator'; value: string; at: number }
  | { kind: 'end'; value: ''; at: number }

/** Longest first. */
const operators = [
  '?.[',
  '...',
  '||',
  '&&',
  '==',
  '!=',
  '<=',
  '>=',
  '**',
  '??',
  '?.',
  '..',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '<',
  '>',
  '!',
  '?',
  ':',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  '.',
  '|',
  '#',
  ';',
  '=',
] as const
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const rest = source.slice(at)
    const space = /^(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest)
    if (space) {
      at += space[0].length
      continue
    }
    const number = /^(?:0x[0-9a-f_]+|0b[01_]+|0o[0-7_]+|(?:\d[\d_]*)?\.?\d[\d_]*(?:e[+-]?\d+)?)/i.exec(rest)
    const name = /^[A-Za-z_$][\w$]*/.exec(rest)
    if (number) {
      // `1..3` is a range.
      const text = /^\d[\d_]*(?=\.\.)/.exec(rest)?.[0] ?? number[0]
      tokens.push({ kind: 'number', value: Number(text.replaceAll('_', '')), at })
      at += text.length
    } else if (name) {
      tokens.push({ kind: 'name', value: name[0], at })
      at += name[0].length
    } else if (rest.startsWith('"') || rest.startsWith("'") || rest.startsWith('`')) {
      const { value, length } = readText(rest, at)
      tokens.push({ kind: 'text', value, at })
      at += length
    } else {
      const operator = operators.find((one) => rest.startsWith(one))
      if (operator === undefined) throw new ExpressionError(`'${rest.slice(0, 1)}' is not expected (character ${at + 1})`)
      // `a?.[0]` is the two operators that it looks like.
      const value = operator === '?.[' ? '?.' : operator
      tokens.push({ kind: 'operator', value, at })
      at += value.length
    }
  }
  return [...tokens, { kind: 'end', value: '', at }]
}

function readText(rest: string, at: number): { value: string; length: number } {
  const quote = rest.charAt(0)
  let value = ''
  for (let index = 1; index < rest.length; index += 1) {
    const character = rest.charAt(index)
    if (character === quote) return { value, length: index + 1 }
    if (character !== '\\' || quote === '`') {
      value += character
      continue
    }
    const unicode = /^\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))/i.exec(rest.slice(index))
    const next = rest.charAt(index + 1)
    if (unicode) {
      const code = Number.parseInt(unicode[1] ?? unicode[2] ?? unicode[3] ?? '0', 16)
      if (code > 0x10_ffff) throw new ExpressionError(`there is no character ${unicode[0]} (character ${at + index + 1})`)
      value += String.fromCodePoint(code)
      index += unicode[0].length - 1
    } else if (Object.hasOwn(escapes, next)) {
      value += escapes[next] ?? ''
      index += 1
    } else throw new ExpressionError(`'\\${next}' is no escape (character ${at + index + 1})`)
  }
  throw new ExpressionError(`a text that begins at character ${at + 1} has no end`)
}
