import { compareLabels, type Label } from './label.ts'
import { finiteOr, undefinedBecause, type MetricValue, type Undefined } from './metric-value.ts'

/**
 * How often a row counts, per row; all once when not given. A bootstrap replicate is such a vector: nothing is sorted or copied again.
 */
export type RowWeights = ArrayLike<number>

/** Counts per class, classes ascending, of truth or prediction or both; `right` are those that were both. */
export interface ClassTally {
  readonly classes: readonly Label[]
  readonly rowCount: number
  readonly correct: number
  readonly right: Float64Array
  readonly actual: Float64Array
  readonly predicted: Float64Array
}

export interface ClassifiedRows {
  tally(weights?: RowWeights): ClassTally | Undefined
}

/** Classes are compared by equality. Lists of different lengths are `otherShape`, a number that is not finite is no class. */
export function prepareClassified(y: readonly Label[], predicted: readonly Label[]): ClassifiedRows {
  if (y.length !== predicted.length) return { tally: () => undefinedBecause('otherShape') }
  const isNoClass = (label: Label): boolean => typeof label === 'number' && !Number.isFinite(label)
  if (y.some(isNoClass) || predicted.some(isNoClass)) return { tally: () => undefinedBecause('notFinite') }
  const classes = [...new Set([...y, ...predicted])].toSorted(compareLabels)
  const indexes = new Map(classes.map((label, index) => [label, index]))
  // Every label was put into the map one line above, and every index below is one of a row or a class.
  const actualOf = Int32Array.from(y, (label) => indexes.get(label)!)
  const predictedOf = Int32Array.from(predicted, (label) => indexes.get(label)!)
  return {
    tally(weights) {
      const right = new Float64Array(classes.length)
      const actual = new Float64Array(classes.length)
      const said = new Float64Array(classes.length)
      let rowCount = 0
      let correct = 0
      for (let row = 0; row < actualOf.length; row++) {
        const weight = weights === undefined ? 1 : weights[row]!
        if (weight === 0) continue
        const t = actualOf[row]!
        const p = predictedOf[row]!
        rowCount += weight
        actual[t]! += weight
        said[p]! += weight
        if (t === p) {
          right[t]! += weight
          correct += weight
        }
      }
      return rowCount === 0 ? undefinedBecause('empty') : { classes, rowCount, correct, right, actual, predicted: said }
    },
  }
}

export function accuracyOf(tally: ClassTally): MetricValue {
  return tally.correct / tally.rowCount
}

function countsOf(tally: ClassTally, positive: Label): { hit: number; actual: number; predicted: number } {
  const index = tally.classes.indexOf(positive)
  return { hit: tally.right[index] ?? 0, actual: tally.actual[index] ?? 0, predicted: tally.predicted[index] ?? 0 }
}

export function precisionOf(tally: ClassTally, positive: Label): MetricValue {
  const { hit, predicted } = countsOf(tally, positive)
  return predicted === 0 ? undefinedBecause('noPredictedPositives') : hit / predicted
}

export function recallOf(tally: ClassTally, positive: Label): MetricValue {
  const { hit, actual } = countsOf(tally, positive)
  return actual === 0 ? undefinedBecause('noPositives') : hit / actual
}

/** F-beta; undefined only when the class is neither true nor predicted anywhere. */
export function fBetaOf(tally: ClassTally, positive: Label, beta = 1): MetricValue {
  const { hit, actual, predicted } = countsOf(tally, positive)
  if (actual + predicted === 0) return undefinedBecause('noPositives')
  const squared = beta * beta
  return finiteOr(((1 + squared) * hit) / (squared * actual + predicted))
}

/** Matthews' correlation for any number of classes: 0 for a constant prediction, undefined when only one class is true. */
export function matthewsOf(tally: ClassTally): MetricValue {
  const n = tally.rowCount
  let agreement = 0
  let predictedSquares = 0
  let actualSquares = 0
  let actualClasses = 0
  let predictedClasses = 0
  tally.actual.forEach((t, index) => {
    const p = tally.predicted[index]! // as long as `actual`
    agreement += t * p
    predictedSquares += p * p
    actualSquares += t * t
    if (t > 0) actualClasses++
    if (p > 0) predictedClasses++
  })
  if (actualClasses < 2) return undefinedBecause('singleClass')
  if (predictedClasses < 2) return 0
  return finiteOr((tally.correct * n - agreement) / Math.sqrt(n * n - predictedSquares) / Math.sqrt(n * n - actualSquares))
}

export type ClassMetric = 'precision' | 'recall' | 'fbeta'
export type Average = 'macro' | 'weighted' | 'micro'

/** Over the classes in truth or prediction; a class whose own value is undefined counts 0 (scikit-learn's zero_division=0). */
export function averagedOf(tally: ClassTally, metric: ClassMetric, average: Average, beta = 1): MetricValue {
  // With one label per row, each wrong row is one false positive and one false negative: all three are the accuracy.
  if (average === 'micro') return accuracyOf(tally)
  let sum = 0
  let weight = 0
  tally.actual.forEach((actual, index) => {
    const predicted = tally.predicted[index]! // as long as `actual`
    if (actual + predicted === 0) return
    const hit = tally.right[index]!
    const squared = beta * beta
    const whole = metric === 'precision' ? predicted : metric === 'recall' ? actual : squared * actual + predicted
    const part = metric === 'fbeta' ? (1 + squared) * hit : hit
    const share = average === 'macro' ? 1 : actual
    sum += whole === 0 ? 0 : (share * part) / whole
    weight += share
  })
  return finiteOr(sum / weight)
}

/** Reads a metric off all rows at once. */
export function classify(y: readonly Label[], predicted: readonly Label[], metric: (tally: ClassTally) => MetricValue): MetricValue {
  if (y.length === 0 && predicted.length === 0) return undefinedBecause('empty')
  const tally = prepareClassified(y, predicted).tally()
  return 'undefined' in tally ? tally : metric(tally)
}
