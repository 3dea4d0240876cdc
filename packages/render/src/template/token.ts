import { quote } from '../go/quote.ts'
import { decodeRune, widthOf } from '../go/utf8.ts'

/** Kinds of tokens, as numbers since each is compared many times. Those that begin an operand stand side by side, and so do the keywords. */
export const Token = {
  Assign: 0,
  Char: 1,
  Declare: 2,
  Eof: 3,
  Error: 4,
  LeftDelim: 5,
  Pipe: 6,
  RightDelim: 7,
  RightParen: 8,
  Space: 9,
  Text: 10,
  Bool: 11,
  CharConstant: 12,
  Complex: 13,
  Field: 14,
  Identifier: 15,
  LeftParen: 16,
  Number: 17,
  RawString: 18,
  String: 19,
  Variable: 20,
  /** The dot alone, which Go's lexer counts among the keywords. */
  Dot: 21,
  Nil: 22,
  Block: 23,
  Break: 24,
  Continue: 25,
  Define: 26,
  Else: 27,
  End: 28,
  If: 29,
  Range: 30,
  Template: 31,
  With: 32,
} as const

export interface Token {
  type: number
  /** Offset of its first byte in the template's text. */
  position: number
  /** Its text; a field's without the dot, and '' for spaces. */
  value: string
}

const words: ReadonlyMap<string, number> = new Map([
  ['block', Token.Block],
  ['break', Token.Break],
  ['continue', Token.Continue],
  ['define', Token.Define],
  ['else', Token.Else],
  ['end', Token.End],
  ['if', Token.If],
  ['nil', Token.Nil],
  ['range', Token.Range],
  ['template', Token.Template],
  ['with', Token.With],
  ['true', Token.Bool],
  ['false', Token.Bool],
])

/** A keyword, a boolean or an identifier. */
export function typeOfWord(word: string): number {
  return words.get(word) ?? Token.Identifier
}

export function beginsOperand(type: number): boolean {
  return type >= Token.Bool && type <= Token.Nil
}

/** How Go's parser names a token in an error. */
export function printToken(token: Token): string {
  const { type } = token
  if (type === Token.Eof) return 'EOF'
  if (type === Token.Error) return token.value
  if (type >= Token.Dot) return `<${token.value}>`
  const value = type === Token.Field ? `.${token.value}` : token.value
  if (value.length <= 10) return quote(value)
  let end = 0
  for (let runes = 0; runes < 10 && end < value.length; runes += 1) end += widthOf(decodeRune(value, end))
  return `${quote(value.slice(0, end))}...`
}
