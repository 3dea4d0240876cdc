import type { KnownMetric } from './scored-metric.ts'

const share = [0, 1] as const
const size = [0, Number.POSITIVE_INFINITY] as const

const ranges = new Map<string, readonly [least: number, most: number]>([
  ...['accuracy', 'precision', 'recall', 'fbeta', 'roc_auc', 'average_precision', 'brier', 'ece'].map((kind) => [kind, share] as const),
  ...['log_loss', 'rmse', 'mae', 'mape', 'wape'].map((kind) => [kind, size] as const),
  ['mcc', [-1, 1]],
  ['r2', [Number.NEGATIVE_INFINITY, 1]],
])

/** Whether a metric can have this value by its definition: a ROC AUC of 95 is a percentage, one of -1 says that there was none. */
export function isPossible({ kind }: Pick<KnownMetric, 'kind'>, value: number): boolean {
  const [least, most] = ranges.get(kind) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  const rounding = 1e-9
  return value >= least - rounding && value <= most + rounding
}
