import type { WeighedMetric } from './bootstrap.ts'
import { areFinite, undefinedBecause } from './metric-value.ts'
import { prepareMean } from './probability.ts'

/** Metrics of a column of amounts, such as the milliseconds each row took. */

export function prepareWeighedMean(values: readonly number[]): WeighedMetric {
  return areFinite(values) ? prepareMean(Float64Array.from(values)) : () => undefinedBecause('notFinite')
}

/** Type-7 quantile of the values, each repeated as often as its weight says. */
export function prepareWeighedQuantile(values: readonly number[], q: number): WeighedMetric {
  if (!areFinite(values)) return () => undefinedBecause('notFinite')
  if (!(q >= 0 && q <= 1)) return () => undefinedBecause('outOfRange')
  // Indexes are those of the values, hence the `!`s.
  const order = Int32Array.from({ length: values.length }, (_, row) => row).toSorted((a, b) => values[a]! - values[b]!)
  return (weights) => {
    const weightOf = (row: number): number => (weights === undefined ? 1 : weights[row]!)
    let count = 0
    for (const row of order) count += weightOf(row)
    if (count === 0) return undefinedBecause('empty')
    const h = (count - 1) * q
    const below = Math.floor(h)
    let low: number | undefined
    let seen = 0
    for (const row of order) {
      seen += weightOf(row)
      if (low === undefined && seen > below) {
        low = values[row]!
        if (below + 1 > count - 1) return low
      }
      if (low !== undefined && seen > below + 1) return low + (h - below) * (values[row]! - low)
    }
    return low ?? undefinedBecause('empty')
  }
}
