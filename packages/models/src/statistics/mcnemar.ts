import { binomialTails, upperLimit } from './binomial.ts'
import { undefinedBecause, type Undefined } from './metric-value.ts'

/** Rows that exactly one of two models got right. */
export interface Discordance {
  /** candidate right, baseline wrong */
  readonly betterOnly: number
  /** baseline right, candidate wrong */
  readonly worseOnly: number
}

export interface McNemar {
  /** two-sided, exact */
  readonly p: number
  /** chance of at least as many in which only the candidate is right, if neither is better */
  readonly pBetter: number
  readonly pWorse: number
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0
}

/** McNemar's test, exact: X ~ Bin(b + c, ½). */
export function mcNemar({ betterOnly, worseOnly }: Discordance): McNemar | Undefined {
  if (!isCount(betterOnly) || !isCount(worseOnly)) return undefinedBecause('outOfRange')
  const pBetter = binomialTails(betterOnly + worseOnly, 0.5, betterOnly).atLeast
  const pWorse = binomialTails(betterOnly + worseOnly, 0.5, worseOnly).atLeast
  return { p: Math.min(1, 2 * Math.min(pBetter, pWorse)), pBetter, pWorse }
}

/** Exact interval of the difference in accuracy for few discordant rows, where a bootstrap would claim more than it knows. */
export function fewDiscordantInterval(
  rows: number,
  { betterOnly, worseOnly }: Discordance,
  confidence: number,
): [number, number] | Undefined {
  if (
    !isCount(rows) ||
    !isCount(betterOnly) ||
    !isCount(worseOnly) ||
    rows < betterOnly + worseOnly ||
    !(confidence > 0 && confidence < 1)
  ) {
    return undefinedBecause('outOfRange')
  }
  if (rows === 0) return undefinedBecause('empty')
  return [-upperLimit(rows, worseOnly, confidence), upperLimit(rows, betterOnly, confidence)]
}
