import { RE2JS } from 're2js'
import { JqError } from '../error.ts'
import { checkedList } from '../machine.ts'
import { type JqObject, type JqValue, newMap, preview } from '../value.ts'
import type { Native } from './native-functions.ts'
import { codePoints } from './objects.ts'
import { textOf } from './texts.ts'

/** Regular expressions by RE2, as in Argo CD: in linear time, without look-around and references back. */
export const patternFunctions: Record<string, Native> = {
  'test/2': (input, pattern, flags) => compile(pattern, flags).test(textOf('test', input)),
  '_match/2': (input, pattern, flags) =>
    matches(textOf('match', input), compile(pattern, flags), typeof flags === 'string' && flags.includes('g')),
}

const recent = new Map<string, RE2JS>()
const maxRecent = 200

function compile(pattern: JqValue | undefined, flags: JqValue | undefined): RE2JS {
  const text = textOf('match', pattern)
  const given = flags === null ? '' : textOf('match', flags)
  if (/[^gim]/.test(given)) throw new JqError(`unsupported regular expression flag: ${preview(given)}`)
  const source = `${given.includes('m') ? '(?s)' : ''}${given.includes('i') ? '(?i)' : ''}${text}`
  const known = recent.get(source)
  if (known) return known
  try {
    const compiled = RE2JS.compile(source)
    if (recent.size >= maxRecent) recent.clear()
    recent.set(source, compiled)
    return compiled
  } catch (error) {
    throw new JqError(`invalid regular expression ${preview(text)}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function matches(text: string, pattern: RE2JS, isGlobal: boolean): JqValue {
  const matcher = pattern.matcher(text)
  const names = new Map(Object.entries(pattern.namedGroups()).map(([name, group]) => [Number(group), name]))
  const place = placeCounter(text)
  const found: JqValue[] = []
  let previousEnd = -1
  while ((isGlobal || found.length === 0) && matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()]
    // An empty match right behind another is none (Go's regexp).
    if (start === end && start === previousEnd) continue
    previousEnd = end
    const here = place(start)
    const captures = Array.from({ length: matcher.groupCount() }, (_, index) => {
      const [from, to] = [matcher.start(index + 1), matcher.end(index + 1)]
      const offset = from < 0 ? -1 : here + codePoints(text.slice(start, from))
      return capture(from < 0 ? undefined : text.slice(from, to), offset, names.get(index + 1) ?? null)
    })
    const whole = capture(text.slice(start, end), here)
    whole.captures = captures
    found.push(whole)
    checkedList(found)
  }
  return found
}

function capture(text: string | undefined, offset: number, name?: string | null): JqObject {
  const object = newMap()
  object.offset = offset
  object.length = text === undefined ? 0 : codePoints(text)
  object.string = text ?? null
  if (name !== undefined) object.name = name
  return object
}

/** Counts on from the last place asked for, so that many matches do not count the text many times. */
function placeCounter(text: string): (unit: number) => number {
  let [at, points] = [0, 0]
  return (unit) => {
    points += codePoints(text.slice(at, unit))
    at = unit
    return points
  }
}
