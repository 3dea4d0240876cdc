import { replicateMetrics } from '../statistics/bootstrap.ts'
import { gainOf, type GainScale } from '../statistics/gain.ts'
import { rowsByLabel, type Label } from '../statistics/label.ts'
import { isDefined, isUndefined, reaches, undefinedBecause, type MetricValue } from '../statistics/metric-value.ts'
import { benjaminiHochberg } from '../statistics/multiplicity.ts'
import { judgeSlices } from '../statistics/rule.ts'
import { classCounts, positiveClass, prepareMetric } from '../statistics/scored-metric.ts'
import { isTooMuch, planFor, type CommonGround } from './common-ground.ts'
import { pickRows, type Predictions } from './evaluation.ts'
import { asPercent, count, figure, gainText } from './figures.ts'
import type { GateRules, MetricRules, SliceRules } from './gate-rules.ts'
import type { GateReason, SliceResult, SlicesResult } from './gate-result.ts'
import { reasons } from './rule-words.ts'

const minRows = 50
const minClass = 10
/** Each slice that is judged costs replicates of all; a column of ids is no column to slice by. */
const mostSlices = 200

interface Slice {
  readonly name: string
  readonly column: string
  readonly value: string
  readonly candidate: Predictions
  readonly baseline: Predictions
  readonly groups?: readonly Label[] | undefined
  readonly counts: { positives?: number; negatives?: number }
  readonly isLargeEnough: boolean
}

/** Whether the candidate is worse than it may be within a slice. An alarm, not a proof: what is too small is listed, not judged. */
export function judgeSliceRules(rules: GateRules, slices: SliceRules, ground: CommonGround, seed: string): SlicesResult {
  const { metric, margin, of, alpha } = slices
  const frame = { metric, margin, of, alpha, replicates: 0, slices: [] }
  const stop = (reason: GateReason, words: string): SlicesResult => ({ ...frame, verdict: 'inconclusive', reason, words })
  const fault = ground.fault ?? ground.comparisonFault
  if (fault !== undefined) return stop(fault, `Slices cannot be judged: ${reasons[fault] ?? `${fault}.`}`)
  const { candidateRows, baselineRows } = ground
  const metricRules = rules.metrics.find(({ name }) => name === metric)
  if (candidateRows === undefined || baselineRows === undefined || metricRules?.known === undefined) {
    return stop('noSlices', `Slices cannot be judged: ${metric} of both models has to be scored from predictions row by row.`)
  }
  const missing = slices.by.find((column) => candidateRows.columns?.has(column) !== true)
  if (missing !== undefined) return stop('missing', `Slices cannot be judged: the predictions have no column '${missing}'.`)

  const found = slices.by.flatMap((column) => sliceBy(column, candidateRows, baselineRows, metricRules, ground.groups))
  const eligible = found.filter(({ isLargeEnough }) => isLargeEnough)
  const chosen = new Set(eligible.toSorted((a, b) => b.candidate.rowIds.length - a.candidate.rowIds.length).slice(0, mostSlices))
  const replicates = Math.max(rules.replicates, Math.ceil((2 * chosen.size) / alpha))
  if (ground.plan !== undefined && isTooMuch(ground.plan, replicates, 2 * slices.by.length)) {
    return stop(
      'tooMany',
      `Slices cannot be judged: ${count(replicates)} replicates of so many rows take too long. Use a larger alpha or a sample.`,
    )
  }
  const scale: GainScale = { of, better: metricRules.better, optimum: metricRules.optimum }
  const measured = found.map((slice) => measureSlice(slice, metricRules, scale, margin, replicates, seed, chosen.has(slice)))
  const results = withAdjusted(measured, alpha)

  const worse = results.filter(({ isWorse }) => isWorse)
  const judged = results.filter(({ notJudged }) => notJudged === undefined)
  const done = { ...frame, replicates, slices: results }
  if (judged.length === 0) {
    return {
      ...done,
      verdict: 'inconclusive',
      reason: 'noSlices',
      words: `No slice could be judged: each needs ${minRows} rows and ${minClass} of each class.`,
    }
  }
  const rest = results.length - judged.length
  const left = rest === 0 ? '' : ` ${count(rest)} more could not be judged.`
  if (ground.leak.candidateRows > 0)
    return { ...done, verdict: 'inconclusive', reason: 'leak', words: `Slices cannot be judged: ${reasons['leak']}` }
  if (worse.length === 0) {
    return {
      ...done,
      verdict: 'pass',
      reason: 'shown',
      words: `None of ${count(judged.length)} slices is worse by more than ${gainText(margin, of)} in ${metric}.${left}`,
    }
  }
  if (ground.leak.incumbentShare > 0.01) {
    return {
      ...done,
      verdict: 'inconclusive',
      reason: 'incumbentLeak',
      words: 'Slices look worse, but the model that serves was trained on more than 1 % of these rows.',
    }
  }
  const named = worse.map(({ name, baseline, candidate }) => `${name} (${shown(baseline)} to ${shown(candidate)})`)
  return {
    ...done,
    verdict: 'fail',
    reason: 'oppositeShown',
    words: `${metric} is worse by more than ${gainText(margin, of)} for ${named.slice(0, 5).join(', ')}${named.length > 5 ? ` and ${named.length - 5} more` : ''}, with a chance of at most ${asPercent(alpha)} that any of these is named wrongly.${left}`,
  }
}

function shown(value: MetricValue): string {
  return typeof value === 'number' ? figure(value) : 'not defined'
}

function sliceBy(
  column: string,
  candidate: Predictions,
  baseline: Predictions,
  rules: MetricRules,
  groups: readonly Label[] | undefined,
): Slice[] {
  const values = candidate.columns?.get(column) ?? []
  const positive = rules.positive ?? positiveClass(candidate)
  const hasClasses = candidate.values === undefined || (rules.known?.family !== 'regression' && rules.known?.family !== 'column')
  const isBinary = hasClasses && positive !== undefined && classCounts(candidate.labels).length <= 2
  return rowsByLabel(values).map(({ label, rows }) => {
    const part = pickRows(candidate, rows)
    const classes = classCounts(part.labels)
    const positives = part.labels.filter((one) => one === positive).length
    const counts = isBinary ? { positives, negatives: part.labels.length - positives } : {}
    const isEachClassEnough = isBinary
      ? Math.min(positives, part.labels.length - positives) >= minClass
      : classes.every((one) => one.count >= minClass)
    return {
      name: `${column}=${String(label)}`,
      column,
      value: String(label),
      candidate: part,
      baseline: pickRows(baseline, rows),
      groups: groups === undefined ? undefined : Array.from(rows, (row) => groups[row]!), // as long as the rows
      counts,
      isLargeEnough: part.labels.length >= minRows && (!hasClasses || isEachClassEnough),
    }
  })
}

function measureSlice(
  slice: Slice,
  rules: MetricRules,
  scale: GainScale,
  margin: number,
  replicates: number,
  seed: string,
  isChosen: boolean,
): SliceResult {
  const positive = rules.positive ?? slice.candidate.positive ?? slice.baseline.positive
  const prepare = (rows: Predictions) => rules.known && prepareMetric(rules.known, { ...rows, positive }, rules.settings)
  const before = prepare(slice.baseline)
  const after = prepare(slice.candidate)
  const baseline = before?.() ?? undefinedBecause('missing')
  const candidate = after?.() ?? undefinedBecause('missing')
  const gain = gainOf(baseline, candidate, scale)
  const { name, column, value, counts } = slice
  const result = {
    name,
    column,
    value,
    n: slice.candidate.rowIds.length,
    ...counts,
    baseline,
    candidate,
    gain,
    isWorse: false,
    isWorthALook: false,
  }
  if (!isChosen) return { ...result, notJudged: slice.isLargeEnough ? 'tooMany' : 'tooFew' }
  if (isUndefined(gain) || before === undefined || after === undefined)
    return { ...result, notJudged: isUndefined(gain) ? gain.undefined : 'missing' }
  const plan = planFor(slice.candidate, slice.groups)
  const [old = [], young = []] = replicateMetrics(plan, `${seed}|${name}`, replicates, [before, after])
  const gains = old.map((one, replicate) => gainOf(one, young[replicate]!, scale)).filter(isDefined) // as many as `old`
  if ((replicates - gains.length) * 100 > replicates) return { ...result, notJudged: 'unstable' }
  const within = gains.filter((one) => reaches(margin, -one)).length
  return { ...result, p: (1 + within) / (gains.length + 1) }
}

function withAdjusted(slices: readonly SliceResult[], alpha: number): SliceResult[] {
  const judged = slices.filter(({ p }) => p !== undefined)
  const evidence = judged.map(({ name, n, p = 1, positives, negatives }) => ({ name, n, p, positives, negatives }))
  const { adjusted } = judgeSlices(evidence, alpha, 0, 0)
  const hochberg = benjaminiHochberg(evidence.map(({ p }) => p))
  const positions = new Map(judged.map((slice, index) => [slice, index]))
  return slices.map((slice) => {
    const index = positions.get(slice)
    if (index === undefined) return slice
    const own = adjusted[index] ?? 1
    return { ...slice, adjusted: own, isWorse: own <= alpha, isWorthALook: !isUndefined(hochberg) && (hochberg[index] ?? 1) <= 0.1 }
  })
}
