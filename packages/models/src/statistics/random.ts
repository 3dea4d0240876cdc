import { createHash } from 'node:crypto'
import { rowsByLabel, type Label } from './label.ts'

/**
 * Random numbers that two implementations agree on to the bit: xoshiro128** (Blackman, Vigna) with a state from SHA-256,
 * so that the digests of data and models, and nothing else, decide which rows a verdict's bootstrap draws.
 */
export interface Random {
  /** A whole number of 0 … 2³² − 1. */
  next(): number
  /** A whole number of 0 … n − 1, all equally likely; n is 1 … 2³². */
  below(n: number): number
  /** The four words s0 … s3, unsigned. */
  state(): [number, number, number, number]
}

const words = 2 ** 32

/** Continues from four unsigned words; all zero would stay zero for ever and becomes 1, 0, 0, 0. */
export function randomFrom(state: readonly [number, number, number, number]): Random {
  let [s0, s1, s2, s3] = state.map((word) => word | 0) as [number, number, number, number]
  if ((s0 | s1 | s2 | s3) === 0) s0 = 1
  const next = (): number => {
    const product = Math.imul(s1, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const t = s1 << 9
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = (s3 << 11) | (s3 >>> 21)
    return result
  }
  return {
    next,
    below(n) {
      if (!(Number.isInteger(n) && n >= 1 && n <= words)) throw new RangeError(`below(n) wants a whole number of 1 to 2^32, not ${n}`)
      // The numbers from here on would make the first remainders a little more likely than the last.
      const limit = words - (words % n)
      let r = next()
      while (r >= limit) r = next()
      // r mod n. The quotient of two numbers under 2^32 is never rounded up to the next whole number, and this is faster than `%`.
      return r - Math.floor(r / n) * n
    },
    state: () => [s0 >>> 0, s1 >>> 0, s2 >>> 0, s3 >>> 0],
  }
}

/** The first 16 bytes of SHA-256 of the text in UTF-8, as four little-endian words. */
export function randomSeededBy(text: string): Random {
  const digest = createHash('sha256').update(text, 'utf8').digest()
  return randomFrom([digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)])
}

/** What a replicate draws from: the strata's rows one by one, or whole groups of rows. Both ascending by their label. */
export type DrawingPlan =
  | { readonly kind: 'strata'; readonly rowCount: number; readonly strata: readonly Int32Array[] }
  | { readonly kind: 'groups'; readonly rowCount: number; readonly groups: readonly Int32Array[] }

/** One stratum for all rows when no labels are given. */
export function planStrata(rowCount: number, labels?: readonly Label[]): DrawingPlan {
  if (labels === undefined) return { kind: 'strata', rowCount, strata: [Int32Array.from({ length: rowCount }, (_, row) => row)] }
  return { kind: 'strata', rowCount, strata: rowsByLabel(labels).map(({ rows }) => rows) }
}

export function planGroups(labels: readonly Label[]): DrawingPlan {
  return { kind: 'groups', rowCount: labels.length, groups: rowsByLabel(labels).map(({ rows }) => rows) }
}

/** Tells the visitor each row that replicate number `replicate` draws, in the order of drawing. */
export function drawReplicate(plan: DrawingPlan, seed: string, replicate: number, visit: (row: number) => void): void {
  const random = randomSeededBy(`plimsoll/bootstrap/1\n${seed}\n${replicate}`)
  // `below` is within the array's length, hence the `!`s.
  if (plan.kind === 'groups') {
    const { groups } = plan
    for (let drawn = 0; drawn < groups.length; drawn++) for (const row of groups[random.below(groups.length)]!) visit(row)
    return
  }
  for (const rows of plan.strata) {
    const size = rows.length
    for (let drawn = 0; drawn < size; drawn++) visit(rows[random.below(size)]!)
  }
}
