import { upperLimit } from '../statistics/binomial.ts'
import { percentileInterval, summariseGains, type Interval } from '../statistics/bootstrap.ts'
import { deLong } from '../statistics/delong.ts'
import { gainOf, gainUnit, isUnreachable, type GainScale } from '../statistics/gain.ts'
import { fewDiscordantInterval, mcNemar } from '../statistics/mcnemar.ts'
import { isUndefined, undefinedBecause, type MetricValue, type Undefined } from '../statistics/metric-value.ts'
import { judgeGuard, judgeImprove, judgePoint, rowsNeeded, type Verdict } from '../statistics/rule.ts'
import { binaryLabels, positiveScores } from '../statistics/scored-metric.ts'
import type { CommonGround } from './common-ground.ts'
import type { GateRules, Rule } from './gate-rules.ts'
import type { GateReason, IntervalMethod, RuleResult } from './gate-result.ts'
import { wordsOfRule } from './rule-words.ts'
import { leastDiscordant, type ScoredMetric } from './scored-side.ts'

/** What a replicate gave for one metric, both models on the same rows. */
export interface DrawnValues {
  readonly baseline?: readonly MetricValue[] | undefined
  readonly candidate: readonly MetricValue[]
}

/** Whether a rule is about the candidate alone. */
export function isThreshold(rule: Rule): boolean {
  return rule.rule === 'atLeast' || rule.rule === 'atMost'
}

/** Which way to an interval a rule takes; `point` when there are no rows to draw from. */
export function methodFor(
  rule: Rule,
  { rules: { known, better }, candidate, baseline, discordant }: ScoredMetric,
  ground: CommonGround,
): IntervalMethod {
  if (candidate.weighed === undefined) return 'point'
  if (isThreshold(rule)) return known?.kind === 'accuracy' && ground.groups === undefined ? 'exact' : 'bootstrap'
  if (baseline?.weighed === undefined || ground.isOtherData) return 'point'
  // Somebody may want less of a metric that is usually wanted more of; the two special cases are about gains of the usual kind.
  if (better !== known?.better) return 'bootstrap'
  if (known?.kind === 'accuracy' && discordant !== undefined && discordant.betterOnly + discordant.worseOnly < leastDiscordant)
    return 'exact'
  // DeLong takes rows to be independent of each other, which rows of one group are not.
  if (known?.kind === 'roc_auc' && rule.of === 'absolute' && ground.groups === undefined) return 'delong'
  return 'bootstrap'
}

interface Measured {
  readonly gain: MetricValue
  readonly interval?: Interval | Undefined | undefined
  readonly p?: number | undefined
  readonly undefinedReplicates?: number | undefined
}

interface Judged {
  readonly verdict: Verdict
  readonly reason: GateReason
}

export function judgeRule(
  rule: Rule,
  scored: ScoredMetric,
  gate: Pick<GateRules, 'confidence' | 'replicates'>,
  ground: CommonGround,
  drawn: DrawnValues | undefined,
): RuleResult {
  const method = methodFor(rule, scored, ground)
  const measured = measure(rule, scored, gate, ground, drawn, method)
  const interval = measured.interval === undefined || isUndefined(measured.interval) ? undefined : measured.interval
  const judged = withLeaks(judge(rule, scored, gate, ground, measured, method), rule, ground)
  const settled =
    judged.reason === 'tooClose' && interval !== undefined && typeof measured.gain === 'number' && scored.candidate.n !== undefined
  const result = {
    ...rule,
    ...judged,
    gain: measured.gain,
    interval,
    method,
    p: measured.p,
    replicates: method === 'bootstrap' && drawn !== undefined ? gate.replicates : undefined,
    undefinedReplicates: measured.undefinedReplicates,
    rowsNeeded: settled
      ? rowsNeeded(scored.candidate.n!, measured.gain as number, interval!, borderOf(rule, measured.gain as number))
      : undefined, // `settled` says so
  }
  return { ...result, words: wordsOfRule(result, scored, gate.confidence) }
}

/** Rows that would take longer to draw from than anybody waits. */
const notDrawn = undefinedBecause('tooMany')

/** The gain that a rule's verdict turns on. */
function borderOf(rule: Rule, gain: number): number {
  if (rule.rule === 'improve') return rule.evidence === 'direction' && gain >= rule.threshold ? 0 : rule.threshold
  return rule.rule === 'noWorseThan' ? -rule.threshold : 0
}

function measure(
  rule: Rule,
  scored: ScoredMetric,
  { confidence }: Pick<GateRules, 'confidence'>,
  ground: CommonGround,
  drawn: DrawnValues | undefined,
  method: IntervalMethod,
): Measured {
  const { candidate, baseline, rules } = scored
  if (isThreshold(rule)) {
    const toGain = (value: number): number => (rule.rule === 'atLeast' ? value - rule.threshold : rule.threshold - value)
    const gain = isUndefined(candidate.value) ? candidate.value : toGain(candidate.value)
    if (method === 'point' || isUndefined(candidate.value)) return { gain }
    if (method === 'bootstrap' && drawn === undefined) return { gain, interval: notDrawn }
    const values = drawn?.candidate ?? []
    const of = method === 'exact' ? shareInterval(candidate.value, candidate.n ?? 0, confidence) : percentileInterval(values, confidence)
    const ends = isUndefined(of) ? of : [toGain(of.low), toGain(of.high)].toSorted((a, b) => a - b)
    const interval = isUndefined(ends) ? ends : { low: ends[0]!, high: ends[1]! } // two ends were sorted
    return { gain, interval, undefinedReplicates: method === 'bootstrap' ? values.filter(isUndefined).length : undefined }
  }
  if (baseline === undefined) return { gain: undefinedBecause('noBaseline') }
  const scale: GainScale = { of: rule.of, better: rules.better, optimum: rules.optimum }
  const gain = gainOf(baseline.value, candidate.value, scale)
  if (isUndefined(gain) || method === 'point') return { gain }
  if (method === 'exact') return { gain, interval: exactInterval(scored, scale, confidence) }
  if (method === 'delong') return { gain, ...deLongInterval(ground, rules.positive, confidence) }
  if (drawn === undefined) return { gain, interval: notDrawn }
  const summary = summariseGains(baseline.value, candidate.value, drawn.baseline ?? [], drawn.candidate, scale, confidence)
  return { gain, interval: summary.interval, undefinedReplicates: summary.undefinedCount }
}

function judge(
  rule: Rule,
  scored: ScoredMetric,
  { confidence }: Pick<GateRules, 'confidence'>,
  ground: CommonGround,
  { gain, interval }: Measured,
  method: IntervalMethod,
): Judged {
  const inconclusive = (reason: GateReason): Judged => ({ verdict: 'inconclusive', reason })
  const { candidate, baseline, rules, discordant } = scored
  const kind = rule.rule === 'noWorseThan' ? 'noWorseThan' : 'improve'
  const threshold = isThreshold(rule) ? 0 : rule.threshold
  if (ground.fault !== undefined) return inconclusive(ground.fault)
  if (!isThreshold(rule) && ground.comparisonFault !== undefined) return inconclusive(ground.comparisonFault)
  if (isUndefined(candidate.value)) return inconclusive(candidate.value.undefined)
  if (!isThreshold(rule)) {
    if (baseline === undefined) return inconclusive('noBaseline')
    if (isUndefined(baseline.value)) return inconclusive(baseline.value.undefined)
    const scale: GainScale = { of: rule.of, better: rules.better, optimum: rules.optimum }
    if (rule.rule === 'improve' && isUnreachable(baseline.value, rule.threshold, scale)) return inconclusive('unreachable')
  }
  if (isUndefined(gain)) return inconclusive(gain.undefined)
  if (scored.leastDataFault !== undefined) return inconclusive(scored.leastDataFault)

  if (method === 'point') {
    const verdict = judgePoint(gain, kind, threshold, ground.isOtherData && !isThreshold(rule) ? 'required' : rules.uncertainty)
    if (verdict === 'inconclusive') return inconclusive(ground.isOtherData && !isThreshold(rule) ? 'otherData' : 'pointOnly')
    return { verdict, reason: verdict === 'pass' ? 'pointOnly' : 'oppositeShown' }
  }
  const isUneven = rules.known?.family === 'classification' && rules.known.kind !== 'accuracy'
  if (!isThreshold(rule) && isUneven && (discordant === undefined || discordant.betterOnly + discordant.worseOnly < leastDiscordant)) {
    return inconclusive('tooFew')
  }
  if (interval === undefined) return inconclusive('unstable')
  if (isUndefined(interval)) return inconclusive(interval.undefined)
  const verdict = kind === 'improve' ? judgeImprove(gain, interval, threshold, rule.evidence) : judgeGuard(interval, threshold)
  if (verdict === 'fail') return { verdict, reason: 'oppositeShown' }
  if (verdict === 'inconclusive') return inconclusive('tooClose')
  if (!isThreshold(rule) && rules.known?.kind === 'accuracy' && threshold === 0 && discordant !== undefined) {
    const test = mcNemar(discordant)
    if (isUndefined(test) || test.pBetter > (1 - confidence) / 2) return inconclusive('notSignificant')
  }
  const isDirectionOnly =
    rule.rule === 'improve' && rule.evidence === 'direction' && judgeImprove(gain, interval, threshold, 'interval') !== 'pass'
  return { verdict, reason: isDirectionOnly ? 'directionOnly' : 'shown' }
}

/** Rows seen in training make their model look better than it is: nothing holds for the candidate, and no fail for its rival's sake. */
function withLeaks(judged: Judged, rule: Rule, { leak }: CommonGround): Judged {
  if (leak.candidateRows > 0) return { verdict: 'inconclusive', reason: 'leak' }
  if (judged.verdict === 'fail' && !isThreshold(rule) && leak.incumbentShare > 0.01)
    return { verdict: 'inconclusive', reason: 'incumbentLeak' }
  return judged
}

function shareInterval(share: number, n: number, confidence: number): Interval | Undefined {
  if (n < 1) return undefinedBecause('tooFew')
  const hits = Math.round(share * n)
  return { low: 1 - upperLimit(n, n - hits, confidence), high: upperLimit(n, hits, confidence) }
}

function exactInterval({ candidate, baseline, discordant }: ScoredMetric, scale: GainScale, confidence: number): Interval | Undefined {
  if (discordant === undefined || baseline === undefined || isUndefined(baseline.value)) return undefinedBecause('tooFew')
  const unit = gainUnit(baseline.value, scale)
  const ends = fewDiscordantInterval(candidate.n ?? 0, discordant, confidence)
  if (isUndefined(unit)) return unit
  return isUndefined(ends) ? ends : { low: ends[0] / unit, high: ends[1] / unit }
}

function deLongInterval(
  { candidateRows, baselineRows }: CommonGround,
  asked: ScoredMetric['rules']['positive'],
  confidence: number,
): Omit<Measured, 'gain'> {
  if (candidateRows === undefined || baselineRows === undefined) return {}
  const positive = asked ?? candidateRows.positive ?? baselineRows.positive
  const y = binaryLabels({ ...candidateRows, positive })
  const before = positiveScores({ ...baselineRows, positive })
  const after = positiveScores({ ...candidateRows, positive })
  if (typeof y === 'string' || before === undefined || after === undefined) return { interval: undefinedBecause('tooFew') }
  const test = deLong(y, before, after, confidence)
  return isUndefined(test) ? { interval: test } : { interval: { low: test.low, high: test.high }, p: test.p }
}
