import { nilList, typedList, type GoList } from '../go/value.ts'
import { fixed, named, type FunctionTable } from './go-function.ts'
import { mustPatternOf, patternOf, type Match, type Pattern } from './pattern.ts'
import { Replacement } from './pattern-replacement.ts'
import { checkListLength, checkTextLength } from './size-limit.ts'

/** A plain function panics with the text of `MustCompile`, its `must` sibling fails with that of `Compile`. */
const compilers = [
  { prefix: 'regex', compile: mustPatternOf },
  { prefix: 'mustRegex', compile: patternOf },
]

export const regexFunctions: FunctionTable = {
  regexMatch: fixed(['string', 'string'], (source, text) => {
    try {
      return patternOf(source).test(text)
    } catch {
      return false
    }
  }),
  mustRegexMatch: fixed(['string', 'string'], (source, text) => patternOf(source).test(text)),
  regexQuoteMeta: fixed(['string'], (text) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
  ...Object.assign(
    {},
    ...compilers.map(({ prefix, compile }): FunctionTable => ({
      ...named(
        [`${prefix}Find`],
        fixed(['string', 'string'], (source, text) => {
          for (const [start, end] of compile(source).matches(text, 1)) return text.slice(start, end)
          return ''
        }),
      ),
      ...named(
        [`${prefix}FindAll`],
        fixed(['string', 'string', 'int'], (source, text, count) => findAll(compile(source), text, Number(count.value))),
      ),
      ...named(
        [`${prefix}ReplaceAll`],
        fixed(['string', 'string', 'string'], (source, text, template) => {
          const pattern = compile(source)
          const replacement = template.includes('$') ? new Replacement(template) : undefined
          return replace(pattern, text, replacement === undefined ? () => template : (match) => replacement.expand(pattern, text, match))
        }),
      ),
      ...named(
        [`${prefix}ReplaceAllLiteral`],
        fixed(['string', 'string', 'string'], (source, text, literal) => replace(compile(source), text, () => literal)),
      ),
      ...named(
        [`${prefix}Split`],
        fixed(['string', 'string', 'int'], (source, text, count) => split(compile(source), source, text, Number(count.value))),
      ),
    })),
  ),
}

function findAll(pattern: Pattern, text: string, count: number): GoList {
  const found: string[] = []
  for (const [start, end] of pattern.matches(text, count < 0 ? Infinity : count)) {
    found.push(text.slice(start, end))
    checkListLength(found.length)
  }
  return found.length === 0 ? nilList('string') : typedList('string', found)
}

function replace(pattern: Pattern, text: string, expand: (match: Match) => string): string {
  let replaced = ''
  let last = 0
  for (const match of pattern.matches(text)) {
    const [start = 0, end = 0] = match
    replaced += text.slice(last, start) + expand(match)
    checkTextLength(replaced.length)
    last = end
  }
  return last === 0 && replaced === '' ? text : replaced + text.slice(last)
}

/** `Regexp.Split`: 0 is nothing; an empty text is one empty part, but for the empty pattern. */
function split(pattern: Pattern, source: string, text: string, count: number): GoList {
  if (count === 0) return nilList('string')
  if (source !== '' && text === '') return typedList('string', [''])
  const parts: string[] = []
  let begin = 0
  let end = 0
  for (const [start = 0, stop = 0] of pattern.matches(text, count < 0 ? Infinity : count)) {
    if (count > 0 && parts.length === count - 1) break
    end = start
    if (stop !== 0) parts.push(text.slice(begin, end))
    begin = stop
    checkListLength(parts.length)
  }
  if (end !== text.length) parts.push(text.slice(begin))
  return typedList('string', parts)
}
