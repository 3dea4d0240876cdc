import { PlimsollError } from '@plimsoll/api'

/** Longer ones are no paths. */
const maxPattern = 2000

/**
 * A pattern for folders, as Go's `path.Match` reads it: `*` and `?` within one name, `[a-z]`, `[^a]`, `\` before what stands for itself. Throws for one
 * that is malformed.
 */
export function folderPattern(pattern: string, where: string): (path: string) => boolean {
  return matcher(pattern, where, { crossesSlashes: false })
}

/**
 * A pattern for files, as a pathspec of `git ls-files`: `*`, `?` and `**` go across folders; a name without them is a file, or a folder with all that is
 * below it (gitglossary, pathspec).
 */
export function filePattern(pattern: string, where: string): (path: string) => boolean {
  if (pattern.startsWith(':')) throw malformed(where, pattern, "pathspecs with ':' are not taken")
  const plain = pattern.replace(/^(?:\.\/)+/, '')
  const folder = plain.replace(/\/+$/, '')
  const matches = matcher(plain, where, { crossesSlashes: true })
  if (folder === '' || folder === '.') return () => true
  return (path) => path === plain || path.startsWith(`${folder}/`) || matches(path)
}

type Piece = { kind: 'text'; test: (character: string) => boolean } | { kind: 'any' }

function matcher(pattern: string, where: string, { crossesSlashes }: { crossesSlashes: boolean }): (path: string) => boolean {
  if (pattern.length > maxPattern) throw malformed(where, pattern, `it is longer than ${maxPattern} characters`)
  const pieces = parse(pattern, where, crossesSlashes)
  return (path) => matchPieces(pieces, Array.from(path), crossesSlashes)
}

function parse(pattern: string, where: string, crossesSlashes: boolean): Piece[] {
  const pieces: Piece[] = []
  const characters = Array.from(pattern)
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? ''
    if (character === '*') {
      if (pieces.at(-1)?.kind !== 'any') pieces.push({ kind: 'any' })
    } else if (character === '?') {
      pieces.push({ kind: 'text', test: (one) => crossesSlashes || one !== '/' })
    } else if (character === '\\') {
      at += 1
      const escaped = characters[at]
      if (escaped === undefined) throw malformed(where, pattern, 'it ends with a backslash')
      pieces.push({ kind: 'text', test: (one) => one === escaped })
    } else if (character === '[') {
      const set = parseSet(characters, at, where, pattern, crossesSlashes ? '^!' : '^')
      at = set.end
      pieces.push({ kind: 'text', test: (one) => (crossesSlashes || one !== '/') && set.has(one) })
    } else pieces.push({ kind: 'text', test: (one) => one === character })
  }
  return pieces
}

function parseSet(
  characters: readonly string[],
  start: number,
  where: string,
  pattern: string,
  negations: string,
): { end: number; has: (one: string) => boolean } {
  let at = start + 1
  const isNegated = negations.includes(characters[at] ?? ' ')
  if (isNegated) at += 1
  const ranges: [string, string][] = []
  const next = (): string => {
    if (characters[at] === '\\') at += 1
    const character = characters[at]
    if (character === undefined) throw malformed(where, pattern, "a '[' is not closed")
    at += 1
    return character
  }
  while (ranges.length === 0 || characters[at] !== ']') {
    const low = next()
    if (characters[at] !== '-' || characters[at + 1] === ']') ranges.push([low, low])
    else {
      at += 1
      ranges.push([low, next()])
    }
  }
  return { end: at, has: (one) => ranges.some(([low, high]) => one >= low && one <= high) !== isNegated }
}

/** Without going back further than to the last `*`: linear in the path for each of them. */
function matchPieces(pieces: readonly Piece[], path: readonly string[], crossesSlashes: boolean): boolean {
  let piece = 0
  let at = 0
  let star = -1
  let starAt = 0
  while (at < path.length) {
    const current = pieces[piece]
    const character = path[at] ?? ''
    if (current?.kind === 'any') {
      star = piece
      starAt = at
      piece += 1
    } else if (current !== undefined && current.test(character)) {
      piece += 1
      at += 1
    } else if (star >= 0 && (crossesSlashes || path[starAt] !== '/')) {
      starAt += 1
      at = starAt
      piece = star + 1
    } else return false
  }
  while (pieces[piece]?.kind === 'any') piece += 1
  return piece === pieces.length
}

function malformed(where: string, pattern: string, why: string): PlimsollError {
  return new PlimsollError('invalid-application-set', `${where}: '${pattern.slice(0, 120)}' is no pattern: ${why}.`)
}
