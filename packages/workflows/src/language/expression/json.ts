import type { Value } from '../contract.ts'
import { isList, isMap, numberText } from './coercion.ts'

/** Newtonsoft's default, which GitHub's runner reads JSON with, is 64; a little more does no harm. */
const deepestJson = 100

/** Throws an Error with the reason. */
export function fromJson(text: string): Value {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    // The engine's message quotes the text, which may hold a secret, cut where no masker finds it.
    const place = /position (\d+)/.exec((error as Error).message)?.[1]
    throw new Error(
      `fromJSON: ${text.trim() === '' ? 'the text is empty' : `the text is not JSON${place ? `, from character ${place} on` : ''}`}`,
    )
  }
  return toValue(parsed)
}

/** From what JSON, YAML or a webhook gave to values of expressions: maps without prototype. What is no JSON becomes null. */
export function toValue(input: unknown, depth = 0): Value {
  if (depth > deepestJson) throw new Error(`JSON is nested more than ${deepestJson} deep`)
  if (typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean') return input
  if (typeof input !== 'object' || input === null) return null
  if (Array.isArray(input)) return input.map((item) => toValue(item, depth + 1))
  const map: Record<string, Value> = Object.create(null)
  for (const [key, value] of Object.entries(input)) if (value !== undefined) map[key] = toValue(value, depth + 1)
  return map
}

/** With two blanks per level. `spend` is told the length of each piece, and may throw. */
export function toJson(value: Value, spend: (length: number) => void, indent = ''): string {
  if (indent.length > 2 * deepestJson + 2) throw new Error(`toJSON: value is nested more than ${deepestJson} deep`)
  const inner = `${indent}  `
  if (isList(value)) {
    if (value.length === 0) return '[]'
    return wrap(
      '[',
      value.map((item) => toJson(item, spend, inner)),
      ']',
    )
  }
  if (isMap(value)) {
    const keys = Object.keys(value)
    if (keys.length === 0) return '{}'
    // Own keys: the value is there.
    return wrap(
      '{',
      keys.map((key) => `${quote(key)}: ${toJson(value[key]!, spend, inner)}`),
      '}',
    )
  }
  const text = typeof value === 'string' ? quote(value) : typeof value === 'number' ? numberText(value) : String(value)
  spend(text.length + inner.length)
  return text

  function wrap(open: string, items: string[], close: string): string {
    spend(items.length * (inner.length + 2))
    return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${close}`
  }
}

/** JSON.stringify, and the separators that Newtonsoft escapes. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029').replaceAll('\u0085', '\\u0085')
}
