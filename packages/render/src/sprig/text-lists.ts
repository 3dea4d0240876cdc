import { parseInt } from '../go/number.ts'
import { goInt, typedList, TypedList, TypedMap, type GoList, type GoValue } from '../go/value.ts'
import { fixed, isNil, type FunctionTable } from './go-function.ts'
import { explode } from './runes.ts'
import { itemsOf } from './sequence.ts'
import { checkListLength, checkTextLength } from './size-limit.ts'
import { textOf } from './text-value.ts'

/** Texts to lists and back. */
export const textListFunctions: FunctionTable = {
  join: fixed(['string', 'any'], (separator, values) => join(separator, toTexts(values))),
  split: fixed(['string', 'string'], (separator, text) => numbered(splitText(text, separator, -1))),
  splitn: fixed(['string', 'int', 'string'], (separator, count, text) => numbered(splitText(text, separator, Number(count.value)))),
  splitList: fixed(['string', 'string'], (separator, text) => typedList('string', splitText(text, separator, -1))),
  toStrings: fixed(['any'], (values) => (isTextList(values) ? values : typedList('string', toTexts(values)))),
  sortAlpha: fixed(['any'], sortAlpha),
  atoi: fixed(['string'], (text) => goInt(parseInt(text).value)),
}

function isTextList(value: GoValue): value is TypedList {
  return value instanceof TypedList && value.elementType === 'string'
}

/** sprig's `strslice`: of a list the texts of what is not nil; anything else is a list of its own text. */
export function toTexts(value: GoValue): readonly string[] {
  const items = itemsOf(value)
  if (items === undefined) return isNil(value) ? [] : [textOf(value)]
  const texts: string[] = []
  for (const item of items) if (!isNil(item)) texts.push(textOf(item))
  return texts
}

function join(separator: string, texts: readonly string[]): string {
  let length = separator.length * Math.max(texts.length - 1, 0)
  for (const text of texts) length += text.length
  checkTextLength(length)
  return texts.join(separator)
}

/** `strings.SplitN`: 0 is nothing at all, a negative count is no limit. */
export function splitText(text: string, separator: string, count: number): string[] {
  if (count === 0) return []
  const limit = count < 0 ? Infinity : count
  if (separator === '') return explode(text, limit)
  if (limit === Infinity) {
    const parts = text.split(separator)
    checkListLength(parts.length)
    return parts
  }
  const parts: string[] = []
  let start = 0
  while (parts.length < limit - 1) {
    const end = text.indexOf(separator, start)
    if (end < 0) break
    parts.push(text.slice(start, end))
    start = end + separator.length
  }
  parts.push(text.slice(start))
  return parts
}

function numbered(parts: readonly string[]): TypedMap {
  return new TypedMap('map[string]string', {
    elementType: 'string',
    entries: parts.map((part, index) => [`_${index}`, part] as const),
  })
}

/** A list of texts is sorted in place, as sprig does. Strings of bytes compare as their bytes do, which is what sort() does without being told. */
function sortAlpha(value: GoValue): GoList {
  if (isTextList(value)) return value.sort()
  return typedList('string', itemsOf(value) === undefined ? [textOf(value)] : toTexts(value).toSorted())
}
