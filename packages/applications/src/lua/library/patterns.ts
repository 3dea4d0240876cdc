import type { Machine } from '../machine.ts'
import { LuaLimitError, type LuaValue } from '../value.ts'

/** Where a match is: of the whole first, then of each capture. A position capture has only its start. */
export interface Match {
  start: number
  end: number
  captures: readonly { start: number; end: number | undefined }[]
}

/** For each of the 256 codes whether it belongs. */
type Accepts = readonly boolean[]

type Step =
  | { kind: 'one'; accepts: Accepts }
  /** Goes on at the first, and at the second when that leads nowhere. */
  | { kind: 'split'; first: number; second: number }
  | { kind: 'jump'; to: number }
  | { kind: 'open' | 'close' | 'position'; capture: number }
  | { kind: 'balanced'; open: number; close: number }
  | { kind: 'same'; capture: number }
  | { kind: 'end'; mustBeLast: boolean }

interface Pattern {
  steps: Step[]
  captures: number
  isAnchored: boolean
}

const compiled = new Map<string, Pattern>()
const maxCompiled = 500
const maxCompiledLength = 1_000
const maxWays = 3_000_000
const stepsPerCharge = 64

/** The matches of a pattern in a text from an offset on, as gopher-lua finds them (`pm/pm.go`). At most `limit`; 0 for all. */
export function findAll(machine: Machine, text: string, source: string, offset: number, limit: number): Match[] {
  const pattern = compile(machine, source)
  const matches: Match[] = []
  for (let at = offset; at <= text.length;) {
    const match = matchAt(machine, pattern, text, at)
    at++
    if (match) {
      at = Math.max(at, match.end)
      machine.allocate(64 + match.captures.length * 32)
      matches.push(match)
    }
    if ((limit > 0 && matches.length === limit) || pattern.isAnchored) break
  }
  return matches
}

/** What the capture of a match is, or the whole for 0. */
export function captured(text: string, match: Match, capture: number): LuaValue {
  if (capture === 0) return text.slice(match.start, match.end)
  const found = match.captures[capture - 1]
  if (!found) return undefined
  return found.end === undefined ? found.start + 1 : text.slice(found.start, found.end)
}

/** All captures, or the whole where there are none. */
export function allCaptured(text: string, match: Match): LuaValue[] {
  if (match.captures.length === 0) return [captured(text, match, 0)]
  return match.captures.map((_, at) => captured(text, match, at + 1))
}

/**
 * Tries what is written first, and goes back to the last place with another way when it leads nowhere. Each step is accounted for: a pattern with
 * many ways ends with the script.
 */
function matchAt(machine: Machine, { steps, captures: count }: Pattern, text: string, start: number): Match | undefined {
  const starts: number[] = Array.from({ length: count }, () => -1)
  const ends: number[] = Array.from({ length: count }, () => -1)
  /** Where to go on, with how the captures were: step, place, and the number of changes to keep. */
  const ways: number[] = []
  const changes: { list: number[]; capture: number; value: number }[] = []
  let [step, at] = [0, start]
  /** Work that is not accounted for yet. */
  let owed = 0
  const set = (list: number[], capture: number): void => {
    changes.push({ list, capture, value: list[capture] ?? -1 })
    list[capture] = at
  }
  for (;;) {
    if (++owed >= stepsPerCharge) {
      machine.spend(owed)
      owed = 0
      if (ways.length > maxWays) throw new LuaLimitError('a pattern has too many ways to match')
    }
    const current = steps[step] as Step
    let fits = true
    step++
    switch (current.kind) {
      case 'one':
        fits = at < text.length && current.accepts[text.charCodeAt(at)] === true
        at++
        break
      case 'split':
        ways.push(current.second, at, changes.length)
        step = current.first
        break
      case 'jump':
        step = current.to
        break
      case 'open':
        set(starts, current.capture)
        break
      case 'close':
      case 'position':
        if (current.kind === 'position') set(starts, current.capture)
        else set(ends, current.capture)
        break
      case 'balanced': {
        const end = balancedEnd(text, at, current)
        fits = end !== undefined
        owed += ((end ?? text.length) - at) >> 2
        at = end ?? at
        break
      }
      case 'same': {
        const from = starts[current.capture] ?? -1
        const to = ends[current.capture] ?? -1
        if (from < 0 || to < 0) throw machine.error('invalid capture index')
        fits = text.startsWith(text.slice(from, to), at)
        owed += (to - from) >> 4
        at += to - from
        break
      }
      case 'end':
        fits = !current.mustBeLast || at >= text.length
        if (fits) {
          machine.spend(owed)
          return {
            start,
            end: at,
            captures: starts.map((from, capture) => ({ start: from, end: ends[capture] === -1 ? undefined : ends[capture] })),
          }
        }
    }
    if (fits) continue
    if (ways.length === 0) {
      machine.spend(owed)
      return undefined
    }
    const keep = ways.pop() as number
    at = ways.pop() as number
    step = ways.pop() as number
    while (changes.length > keep) {
      const { list, capture, value } = changes.pop() as (typeof changes)[number]
      list[capture] = value
    }
  }
}

function balancedEnd(text: string, at: number, { open, close }: { open: number; close: number }): number | undefined {
  if (text.charCodeAt(at) !== open) return undefined
  let depth = 1
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === close && --depth === 0) return end + 1
    if (code === open && open !== close) depth++
  }
  return undefined
}

function compile(machine: Machine, source: string): Pattern {
  const known = compiled.get(source)
  if (known) return known
  machine.spend(source.length * 8)
  const pattern = compilePattern(machine, source)
  if (compiled.size >= maxCompiled) compiled.clear()
  if (source.length <= maxCompiledLength) compiled.set(source, pattern)
  return pattern
}

function compilePattern(machine: Machine, source: string): Pattern {
  const steps: Step[] = []
  const open: number[] = []
  let captures = 0
  let at = 0
  const isAnchored = source[0] === '^'
  if (isAnchored) at++
  let mustBeLast = false
  const malformed = (message: string): Error => machine.error(`${message} at ${at >= source.length ? 'EOS' : at}`)

  while (at < source.length) {
    const character = source[at] ?? ''
    if (character === '(') {
      at++
      if (source[at] === ')') {
        at++
        steps.push({ kind: 'position', capture: captures++ })
      } else {
        open.push(captures)
        steps.push({ kind: 'open', capture: captures++ })
      }
      continue
    }
    if (character === ')') {
      const capture = open.pop()
      if (capture === undefined) throw malformed("invalid ')'")
      at++
      steps.push({ kind: 'close', capture })
      continue
    }
    if (character === '$' && at === source.length - 1 && open.length === 0) {
      mustBeLast = true
      break
    }
    const escaped = character === '%' ? source[at + 1] : undefined
    if (escaped !== undefined && escaped >= '0' && escaped <= '9') {
      const capture = Number(escaped) - 1
      if (capture < 0 || capture >= captures) throw machine.error('invalid capture index')
      at += 2
      steps.push({ kind: 'same', capture })
      continue
    }
    if (escaped === 'b') {
      if (at + 3 >= source.length) throw malformed('unexpected EOS')
      steps.push({ kind: 'balanced', open: source.charCodeAt(at + 2), close: source.charCodeAt(at + 3) })
      at += 4
      continue
    }
    addRepeated(single())
  }
  if (open.length > 0) throw malformed('unfinished capture')
  steps.push({ kind: 'end', mustBeLast })
  return { steps, captures, isAnchored }

  function addRepeated(accepts: Accepts): void {
    const one: Step = { kind: 'one', accepts }
    const here = steps.length
    switch (source[at]) {
      case '*':
        steps.push({ kind: 'split', first: here + 1, second: here + 3 }, one, { kind: 'jump', to: here })
        break
      case '+':
        steps.push(one, { kind: 'split', first: here, second: here + 2 })
        break
      case '-':
        steps.push({ kind: 'split', first: here + 3, second: here + 1 }, one, { kind: 'jump', to: here })
        break
      case '?':
        steps.push({ kind: 'split', first: here + 1, second: here + 2 }, one)
        break
      default:
        steps.push(one)
        return
    }
    at++
  }

  /** One character class: a character, `.`, `%a` or a set. */
  function single(): Accepts {
    const character = source[at++] ?? ''
    if (character === '.') return codes(() => true)
    if (character === '%') return escapedClass()
    if (character === '[') return set()
    return isCode(character.charCodeAt(0))
  }

  function escapedClass(): Accepts {
    const letter = source[at++]
    if (letter === undefined) throw malformed('unexpected EOS')
    return classOf(letter)
  }

  function set(): Accepts {
    const isNot = source[at] === '^'
    if (isNot) at++
    const members: boolean[] = codes(() => false)
    for (let isFirst = true; ; isFirst = false) {
      const character = source[at]
      if (character === undefined) throw malformed('unexpected EOS')
      if (character === ']' && !isFirst) {
        at++
        return members.map((belongs) => belongs !== isNot)
      }
      at++
      if (character === '%') escapedClass().forEach((belongs, code) => (members[code] ||= belongs))
      else if (source[at] === '-' && source[at + 1] !== undefined && source[at + 1] !== ']') {
        const [low, high] = [character.charCodeAt(0), source.charCodeAt(at + 1)]
        members.fill(true, low, high + 1)
        at += 2
      } else members[character.charCodeAt(0)] = true
    }
  }
}

function codes(belongs: (code: number) => boolean): boolean[] {
  return Array.from({ length: 256 }, (_, code) => belongs(code))
}

function isCode(wanted: number): Accepts {
  return codes((code) => code === wanted)
}

const classes: Record<string, RegExp> = {
  a: /[A-Za-z]/,
  // oxlint-disable-next-line no-control-regex -- they are what the class is of
  c: /[\u0000-\u001f\u007f]/,
  d: /[0-9]/,
  l: /[a-z]/,
  p: /[!-/:-@[-`{-~]/,
  s: /[ \f\n\r\t\v]/,
  u: /[A-Z]/,
  w: /[0-9A-Za-z]/,
  x: /[0-9a-fA-F]/,
  // oxlint-disable-next-line no-control-regex -- it is what the class is of
  z: /\u0000/,
}
const accepted = new Map(
  Object.entries(classes).map(([letter, members]) => [letter, codes((code) => members.test(String.fromCharCode(code)))]),
)

/** An upper-case letter is the class of all others; what is no class is the character itself. */
function classOf(letter: string): Accepts {
  const members = accepted.get(letter.toLowerCase())
  if (!members) return isCode(letter.charCodeAt(0))
  return letter === letter.toLowerCase() ? members : members.map((belongs) => !belongs)
}
