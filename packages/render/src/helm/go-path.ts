/** Go's `path` and `path/filepath` on a system whose separator is `/`. */

/** `path.Base`. */
export function baseName(path: string): string {
  if (path === '') return '.'
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

/** `filepath.Ext`: from the last dot of the last component; '' where it has none. */
export function extension(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(dot)
}

/** `path.Clean`. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (!rooted) parts.push('..')
  }
  const joined = parts.join('/')
  return rooted ? `/${joined}` : joined === '' ? '.' : joined
}

/** `path.Join`. */
export function joinPath(...parts: string[]): string {
  const joined = parts.filter((part) => part !== '').join('/')
  return joined === '' ? '' : cleanPath(joined)
}

export type PathPattern = (path: string) => boolean

/**
 * `filepath.Match`: `*` and `?` stay within one component. Undefined where Go says `ErrBadPattern`. Works in the time of pattern times path:
 * a later star never looks back behind itself.
 */
export function compilePathPattern(pattern: string): PathPattern | undefined {
  const tokens = readPattern(Array.from(pattern))
  if (tokens === undefined) return undefined
  const byEnds = matchesByEnds(tokens)
  if (byEnds !== undefined) return byEnds
  const start = textAtStart(tokens)
  return (path) => path.startsWith(start) && matches(tokens, Array.from(path))
}

/** What every match begins with. */
function textAtStart(tokens: readonly Token[]): string {
  let start = ''
  for (const token of tokens) {
    if (token.kind !== 'one') break
    start += token.char
  }
  return start
}

/** For patterns without anything but letters and one star at either end: almost all of those in `.helmignore`, asked of every file. */
function matchesByEnds(tokens: readonly Token[]): PathPattern | undefined {
  const star = tokens.findIndex(({ kind }) => kind === 'star')
  const letters = tokens.filter((token) => token.kind === 'one')
  if (letters.length !== tokens.length - (star < 0 ? 0 : 1)) return undefined
  const text = letters.map(({ char }) => char).join('')
  if (star < 0) return (path) => path === text
  if (star === 0) return (path) => path.endsWith(text) && !path.slice(0, path.length - text.length).includes('/')
  if (star === tokens.length - 1) return (path) => path.startsWith(text) && !path.includes('/', text.length)
  return undefined
}

type Token =
  | { kind: 'star' }
  | { kind: 'any' }
  | { kind: 'one'; char: string }
  | { kind: 'class'; negated: boolean; ranges: [string, string][] }

function readPattern(chars: readonly string[]): Token[] | undefined {
  const tokens: Token[] = []
  let at = 0
  while (at < chars.length) {
    const char = chars[at++] ?? ''
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' })
    } else if (char === '?') tokens.push({ kind: 'any' })
    else if (char === '\\') {
      const escaped = chars[at++]
      if (escaped === undefined) return undefined
      tokens.push({ kind: 'one', char: escaped })
    } else if (char === '[') {
      const read = readClass(chars, at)
      if (read === undefined) return undefined
      tokens.push(read.token)
      at = read.next
    } else tokens.push({ kind: 'one', char })
  }
  return tokens
}

function readClass(chars: readonly string[], start: number): { token: Token; next: number } | undefined {
  let at = start
  const negated = chars[at] === '^'
  if (negated) at++
  const ranges: [string, string][] = []
  for (;;) {
    if (chars[at] === ']' && ranges.length > 0) return { token: { kind: 'class', negated, ranges }, next: at + 1 }
    const low = readClassChar(chars, at)
    if (low === undefined) return undefined
    at = low.next
    let high = low
    if (chars[at] === '-') {
      const end = readClassChar(chars, at + 1)
      if (end === undefined) return undefined
      high = end
      at = end.next
    }
    ranges.push([low.char, high.char])
  }
}

function readClassChar(chars: readonly string[], at: number): { char: string; next: number } | undefined {
  const char = chars[at]
  if (char === undefined || char === '-' || char === ']') return undefined
  if (char !== '\\') return at + 1 < chars.length ? { char, next: at + 1 } : undefined
  const escaped = chars[at + 1]
  return escaped === undefined || at + 2 >= chars.length ? undefined : { char: escaped, next: at + 2 }
}

function matches(tokens: readonly Token[], chars: readonly string[]): boolean {
  let token = 0
  let at = 0
  let starToken = -1
  let starAt = 0
  while (at < chars.length || token < tokens.length) {
    const current = tokens[token]
    if (current?.kind === 'star') {
      starToken = token++
      starAt = at
      continue
    }
    const char = chars[at]
    if (current !== undefined && char !== undefined && matchesOne(current, char)) {
      token++
      at++
      continue
    }
    if (starToken < 0 || starAt >= chars.length || chars[starAt] === '/') return false
    at = ++starAt
    token = starToken + 1
  }
  return true
}

function matchesOne(token: Token, char: string): boolean {
  if (token.kind === 'one') return token.char === char
  if (token.kind === 'class')
    return token.negated !== token.ranges.some(([low, high]) => order(low) <= order(char) && order(char) <= order(high))
  return token.kind === 'any' && char !== '/'
}

function order(char: string): number {
  return char.codePointAt(0) ?? 0
}
