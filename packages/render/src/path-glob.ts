import { RE2JS } from 're2js'

const maxLength = 1024

/**
 * A glob over paths, as Go's `filepath.Glob` reads it, and with `**` for any number of folders as doublestar does: `*` and `?` stay within a
 * folder, `[a-z]`, `[^a]`, with doublestar also `{a,b}`. Undefined for what is no pattern. Matches in linear time.
 */
export function compilePathGlob(pattern: string, options: { doubleStar: boolean }): ((path: string) => boolean) | undefined {
  if (pattern.length > maxLength) return undefined
  let source = ''
  let depth = 0
  for (let at = 0; at < pattern.length;) {
    const character = pattern[at] ?? ''
    if (character === '*') {
      const isWholeSegment = options.doubleStar && pattern[at + 1] === '*' && isEdge(pattern[at - 1]) && isEdge(pattern[at + 2])
      if (isWholeSegment && pattern[at + 2] === '/') {
        source += '(?:[^/]+/)*'
        at += 3
      } else if (isWholeSegment) {
        source += '.*'
        at += 2
      } else {
        while (pattern[at] === '*') at++
        source += '[^/]*'
      }
    } else if (character === '?') {
      source += '[^/]'
      at++
    } else if (character === '[') {
      const end = pattern.indexOf(']', pattern[at + 1] === '^' || pattern[at + 1] === '!' ? at + 3 : at + 2)
      if (end < 0) return undefined
      const inside = pattern.slice(at + 1, end)
      const isNegated = /^[\^!]/.test(inside)
      source += `[${isNegated ? '^/' : ''}${(isNegated ? inside.slice(1) : inside).replaceAll(/[[\]^&~\\]/g, '\\$&')}]`
      at = end + 1
    } else if (options.doubleStar && character === '{') {
      depth++
      source += '(?:'
      at++
    } else if (depth > 0 && (character === ',' || character === '}')) {
      if (character === '}') depth--
      source += character === ',' ? '|' : ')'
      at++
    } else {
      const literal = character === '\\' ? (pattern[at + 1] ?? '') : character
      source += RE2JS.quote(literal)
      at += character === '\\' ? 2 : 1
    }
  }
  if (depth > 0) return undefined
  try {
    const compiled = RE2JS.compile(source, RE2JS.DOTALL)
    return (path) => compiled.matches(path)
  } catch {
    return undefined
  }
}

/** The folder in which every match lies: what stands before the first special character. */
export function globBase(pattern: string): string {
  const meta = pattern.search(/[*?[{\\]/)
  const literal = meta < 0 ? pattern : pattern.slice(0, meta)
  return literal.slice(0, Math.max(0, literal.lastIndexOf('/')))
}

/** As doublestar walks (`glob.go`): the files of a folder by name, then the folders in it; a `**` at the end takes both by name. */
export function compareMatches(pattern: string): (a: string, b: string) => number {
  const isMixed = /(?:^|\/)\*\*$/.test(pattern)
  return (a, b) => {
    const left = a.split('/')
    const right = b.split('/')
    for (let index = 0; index < Math.min(left.length, right.length); index++) {
      const isLastOfOne = !isMixed && (index === left.length - 1) !== (index === right.length - 1)
      if (isLastOfOne) return index === left.length - 1 ? -1 : 1
      const one = left[index] ?? ''
      const other = right[index] ?? ''
      if (one !== other) return one < other ? -1 : 1
    }
    return left.length - right.length
  }
}

function isEdge(character: string | undefined): boolean {
  return character === undefined || character === '/'
}
