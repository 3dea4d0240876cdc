import type { WeighedMetric } from './bootstrap.ts'
import * as classes from './classification.ts'
import type { Better } from './gain.ts'
import { compareLabels, type Label } from './label.ts'
import { isUndefined, undefinedBecause } from './metric-value.ts'
import * as probability from './probability.ts'
import { prepareRanking } from './ranking.ts'
import { prepareRegression } from './regression.ts'
import { prepareWeighedMean, prepareWeighedQuantile } from './column-metric.ts'

/** One model's answers to the rows of an evaluation. Which metrics can be scored from them depends on what is there. */
export interface ScoredRows {
  /** the true class, or the true amount for regression */
  readonly labels: readonly Label[]
  /** the class that `scores` are about */
  readonly positive?: Label | undefined
  /** of the positive class, higher is more positive; probabilities where a metric wants those */
  readonly scores?: readonly number[] | undefined
  /** the class the model decided for */
  readonly classes?: readonly Label[] | undefined
  /** one per class, in the order of `classNames` */
  readonly probabilities?: readonly (readonly number[])[] | undefined
  readonly classNames?: readonly Label[] | undefined
  /** predicted amounts */
  readonly values?: readonly number[] | undefined
  /** further columns, such as `latency_ms` */
  readonly columns?: ReadonlyMap<string, readonly Label[]> | undefined
}

export interface MetricSettings {
  /** score from which on a row counts as positive; 0.5 */
  readonly threshold?: number | undefined
  /** of F-beta; 1 */
  readonly beta?: number | undefined
  /** of the calibration error; 10 */
  readonly bins?: number | undefined
  readonly average?: classes.Average | undefined
}

export type MetricFamily = 'classification' | 'ranking' | 'probability' | 'regression' | 'column'

export interface KnownMetric {
  readonly family: MetricFamily
  /** the name without average and aliases */
  readonly kind: string
  readonly better: Better
  readonly optimum: number
  readonly beta?: number
  readonly average?: classes.Average
  /** of a column */
  readonly column?: string
  readonly quantile?: number
}

const aliases = new Map([
  ['acc', 'accuracy'],
  ['accuracy_score', 'accuracy'],
  ['precision_score', 'precision'],
  ['recall_score', 'recall'],
  ['sensitivity', 'recall'],
  ['f1_score', 'f1'],
  ['matthews_corrcoef', 'mcc'],
  ['auc', 'roc_auc'],
  ['auroc', 'roc_auc'],
  ['rocauc', 'roc_auc'],
  ['roc_auc_score', 'roc_auc'],
  ['ap', 'average_precision'],
  ['average_precision_score', 'average_precision'],
  ['logloss', 'log_loss'],
  ['cross_entropy', 'log_loss'],
  ['brier_score', 'brier'],
  ['brier_score_loss', 'brier'],
  ['expected_calibration_error', 'ece'],
  ['root_mean_squared_error', 'rmse'],
  ['mean_absolute_error', 'mae'],
  ['mean_absolute_percentage_error', 'mape'],
  ['r2_score', 'r2'],
  ['r_squared', 'r2'],
])

const families = new Map<string, MetricFamily>([
  ['accuracy', 'classification'],
  ['precision', 'classification'],
  ['recall', 'classification'],
  ['fbeta', 'classification'],
  ['mcc', 'classification'],
  ['roc_auc', 'ranking'],
  ['average_precision', 'ranking'],
  ['log_loss', 'probability'],
  ['brier', 'probability'],
  ['ece', 'probability'],
  ['rmse', 'regression'],
  ['mae', 'regression'],
  ['mape', 'regression'],
  ['wape', 'regression'],
  ['r2', 'regression'],
])

const lowerWords =
  /(^|_)(loss|error|errors|latency|duration|rmse|mse|mae|mape|wape|brier|ece|logloss|perplexity|wer|cer|deviance|ms|seconds|p\d\d?)(_|$)/

/** Lower is better for losses, errors and latencies, by the words in their name; higher for everything else. */
export function betterOf(name: string): Better {
  return lowerWords.test(plainName(name)) ? 'lower' : 'higher'
}

function plainName(name: string): string {
  const plain = name
    .trim()
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
  return aliases.get(plain) ?? plain
}

/** What a metric's name means, if it is one that is scored here: `f1`, `macro_f1`, `precision_weighted`, `latency_p99_ms`. */
export function knownMetric(name: string): KnownMetric | undefined {
  let plain = plainName(name)
  let average: classes.Average | undefined
  const averaged = /^(?:(macro|micro|weighted)_(.+)|(.+)_(macro|micro|weighted))$/.exec(plain)
  if (averaged !== null) {
    average = (averaged[1] ?? averaged[4]) as classes.Average
    plain = plainName(averaged[2] ?? averaged[3] ?? '')
  }
  const f = /^f(\d(?:[._]\d+)?|beta)$/.exec(plain)
  const kind = f === null ? plain : 'fbeta'
  const family = families.get(kind)
  if (family !== undefined) {
    if (average !== undefined && kind !== 'precision' && kind !== 'recall' && kind !== 'fbeta') return undefined
    const better = betterOf(kind)
    const beta = f === null || f[1] === 'beta' || f[1] === undefined ? {} : { beta: Number(f[1].replace('_', '.')) }
    return { family, kind, better, optimum: better === 'higher' ? 1 : 0, ...beta, ...(average === undefined ? {} : { average }) }
  }
  const column = /^([a-z][a-z0-9_]*?)_(mean|p(\d\d(?:_\d)?))(_[a-z]+)?$/.exec(plain)
  if (average !== undefined || column === null || betterOf(plain) !== 'lower') return undefined
  const quantile = column[3] === undefined ? {} : { quantile: Number(column[3].replace('_', '.')) / 100 }
  return { family: 'column', kind: plain, better: 'lower', optimum: 0, column: `${column[1]}${column[4] ?? ''}`, ...quantile }
}

const none =
  (reason: string): WeighedMetric =>
  () =>
    undefinedBecause(reason)

/** The metric of these rows under any weights, or undefined when the rows hold nothing it could be scored from. */
export function prepareMetric(metric: KnownMetric, rows: ScoredRows, settings: MetricSettings = {}): WeighedMetric | undefined {
  switch (metric.family) {
    case 'classification':
      return prepareClassMetric(metric, rows, settings)
    case 'ranking': {
      const scores = positiveScores(rows)
      if (scores === undefined) return undefined
      const binary = binaryLabels(rows)
      if (typeof binary === 'string') return none(binary)
      const ranking = prepareRanking(binary, scores)
      return metric.kind === 'roc_auc' ? ranking.rocAuc : ranking.averagePrecision
    }
    case 'probability':
      return prepareProbabilityMetric(metric.kind, rows, settings)
    case 'regression': {
      if (rows.values === undefined) return undefined
      if (!rows.labels.every((label) => typeof label === 'number')) return none('wrongType')
      const regression = prepareRegression(rows.labels, rows.values)
      return regression[metric.kind as keyof typeof regression]
    }
    case 'column': {
      const values = rows.columns?.get(metric.column ?? '')
      if (values === undefined) return undefined
      if (!values.every((value) => typeof value === 'number')) return none('wrongType')
      return metric.quantile === undefined ? prepareWeighedMean(values) : prepareWeighedQuantile(values, metric.quantile)
    }
  }
}

/**
 * The class that a model decides for: what it says itself, the threshold of its scores (0.5 unless given), or the most probable.
 * A threshold that somebody asks for goes before the decisions that were made with another one.
 */
export function decisionsOf(rows: ScoredRows, threshold?: number): readonly Label[] | string | undefined {
  if (rows.classes !== undefined && (threshold === undefined || rows.scores === undefined)) return rows.classes
  if (rows.scores !== undefined) {
    if (rows.scores.some((score) => !Number.isFinite(score))) return 'notFinite'
    const positive = positiveClass(rows)
    if (positive === undefined) return 'positiveUnknown'
    const others = new Set(rows.labels.filter((label) => label !== positive))
    if (others.size > 1) return 'notBinary'
    const [other = typeof positive === 'number' ? Number(positive === 0) : `not ${String(positive)}`] = others
    return rows.scores.map((score) => (score >= (threshold ?? 0.5) ? positive : other))
  }
  if (rows.probabilities !== undefined && rows.classNames !== undefined) {
    const names = rows.classNames
    if (rows.probabilities.some((row) => row.length !== names.length)) return 'otherShape'
    if (rows.probabilities.some((row) => row.some((p) => !Number.isFinite(p)))) return 'notFinite'
    return rows.probabilities.map((row) => names[probability.topClass(row)]!) // as many names as columns
  }
  return undefined
}

/** Given, or the usual one of two: 1, "1", true. */
export function positiveClass(rows: ScoredRows): Label | undefined {
  if (rows.positive !== undefined) return rows.positive
  const usual = new Map<Label, Label>([
    [0, 1],
    [1, 1],
    ['0', '1'],
    ['1', '1'],
    [false, true],
    [true, true],
  ])
  const found = new Set(rows.labels.map((label) => usual.get(label)))
  return found.size === 1 ? [...found][0] : undefined
}

/** 1 for the positive class, 0 for the other; or why that cannot be said. */
export function binaryLabels(rows: ScoredRows): readonly number[] | string {
  if (rows.labels.length === 0) return []
  if (rows.labels.some((label) => typeof label === 'number' && !Number.isFinite(label))) return 'notFinite'
  const positive = positiveClass(rows)
  if (positive === undefined) return 'positiveUnknown'
  if (new Set(rows.labels.filter((label) => label !== positive)).size > 1) return 'notBinary'
  return rows.labels.map((label) => (label === positive ? 1 : 0))
}

/** Scores of the positive class; of two probabilities, that of the positive one. */
export function positiveScores(rows: ScoredRows): readonly number[] | undefined {
  if (rows.scores !== undefined) return rows.scores
  if (rows.probabilities === undefined || rows.classNames?.length !== 2) return undefined
  const column = rows.classNames.indexOf(positiveClass(rows) ?? '')
  return column < 0 ? undefined : rows.probabilities.map((row) => row[column] ?? Number.NaN)
}

function prepareClassMetric(metric: KnownMetric, rows: ScoredRows, settings: MetricSettings): WeighedMetric | undefined {
  const decisions = decisionsOf(rows, settings.threshold)
  if (decisions === undefined) return undefined
  if (typeof decisions === 'string') return none(decisions)
  const prepared = classes.prepareClassified(rows.labels, decisions)
  const read = (of: (tally: classes.ClassTally) => ReturnType<WeighedMetric>): WeighedMetric => {
    return (weights) => {
      const tally = prepared.tally(weights)
      return isUndefined(tally) ? tally : of(tally)
    }
  }
  if (metric.kind === 'accuracy') return read(classes.accuracyOf)
  if (metric.kind === 'mcc') return read(classes.matthewsOf)
  const kind = metric.kind as classes.ClassMetric
  const beta = settings.beta ?? metric.beta ?? 1
  const average = settings.average ?? metric.average
  if (average !== undefined) return read((tally) => classes.averagedOf(tally, kind, average, beta))
  const positive = positiveClass(rows)
  if (positive === undefined) return none('positiveUnknown')
  if (kind === 'precision') return read((tally) => classes.precisionOf(tally, positive))
  return kind === 'recall' ? read((tally) => classes.recallOf(tally, positive)) : read((tally) => classes.fBetaOf(tally, positive, beta))
}

function prepareProbabilityMetric(kind: string, rows: ScoredRows, { bins }: MetricSettings): WeighedMetric | undefined {
  const scores = positiveScores(rows)
  // The log loss of several classes also checks that each row adds to 1.
  if (scores !== undefined && (rows.scores !== undefined || kind !== 'log_loss')) {
    const binary = binaryLabels(rows)
    if (typeof binary === 'string') return none(binary)
    if (kind === 'log_loss') return probability.prepareLogLoss(binary, scores)
    return kind === 'brier' ? probability.prepareBrier(binary, scores) : probability.prepareCalibrationError(binary, scores, bins)
  }
  if (rows.probabilities === undefined || rows.classNames === undefined || kind === 'brier') return undefined
  const names = rows.classNames
  const y = rows.labels.map((label) => names.indexOf(label))
  return kind === 'log_loss'
    ? probability.prepareLogLossOfClasses(y, rows.probabilities)
    : probability.prepareCalibrationErrorOfClasses(y, rows.probabilities, bins)
}

/** Classes in truth, ascending, with how many rows each has. */
export function classCounts(labels: readonly Label[]): { label: Label; count: number }[] {
  const counts = new Map<Label, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts].toSorted(([a], [b]) => compareLabels(a, b)).map(([label, count]) => ({ label, count }))
}
