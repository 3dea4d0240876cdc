/**
 * The patterns of a directory source's `include` and `exclude`, as Argo CD reads them (gobwas/glob without separators): `*` and `**` match any
 * text, slashes too; `?` one character; `[a-z]`, `[!a-z]`; `{a,b}` alternatives, nested if need be; `\` takes the next character as it is.
 * Matching takes time in proportion to pattern times text, whatever the pattern: no regular expression that a user could make explode.
 */
export interface Glob {
  matches(text: string): boolean
}

type Step =
  | { kind: 'character'; accepts: (character: string) => boolean; next: number }
  | { kind: 'branch'; next: number[] }
  | { kind: 'end' }

const maxPatternLength = 1024

/** Undefined with a pattern that is none: a bracket that is not closed, or too long. */
export function compileGlob(pattern: string): Glob | undefined {
  if (pattern.length > maxPatternLength) return undefined
  const steps: Step[] = [{ kind: 'end' }]
  const characters = Array.from(pattern)
  let at = 0
  let depth = 0

  const add = (step: Step): number => steps.push(step) - 1

  // Each part is compiled to a function of what follows it, so that the automaton is built from its end.
  type Part = (next: number) => number

  function sequence(): Part | undefined {
    const parts: Part[] = []
    while (at < characters.length) {
      const character = characters[at]
      if (depth > 0 && (character === ',' || character === '}')) break
      const part = one()
      if (part === undefined) return undefined
      parts.push(part)
    }
    return (next) => parts.reduceRight((following, part) => part(following), next)
  }

  function one(): Part | undefined {
    const character = characters[at++]
    if (character === '*') {
      while (characters[at] === '*') at++
      return (next) => {
        const branch: { kind: 'branch'; next: number[] } = { kind: 'branch', next: [next] }
        const self = add(branch)
        branch.next.push(add({ kind: 'character', accepts: () => true, next: self }))
        return self
      }
    }
    if (character === '?') return single(() => true)
    if (character === '[') return characterClass()
    if (character === '{') return alternatives()
    if (character === '\\') {
      const literal = characters[at++]
      return literal === undefined ? undefined : single((candidate) => candidate === literal)
    }
    return single((candidate) => candidate === character)
  }

  function single(accepts: (character: string) => boolean): Part {
    return (next) => add({ kind: 'character', accepts, next })
  }

  function characterClass(): Part | undefined {
    const negated = characters[at] === '!' || characters[at] === '^'
    if (negated) at++
    const ranges: [string, string][] = []
    while (at < characters.length && (characters[at] !== ']' || ranges.length === 0)) {
      const low = characters[at++] ?? ''
      if (characters[at] === '-' && characters[at + 1] !== undefined && characters[at + 1] !== ']') {
        ranges.push([low, characters[at + 1] ?? ''])
        at += 2
      } else ranges.push([low, low])
    }
    if (characters[at++] !== ']') return undefined
    return single((candidate) => ranges.some(([low, high]) => candidate >= low && candidate <= high) !== negated)
  }

  function alternatives(): Part | undefined {
    depth += 1
    const choices: Part[] = []
    for (;;) {
      const choice = sequence()
      if (choice === undefined) return undefined
      choices.push(choice)
      const separator = characters[at++]
      if (separator === '}') break
      if (separator !== ',') return undefined
    }
    depth -= 1
    return (next) => add({ kind: 'branch', next: choices.map((choice) => choice(next)) })
  }

  const whole = sequence()
  if (whole === undefined) return undefined
  const start = whole(0)
  return { matches: (text) => run(steps, start, text) }
}

/** All states at once, one character after the other. */
function run(steps: Step[], start: number, text: string): boolean {
  let current = new Set<number>()
  reach(steps, start, current)
  for (const character of text) {
    const following = new Set<number>()
    for (const index of current) {
      const step = steps[index]
      if (step?.kind === 'character' && step.accepts(character)) reach(steps, step.next, following)
    }
    if (following.size === 0) return false
    current = following
  }
  return current.has(0)
}

function reach(steps: Step[], start: number, into: Set<number>): void {
  const todo = [start]
  for (let index = todo.pop(); index !== undefined; index = todo.pop()) {
    if (into.has(index)) continue
    into.add(index)
    const step = steps[index]
    if (step?.kind === 'branch') todo.push(...step.next)
  }
}
