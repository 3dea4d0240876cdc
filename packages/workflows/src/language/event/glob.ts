import { RE2JS } from 're2js'

/** Patterns of this length and more are no filters that anybody wrote. */
const longestPattern = 1000

/** A filter pattern of `branches`, `tags` or `paths`. */
export interface Glob {
  /** Begins with `!`: takes names out again. */
  readonly isNegative: boolean
  matches(name: string): boolean
}

/**
 * GitHub's filter patterns ("Filter pattern cheat sheet"): `*` any text without `/`, `**` any text, and with a slash after it any
 * folders or none, `?` and `+` repeat the character before, `[a-z]`, `\` takes the meaning off. Runs in time linear to the name.
 */
export function parseGlob(pattern: string): Glob | { problem: string; offset: number } {
  if (pattern === '' || pattern === '!') return { problem: 'pattern is empty', offset: 0 }
  if (pattern.length > longestPattern) return { problem: `pattern is longer than ${longestPattern} characters`, offset: 0 }
  const isNegative = pattern.startsWith('!')
  if (!/[*?+[\\]/.test(pattern)) {
    const wanted = isNegative ? pattern.slice(1) : pattern
    return { isNegative, matches: (name) => name === wanted }
  }
  const expression = translate(pattern, isNegative ? 1 : 0)
  if (typeof expression !== 'string') return expression
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(`^(?:${expression})$`, RE2JS.DOTALL)
  } catch {
    return { problem: `pattern '${pattern}' cannot be used`, offset: 0 }
  }
  return { isNegative, matches: (name) => compiled.matches(name) }
}

/** The last pattern that matches decides; without any, the name is out. Patterns that are wrong match nothing. */
export function nameSelector(patterns: readonly string[]): (name: string) => boolean {
  const globs = patterns.flatMap((pattern) => {
    const glob = parseGlob(pattern)
    return 'problem' in glob ? [] : [glob]
  })
  return (name) => globs.findLast((glob) => glob.matches(name))?.isNegative === false
}

function translate(pattern: string, from: number): string | { problem: string; offset: number } {
  let result = ''
  // Whether `?` and `+` have a character before them to repeat.
  let canRepeat = false
  for (let at = from; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    if (character === '*') {
      const isFolders = pattern.startsWith('**/', at) && (at === from || pattern[at - 1] === '/')
      if (isFolders) {
        result += '(?:.*/)?'
        at += 2
      } else if (pattern.startsWith('**', at)) {
        result += '.*'
        while (pattern[at + 1] === '*') at++
      } else result += '[^/]*'
      canRepeat = false
    } else if (character === '?' || character === '+') {
      if (!canRepeat) return { problem: `'${character}' repeats the character before it, but there is none`, offset: at }
      result += character
      canRepeat = false
    } else if (character === '[') {
      const end = pattern.indexOf(']', at + 1)
      if (end < 0) return { problem: "'[' is not closed: ']' is missing", offset: at }
      if (end === at + 1) return { problem: "'[]' names no character", offset: at }
      const set = characterSet(pattern.slice(at + 1, end))
      if (set === undefined) return { problem: `a range in '${pattern.slice(at, end + 1)}' runs backwards or has no end`, offset: at }
      result += set
      canRepeat = true
      at = end
    } else {
      const isEscape = character === '\\' && at + 1 < pattern.length
      result += quote(isEscape ? pattern.charAt(++at) : character)
      canRepeat = true
    }
  }
  return result
}

function characterSet(text: string): string | undefined {
  let result = ''
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    const last = text[at + 2]
    if (text[at + 1] === '-') {
      if (last === undefined || last < character) return undefined
      result += `${quote(character)}-${quote(last)}`
      at += 2
    } else result += quote(character)
  }
  return `[${result}]`
}

function quote(character: string): string {
  return /[A-Za-z0-9_/]/.test(character) || character.charCodeAt(0) > 0x7f ? character : `\\${character}`
}
