import { areFinite, undefinedBecause, type MetricValue } from './metric-value.ts'

/** Type 7 (Hyndman, Fan 1996), as NumPy and R have it by default. Never take the mean of quantiles of parts. */
export function quantile(values: ArrayLike<number>, q: number): MetricValue {
  if (values.length === 0) return undefinedBecause('empty')
  if (!areFinite(values)) return undefinedBecause('notFinite')
  if (!(q >= 0 && q <= 1)) return undefinedBecause(Number.isFinite(q) ? 'outOfRange' : 'notFinite')
  return sortedQuantile(Float64Array.from(values).toSorted(), q)
}

/** The same of values that are ascending already, at least one; q is 0 … 1. */
export function sortedQuantile(ascending: ArrayLike<number>, q: number): number {
  const h = (ascending.length - 1) * q
  const below = Math.floor(h)
  const low = ascending[below]! // 0 <= below < length
  const high = ascending[below + 1] ?? low
  // Equal neighbours stay exactly what they are.
  return low === high ? low : low + (h - below) * (high - low)
}
