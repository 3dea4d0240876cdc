import { decodeRune, runeOf, widthOf } from '../go/utf8.ts'
import { isDigit, isLetter } from '../go/unicode.ts'
import type { Match, Pattern } from './pattern.ts'

type Part = string | { group: number } | { name: string }

/** The text that stands for a match: `$1`, `${1}` and `$name` are groups, `$$` is a dollar; a name is as long as it can be. */
export class Replacement {
  readonly #parts: readonly Part[]

  constructor(template: string) {
    this.#parts = parse(template)
  }

  expand(pattern: Pattern, text: string, match: Match): string {
    let expanded = ''
    for (const part of this.#parts) {
      if (typeof part === 'string') {
        expanded += part
        continue
      }
      const group = 'group' in part ? part.group : pattern.groupNamed(part.name)
      const start = group === undefined ? -1 : (match[group * 2] ?? -1)
      if (group !== undefined && start >= 0) expanded += text.slice(start, match[group * 2 + 1])
    }
    return expanded
  }
}

function parse(template: string): Part[] {
  const parts: Part[] = []
  let rest = template
  for (;;) {
    const dollar = rest.indexOf('$')
    if (dollar < 0) break
    parts.push(rest.slice(0, dollar))
    rest = rest.slice(dollar + 1)
    const reference = rest.startsWith('$') ? undefined : readReference(rest)
    if (reference === undefined) {
      parts.push('$')
      if (rest.startsWith('$')) rest = rest.slice(1)
      continue
    }
    parts.push(reference.part)
    rest = rest.slice(reference.length)
  }
  parts.push(rest)
  return parts
}

function readReference(text: string): { part: Part; length: number } | undefined {
  const isBraced = text.startsWith('{')
  const start = isBraced ? 1 : 0
  let end = start
  while (end < text.length) {
    const packed = decodeRune(text, end)
    const rune = runeOf(packed)
    if (!isLetter(rune) && !isDigit(rune) && rune !== 0x5f) break
    end += widthOf(packed)
  }
  if (end === start || (isBraced && text[end] !== '}')) return undefined
  const name = text.slice(start, end)
  const isNumber = /^(?:0|[1-9][0-9]{0,8})$/.test(name)
  return { part: isNumber ? { group: Number(name) } : { name }, length: isBraced ? end + 1 : end }
}
