import type { GatePlots, PlotPair } from '@plimsoll/api'
import { compareLabels, type Label } from '../statistics/label.ts'
import { areFinite } from '../statistics/metric-value.ts'
import { prepareRanking } from '../statistics/ranking.ts'
import { binaryLabels, classCounts, decisionsOf, positiveScores } from '../statistics/scored-metric.ts'
import { faultOfRows, joinRows, type Evaluation, type Predictions } from './evaluation.ts'

/**
 * What a report draws of both models over each other. Bounded whatever the number of rows: about 200 points a curve, 20 classes.
 * A plot that the rows do not allow is left out; the verdict says why.
 */
export type PlotData = GatePlots & {
  /** Shares of rows by predicted − true amount, in equal bins from `from` to `to`. */
  residuals?: GatePlots['scores']
}

interface Point {
  readonly x: number
  readonly y: number
}

const mostPoints = 200
const mostClasses = 20
const others = 'others'

export function plotData(
  candidate: Evaluation,
  baseline?: Evaluation,
  settings: { readonly positive?: Label | undefined; readonly threshold?: number | undefined } = {},
): PlotData {
  const given = candidate.predictions
  if (given === undefined || faultOfRows(given) !== undefined) return {}
  const isSameData = baseline !== undefined && candidate.dataDigest !== undefined && baseline.dataDigest === candidate.dataDigest
  const joined = isSameData && baseline.predictions !== undefined ? joinRows(given, baseline.predictions) : undefined
  const rows = { ...given, positive: settings.positive ?? given.positive }
  const other = typeof joined === 'object' ? { ...joined, positive: rows.positive ?? joined.positive } : undefined
  return rows.values === undefined ? classPlots(rows, other, settings.threshold) : amountPlots(rows, other)
}

function ofBoth<T>(
  rows: Predictions,
  other: Predictions | undefined,
  draw: (rows: Predictions) => T[] | undefined,
): PlotPair<T> | undefined {
  const candidate = draw(rows)
  if (candidate === undefined) return undefined
  const baseline = other && draw(other)
  return baseline === undefined ? { candidate } : { candidate, baseline }
}

function classPlots(rows: Predictions, other: Predictions | undefined, threshold: number | undefined): PlotData {
  const classes = confusionClasses(rows, other, threshold)
  const confusion = ofBoth(rows, other, (of) => confusionOf(of, classes, threshold))
  return defined<PlotData>({
    rocCurve: ofBoth(rows, other, rocCurve),
    precisionRecall: ofBoth(rows, other, precisionRecallCurve),
    calibration: ofBoth(rows, other, calibrationOf),
    scores: histogramOf(rows, other, 20, (of) => binaryOf(of)?.scores),
    confusion: confusion && namedConfusion([...classes.keys()].map(String), confusion),
  })
}

function amountPlots(rows: Predictions, other: Predictions | undefined): PlotData {
  return defined<PlotData>({
    scatter: ofBoth(rows, other, amountsOf),
    residuals: histogramOf(rows, other, 30, residualsOf),
  })
}

function defined<T extends object>(plots: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(plots).filter(([, plot]) => plot !== undefined)) as T
}

/** Labels of 0 and 1 with the scores of 1, if that is what the rows are. */
function binaryOf(rows: Predictions): { y: readonly number[]; scores: readonly number[] } | undefined {
  const scores = positiveScores(rows)
  const y = binaryLabels(rows)
  return scores === undefined || typeof y === 'string' || !areFinite(scores) ? undefined : { y, scores }
}

/** False positive rate to true positive rate. */
function rocCurve(rows: Predictions): Point[] | undefined {
  const binary = binaryOf(rows)
  if (binary === undefined) return undefined
  const positives = binary.y.filter((t) => t === 1).length
  const negatives = binary.y.length - positives
  if (positives === 0 || negatives === 0) return undefined
  const points: Point[] = [{ x: 0, y: 0 }]
  let hits = 0
  let alarms = 0
  for (const step of prepareRanking(binary.y, binary.scores).steps()) {
    hits += step.positives
    alarms += step.negatives
    points.push({ x: alarms / negatives, y: hits / positives })
  }
  // The way from corner to corner is 2 long, so this many steps of it are at most so many points.
  return thin(points, ({ x, y }) => Math.floor(((x + y) * (mostPoints - 2)) / 2))
}

/** Recall to precision. */
function precisionRecallCurve(rows: Predictions): Point[] | undefined {
  const binary = binaryOf(rows)
  const positives = binary?.y.filter((t) => t === 1).length ?? 0
  if (binary === undefined || positives === 0) return undefined
  const points: Point[] = []
  let hits = 0
  let taken = 0
  for (const step of prepareRanking(binary.y, binary.scores).steps()) {
    hits += step.positives
    taken += step.positives + step.negatives
    points.push({ x: hits / positives, y: hits / taken })
  }
  return thin(points, ({ x }) => Math.floor(x * (mostPoints - 2)))
}

/** The first point, the last one, and the first of each stretch between. */
function thin(points: Point[], stretchOf: (point: Point) => number): Point[] {
  if (points.length <= mostPoints) return points
  let stretch = -1
  return points.filter((point, index) => {
    const isNext = stretchOf(point) !== stretch
    stretch = stretchOf(point)
    return isNext || index === points.length - 1
  })
}

/** Mean probability to share of positives, of ten equal bins, with how many rows each has. */
function calibrationOf(rows: Predictions): { x: number; y: number; n: number }[] | undefined {
  const binary = binaryOf(rows)
  if (binary === undefined || binary.scores.some((score) => score < 0 || score > 1)) return undefined
  const bins = Array.from({ length: 10 }, () => ({ sum: 0, positives: 0, n: 0 }))
  binary.scores.forEach((score, row) => {
    const bin = bins[Math.min(Math.floor(score * 10), 9)]! // ten bins
    bin.n++
    bin.sum += score
    bin.positives += binary.y[row]! // as long as the scores
  })
  return bins.filter(({ n }) => n > 0).map(({ sum, positives, n }) => ({ x: sum / n, y: positives / n, n }))
}

/** Shares per bin, in bins that both models share; probabilities take the whole of 0 to 1. */
function histogramOf(
  rows: Predictions,
  other: Predictions | undefined,
  bins: number,
  valuesOf: (rows: Predictions) => readonly number[] | undefined,
): GatePlots['scores'] {
  const values = valuesOf(rows)
  const rest = other && valuesOf(other)
  if (values === undefined || values.length === 0) return undefined
  let [from, to] = [Infinity, -Infinity]
  for (const side of [values, rest ?? []]) {
    for (const value of side) {
      from = Math.min(from, value)
      to = Math.max(to, value)
    }
  }
  if (from >= 0 && to <= 1) [from, to] = [0, 1]
  const sharesOf = (side: readonly number[]): number[] => {
    const shares = Array.from({ length: bins }, () => 0)
    const width = (to - from) / bins
    for (const value of side) {
      const bin = width > 0 ? Math.min(bins - 1, Math.floor((value - from) / width)) : 0
      shares[bin]! += 1 / side.length // 0 … bins − 1
    }
    return shares
  }
  return rest === undefined
    ? { from, to, candidate: sharesOf(values) }
    : { from, to, candidate: sharesOf(values), baseline: sharesOf(rest) }
}

function confusionClasses(rows: Predictions, other: Predictions | undefined, threshold: number | undefined): ReadonlyMap<Label, number> {
  const said = [rows, other].flatMap((side) => {
    const decisions = side === undefined ? undefined : decisionsOf(side, threshold)
    return typeof decisions === 'object' ? decisions : []
  })
  const frequent = classCounts([...rows.labels, ...said])
    .toSorted((a, b) => b.count - a.count)
    .slice(0, mostClasses)
  return new Map(
    frequent
      .map(({ label }) => label)
      .toSorted(compareLabels)
      .map((label, index) => [label, index]),
  )
}

/** By true class, then by predicted class; one more of each than there are names, for the rest. */
function confusionOf(rows: Predictions, classes: ReadonlyMap<Label, number>, threshold: number | undefined): number[][] | undefined {
  const decisions = decisionsOf(rows, threshold)
  if (decisions === undefined || typeof decisions === 'string') return undefined
  const size = classes.size + 1
  const counts = Array.from({ length: size }, () => Array.from({ length: size }, () => 0))
  rows.labels.forEach((label, row) => {
    const said = decisions[row]! // as long as the labels
    counts[classes.get(label) ?? classes.size]![classes.get(said) ?? classes.size]!++ // sizes as made above
  })
  return counts
}

function namedConfusion(names: string[], { candidate, baseline }: PlotPair<number[]>): GatePlots['confusion'] {
  const hasOthers = [candidate, baseline ?? []].some((counts) =>
    counts.some((row, index) => row.some((count, at) => count > 0 && (index === names.length || at === names.length))),
  )
  const cut = (counts: number[][]): number[][] => (hasOthers ? counts : counts.slice(0, -1).map((row) => row.slice(0, -1)))
  const classes = hasOthers ? [...names, others] : names
  return baseline === undefined ? { classes, candidate: cut(candidate) } : { classes, candidate: cut(candidate), baseline: cut(baseline) }
}

function residualsOf(rows: Predictions | undefined): readonly number[] | undefined {
  const { labels, values } = rows ?? {}
  if (labels === undefined || values === undefined || !labels.every((label) => typeof label === 'number')) return undefined
  const residuals = values.map((value, row) => value - labels[row]!) // as long as the labels
  return areFinite(residuals) ? residuals : undefined
}

/** True to predicted amount, of rows spread evenly over the true amounts. */
function amountsOf(rows: Predictions): Point[] | undefined {
  const { labels, values } = rows
  if (values === undefined || residualsOf(rows) === undefined) return undefined
  const points = labels.map((label, row): Point => ({ x: Number(label), y: values[row]! })).toSorted((a, b) => a.x - b.x)
  if (points.length <= mostPoints) return points
  return Array.from({ length: mostPoints }, (_, at) => points[Math.round((at * (points.length - 1)) / (mostPoints - 1))]!) // 0 … length − 1
}
