import type { RowWeights } from './classification.ts'
import { areFinite, finiteOr, undefinedBecause, type MetricValue } from './metric-value.ts'

/** Errors of each row, computed once; each metric then takes one pass under any weights of rows (R² two). */
export interface RegressedRows {
  readonly rmse: (weights?: RowWeights) => MetricValue
  readonly mae: (weights?: RowWeights) => MetricValue
  /** Explodes near a target of 0 and favours forecasts that are too low: prefer `wape`. */
  readonly mape: (weights?: RowWeights) => MetricValue
  readonly wape: (weights?: RowWeights) => MetricValue
  readonly r2: (weights?: RowWeights) => MetricValue
}

export function prepareRegression(y: ArrayLike<number>, predicted: ArrayLike<number>): RegressedRows {
  const problem =
    y.length !== predicted.length ? 'otherShape' : y.length === 0 ? 'empty' : areFinite(y) && areFinite(predicted) ? undefined : 'notFinite'
  if (problem !== undefined) {
    const none = (): MetricValue => undefinedBecause(problem)
    return { rmse: none, mae: none, mape: none, wape: none, r2: none }
  }
  // Lists of the same length, and weights as long, hence the `!`s.
  const error = Float64Array.from(y, (t, row) => t - predicted[row]!)

  const mean = (of: (row: number) => number, weights: RowWeights | undefined): number | undefined => {
    let sum = 0
    let count = 0
    for (let row = 0; row < error.length; row++) {
      const weight = weights === undefined ? 1 : weights[row]!
      if (weight === 0) continue
      sum += weight * of(row)
      count += weight
    }
    return count === 0 ? undefined : sum / count
  }
  const metric = (value: number | undefined): MetricValue => (value === undefined ? undefinedBecause('empty') : finiteOr(value))
  const square = (row: number): number => error[row]! * error[row]!
  const absolute = (row: number): number => Math.abs(error[row]!)

  return {
    rmse: (weights) => {
      const squared = mean(square, weights)
      return metric(squared === undefined ? undefined : Math.sqrt(squared))
    },
    mae: (weights) => metric(mean(absolute, weights)),
    mape(weights) {
      for (let row = 0; row < error.length; row++) {
        if (y[row] === 0 && (weights === undefined || weights[row]! > 0)) return undefinedBecause('zeroTarget')
      }
      return metric(mean((row) => Math.abs(error[row]! / y[row]!), weights))
    },
    wape(weights) {
      const size = mean((row) => Math.abs(y[row]!), weights)
      if (size === 0) return undefinedBecause('zeroTarget')
      const off = mean(absolute, weights)
      return metric(off === undefined || size === undefined ? undefined : off / size)
    },
    r2(weights) {
      const centre = mean((row) => y[row]!, weights)
      if (centre === undefined) return undefinedBecause('empty')
      let lowest = Infinity
      let highest = -Infinity
      for (let row = 0; row < error.length; row++) {
        if (weights !== undefined && weights[row] === 0) continue
        lowest = Math.min(lowest, y[row]!)
        highest = Math.max(highest, y[row]!)
      }
      // Compared as given: a sum of squares of equal numbers is often a rounding error rather than 0.
      if (lowest === highest) return undefinedBecause('constantTarget')
      const left = mean(square, weights)
      const spread = mean((row) => (y[row]! - centre) ** 2, weights)
      return metric(left === undefined || spread === undefined ? undefined : 1 - left / spread)
    },
  }
}
