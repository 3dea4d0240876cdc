import { JqError } from './error.ts'
import { type Frame, type Run, withValue } from './frame.ts'
import { stepInto } from './paths.ts'
import type { Scope } from './scope.ts'
import type { Node, Pattern } from './syntax.ts'
import { type JqValue, preview } from './value.ts'

export function variablesOf(pattern: Pattern): string[] {
  if (pattern.kind === 'variable') return [pattern.name]
  if (pattern.kind === 'list') return pattern.items.flatMap(variablesOf)
  return pattern.members.flatMap(({ variable, value }) => [
    ...(variable === undefined ? [] : [variable]),
    ...(value ? variablesOf(value) : []),
  ])
}

/**
 * `. as {a: [$x, $y]}`: takes a value apart. `bind(n, …)` says the frame of each way in which the nth pattern fits; names that only other patterns have are null.
 */
export function bindPattern(
  patterns: readonly Pattern[],
  names: readonly string[],
  compile: (node: Node, scope: Scope | undefined) => Run,
  scope: Scope | undefined,
): { bind: (at: number, value: JqValue, input: JqValue, frame: Frame | undefined, then: (bound: Frame | undefined) => void) => void } {
  type Found = ReadonlyMap<string, JqValue>
  type Match = (value: JqValue, input: JqValue, frame: Frame | undefined, found: Found, then: (found: Found) => void) => void

  const matchOf = (pattern: Pattern): Match => {
    if (pattern.kind === 'variable') return (value, _input, _frame, found, then) => then(new Map(found).set(pattern.name, value))
    if (pattern.kind === 'list') {
      const items = pattern.items.map(matchOf)
      return (value, input, frame, found, then) => {
        if (value !== null && !Array.isArray(value)) throw new JqError(`expected an array but got: ${preview(value)}`)
        const each = (at: number, so: Found): void => {
          const item = items[at]
          if (item) item(value?.[at] ?? null, input, frame, so, (more) => each(at + 1, more))
          else then(so)
        }
        each(0, found)
      }
    }
    const members = pattern.members.map(({ key, variable, value }) => ({
      key: compile(key, scope),
      variable,
      match: value && matchOf(value),
    }))
    return (value, input, frame, found, then) => {
      const each = (at: number, so: Found): void => {
        const member = members[at]
        if (!member) return then(so)
        member.key(value, undefined, frame, (name) => {
          if (typeof name !== 'string') throw new JqError(`expected a string for an object key but got: ${preview(name)}`)
          const part = stepInto(value, name)
          const known = member.variable === undefined ? so : new Map(so).set(member.variable, part)
          if (member.match) member.match(part, input, frame, known, (more) => each(at + 1, more))
          else each(at + 1, known)
        })
      }
      each(0, found)
    }
  }

  const matches = patterns.map(matchOf)
  return {
    bind: (at, value, input, frame, then) => {
      matches[at]?.(value, input, frame, new Map(), (found) =>
        then(names.reduce<Frame | undefined>((outer, name) => withValue(outer, found.get(name) ?? null), frame)),
      )
    },
  }
}
