import type { RowWeights } from './classification.ts'
import { areFinite, finiteOr, undefinedBecause, type MetricValue } from './metric-value.ts'

/** 2⁻⁵², what a certain but wrong answer is charged as: its log loss is 36, not infinity. */
const least = 2 ** -52

/** Mean of a figure per row under any weights of rows. */
export type WeighedMean = (weights?: RowWeights) => MetricValue

export function prepareMean(values: Float64Array): WeighedMean {
  return (weights) => {
    let sum = 0
    let count = 0
    for (let row = 0; row < values.length; row++) {
      const weight = weights === undefined ? 1 : weights[row]! // as long as the values
      sum += weight * values[row]!
      count += weight
    }
    return count === 0 ? undefinedBecause('empty') : finiteOr(sum / count)
  }
}

const always =
  (reason: string): WeighedMean =>
  () =>
    undefinedBecause(reason)

function clip(p: number): number {
  return Math.min(1 - least, Math.max(least, p))
}

/** `y` is 0 or 1, the probabilities are of 1. */
export function prepareLogLoss(y: ArrayLike<number>, probabilities: ArrayLike<number>): WeighedMean {
  const problem = problemWith(y, probabilities)
  if (problem !== undefined) return always(problem)
  // Lists of the same length, hence the `!`s below.
  return prepareMean(
    Float64Array.from(y, (t, row) => (t === 1 ? -Math.log(clip(probabilities[row]!)) : -Math.log(1 - clip(probabilities[row]!)))),
  )
}

export function prepareBrier(y: ArrayLike<number>, probabilities: ArrayLike<number>): WeighedMean {
  const problem = problemWith(y, probabilities)
  if (problem !== undefined) return always(problem)
  return prepareMean(Float64Array.from(y, (t, row) => (probabilities[row]! - t) ** 2))
}

/** Expected calibration error over `bins` bins of equal width. */
export function prepareCalibrationError(y: ArrayLike<number>, probabilities: ArrayLike<number>, bins = 10): WeighedMean {
  const problem = problemWith(y, probabilities)
  if (problem !== undefined) return always(problem)
  if (!(Number.isInteger(bins) && bins >= 1)) return always('outOfRange')
  const binOf = Int32Array.from(probabilities, (p) => Math.min(Math.floor(p * bins), bins - 1))
  const surplus = Float64Array.from(y, (t, row) => t - probabilities[row]!)
  return (weights) => {
    const sums = new Float64Array(bins)
    let count = 0
    for (let row = 0; row < binOf.length; row++) {
      const weight = weights === undefined ? 1 : weights[row]!
      sums[binOf[row]!]! += weight * surplus[row]!
      count += weight
    }
    return count === 0 ? undefinedBecause('empty') : sums.reduce((sum, one) => sum + Math.abs(one), 0) / count
  }
}

/** `y` is the index of the true class; a row of probabilities that does not add to 1 within 1e-6 is `outOfRange`, not renormalised. */
export function prepareLogLossOfClasses(y: ArrayLike<number>, rows: readonly ArrayLike<number>[]): WeighedMean {
  const problem = problemWithRows(y, rows)
  if (problem !== undefined) return always(problem)
  for (const row of rows) {
    let sum = 0
    for (let k = 0; k < row.length; k++) sum += row[k]!
    if (Math.abs(sum - 1) > 1e-6) return always('outOfRange')
  }
  return prepareMean(Float64Array.from(y, (t, row) => -Math.log(clip(rows[row]![t]!))))
}

/** Calibration of the top class (the lowest index on a tie) against whether it was right. */
export function prepareCalibrationErrorOfClasses(y: ArrayLike<number>, rows: readonly ArrayLike<number>[], bins = 10): WeighedMean {
  const problem = problemWithRows(y, rows)
  if (problem !== undefined) return always(problem)
  const top = Int32Array.from(rows, topClass)
  return prepareCalibrationError(
    Float64Array.from(top, (k, row) => (k === y[row] ? 1 : 0)),
    Float64Array.from(top, (k, row) => rows[row]![k]!),
    bins,
  )
}

/** The index of the largest, the lowest one on a tie. */
export function topClass(row: ArrayLike<number>): number {
  let top = 0
  for (let k = 1; k < row.length; k++) if (row[k]! > row[top]!) top = k
  return top
}

function problemWith(y: ArrayLike<number>, probabilities: ArrayLike<number>): string | undefined {
  if (y.length !== probabilities.length) return 'otherShape'
  if (y.length === 0) return 'empty'
  if (!areFinite(probabilities) || !areFinite(y)) return 'notFinite'
  for (let row = 0; row < y.length; row++) {
    if (probabilities[row]! < 0 || probabilities[row]! > 1) return 'outOfRange'
    if (y[row] !== 0 && y[row] !== 1) return 'outOfRange'
  }
  return undefined
}

function problemWithRows(y: ArrayLike<number>, rows: readonly ArrayLike<number>[]): string | undefined {
  if (y.length !== rows.length) return 'otherShape'
  if (y.length === 0) return 'empty'
  const classes = rows[0]!.length
  if (classes === 0 || rows.some((row) => row.length !== classes)) return 'otherShape'
  if (!areFinite(y) || !rows.every(areFinite)) return 'notFinite'
  for (let row = 0; row < y.length; row++) {
    const t = y[row]!
    if (!Number.isInteger(t) || t < 0 || t >= classes) return 'outOfRange'
    for (let k = 0; k < classes; k++) if (rows[row]![k]! < 0 || rows[row]![k]! > 1) return 'outOfRange'
  }
  return undefined
}
