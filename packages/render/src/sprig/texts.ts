import { formatValue } from '../go/format.ts'
import { quote } from '../go/quote.ts'
import { isDigit, isLetter } from '../go/unicode.ts'
import { countRunes, encodeRune } from '../go/utf8.ts'
import { isAscii, type GoValue } from '../go/value.ts'
import { fixed, isNil, named, variadic, type FunctionTable } from './go-function.ts'
import {
  explode,
  fromRunes,
  isLower,
  isSpace,
  isTitle,
  isUpper,
  mapRunes,
  toLower,
  toRunes,
  toTitle,
  toUpper,
  trimSet,
  trimSpace,
} from './runes.ts'
import { checkTextLength } from './size-limit.ts'
import { textOf } from './text-value.ts'

export const textFunctions: FunctionTable = {
  hello: fixed([], () => 'Hello!'),
  trim: fixed(['string'], trimSpace),
  upper: fixed(['string'], (text) => (isAscii(text) ? text.toUpperCase() : mapRunes(text, toUpper))),
  lower: fixed(['string'], (text) => (isAscii(text) ? text.toLowerCase() : mapRunes(text, toLower))),
  title: fixed(['string'], title),
  untitle: fixed(['string'], untitle),
  swapcase: fixed(['string'], swapCase),
  substr: fixed(['int', 'int', 'string'], (start, end, text) => substring(Number(start.value), Number(end.value), text)),
  trunc: fixed(['int', 'string'], (count, text) => truncate(Number(count.value), text)),
  repeat: fixed(['int', 'string'], (count, text) => repeat(text, Number(count.value))),
  ...named(
    ['trimall', 'trimAll'],
    fixed(['string', 'string'], (cutset, text) => trimSet(text, cutset)),
  ),
  trimSuffix: fixed(['string', 'string'], (suffix, text) =>
    suffix !== '' && text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  ),
  trimPrefix: fixed(['string', 'string'], (prefix, text) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  nospace: fixed(['string'], deleteSpace),
  initials: fixed(['string'], initials),
  contains: fixed(['string', 'string'], (part, text) => text.includes(part)),
  hasPrefix: fixed(['string', 'string'], (prefix, text) => text.startsWith(prefix)),
  hasSuffix: fixed(['string', 'string'], (suffix, text) => text.endsWith(suffix)),
  quote: variadic([], 'any', (...values) => joinPresent(values, (value) => quote(textOf(value)))),
  squote: variadic([], 'any', (...values) => joinPresent(values, (value) => `'${formatValue(value)}'`)),
  cat: variadic([], 'any', (...values) => joinPresent(values, formatValue)),
  indent: fixed(['int', 'string'], (spaces, text) => indent(Number(spaces.value), text)),
  nindent: fixed(['int', 'string'], (spaces, text) => `\n${indent(Number(spaces.value), text)}`),
  replace: fixed(['string', 'string', 'string'], (old, replacement, text) => replaceAll(text, old, replacement)),
  plural: fixed(['string', 'string', 'int'], (one, many, count) => (count.value === 1n ? one : many)),
  toString: fixed(['any'], textOf),
}

function joinPresent(values: readonly GoValue[], write: (value: GoValue) => string): string {
  const [only] = values
  if (values.length === 1) return isNil(only) ? '' : write(only)
  const texts: string[] = []
  for (const value of values) if (!isNil(value)) texts.push(write(value))
  return texts.join(' ')
}

export function indent(spaces: number, text: string): string {
  const pad = repeat(' ', spaces)
  if (!text.includes('\n')) return pad + text
  return replaceAll(pad + text, '\n', `\n${pad}`)
}

/** `strings.Repeat`. */
export function repeat(text: string, count: number): string {
  if (count < 0) throw new Error('strings: negative Repeat count')
  checkTextLength(text.length * count)
  return text.repeat(count)
}

/** `strings.Replace(text, old, replacement, -1)`: an empty `old` matches before each rune and at the end. */
export function replaceAll(text: string, old: string, replacement: string): string {
  if (old === replacement) return text
  if (old === '') {
    checkTextLength(text.length + (countRunes(text) + 1) * replacement.length)
    return (
      replacement +
      explode(text)
        .map((part) => part + replacement)
        .join('')
    )
  }
  if (!text.includes(old)) return text
  const parts = text.split(old)
  checkTextLength(text.length + (parts.length - 1) * (replacement.length - old.length))
  return parts.join(replacement)
}

function truncate(count: number, text: string): string {
  if (count < 0) return text.length + count > 0 ? text.slice(text.length + count) : text
  return text.slice(0, count)
}

function substring(start: number, end: number, text: string): string {
  if (start < 0) return sliceBytes(text, 0, end)
  if (end < 0 || end > text.length) return sliceBytes(text, start, text.length)
  return sliceBytes(text, start, end)
}

function sliceBytes(text: string, start: number, end: number): string {
  const problem = 'runtime error: slice bounds out of range'
  if (end < 0) throw new Error(`${problem} [:${end}]`)
  if (end > text.length) throw new Error(`${problem} [:${end}] with length ${text.length}`)
  if (start > end) throw new Error(`${problem} [${start}:${end}]`)
  return text.slice(start, end)
}

/** `strings.Title`: what is neither letter, digit, underscore nor, above ASCII, a space, does not end a word. */
function title(text: string): string {
  let isStart = true
  return mapRunes(text, (rune) => {
    const written = isStart ? toTitle(rune) : rune
    isStart = isSeparator(rune)
    return written
  })
}

function isSeparator(rune: number): boolean {
  if (rune < 0x80) return !(isDigit(rune) || isLetter(rune) || rune === 0x5f)
  return !isLetter(rune) && !isDigit(rune) && isSpace(rune)
}

/** goutils `Uncapitalize`: the first letter of each word. */
function untitle(text: string): string {
  let isStart = true
  return mapRunes(text, (rune) => {
    if (isSpace(rune)) {
      isStart = true
      return rune
    }
    const written = isStart ? toLower(rune) : rune
    isStart = false
    return written
  })
}

/** goutils `SwapCase`: a small letter at the start of a word becomes title case. */
function swapCase(text: string): string {
  let isStart = true
  return fromRunes(
    toRunes(text).map((rune) => {
      if (isUpper(rune) || isTitle(rune)) {
        isStart = false
        return toLower(rune)
      }
      if (!isLower(rune)) {
        isStart = isSpace(rune)
        return rune
      }
      const written = isStart ? toTitle(rune) : toUpper(rune)
      isStart = false
      return written
    }),
  )
}

/** goutils `DeleteWhiteSpace` takes each byte for a rune: as soon as there is a space, what is above ASCII is encoded a second time. */
function deleteSpace(text: string): string {
  let kept = ''
  let count = 0
  for (let index = 0; index < text.length; index += 1) {
    const byte = text.charCodeAt(index)
    if (isSpace(byte)) continue
    kept += encodeRune(byte)
    count += 1
  }
  return count === text.length ? text : kept
}

/** goutils `Initials`, by bytes as well. */
function initials(text: string): string {
  let letters = ''
  let isStart = true
  for (let index = 0; index < text.length; index += 1) {
    const byte = text.charCodeAt(index)
    const isGap = isSpace(byte)
    if (isStart && !isGap) letters += encodeRune(byte)
    isStart = isGap
  }
  return letters
}
