import { undefinedBecause, type Undefined } from './metric-value.ts'

/** Positions of the values ascending, ties in the order given. */
function ascendingOrder(values: readonly number[]): number[] {
  // The indexes are those of the values, here and below, hence the `!`s.
  return values.map((_, index) => index).toSorted((a, b) => values[a]! - values[b]! || a - b)
}

function problemWith(p: readonly number[]): Undefined | undefined {
  if (p.some((one) => !Number.isFinite(one))) return undefinedBecause('notFinite')
  return p.some((one) => one < 0 || one > 1) ? undefinedBecause('outOfRange') : undefined
}

/** Holm 1979: bounds the chance of even one false accusation, however the hypotheses depend on each other. */
export function holm(p: readonly number[]): number[] | Undefined {
  const problem = problemWith(p)
  if (problem !== undefined) return problem
  const adjusted = p.map(() => 0)
  let largest = 0
  ascendingOrder(p).forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (p.length - rank) * p[index]!))
    adjusted[index] = largest
  })
  return adjusted
}

/** Benjamini and Hochberg 1995: bounds the share of false ones among those named. For "worth a look", never for a verdict. */
export function benjaminiHochberg(p: readonly number[]): number[] | Undefined {
  const problem = problemWith(p)
  if (problem !== undefined) return problem
  const adjusted = p.map(() => 0)
  let smallest = 1
  const order = ascendingOrder(p)
  for (let rank = order.length; rank >= 1; rank--) {
    const index = order[rank - 1]!
    smallest = Math.min(smallest, (p.length * p[index]!) / rank)
    adjusted[index] = smallest
  }
  return adjusted
}

/** ln of the weighted mean of e-values that are given as ln, with equal weights when none are given; weights need not add to 1. */
export function lnMeanE(logE: readonly number[], weights?: readonly number[]): number | Undefined {
  if (logE.length === 0) return undefinedBecause('empty')
  if (weights !== undefined && weights.length !== logE.length) return undefinedBecause('otherShape')
  if (logE.some(Number.isNaN)) return undefinedBecause('notFinite')
  const shares = weights ?? logE.map(() => 1)
  const whole = shares.reduce((sum, share) => sum + share, 0)
  if (!(shares.every((share) => share >= 0) && whole > 0 && Number.isFinite(whole))) return undefinedBecause('outOfRange')
  const largest = Math.max(...logE.filter((_, index) => shares[index]! > 0))
  if (!Number.isFinite(largest)) return largest
  let sum = 0
  logE.forEach((one, index) => {
    if (shares[index]! > 0) sum += shares[index]! * Math.exp(one - largest)
  })
  return largest + Math.log(sum / whole)
}

/**
 * Closed testing by means of e-values: each becomes the least ln of the mean over all sets that contain it,
 * which is one of itself with its k smallest companions.
 */
export function adjustLogE(logE: readonly number[]): number[] | Undefined {
  if (logE.some(Number.isNaN)) return undefinedBecause('notFinite')
  const order = ascendingOrder(logE)
  return logE.map((own, index) => {
    const set = [own]
    let least = own
    for (const companion of order) {
      if (companion === index) continue
      set.push(logE[companion]!)
      const mean = lnMeanE(set)
      if (typeof mean === 'number') least = Math.min(least, mean)
    }
    return least
  })
}
