import type { Label } from '../statistics/label.ts'
import type { ScoredRows } from '../statistics/scored-metric.ts'

/**
 * What one model did on one set of evaluation data: figures that somebody else computed, its answers row by row, or both.
 * Where both are there, the rows count, because only they say how sure a difference is.
 */
export interface Evaluation {
  /** of the artefact: this one and no other is what a verdict is about */
  readonly modelDigest: string
  /** of the evaluation data; without one nothing can be compared */
  readonly dataDigest?: string | undefined
  readonly metrics: ReadonlyMap<string, ReportedMetric>
  readonly predictions?: Predictions | undefined
  /** ids of the rows that the model was trained on, as far as they are known */
  readonly trainedOn?: Iterable<string> | undefined
}

/** A figure as a file had it; anything may stand there, and only a finite number is used. */
export interface ReportedMetric {
  readonly value: unknown
  /** how many rows it was computed from */
  readonly n?: unknown
}

/** Answers in the order of the evaluation data; every list is as long as `rowIds`. */
export interface Predictions extends ScoredRows {
  /** Rows of two models join by these, one to one. */
  readonly rowIds: readonly string[]
}

const rowLimit = 1_000_000

/** Why rows cannot be used: `missing` labels or ids, lists of `otherShape`, `tooMany` to draw from. */
export type RowsFault = 'missing' | 'otherShape' | 'otherData' | 'tooMany'

export function faultOfRows(rows: Predictions): RowsFault | undefined {
  const { rowIds, labels } = rows
  if (rowIds.length === 0 || labels.length === 0) return 'missing'
  if (rowIds.length > rowLimit) return 'tooMany'
  const lists = [labels, rows.scores, rows.classes, rows.probabilities, rows.values, ...(rows.columns?.values() ?? [])]
  if (lists.some((list) => list !== undefined && (!Array.isArray(list) || list.length !== rowIds.length))) return 'otherShape'
  if (rows.probabilities?.some((row) => !Array.isArray(row)) === true) return 'otherShape'
  if ([labels, rows.classes ?? []].some((list) => list.some((label: unknown) => !isLabel(label)))) return 'missing'
  return new Set(rowIds).size === rowIds.length ? undefined : 'otherData'
}

function isLabel(value: unknown): value is Label {
  return typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && !Number.isNaN(value))
}

/** The other model's rows in the order of the first one's. A row that only one of them has, or with another label, is `otherData`. */
export function joinRows(first: Predictions, other: Predictions): Predictions | RowsFault {
  const fault = faultOfRows(first) ?? faultOfRows(other)
  if (fault !== undefined) return fault
  if (first.rowIds.length !== other.rowIds.length) return 'otherData'
  const positions = new Map(other.rowIds.map((id, index) => [id, index]))
  const order: number[] = []
  for (const [row, id] of first.rowIds.entries()) {
    const at = positions.get(id)
    if (at === undefined || other.labels[at] !== first.labels[row]) return 'otherData'
    order.push(at)
  }
  return pickRows(other, order)
}

/** Some rows, in the order given, as often as given. */
export function pickRows(rows: Predictions, order: ArrayLike<number>): Predictions {
  const pick = <T>(list: readonly T[]): T[] => Array.from(order, (row) => list[row]!) // rows are indexes of the lists
  const maybe = <T>(list: readonly T[] | undefined): T[] | undefined => (list === undefined ? undefined : pick(list))
  return {
    rowIds: pick(rows.rowIds),
    labels: pick(rows.labels),
    positive: rows.positive,
    scores: maybe(rows.scores),
    classes: maybe(rows.classes),
    probabilities: maybe(rows.probabilities),
    classNames: rows.classNames,
    values: maybe(rows.values),
    columns: rows.columns === undefined ? undefined : new Map([...rows.columns].map(([name, list]) => [name, pick(list)])),
  }
}

/** How many of the rows the model has seen in training. */
export function countTrainedOn(rowIds: readonly string[], trainedOn: Iterable<string> | undefined): number {
  if (trainedOn === undefined) return 0
  const seen = trainedOn instanceof Set ? trainedOn : new Set(trainedOn)
  return rowIds.reduce((count, id) => count + (seen.has(id) ? 1 : 0), 0)
}
