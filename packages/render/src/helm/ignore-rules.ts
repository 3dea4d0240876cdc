import { RenderError } from '../engine/tree.ts'
import { baseName, compilePathPattern } from './go-path.ts'

/**
 * `.helmignore` as Helm reads it (pkg/ignore): not as Git does. The first rule that decides wins, `!` ignores what does *not* match, and
 * `templates/.?*` is always there.
 */
export class IgnoreRules {
  readonly #rules: readonly Rule[]
  /** Answers so far: the same files are asked for with each render. */
  readonly #known = new Map<string, boolean>()

  constructor(text: string) {
    this.#rules = [...text.replace(/^\ufeff/, '').split('\n'), 'templates/.?*'].map(readRule).filter((rule) => rule !== undefined)
  }

  /** Whether a file is left out, by itself or with a folder that it is in. Paths are relative to the chart. */
  ignoresFile(path: string): boolean {
    const slash = path.lastIndexOf('/')
    return this.#ask(path, false) || (slash > 0 && this.#ignoresFolder(path.slice(0, slash)))
  }

  #ignoresFolder(path: string): boolean {
    const slash = path.lastIndexOf('/')
    return this.#ask(path, true) || (slash > 0 && this.#ignoresFolder(path.slice(0, slash)))
  }

  #ask(path: string, isFolder: boolean): boolean {
    const key = isFolder ? `${path}/` : path
    let known = this.#known.get(key)
    if (known === undefined) {
      if (this.#known.size >= 50_000) this.#known.clear()
      known = this.#ignores(path, isFolder)
      this.#known.set(key, known)
    }
    return known
  }

  #ignores(path: string, isFolder: boolean): boolean {
    for (const rule of this.#rules) {
      if (rule.negated) {
        if ((rule.mustBeFolder && !isFolder) || !rule.matches(path)) return true
      } else if (!(rule.mustBeFolder && !isFolder) && rule.matches(path)) return true
    }
    return false
  }
}

const read = new Map<string, IgnoreRules>()

/** The rules of a `.helmignore`, read once for each text. */
export function ignoreRules(text: string): IgnoreRules {
  let rules = read.get(text)
  if (rules === undefined) {
    rules = new IgnoreRules(text)
    if (read.size >= 50) read.clear()
    read.set(text, rules)
  }
  return rules
}

interface Rule {
  negated: boolean
  mustBeFolder: boolean
  matches(path: string): boolean
}

function readRule(line: string): Rule | undefined {
  const raw = line.trim()
  if (raw === '' || raw.startsWith('#')) return undefined
  if (raw.includes('**')) throw new RenderError('double-star (**) syntax is not supported', { at: { file: '.helmignore' } })
  if (compilePathPattern(raw) === undefined) throw new RenderError('syntax error in pattern', { at: { file: '.helmignore' } })
  const negated = raw.startsWith('!')
  let rule = negated ? raw.slice(1) : raw
  const mustBeFolder = rule.endsWith('/')
  if (mustBeFolder) rule = rule.slice(0, -1)
  const rooted = rule.startsWith('/')
  const pattern = compilePathPattern(rooted ? rule.slice(1) : rule)
  // A rule that only became wrong without its slashes matches nothing, as in Helm, which logs it.
  if (pattern === undefined) return { negated, mustBeFolder, matches: () => false }
  // Without a slash only the last component counts.
  const wholePath = rooted || rule.includes('/')
  return { negated, mustBeFolder, matches: wholePath ? pattern : (path) => pattern(baseName(path)) }
}
