import { erfc, normalReach } from './normal.ts'
import { areFinite, undefinedBecause, type Undefined } from './metric-value.ts'
import { midranks, prepareRanking } from './ranking.ts'

/** Two ROC AUCs on the same rows; `difference` is candidate − baseline. */
export interface DeLong {
  readonly baseline: number
  readonly candidate: number
  readonly difference: number
  readonly standardError: number
  readonly low: number
  readonly high: number
  readonly p: number
}

/** DeLong, DeLong, Clarke-Pearson 1988 by midranks (Sun, Xu 2014). `y` is 1 for the positive class, else 0. */
export function deLong(
  y: readonly number[],
  baseline: readonly number[],
  candidate: readonly number[],
  confidence = 0.95,
): DeLong | Undefined {
  if (y.length !== baseline.length || y.length !== candidate.length) return undefinedBecause('otherShape')
  if (y.length === 0) return undefinedBecause('empty')
  if (!areFinite(y) || !areFinite(baseline) || !areFinite(candidate)) return undefinedBecause('notFinite')
  if (y.some((t) => t !== 0 && t !== 1)) return undefinedBecause('outOfRange')
  const m = y.filter((t) => t === 1).length
  const n = y.length - m
  if (m === 0 || n === 0) return undefinedBecause('singleClass')
  if (m < 2 || n < 2) return undefinedBecause('tooFew')
  const before = prepareRanking(y, baseline).rocAuc()
  const after = prepareRanking(y, candidate).rocAuc()
  if (typeof before !== 'number') return before
  if (typeof after !== 'number') return after
  const old = placements(y, baseline)
  const young = placements(y, candidate)
  const squared = varianceOfDifference(young.positives, old.positives) / m + varianceOfDifference(young.negatives, old.negatives) / n
  const standardError = Math.sqrt(Math.max(0, squared))
  const difference = after - before
  if (!(standardError >= 1e-12)) {
    // Both rank alike, or differ without any scatter, and then nothing can be said about chance.
    if (Math.abs(difference) > 1e-12) return undefinedBecause('noSpread')
    return { baseline: before, candidate: after, difference: 0, standardError: 0, low: 0, high: 0, p: 1 }
  }
  const reach = normalReach(confidence) * standardError
  return {
    baseline: before,
    candidate: after,
    difference,
    standardError,
    low: difference - reach,
    high: difference + reach,
    p: erfc(Math.abs(difference) / standardError / Math.SQRT2),
  }
}

/** v10 per positive: the share of negatives it is above; v01 per negative: the share of positives above it. */
function placements(y: readonly number[], scores: readonly number[]): { positives: Float64Array; negatives: Float64Array } {
  const overall = midranks(scores)
  const within = (side: number): { rank: Float64Array; all: number[] } => {
    const rows = y.flatMap((t, row) => (t === side ? [row] : []))
    // `rows` are indexes of the scores, and `rank` is as long as `rows`, hence the `!`s.
    return { rank: midranks(rows.map((row) => scores[row]!)), all: rows.map((row) => overall[row]!) }
  }
  const p = within(1)
  const q = within(0)
  const m = p.all.length
  const n = q.all.length
  return {
    positives: Float64Array.from(p.all, (r, at) => (r - p.rank[at]!) / n),
    negatives: Float64Array.from(q.all, (r, at) => 1 - (r - q.rank[at]!) / m),
  }
}

function varianceOfDifference(a: Float64Array, b: Float64Array): number {
  const difference = a.map((value, at) => value - b[at]!) // as long as a
  const mean = difference.reduce((sum, value) => sum + value, 0) / difference.length
  return difference.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (difference.length - 1)
}
