import type { RowWeights } from './classification.ts'
import { areFinite, undefinedBecause, type MetricValue } from './metric-value.ts'

/** Scores sorted once; ROC AUC, average precision and their curves under any weights of rows then take one pass. */
export interface RankedRows {
  readonly rocAuc: (weights?: RowWeights) => MetricValue
  readonly averagePrecision: (weights?: RowWeights) => MetricValue
  /** Distinct scores from above, with how many positives and negatives have exactly that score. */
  readonly steps: (weights?: RowWeights) => { score: number; positives: number; negatives: number }[]
}

/** `y` is 1 for the positive class and 0 for the other. Higher scores mean more positive; any scale will do. */
export function prepareRanking(y: ArrayLike<number>, scores: ArrayLike<number>): RankedRows {
  const problem = problemWith(y, scores)
  if (problem !== undefined) {
    const none = (): MetricValue => undefinedBecause(problem)
    return { rocAuc: none, averagePrecision: none, steps: () => [] }
  }
  // Every index below is one of a row, hence the `!`s.
  const order = Int32Array.from({ length: y.length }, (_, row) => row).toSorted((a, b) => scores[b]! - scores[a]!)
  const isPositive = Uint8Array.from(order, (row) => y[row]!)
  const endsTie = Uint8Array.from(order, (row, at) => (at + 1 === order.length || scores[order[at + 1]!] !== scores[row] ? 1 : 0))

  const totals = (weights: RowWeights | undefined): [positives: number, negatives: number] => {
    let positives = 0
    let all = 0
    for (let at = 0; at < order.length; at++) {
      const weight = weights === undefined ? 1 : weights[order[at]!]!
      all += weight
      if (isPositive[at] === 1) positives += weight
    }
    return [positives, all - positives]
  }

  return {
    rocAuc(weights) {
      const [m, n] = totals(weights)
      if (m + n === 0) return undefinedBecause('empty')
      if (m === 0 || n === 0) return undefinedBecause('singleClass')
      // Pairs in which the positive is above; those within a tie count half. This is the midrank formula without the ranks.
      let pairs = 0
      let negativesBelow = n
      let tiedPositives = 0
      let tiedNegatives = 0
      for (let at = 0; at < order.length; at++) {
        const weight = weights === undefined ? 1 : weights[order[at]!]!
        if (isPositive[at] === 1) tiedPositives += weight
        else tiedNegatives += weight
        if (endsTie[at] === 0) continue
        negativesBelow -= tiedNegatives
        pairs += tiedPositives * (negativesBelow + tiedNegatives / 2)
        tiedPositives = 0
        tiedNegatives = 0
      }
      return pairs / (m * n)
    },
    averagePrecision(weights) {
      const [m, n] = totals(weights)
      if (m + n === 0) return undefinedBecause('empty')
      if (m === 0) return undefinedBecause('noPositives')
      let sum = 0
      let hits = 0
      let taken = 0
      let tiedPositives = 0
      for (let at = 0; at < order.length; at++) {
        const weight = weights === undefined ? 1 : weights[order[at]!]!
        taken += weight
        if (isPositive[at] === 1) tiedPositives += weight
        if (endsTie[at] === 0 || tiedPositives === 0) continue
        hits += tiedPositives
        sum += (tiedPositives * hits) / taken
        tiedPositives = 0
      }
      return sum / m
    },
    steps(weights) {
      const steps: { score: number; positives: number; negatives: number }[] = []
      let positives = 0
      let negatives = 0
      for (let at = 0; at < order.length; at++) {
        const weight = weights === undefined ? 1 : weights[order[at]!]!
        if (isPositive[at] === 1) positives += weight
        else negatives += weight
        if (endsTie[at] === 0) continue
        if (positives + negatives > 0) steps.push({ score: scores[order[at]!]!, positives, negatives })
        positives = 0
        negatives = 0
      }
      return steps
    },
  }
}

function problemWith(y: ArrayLike<number>, scores: ArrayLike<number>): string | undefined {
  if (y.length !== scores.length) return 'otherShape'
  if (y.length === 0) return 'empty'
  if (!areFinite(scores) || !areFinite(y)) return 'notFinite'
  for (let row = 0; row < y.length; row++) if (y[row] !== 0 && y[row] !== 1) return 'outOfRange'
  return undefined
}

/** 1 from the middle of each tie: what position the value has among all, ties sharing the mean of theirs. */
export function midranks(values: ArrayLike<number>): Float64Array {
  // Every index below is one of a value, hence the `!`s.
  const order = Int32Array.from({ length: values.length }, (_, at) => at).toSorted((a, b) => values[a]! - values[b]!)
  const ranks = new Float64Array(values.length)
  for (let start = 0; start < order.length;) {
    let end = start
    while (end + 1 < order.length && values[order[end + 1]!] === values[order[start]!]) end++
    for (let at = start; at <= end; at++) ranks[order[at]!] = (start + end) / 2 + 1
    start = end + 1
  }
  return ranks
}
