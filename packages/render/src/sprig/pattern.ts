import { MatcherInput, RE2JS } from 're2js'
import { canBackquote, quote } from '../go/quote.ts'
import { decodeRune, runeError, runeOf, widthOf } from '../go/utf8.ts'
import { fromBytes, isAscii, toBytes } from '../go/value.ts'
import { Recent } from './recent.ts'

/** Start and end of the whole match and then of each group, in bytes; -1 where a group took no part. */
export type Match = readonly number[]

/** Go's `regexp.Regexp` over strings of bytes: RE2's language in linear time, and Go's rules for empty matches. */
export class Pattern {
  readonly #compiled: RE2JS

  /** Throws with Go's message for a pattern that is none. */
  constructor(source: string) {
    this.#compiled = compile(source)
  }

  /** Number of a group by its name. */
  groupNamed(name: string): number | undefined {
    const groups = this.#compiled.namedGroups()
    return Object.hasOwn(groups, name) ? groups[name] : undefined
  }

  test(text: string): boolean {
    return isAscii(text) ? this.#compiled.test(text) : this.#matcher(text).find()
  }

  /** At most `limit` matches. An empty match right after another one is none. */
  *matches(text: string, limit = Infinity): Generator<Match> {
    const matcher = this.#matcher(text)
    const groups = this.#compiled.groupCount()
    let previousEnd = -1
    for (let count = 0; count < limit && matcher.find();) {
      const start = matcher.start()
      const end = matcher.end()
      if (start === end && end === previousEnd) continue
      previousEnd = end
      count += 1
      const bounds = [start, end]
      for (let group = 1; group <= groups; group += 1) bounds.push(matcher.start(group), matcher.end(group))
      yield bounds
    }
  }

  #matcher(text: string): ReturnType<RE2JS['matcher']> {
    return this.#compiled.matcher(isAscii(text) ? text : MatcherInput.utf8(Buffer.from(text, 'latin1')))
  }
}

function compile(source: string): RE2JS {
  if (!isAscii(source)) checkUtf8(source)
  try {
    return RE2JS.compile(fromBytes(source))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const duplicate = /^error parsing regexp: duplicate capture group name: `(.*)`$/s.exec(message)?.[1]
    if (duplicate !== undefined) return compile(withoutLaterName(source, toBytes(duplicate)))
    // Go gives the empty rest of the pattern as well.
    throw new Error(toBytes(message.endsWith('at end of expression') ? `${message}: \`\`` : message))
  }
}

function checkUtf8(source: string): void {
  for (let index = 0; index < source.length;) {
    const packed = decodeRune(source, index)
    if (runeOf(packed) === runeError && widthOf(packed) === 1) throw new Error(`error parsing regexp: invalid UTF-8: \`${source}\``)
    index += widthOf(packed)
  }
}

/** Go allows a name twice, and takes the first of the groups that took part; RE2JS knows a name only once. */
function withoutLaterName(source: string, name: string): string {
  const at = Math.max(source.lastIndexOf(`(?P<${name}>`), source.lastIndexOf(`(?<${name}>`))
  return `${source.slice(0, at)}(${source.slice(source.indexOf('>', at) + 1)}`
}

/** With the words of those that are no patterns; a pattern compiles once, however often it is used. */
const patterns = new Recent<Pattern | Error>(500)

/** Longer ones are not worth the memory. */
const longestKept = 4096

/** Throws Go's message for a pattern that is none. */
export function patternOf(source: string): Pattern {
  const pattern = source.length > longestKept ? new Pattern(source) : patterns.get(source, () => compileOrFault(source))
  if (pattern instanceof Error) throw new Error(pattern.message)
  return pattern
}

function compileOrFault(source: string): Pattern | Error {
  try {
    return new Pattern(source)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** `regexp.MustCompile`, which says more in its panic. */
export function mustPatternOf(source: string): Pattern {
  try {
    return patternOf(source)
  } catch (error) {
    const shown = canBackquote(source) ? `\`${source}\`` : quote(source)
    throw new Error(`regexp: Compile(${shown}): ${error instanceof Error ? error.message : String(error)}`)
  }
}
