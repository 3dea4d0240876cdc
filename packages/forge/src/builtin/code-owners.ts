import { matchesParts } from './path-pattern.ts'

export interface OwnerRule {
  /** As it was written. */
  pattern: string
  parts: string[]
  /** Whether what is below a match belongs to it. */
  isDeep: boolean
  /** Account and group names with `@` taken off, and addresses. None: nobody owns it. */
  owners: string[]
}

/** Where GitHub looks, in its order ("About code owners"). */
export const codeOwnersPaths = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']
export const maxCodeOwnersBytes = 3 * 1024 * 1024
const maxRules = 10_000

/**
 * Rules of a `CODEOWNERS` file, in their order. Patterns are those of gitignore(5) with GitHub's exceptions: no `!`, no `[a-z]`, no `\#`. A
 * line that breaks them is left out, as GitHub leaves it out.
 */
export function parseCodeOwners(text: string): OwnerRule[] {
  const rules: OwnerRule[] = []
  for (const line of text.split(/\r?\n/)) {
    const [pattern = '', ...owners] = line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/(?<!\\)\s+/)
    if (pattern === '' || pattern.startsWith('!') || /[[\]]/.test(pattern) || pattern.length > 1000) continue
    if (!owners.every((owner) => /^@[^\s@]+$|^[^\s@]+@[^\s@]+$/.test(owner))) continue
    rules.push({ pattern, ...compile(pattern.replace(/\\ /g, ' ')), owners: owners.map((owner) => owner.replace(/^@/, '')) })
    if (rules.length >= maxRules) break
  }
  return rules
}

function compile(pattern: string): { parts: string[]; isDeep: boolean } {
  let parts = pattern.split('/')
  const isAnchored = parts[0] === ''
  if (isAnchored) parts = parts.slice(1)
  const isFolder = parts.at(-1) === ''
  if (isFolder) parts = parts.slice(0, -1)
  // Without a slash before its end a pattern holds at any depth.
  if (!isAnchored && parts.length === 1 && parts[0] !== '**') parts = ['**', ...parts]
  const last = parts.at(-1)
  if (isFolder) return { parts: [...parts, '**'], isDeep: false }
  // `docs/*` is what lies in docs itself, and nothing below (GitHub's own example).
  return { parts, isDeep: last !== '*' && last !== '**' }
}

/** Where rules stand in their file, by the word that a path must have for them to match; those without such a word are asked each time. */
interface RulePlaces {
  /** `docs/…`: the path's first part. */
  first: Map<string, number[]>
  /** `Makefile`: any part of the path. */
  anywhere: Map<string, number>
  others: number[]
}

const placesOf = new WeakMap<readonly OwnerRule[], RulePlaces>()

function placesIn(rules: readonly OwnerRule[]): RulePlaces {
  const known = placesOf.get(rules)
  if (known) return known
  const places: RulePlaces = { first: new Map(), anywhere: new Map(), others: [] }
  for (const [index, { parts, isDeep }] of rules.entries()) {
    const [first = '', second] = parts
    if (!/[*?]/.test(first)) {
      const same = places.first.get(first)
      if (same) same.push(index)
      else places.first.set(first, [index])
    } else if (first === '**' && second !== undefined && parts.length === 2 && isDeep && !/[*?]/.test(second))
      places.anywhere.set(second, index)
    else places.others.push(index)
  }
  placesOf.set(rules, places)
  return places
}

/** The rule that holds for a file: the last one that matches. */
export function ownersOf(rules: readonly OwnerRule[], path: string): OwnerRule | undefined {
  const parts = path.split('/')
  const { first, anywhere, others } = placesIn(rules)
  let last = Math.max(-1, ...parts.map((part) => anywhere.get(part) ?? -1))
  for (const some of [first.get(parts[0] ?? '') ?? [], others]) {
    const found = some.findLast((index) => index <= last || isMatch(rules[index], parts))
    if (found !== undefined && found > last) last = found
  }
  return rules[last]
}

function isMatch(rule: OwnerRule | undefined, parts: readonly string[]): boolean {
  if (rule === undefined) return false
  return matchesParts(rule.parts, parts) || (rule.isDeep && matchesParts([...rule.parts, '**'], parts))
}

/** `@ada`, `@team`, `@org/team` where the group has one of the two names, `ada@example.org`. */
export function isOwner(owner: string, who: { name: string; email?: string; groups: readonly string[] }): boolean {
  if (owner.includes('@')) return who.email !== undefined && who.email.toLowerCase() === owner.toLowerCase()
  const team = owner.includes('/') ? owner.slice(owner.indexOf('/') + 1) : owner
  return owner.toLowerCase() === who.name.toLowerCase() || who.groups.some((group) => group === owner || group === team)
}
