import type { GainOf } from '../statistics/gain.ts'
import type { MetricValue } from '../statistics/metric-value.ts'

/** Numbers as a report says them. */

/** Four significant digits, without an exponent where people would not expect one. */
export function figure(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e7 || size < 1e-6) return value.toExponential(2)
  if (size >= 1000) return String(Math.round(value))
  return String(Number(value.toPrecision(4)))
}

/** `12.5 %` of 0.125. */
export function asPercent(share: number): string {
  return `${figure(share * 100)} %`
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function valueText(value: MetricValue | undefined): string {
  if (value === undefined) return 'unknown'
  return typeof value === 'number' ? figure(value) : `not defined (${value.undefined})`
}

/** A gain in its own measure. */
export function gainText(gain: number, of: GainOf): string {
  return of === 'absolute' ? figure(gain) : asPercent(gain)
}
