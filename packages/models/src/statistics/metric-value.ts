/**
 * A metric that has no value says why; it is never 0, never NaN, and never left out in silence.
 * Two comparisons forgive the rounding of doubles, so that 0.95 − 0.9 counts as 0.05.
 */
export interface Undefined {
  readonly undefined: string
}

export type MetricValue = number | Undefined

export function undefinedBecause(reason: string): Undefined {
  return { undefined: reason }
}

export function isUndefined(value: unknown): value is Undefined {
  return typeof value === 'object' && value !== null && typeof (value as { undefined?: unknown }).undefined === 'string'
}

export function isDefined(value: MetricValue): value is number {
  return typeof value === 'number'
}

/** What arithmetic overflowed or could not decide becomes `notFinite`. */
export function finiteOr(value: number, reason = 'notFinite'): MetricValue {
  return Number.isFinite(value) ? value : undefinedBecause(reason)
}

/** x >= t, up to 1e-12 of the larger of 1, |x| and |t|. False when either is no finite number. */
export function reaches(x: number, t: number): boolean {
  if (!Number.isFinite(x) || !Number.isFinite(t)) return false
  return x - t >= -1e-12 * Math.max(1, Math.abs(x), Math.abs(t))
}

/** x > y, the opposite of "y reaches x". False when either is no finite number. */
export function isAbove(x: number, y: number): boolean {
  return Number.isFinite(x) && Number.isFinite(y) && !reaches(y, x)
}

export function areFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false
  return true
}
