import type { MetricResult, MetricValue, RuleResult } from '@plimsoll/api'

/** A rule as a position against its limit. Everything is in one unit: the metric's own, or shares. */
export interface RuleDrawing {
  at: number
  low?: number
  high?: number
  limit: number
  /** On which side of the limit it is not allowed. */
  forbidden: 'low' | 'high'
  /** Where nothing has changed, for rules about a difference. */
  zero?: number
  unit: 'number' | 'share'
}

/** Undefined for a rule that has no number. */
export function drawRule(metric: Pick<MetricResult, 'better'>, rule: RuleResult): RuleDrawing | undefined {
  const { gain, interval, threshold } = rule
  if (typeof gain !== 'number' || !Number.isFinite(gain)) return undefined
  if (rule.rule === 'atLeast' || rule.rule === 'atMost') {
    // The gain is the distance on the good side: the value itself is what a reader knows.
    const sign = rule.rule === 'atLeast' ? 1 : -1
    return turned(sign, gain, interval, threshold, { limit: threshold, unit: 'number' })
  }
  const limit = rule.rule === 'improve' ? threshold : -threshold
  // A share of the error is a gain whichever direction is better; other differences are in the metric's own direction.
  const sign = rule.of === 'error' || metric.better === 'higher' ? 1 : -1
  return turned(sign, gain, interval, 0, { limit: sign * limit, unit: rule.of === 'absolute' ? 'number' : 'share', zero: 0 })
}

function turned(
  sign: 1 | -1,
  gain: number,
  interval: RuleResult['interval'],
  origin: number,
  rest: Pick<RuleDrawing, 'limit' | 'unit' | 'zero'>,
): RuleDrawing {
  const to = (value: number) => origin + sign * value
  return {
    ...rest,
    at: to(gain),
    ...(interval && { low: Math.min(to(interval.low), to(interval.high)), high: Math.max(to(interval.low), to(interval.high)) }),
    forbidden: sign === 1 ? 'low' : 'high',
  }
}

/** Positions in per cent of the drawing's width. */
export interface DrawnPositions {
  at: number
  from?: number
  to?: number
  limit: number
  zero?: number
}

/** A tenth of the width stays free on each side; several drawings share a scale when their values are given together. */
export function place(drawing: RuleDrawing, others: readonly RuleDrawing[] = []): DrawnPositions {
  const values = [drawing, ...others].flatMap(({ at, low, high, limit, zero }) => [at, low, high, limit, zero]).filter(isNumber)
  const least = Math.min(...values)
  const most = Math.max(...values)
  const span = most - least || Math.abs(most) || 1
  const start = least - span * 0.12
  const width = span * 1.24
  const to = (value: number) => Math.round(((value - start) / width) * 1_000) / 10
  return {
    at: to(drawing.at),
    ...(drawing.low !== undefined && { from: to(drawing.low) }),
    ...(drawing.high !== undefined && { to: to(drawing.high) }),
    limit: to(drawing.limit),
    ...(drawing.zero !== undefined && { zero: to(drawing.zero) }),
  }
}

export function isNumber(value: MetricValue | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** One rule on the load line, in standard errors from its limit: above is allowed. */
export interface LoadMark {
  name: string
  z: number
  low: number
  high: number
}

/** Undefined where there is no interval: how sure it is cannot be drawn. The standard error is that of the interval's width. */
export function loadMark(name: string, rule: RuleResult, confidence: number): LoadMark | undefined {
  const { gain, interval } = rule
  if (!isNumber(gain) || !interval || !(interval.high > interval.low)) return undefined
  const limit = rule.rule === 'improve' ? rule.threshold : rule.rule === 'noWorseThan' ? -rule.threshold : 0
  const error = (interval.high - interval.low) / (2 * normalQuantile((1 + confidence) / 2))
  return { name, z: (gain - limit) / error, low: (interval.low - limit) / error, high: (interval.high - limit) / error }
}

/** Of the standard normal distribution, for p above a half (M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 26.2.23). */
export function normalQuantile(p: number): number {
  if (!(p > 0.5)) return 0
  const t = Math.sqrt(-2 * Math.log(1 - Math.min(p, 1 - 1e-12)))
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3)
}

/** The scale of a load line, in standard errors: never so wide that a mark far away makes the others one point. */
export function loadScale(marks: readonly LoadMark[]): { bottom: number; top: number } {
  const bottom = Math.min(0, ...marks.map(({ low }) => low))
  const top = Math.max(3, ...marks.map(({ high }) => high))
  return { bottom: Math.max(-9, bottom - 0.4), top: Math.min(10, top + 0.4) }
}
