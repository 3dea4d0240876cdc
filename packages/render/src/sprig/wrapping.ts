import { fixed, type FunctionTable } from './go-function.ts'
import { checkTextLength } from './size-limit.ts'

/** Masterminds/goutils: all counts are of bytes. */
export const wrappingFunctions: FunctionTable = {
  wrap: fixed(['int', 'string'], (width, text) => wrap(text, Number(width.value), '\n', false)),
  wrapWith: fixed(['int', 'string', 'string'], (width, separator, text) =>
    wrap(text, Number(width.value), separator === '' ? '\n' : separator, true),
  ),
  abbrev: fixed(['int', 'string'], (width, text) => (width.value < 4n ? text : abbreviate(text, 0, Number(width.value)))),
  abbrevboth: fixed(['int', 'int', 'string'], (left, right, text) => {
    if (right.value < 4n || (left.value > 0n && right.value < 7n)) return text
    return abbreviate(text, Number(left.value), Number(right.value))
  }),
}

function wrap(text: string, width: number, separator: string, breaksWords: boolean): string {
  const length = Math.max(width, 1)
  let wrapped = ''
  let offset = 0
  while (text.length - offset > length) {
    if (text[offset] === ' ') {
      offset += 1
      continue
    }
    const space = text.slice(offset, offset + length + 1).lastIndexOf(' ')
    const end = space >= 0 ? offset + space : breaksWords ? offset + length : text.indexOf(' ', offset + length)
    if (end < 0) break
    const next = space < 0 && breaksWords ? end : end + 1
    wrapped += text.slice(offset, end) + separator
    checkTextLength(wrapped.length)
    offset = next
  }
  return wrapped + text.slice(offset)
}

function abbreviate(text: string, from: number, width: number): string {
  if (text.length <= width) return text
  const room = width - 3
  const offset = text.length - from < room ? text.length - room : from
  if (offset <= 4) return `${text.slice(0, room)}...`
  // The library's own error gives the empty text.
  if (width < 7) return ''
  if (offset + room >= text.length) return `...${text.slice(text.length - room)}`
  return `...${abbreviate(text.slice(offset), 0, room)}`
}
