import { RE2JS } from 're2js'

/**
 * Patterns of `.Files.Glob` as github.com/gobwas/glob 0.2.3 reads them with `/` as the separator: `*`, `?`, `**`, `{a,b}`, `[abc]`, `[!a-c]`. Matching
 * runs on RE2. A pattern that is wrong matches everything, as in Helm.
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  let compiled = known.get(pattern)
  if (compiled === undefined) {
    if (known.size >= 500) known.clear()
    const source = new GlobReader(pattern).read()
    if (source === undefined) compiled = () => true
    else {
      const expression = RE2JS.compile(`(?s)^(?:${source})$`)
      compiled = (path) => expression.matcher(path).find()
    }
    known.set(pattern, compiled)
  }
  return compiled
}

const known = new Map<string, (path: string) => boolean>()

class GlobReader {
  readonly #chars: readonly string[]
  #at = 0
  #open = 0

  constructor(pattern: string) {
    this.#chars = Array.from(pattern)
  }

  /** The source of an expression; undefined where the pattern is wrong. */
  read(): string | undefined {
    let source = ''
    for (let char = this.#next(); char !== undefined; char = this.#next()) {
      const part = this.#part(char)
      if (part === undefined) return undefined
      source += part
    }
    return source + ')'.repeat(this.#open)
  }

  #next(): string | undefined {
    return this.#chars[this.#at++]
  }

  #part(char: string): string | undefined {
    if (char === '{') {
      this.#open++
      return '(?:'
    }
    if (this.#open > 0 && char === ',') return '|'
    if (this.#open > 0 && char === '}') {
      this.#open--
      return ')'
    }
    if (char === '?') return '[^/]'
    if (char === '[') return this.#range()
    if (char === '*') {
      if (this.#chars[this.#at] !== '*') return '[^/]*'
      this.#at++
      return '.*'
    }
    return RE2JS.quote(char === '\\' ? (this.#next() ?? '') : char)
  }

  /** What stands after `[`: either one range or a list of characters. */
  #range(): string | undefined {
    const negated = this.#chars[this.#at] === '!'
    if (negated) this.#at++
    const first = this.#next()
    if (first === undefined) return undefined
    if (this.#chars[this.#at] === '-') {
      const high = this.#chars[this.#at + 1]
      if (high === undefined || this.#chars[this.#at + 2] !== ']' || high < first) return undefined
      this.#at += 3
      return `[${negated ? '^' : ''}${escapeInClass(first)}-${escapeInClass(high)}]`
    }
    let list = ''
    for (let char: string | undefined = first; char !== ']'; char = this.#next()) {
      if (char === undefined) return undefined
      list += escapeInClass(char === '\\' ? (this.#next() ?? '') : char)
    }
    return list === '' ? undefined : `[${negated ? '^' : ''}${list}]`
  }
}

function escapeInClass(char: string): string {
  return /[\\\]^[-]/.test(char) ? `\\${char}` : char
}
