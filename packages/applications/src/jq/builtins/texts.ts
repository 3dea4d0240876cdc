import { JqError } from '../error.ts'
import { checkedText } from '../machine.ts'
import { add, splitText, wholeNumber } from '../operators.ts'
import { jsonText, type JqValue, preview } from '../value.ts'
import { listOf } from './lists.ts'
import type { Native } from './native-functions.ts'
import { valuesOf } from './objects.ts'

export const textFunctions: Record<string, Native> = {
  'utf8bytelength/0': (input) => Buffer.byteLength(textOf('utf8bytelength', input)),
  'startswith/1': (input, start) => textOf('startswith', input).startsWith(textOf('startswith', start)),
  'endswith/1': (input, end) => textOf('endswith', input).endsWith(textOf('endswith', end)),
  'ltrimstr/1': (input, start) => withoutStart(textOf('ltrimstr', input), textOf('ltrimstr', start)),
  'rtrimstr/1': (input, end) => withoutEnd(textOf('rtrimstr', input), textOf('rtrimstr', end)),
  'trimstr/1': (input, edge) => {
    const text = textOf('trimstr', edge)
    return withoutEnd(withoutStart(textOf('trimstr', input), text), text)
  },
  'trim/0': (input) => rightTrimmed(leftTrimmed(textOf('trim', input))),
  'ltrim/0': (input) => leftTrimmed(textOf('ltrim', input)),
  'rtrim/0': (input) => rightTrimmed(textOf('rtrim', input)),
  'explode/0': (input) => Array.from(textOf('explode', input), (char) => char.codePointAt(0) ?? 0),
  'implode/0': (input) => {
    const points = listOf('implode', input).map((point) => {
      if (typeof point !== 'number') throw new JqError(`implode cannot be applied to: ${preview(input)}`)
      const whole = wholeNumber(point)
      const isScalar = whole >= 0 && whole <= 0x10ffff && !(whole >= 0xd800 && whole <= 0xdfff)
      return String.fromCodePoint(isScalar ? whole : 0xfffd)
    })
    return checkedText(points.join(''))
  },
  'split/1': (input, separator) => splitText(textOf('split', input), textOf('split', separator)),
  'join/1': (input, separator) => {
    const items = valuesOf('join', input)
    if (items.length === 0) return ''
    return items.reduce<JqValue>(
      (joined, item, index) =>
        add(add(joined, index === 0 ? '' : separator), typeof item === 'boolean' || typeof item === 'number' ? jsonText(item) : item),
      null,
    )
  },
  'ascii_downcase/0': (input) => textOf('ascii_downcase', input).replaceAll(/[A-Z]/g, (char) => char.toLowerCase()),
  'ascii_upcase/0': (input) => textOf('ascii_upcase', input).replaceAll(/[a-z]/g, (char) => char.toUpperCase()),
}

/** What Go's `unicode.IsSpace` takes for space; JavaScript adds U+FEFF and knows no U+0085. */
const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

function leftTrimmed(text: string): string {
  let start = 0
  while (start < text.length && space.test(text[start] ?? '')) start++
  return text.slice(start)
}

/** Without an expression, which would look at each space of the text anew. */
function rightTrimmed(text: string): string {
  let end = text.length
  while (end > 0 && space.test(text[end - 1] ?? '')) end--
  return text.slice(0, end)
}

export function textOf(what: string, value: JqValue | undefined): string {
  if (typeof value !== 'string') throw new JqError(`${what} cannot be applied to: ${preview(value ?? null)}`)
  return value
}

function withoutStart(text: string, start: string): string {
  return text.startsWith(start) ? text.slice(start.length) : text
}

function withoutEnd(text: string, end: string): string {
  return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text
}
