import type { WeighedMetric } from '../statistics/bootstrap.ts'
import { binaryLabels, classCounts, decisionsOf, prepareMetric } from '../statistics/scored-metric.ts'
import type { Discordance } from '../statistics/mcnemar.ts'
import { isPossible } from '../statistics/metric-range.ts'
import { undefinedBecause, type MetricValue } from '../statistics/metric-value.ts'
import { judgeReading } from '../statistics/reading.ts'
import type { CommonGround } from './common-ground.ts'
import type { Evaluation, Predictions } from './evaluation.ts'
import type { MetricRules } from './gate-rules.ts'

/** One model's value of one metric, scored from its rows where that is possible, else what a file reported. */
export interface ScoredSide {
  readonly value: MetricValue
  readonly source: 'rows' | 'reported'
  readonly n?: number | undefined
  /** undefined for reported figures: nothing can be drawn again from them */
  readonly weighed?: WeighedMetric | undefined
}

/** A metric of both models, and what counts as enough data for it. */
export interface ScoredMetric {
  readonly rules: MetricRules
  readonly candidate: ScoredSide
  readonly baseline?: ScoredSide | undefined
  readonly discordant?: Discordance | undefined
  /** `tooFew` when the rows are not enough to judge by */
  readonly leastDataFault?: 'tooFew' | undefined
  readonly warnings: readonly string[]
}

const leastRows = 100
const leastPerClass = 10
/** Rows that exactly one model got right; below so many the bootstrap of a share claims more than it knows. */
export const leastDiscordant = 10

export function scoreMetric(
  rules: MetricRules,
  ground: CommonGround,
  candidate: Evaluation,
  baseline: Evaluation | undefined,
): ScoredMetric {
  const warnings: string[] = []
  const positive = rules.positive ?? ground.candidateRows?.positive ?? ground.baselineRows?.positive
  const own = scoreSide(rules, ground.candidateRows, positive, candidate, candidate.dataDigest, warnings, 'candidate')
  const wanted = ground.isOtherData ? baseline?.dataDigest : candidate.dataDigest
  const other = baseline && scoreSide(rules, ground.baselineRows ?? ground.otherRows, positive, baseline, wanted, warnings, 'baseline')
  const discordant = rules.known?.family === 'classification' ? countDiscordant(rules, ground) : undefined
  const isFromRows = own.weighed !== undefined
  return {
    rules,
    candidate: own,
    baseline: other,
    discordant,
    leastDataFault: isFromRows && ground.candidateRows !== undefined && !isEnough(rules, ground.candidateRows) ? 'tooFew' : undefined,
    warnings,
  }
}

function scoreSide(
  rules: MetricRules,
  rows: Predictions | undefined,
  positive: MetricRules['positive'],
  evaluation: Evaluation,
  dataDigest: string | undefined,
  warnings: string[],
  side: 'candidate' | 'baseline',
): ScoredSide {
  const reported = evaluation.metrics.get(rules.name)
  const weighed = rules.known && rows && prepareMetric(rules.known, { ...rows, positive }, rules.settings)
  if (weighed !== undefined && rows !== undefined) {
    const value = weighed()
    const said = reported?.value
    if (typeof value === 'number' && typeof said === 'number' && Math.abs(value - said) > 1e-4 * Math.max(1, Math.abs(value))) {
      warnings.push(`The ${side}'s metrics say ${rules.name} is ${said}, its rows give ${value.toPrecision(6)}; the rows count.`)
    }
    return { value, source: 'rows', n: rows.rowIds.length, weighed }
  }
  const n = reported?.n ?? undefined
  const fault = judgeReading(
    { value: reported?.value, n, dataDigest: evaluation.dataDigest },
    { dataDigest, minN: n === undefined ? undefined : leastRows },
  )
  if (fault === 'ok' && n === undefined) warnings.push(`How many rows the ${side}'s ${rules.name} was computed from is not known.`)
  return {
    value: fault === 'ok' ? possible(rules, reported?.value as number) : undefinedBecause(fault), // ok means a finite number
    source: 'reported',
    n: typeof n === 'number' && Number.isFinite(n) ? n : undefined,
  }
}

function possible({ known }: MetricRules, value: number): MetricValue {
  return known === undefined || isPossible(known, value) ? value : undefinedBecause('outOfRange')
}

function isEnough({ known }: MetricRules, rows: Predictions): boolean {
  if (rows.rowIds.length < leastRows) return false
  // Rows without predicted amounts are drawn within their classes, and a class of one row would always be drawn the same.
  if (rows.values !== undefined && (known === undefined || known.family === 'regression' || known.family === 'column')) return true
  const classes = classCounts(rows.labels)
  const isBinary = typeof binaryLabels(rows) !== 'string'
  return (isBinary ? classes.length === 2 : true) && classes.every(({ count }) => count >= leastPerClass)
}

function countDiscordant({ settings, positive }: MetricRules, { candidateRows, baselineRows }: CommonGround): Discordance | undefined {
  if (candidateRows === undefined || baselineRows === undefined) return undefined
  const after = decisionsOf({ ...candidateRows, positive: positive ?? candidateRows.positive }, settings.threshold)
  const before = decisionsOf({ ...baselineRows, positive: positive ?? baselineRows.positive ?? candidateRows.positive }, settings.threshold)
  if (after === undefined || before === undefined || typeof after === 'string' || typeof before === 'string') return undefined
  let betterOnly = 0
  let worseOnly = 0
  candidateRows.labels.forEach((label, row) => {
    const isRight = after[row] === label
    const wasRight = before[row] === label
    if (isRight && !wasRight) betterOnly++
    if (wasRight && !isRight) worseOnly++
  })
  return { betterOnly, worseOnly }
}
