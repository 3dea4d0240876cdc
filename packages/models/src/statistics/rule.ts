import { isAbove, isUndefined, reaches, type MetricValue } from './metric-value.ts'
import { holm } from './multiplicity.ts'

/** pass: it was shown. fail: the opposite was shown. inconclusive: neither was, and nothing goes on. */
export type Verdict = 'pass' | 'fail' | 'inconclusive'

/** Any fail wins, even beside missing ones; then any inconclusive; no verdicts at all are inconclusive. */
export function combineVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail'
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'pass') ? 'pass' : 'inconclusive'
}

export type Evidence = 'interval' | 'direction'

export interface Bounds {
  readonly low: number
  readonly high: number
}

export function judgeImprove(gain: number, { low, high }: Bounds, by: number, evidence: Evidence): Verdict {
  if (![gain, low, high, by].every(Number.isFinite)) return 'inconclusive'
  if (evidence === 'direction' ? reaches(gain, by) && isAbove(low, 0) : reaches(low, by)) return 'pass'
  return reaches(high, by) ? 'inconclusive' : 'fail'
}

export function judgeGuard({ low, high }: Bounds, margin: number): Verdict {
  if (![low, high, margin].every(Number.isFinite)) return 'inconclusive'
  if (reaches(margin, -low)) return 'pass'
  return isAbove(-high, margin) ? 'fail' : 'inconclusive'
}

/** Aggregated metrics without rows: chance cannot be told from gain, so a pass needs somebody who said that points will do. */
export function judgePoint(
  gain: MetricValue,
  rule: 'improve' | 'noWorseThan',
  threshold: number,
  uncertainty: 'required' | 'optional',
): Verdict {
  if (isUndefined(gain) || !Number.isFinite(gain) || !Number.isFinite(threshold)) return 'inconclusive'
  const holds = rule === 'improve' ? reaches(gain, threshold) : reaches(threshold, -gain)
  if (!holds) return 'fail'
  return uncertainty === 'optional' ? 'pass' : 'inconclusive'
}

/** About how many rows would settle a rule; undefined when the gain is the threshold itself, and no number of rows would. */
export function rowsNeeded(n: number, gain: number, { low, high }: Bounds, threshold: number): number | undefined {
  const distance = Math.abs(gain - threshold)
  if (!(distance > 1e-12) || !Number.isFinite(n)) return undefined
  const rows = Math.ceil(n * ((high - low) / 2 / distance) ** 2)
  return Number.isSafeInteger(rows) ? rows : undefined
}

export interface SliceEvidence {
  readonly name: string
  readonly n: number
  /** Small when the slice is worse by more than the margin. */
  readonly p: number
  readonly positives?: number | undefined
  readonly negatives?: number | undefined
}

export interface SlicesVerdict {
  readonly verdict: Verdict
  readonly failed: readonly string[]
  readonly judged: number
  readonly notJudged: readonly string[]
  /** Holm-adjusted, of those judged, in their order. */
  readonly adjusted: readonly number[]
}

/** An alarm rather than a proof: slices too small to say anything are listed, not failed and not passed. */
export function judgeSlices(slices: readonly SliceEvidence[], alpha = 0.05, minRows = 50, minClass = 10): SlicesVerdict {
  const isTooFew = (count: number | undefined): boolean => count !== undefined && !(count >= minClass)
  const canBeJudged = (slice: SliceEvidence): boolean =>
    slice.n >= minRows && slice.p >= 0 && slice.p <= 1 && !isTooFew(slice.positives) && !isTooFew(slice.negatives)
  const judged = slices.filter(canBeJudged)
  const holmed = holm(judged.map(({ p }) => p))
  const adjusted = isUndefined(holmed) ? [] : holmed
  const failed = judged.filter((_, index) => adjusted[index]! <= alpha).map(({ name }) => name) // as long as `judged`
  return {
    verdict: judged.length === 0 ? 'inconclusive' : failed.length > 0 ? 'fail' : 'pass',
    failed,
    judged: judged.length,
    notJudged: slices.filter((slice) => !canBeJudged(slice)).map(({ name }) => name),
    adjusted,
  }
}
