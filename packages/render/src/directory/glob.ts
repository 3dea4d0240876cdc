/**
 * Patterns as Argo CD reads them (gobwas/glob), in a directory source's `include` and `exclude` and in projects. Without separators `*` and `**`
 * match any text, slashes too, and `?` one character; with them, only `**` goes over one. `[a-z]`, `[!a-z]`; `{a,b}` alternatives, nested if need
 * be; `\` takes the next character as it is.
 * Matching takes time in proportion to pattern times text, whatever the pattern: no regular expression that a user could make explode.
 */
export interface Glob {
  matches(text: string): boolean
  /** A match takes no more steps than this for each character of the text. */
  readonly size: number
}

type Step =
  | { kind: 'character'; accepts: (character: string) => boolean; next: number }
  | { kind: 'branch'; next: number[] }
  | { kind: 'end' }

const maxPatternLength = 1024

/** Undefined with a pattern that is none: a bracket that is not closed, or too long. */
export function compileGlob(pattern: string, separators = ''): Glob | undefined {
  if (pattern.length > maxPatternLength) return undefined
  const steps: Step[] = [{ kind: 'end' }]
  const characters = Array.from(pattern)
  let at = 0
  let depth = 0

  const add = (step: Step): number => steps.push(step) - 1

  const isWithin = (candidate: string): boolean => !separators.includes(candidate)

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
      const accepts = characters[at] === '*' || separators === '' ? () => true : isWithin
      while (characters[at] === '*') at++
      return (next) => {
        const branch: { kind: 'branch'; next: number[] } = { kind: 'branch', next: [next] }
        const self = add(branch)
        branch.next.push(add({ kind: 'character', accepts, next: self }))
        return self
      }
    }
    if (character === '?') return single(isWithin)
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
  return { matches: (text) => run(steps, start, text), size: steps.length }
}

/** All states at once, one character after the other. */
function run(steps: readonly Step[], start: number, text: string): boolean {
  let current: number[] = []
  let following: number[] = []
  /** At which character each state was reached last: a set that need not be emptied. */
  const reachedAt = new Int32Array(steps.length)
  let at = 1
  reach(steps, start, current, reachedAt, at)
  for (const character of text) {
    at += 1
    following.length = 0
    for (const index of current) {
      const step = steps[index]
      if (step?.kind === 'character' && step.accepts(character)) reach(steps, step.next, following, reachedAt, at)
    }
    if (following.length === 0) return false
    ;[current, following] = [following, current]
  }
  return current.includes(0)
}

function reach(steps: readonly Step[], start: number, into: number[], reachedAt: Int32Array, at: number): void {
  if (reachedAt[start] === at) return
  reachedAt[start] = at
  into.push(start)
  const first = steps[start]
  if (first?.kind !== 'branch') return
  const todo = [...first.next]
  for (let index = todo.pop(); index !== undefined; index = todo.pop()) {
    if (reachedAt[index] === at) continue
    reachedAt[index] = at
    into.push(index)
    const step = steps[index]
    if (step?.kind === 'branch') todo.push(...step.next)
  }
}
