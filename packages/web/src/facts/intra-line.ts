/** A part of a line, as [from, to). */
export type Range = readonly [number, number]

/** Lines longer than this are marked by their ends alone. */
const longest = 1_000
const mostTokens = 300
/** Lines that share less than this are not a change of one into the other. */
const leastShared = 0.3

const token = /[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu

/** Which parts of two lines differ, by words; none on either side when the lines have next to nothing in common. */
export function changedParts(before: string, after: string): { before: Range[]; after: Range[] } {
  const none = { before: [], after: [] }
  if (before === after) return none
  const a = before.length > longest ? [] : (before.match(token) ?? [])
  const b = after.length > longest ? [] : (after.match(token) ?? [])
  if (a.length === 0 || b.length === 0 || a.length > mostTokens || b.length > mostTokens) return byEnds(before, after)
  const { left, right, shared } = unshared(a, b)
  const weight = Math.max(before.trim().length, after.trim().length)
  if (weight === 0 || shared / weight < leastShared) return none
  return { before: toRanges(a, left), after: toRanges(b, right) }
}

/** How much two lines have in common, from 0 to 1: for telling which stand for each other. */
export function likeness(before: string, after: string): number {
  const a = before.length > longest ? [] : (before.match(token) ?? [])
  const b = after.length > longest ? [] : (after.match(token) ?? [])
  const weight = Math.max(before.trim().length, after.trim().length)
  if (weight === 0 || a.length === 0 || b.length === 0 || a.length > mostTokens || b.length > mostTokens) return 0
  return unshared(a, b).shared / weight
}

/** Longest common subsequence of tokens: the flags say which are not in it. `shared` counts letters, without blanks. */
function unshared(a: readonly string[], b: readonly string[]): { left: boolean[]; right: boolean[]; shared: number } {
  const width = b.length + 1
  const table = new Uint32Array((a.length + 1) * width)
  const at = (index: number) => table[index] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const token = a[i] ?? ''
      // A word weighs more than a sign, so that brackets do not pull words apart.
      table[i * width + j] =
        token === b[j]
          ? at((i + 1) * width + j + 1) + (token.trim() === '' ? 1 : 1 + token.length * 2)
          : Math.max(at((i + 1) * width + j), at(i * width + j + 1))
    }
  }
  const left = a.map(() => true)
  const right = b.map(() => true)
  let shared = 0
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      left[i] = false
      right[j] = false
      shared += (a[i] ?? '').trim().length
      i += 1
      j += 1
    } else if (at((i + 1) * width + j) >= at(i * width + j + 1)) i += 1
    else j += 1
  }
  return { left, right, shared }
}

function toRanges(tokens: readonly string[], isMarked: readonly boolean[]): Range[] {
  const ranges: [number, number][] = []
  let offset = 0
  for (const [index, text] of tokens.entries()) {
    const last = ranges.at(-1)
    if (isMarked[index]) {
      if (last && last[1] === offset) last[1] = offset + text.length
      else ranges.push([offset, offset + text.length])
    } else if (last && last[1] === offset && text.trim() === '' && isMarked[index + 1]) last[1] = offset + text.length
    offset += text.length
  }
  return ranges
}

function byEnds(before: string, after: string): { before: Range[]; after: Range[] } {
  let from = 0
  const shortest = Math.min(before.length, after.length)
  while (from < shortest && before[from] === after[from]) from += 1
  let end = 0
  while (end < shortest - from && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1
  if ((from + end) / Math.max(before.length, after.length) < leastShared) return { before: [], after: [] }
  const range = (text: string): Range[] => (text.length - end > from ? [[from, text.length - end]] : [])
  return { before: range(before), after: range(after) }
}
