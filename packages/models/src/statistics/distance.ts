import type { Label } from './label.ts'
import { areFinite, finiteOr, isUndefined, undefinedBecause, type MetricValue, type Undefined } from './metric-value.ts'
import { chiSquare95 } from './normal.ts'
import { sortedQuantile } from './quantile.ts'

/** How far current values have moved from those of a reference. All are shown beside a judgement; alone none of them decides. */

type Numbers = ArrayLike<number>

function problemWith(reference: Numbers, current: Numbers): Undefined | undefined {
  if (reference.length === 0 || current.length === 0) return undefinedBecause('empty')
  return areFinite(reference) && areFinite(current) ? undefined : undefinedBecause('notFinite')
}

/** Walks both empirical distribution functions over all observed values: F − G after each, and the way to the next. */
function walk(reference: Numbers, current: Numbers, visit: (difference: number, toNext: number) => void): void {
  // Indexes are checked against the lengths, hence the `!`s.
  const f = Float64Array.from(reference).toSorted()
  const g = Float64Array.from(current).toSorted()
  let i = 0
  let j = 0
  while (i < f.length || j < g.length) {
    const value = j >= g.length || (i < f.length && f[i]! <= g[j]!) ? f[i]! : g[j]!
    while (i < f.length && f[i] === value) i++
    while (j < g.length && g[j] === value) j++
    const next = Math.min(i < f.length ? f[i]! : Infinity, j < g.length ? g[j]! : Infinity)
    visit(i / f.length - j / g.length, next === Infinity ? 0 : next - value)
  }
}

/** Kolmogorov-Smirnov: the largest |F − G|. */
export function kolmogorovSmirnov(reference: Numbers, current: Numbers): MetricValue {
  const problem = problemWith(reference, current)
  if (problem !== undefined) return problem
  let largest = 0
  walk(reference, current, (difference) => {
    largest = Math.max(largest, Math.abs(difference))
  })
  return largest
}

export function kolmogorovSmirnovP(reference: Numbers, current: Numbers): MetricValue {
  const distance = kolmogorovSmirnov(reference, current)
  if (isUndefined(distance)) return distance
  const [n, m] = [reference.length, current.length]
  const lambda = distance * Math.sqrt((n * m) / (n + m))
  // The alternating series does not settle there, and the chance is 1 to many digits.
  if (lambda < 0.2) return 1
  let sum = 0
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * k * k * lambda * lambda)
  return Math.min(1, Math.max(0, 2 * sum))
}

/** The area between F and G. */
export function wasserstein(reference: Numbers, current: Numbers): MetricValue {
  const problem = problemWith(reference, current)
  if (problem !== undefined) return problem
  let area = 0
  walk(reference, current, (difference, toNext) => {
    area += Math.abs(difference) * toNext
  })
  return finiteOr(area)
}

/** In standard deviations (divisor n) of the reference. */
export function normedWasserstein(reference: Numbers, current: Numbers): MetricValue {
  const area = wasserstein(reference, current)
  if (isUndefined(area)) return area
  const values = Float64Array.from(reference)
  // Compared as given: the standard deviation of equal numbers is often a rounding error rather than 0.
  if (values.every((value) => value === values[0])) return undefinedBecause('constantReference')
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return finiteOr(area / Math.sqrt(variance))
}

/** Inner edges of bins (−∞, e₁], (e₁, e₂] … from the reference's type-7 quantiles, doubled ones dropped. */
export function binEdges(reference: Numbers, bins = 10): number[] | Undefined {
  if (reference.length === 0) return undefinedBecause('empty')
  if (!areFinite(reference)) return undefinedBecause('notFinite')
  if (!(Number.isInteger(bins) && bins >= 1)) return undefinedBecause('outOfRange')
  const ascending = Float64Array.from(reference).toSorted()
  const edges: number[] = []
  for (let i = 1; i < bins; i++) {
    const edge = sortedQuantile(ascending, i / bins)
    if (edge !== edges.at(-1)) edges.push(edge)
  }
  return edges
}

/** Share of the values in each bin; one more than there are edges. */
export function binShares(values: Numbers, edges: readonly number[]): number[] {
  const shares = Array.from({ length: edges.length + 1 }, () => 0)
  for (let at = 0; at < values.length; at++) {
    let low = 0
    let high = edges.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (values[at]! <= edges[middle]!) high = middle
      else low = middle + 1
    }
    shares[low]! += 1
  }
  return shares.map((count) => count / values.length)
}

/** One bin per value that is seen on either side. */
function categoryShares(reference: readonly Label[], current: readonly Label[]): [number[], number[]] | Undefined {
  if (reference.length === 0 || current.length === 0) return undefinedBecause('empty')
  const bins = new Map<Label, [number, number]>()
  for (const [side, values] of [reference, current].entries()) {
    for (const value of values) {
      const counts = bins.get(value) ?? [0, 0]
      counts[side as 0 | 1]++
      bins.set(value, counts)
    }
  }
  const counts = [...bins.values()]
  return [counts.map(([n]) => n / reference.length), counts.map(([, m]) => m / current.length)]
}

function sharesIn(reference: Numbers, current: Numbers, bins: number): [number[], number[]] | Undefined {
  const problem = problemWith(reference, current)
  if (problem !== undefined) return problem
  const edges = binEdges(reference, bins)
  return isUndefined(edges) ? edges : [binShares(reference, edges), binShares(current, edges)]
}

function problemWithShares(p: readonly number[], q: readonly number[]): Undefined | undefined {
  if (p.length === 0) return undefinedBecause('empty')
  if (p.length !== q.length) return undefinedBecause('otherShape')
  if (!areFinite(p) || !areFinite(q)) return undefinedBecause('notFinite')
  return [...p, ...q].some((share) => share < 0) ? undefinedBecause('outOfRange') : undefined
}

/** Population stability index of shares per bin; shares under 1e-4 count as 1e-4 on both sides. */
export function psiOfShares(reference: readonly number[], current: readonly number[]): MetricValue {
  const problem = problemWithShares(reference, current)
  if (problem !== undefined) return problem
  let sum = 0
  reference.forEach((share, bin) => {
    const p = Math.max(share, 1e-4)
    const q = Math.max(current[bin]!, 1e-4) // as long as `reference`
    sum += (q - p) * Math.log(q / p)
  })
  return finiteOr(sum)
}

/** Jensen-Shannon divergence, base 2: 0 for equal, 1 for disjoint. Its root is the distance. */
export function jensenShannonOfShares(reference: readonly number[], current: readonly number[]): MetricValue {
  const problem = problemWithShares(reference, current)
  if (problem !== undefined) return problem
  let sum = 0
  reference.forEach((p, bin) => {
    const q = current[bin]! // as long as `reference`
    const middle = (p + q) / 2
    if (p > 0) sum += (p * Math.log2(p / middle)) / 2
    if (q > 0) sum += (q * Math.log2(q / middle)) / 2
  })
  return finiteOr(Math.max(0, sum))
}

export function psi(reference: Numbers, current: Numbers, bins = 10): MetricValue {
  const shares = sharesIn(reference, current, bins)
  return isUndefined(shares) ? shares : psiOfShares(...shares)
}

export function jensenShannon(reference: Numbers, current: Numbers, bins = 10): MetricValue {
  const shares = sharesIn(reference, current, bins)
  return isUndefined(shares) ? shares : jensenShannonOfShares(...shares)
}

export function psiOfCategories(reference: readonly Label[], current: readonly Label[]): MetricValue {
  const shares = categoryShares(reference, current)
  return isUndefined(shares) ? shares : psiOfShares(...shares)
}

export function jensenShannonOfCategories(reference: readonly Label[], current: readonly Label[]): MetricValue {
  const shares = categoryShares(reference, current)
  return isUndefined(shares) ? shares : jensenShannonOfShares(...shares)
}

/** What the index reaches in one of twenty comparisons of samples of these sizes from one and the same distribution. */
export function psiNoise(referenceCount: number, currentCount: number, bins: number): MetricValue {
  if (!(referenceCount > 0 && currentCount > 0)) return undefinedBecause('empty')
  return finiteOr((1 / referenceCount + 1 / currentCount) * chiSquare95(bins - 1))
}

/** An alarm only above the threshold and above the noise. */
export function isPsiAlarm(value: MetricValue, noise: MetricValue, threshold = 0.25): boolean {
  return typeof value === 'number' && typeof noise === 'number' && value > threshold && value > noise
}
