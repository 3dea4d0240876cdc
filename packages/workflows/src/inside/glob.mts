import { readdir, lstat, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'

/**
 * Patterns as `@actions/glob` reads them: `*`, `?`, `[…]`, `**`, a leading `!` takes away again, a leading `#` is a comment; a folder that matches stands
 * for everything in it. Runs inside the sandbox: what a link leads to is no more than the step itself may see.
 */
export interface GlobOptions {
  followSymbolicLinks?: boolean
  excludeHidden?: boolean
  matchDirectories?: boolean
  /** `false`: a folder that matches is not looked into. */
  descends?: boolean
}

const mostFiles = 500_000

interface Pattern {
  isNegated: boolean
  root: string
  segments: string[]
  matches(path: string): boolean
  /** Something below the folder may match. */
  mayMatchBelow(path: string): boolean
}

export async function glob(patterns: readonly string[], folder: string, options: GlobOptions = {}): Promise<string[]> {
  const all = patterns
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => parse(line, folder))
  const found = new Set<string>()
  const visited = new Set<string>()
  const roots = [...new Set(all.filter((one) => !one.isNegated).map((one) => one.root))]

  const visit = async (path: string, isWithin: boolean): Promise<void> => {
    if (found.size > mostFiles) throw new Error(`More than ${mostFiles} files match.`)
    const facts = await (options.followSymbolicLinks === false ? lstat(path) : stat(path).catch(() => lstat(path))).catch(() => undefined)
    if (!facts) return
    if (options.excludeHidden && path !== folder && (path.split(sep).at(-1) ?? '').startsWith('.')) return
    let isTaken = isWithin
    let isRefused = false
    for (const one of all) {
      if (!one.matches(path)) continue
      isTaken = !one.isNegated
      isRefused = one.isNegated
    }
    if (facts.isDirectory()) {
      // What is taken away is not looked into: a link may lead to everything there is.
      if (isRefused || (!isTaken && !all.some((one) => !one.isNegated && one.mayMatchBelow(path)))) return
      if (isTaken && options.descends === false) return void found.add(path)
      const real = await realpath(path)
      if (visited.has(real)) return
      visited.add(real)
      if (isTaken && options.matchDirectories) found.add(path)
      const names = (await readdir(path)).toSorted()
      for (const name of names) await visit(join(path, name), isTaken)
      visited.delete(real)
    } else if (isTaken && facts.isFile()) found.add(path)
  }
  for (const root of roots) await visit(root, false)
  return [...found].toSorted()
}

function parse(line: string, folder: string): Pattern {
  let text = line
  let isNegated = false
  while (text.startsWith('!')) {
    isNegated = !isNegated
    text = text.slice(1)
  }
  if (text === '~' || text.startsWith('~/')) text = (process.env['HOME'] ?? '') + text.slice(1)
  const path = isAbsolute(text) ? text : join(folder, text)
  const segments = resolve('/', path.replace(/\/+$/, '')).split('/').filter(Boolean)
  const literal = segments.findIndex((segment) => /[*?[\]]/.test(segment))
  const root = `/${(literal < 0 ? segments : segments.slice(0, literal)).join('/')}`
  const tests = segments.map((segment) => (segment === '**' ? undefined : segmentTest(segment)))
  return {
    isNegated,
    root,
    segments,
    matches: (candidate) => matchFrom(tests, partsOf(candidate)).isWhole,
    mayMatchBelow: (candidate) => matchFrom(tests, partsOf(candidate)).isBeginning,
  }
}

function partsOf(path: string): string[] {
  return relative('/', path).split('/').filter(Boolean)
}

/** By steps over both, remembered: `**` many times over cannot take longer than their product. */
function matchFrom(
  tests: readonly (((text: string) => boolean) | undefined)[],
  parts: readonly string[],
): { isWhole: boolean; isBeginning: boolean } {
  let isBeginning = parts.length === 0
  let row = Array.from({ length: parts.length + 1 }, (_, at) => at === 0)
  for (const test of tests) {
    const next = Array.from({ length: parts.length + 1 }, () => false)
    for (let at = 0; at <= parts.length; at++) {
      if (test === undefined) next[at] = (row[at] ?? false) || (at > 0 && (next[at - 1] ?? false))
      else if (at > 0 && row[at - 1] && test(parts[at - 1] ?? '')) next[at] = true
    }
    row = next
    if (row[parts.length]) isBeginning = true
  }
  return { isWhole: row[parts.length] ?? false, isBeginning }
}

function segmentTest(segment: string): (text: string) => boolean {
  const tokens: (string | { any: true } | { one: true } | { set: string; not: boolean })[] = []
  for (let at = 0; at < segment.length; at++) {
    const character = segment[at] ?? ''
    if (character === '*') tokens.push({ any: true })
    else if (character === '?') tokens.push({ one: true })
    else if (character === '[' && segment.indexOf(']', at + 2) > 0) {
      const end = segment.indexOf(']', at + 2)
      const inner = segment.slice(at + 1, end)
      const not = inner.startsWith('!') || inner.startsWith('^')
      tokens.push({ set: not ? inner.slice(1) : inner, not })
      at = end
    } else tokens.push(character)
  }
  return (text) => {
    let row = Array.from({ length: text.length + 1 }, (_, at) => at === 0)
    for (const token of tokens) {
      const next = Array.from({ length: text.length + 1 }, () => false)
      for (let at = 0; at <= text.length; at++) {
        if (typeof token !== 'string' && 'any' in token) next[at] = (row[at] ?? false) || (at > 0 && (next[at - 1] ?? false))
        else if (at > 0 && row[at - 1]) next[at] = fits(token, text[at - 1] ?? '')
      }
      row = next
    }
    return row[text.length] ?? false
  }
}

function fits(token: string | { one: true } | { any: true } | { set: string; not: boolean }, character: string): boolean {
  if (typeof token === 'string') return token === character
  if (!('set' in token)) return true
  let isIn = false
  for (let at = 0; at < token.set.length; at++) {
    const from = token.set[at] ?? ''
    if (token.set[at + 1] === '-' && at + 2 < token.set.length) {
      if (character >= from && character <= (token.set[at + 2] ?? '')) isIn = true
      at += 2
    } else if (from === character) isIn = true
  }
  return isIn !== token.not
}
