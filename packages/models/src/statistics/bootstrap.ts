import type { RowWeights } from './classification.ts'
import { gainOf, type GainScale } from './gain.ts'
import { isDefined, isUndefined, undefinedBecause, type MetricValue, type Undefined } from './metric-value.ts'
import { sortedQuantile } from './quantile.ts'
import { drawReplicate, type DrawingPlan } from './random.ts'

/** A metric of prepared rows, each counting as often as its weight says; once when none are given. */
export type WeighedMetric = (weights?: RowWeights) => MetricValue

/** Lists of metric values, one list per metric, one value per replicate. Each replicate draws the same rows for all of them. */
export function replicateMetrics(
  plan: DrawingPlan,
  seed: string,
  replicates: number,
  metrics: readonly WeighedMetric[],
): readonly MetricValue[][] {
  const values: MetricValue[][] = metrics.map(() => [])
  const weights = new Int32Array(plan.rowCount)
  for (let replicate = 0; replicate < replicates; replicate++) {
    weights.fill(0)
    drawReplicate(plan, seed, replicate, (row) => {
      weights[row]!++ // rows are those of the plan
    })
    metrics.forEach((metric, index) => values[index]!.push(metric(weights))) // as many lists as metrics
  }
  return values
}

export interface Interval {
  readonly low: number
  readonly high: number
}

/**
 * Percentile interval: type-7 quantiles at (1 ∓ confidence)/2 of the values that there are. Above 1 % of undefined ones it is
 * `unstable`. Percentile rather than BCa: its false passes stay at the nominal rate, BCa's do not, and BCa needs n more evaluations.
 */
export function percentileInterval(values: readonly MetricValue[], confidence: number): Interval | Undefined {
  const defined = values.filter(isDefined)
  if (defined.length === 0 || (values.length - defined.length) * 100 > values.length) return undefinedBecause('unstable')
  if (!(confidence > 0 && confidence < 1)) return undefinedBecause('outOfRange')
  const ascending = Float64Array.from(defined).toSorted()
  return { low: sortedQuantile(ascending, (1 - confidence) / 2), high: sortedQuantile(ascending, (1 + confidence) / 2) }
}

export interface BootstrappedGain {
  /** of all rows */
  readonly gain: MetricValue
  readonly gains: readonly MetricValue[]
  readonly undefinedCount: number
  readonly interval: Interval | Undefined
}

export interface BootstrapTerms {
  readonly plan: DrawingPlan
  readonly seed: string
  readonly replicates: number
  readonly confidence: number
}

/** The paired bootstrap of one metric of two models on the same rows. */
export function bootstrapGain(
  baseline: WeighedMetric,
  candidate: WeighedMetric,
  scale: GainScale,
  { plan, seed, replicates, confidence }: BootstrapTerms,
): BootstrappedGain {
  const [before = [], after = []] = replicateMetrics(plan, seed, replicates, [baseline, candidate])
  return summariseGains(baseline(), candidate(), before, after, scale, confidence)
}

/** The gain of all rows and of each replicate, from values of both models that were drawn already. */
export function summariseGains(
  baseline: MetricValue,
  candidate: MetricValue,
  before: readonly MetricValue[],
  after: readonly MetricValue[],
  scale: GainScale,
  confidence: number,
): BootstrappedGain {
  const gains = before.map((value, replicate) => gainOf(value, after[replicate]!, scale)) // as many as `before`
  return {
    gain: gainOf(baseline, candidate, scale),
    gains,
    undefinedCount: gains.filter(isUndefined).length,
    interval: percentileInterval(gains, confidence),
  }
}
