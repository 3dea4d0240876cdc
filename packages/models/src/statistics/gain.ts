import { finiteOr, isUndefined, reaches, undefinedBecause, type MetricValue } from './metric-value.ts'

export type Better = 'higher' | 'lower'
/** What a gain is measured in: the metric's own unit, a share of the baseline, or the share of the remaining error that goes away. */
export type GainOf = 'absolute' | 'relative' | 'error'

export interface GainScale {
  readonly of: GainOf
  readonly better: Better
  /** The best value there can be: 1 for higher, 0 for lower unless given. */
  readonly optimum?: number | undefined
}

export function optimumOf({ better, optimum }: Pick<GainScale, 'better' | 'optimum'>): number {
  return optimum ?? (better === 'higher' ? 1 : 0)
}

/** What a difference is divided by; `baselineZero` and `baselinePerfect` when that is nothing. */
export function gainUnit(baseline: number, scale: GainScale): MetricValue {
  if (!Number.isFinite(baseline)) return undefinedBecause('notFinite')
  if (scale.of === 'absolute') return 1
  if (scale.of === 'relative') return baseline === 0 ? undefinedBecause('baselineZero') : Math.abs(baseline)
  const optimum = optimumOf(scale)
  const left = scale.better === 'higher' ? optimum - baseline : baseline - optimum
  // A sum of shares that should be 1 may be 0.9999999999999999: what is left is then a rounding error, not an error rate.
  return left <= 1e-12 * Math.max(Math.abs(optimum), Math.abs(baseline)) ? undefinedBecause('baselinePerfect') : left
}

/** Positive means that the candidate is better. */
export function gainOf(baseline: MetricValue, candidate: MetricValue, scale: GainScale): MetricValue {
  if (isUndefined(baseline)) return baseline
  if (isUndefined(candidate)) return candidate
  if (!Number.isFinite(candidate)) return undefinedBecause('notFinite')
  const unit = gainUnit(baseline, scale)
  if (isUndefined(unit)) return unit
  return finiteOr((scale.better === 'lower' ? baseline - candidate : candidate - baseline) / unit)
}

/**
 * Whether even a perfect candidate would fall short of a gain of `by`. An optimum that is not given is 0 when lower is better
 * and unknown when higher is: then nothing is said to be out of reach.
 */
export function isUnreachable(baseline: number, by: number, scale: GainScale): boolean {
  const optimum = scale.optimum ?? (scale.better === 'lower' ? 0 : undefined)
  if (optimum === undefined) return false
  const best = gainOf(baseline, optimum, scale)
  return typeof best === 'number' && Number.isFinite(by) && !reaches(best, by)
}

/** The baseline from which on a relative gain of `by` is out of reach: 0.909 for 10 % and an optimum of 1. Undefined where there is none. */
export function reachLimit(by: number, scale: GainScale): number | undefined {
  if (by <= 0 || scale.better !== 'higher' || scale.optimum === undefined) return undefined
  if (scale.of === 'relative') return scale.optimum / (1 + by)
  return scale.of === 'absolute' ? scale.optimum - by : undefined
}
