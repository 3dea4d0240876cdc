import { replicateMetrics, type WeighedMetric } from '../statistics/bootstrap.ts'
import { mcNemar } from '../statistics/mcnemar.ts'
import { isUndefined, undefinedBecause, type MetricValue } from '../statistics/metric-value.ts'
import { combineVerdicts } from '../statistics/rule.ts'
import { findCommonGround, isTooMuch, type CommonGround } from './common-ground.ts'
import type { Evaluation } from './evaluation.ts'
import { asPercent, count } from './figures.ts'
import type { GateRules } from './gate-rules.ts'
import type { GateResult, JudgedModel, MetricResult, SlicesResult } from './gate-result.ts'
import { isThreshold, judgeRule, methodFor, type DrawnValues } from './rule-verdict.ts'
import { scoreMetric, type ScoredMetric } from './scored-side.ts'
import { judgeSliceRules } from './slice-verdict.ts'

/**
 * The whole gate: what a candidate's evaluation shows against the model that serves, or against thresholds when none does.
 * The same rules and evaluations give the same result, to the last digit. Nothing missing, empty, not finite or of another shape
 * passes. Takes about a second per metric for 10,000 rows and 2,000 replicates, without yielding: run it in a thread where others wait.
 */
export function evaluateGate(rules: GateRules, candidate: Evaluation, baseline: Evaluation | undefined): GateResult {
  const seed = rules.seed ?? [candidate.dataDigest ?? '', candidate.modelDigest, baseline?.modelDigest ?? ''].join('|')
  const ground = findCommonGround(rules, candidate, baseline)
  const scored = rules.metrics.map((metric) => scoreMetric(metric, ground, candidate, baseline))
  const drawn = draw(rules, scored, ground, seed)
  const metrics = scored.map((metric, index) => judgeMetric(rules, metric, ground, drawn[index]))
  const slices = rules.slices === undefined ? undefined : judgeSliceRules(rules, rules.slices, ground, seed)
  const counting = metrics.filter(({ isDryRun }) => !isDryRun)
  const verdict = combineVerdicts([...counting.map((metric) => metric.verdict), ...(slices === undefined ? [] : [slices.verdict])])
  return {
    verdict,
    ...explain(verdict, counting, slices),
    candidate: modelOf(candidate),
    baseline: baseline && modelOf(baseline),
    confidence: rules.confidence,
    replicates: rules.replicates,
    seed,
    metrics,
    slices,
    leak: ground.leak,
    warnings: [...scored.flatMap(({ warnings }) => warnings), ...warningsAbout(ground, candidate, baseline)],
    next: nextStep(verdict, counting, slices),
  }
}

/** All metrics are drawn in one go, so that each replicate is the same rows for all of them and for both models. */
function draw(rules: GateRules, scored: readonly ScoredMetric[], ground: CommonGround, seed: string): (DrawnValues | undefined)[] {
  const { plan } = ground
  if (plan === undefined) return []
  const wanted: WeighedMetric[] = []
  const places = scored.map((metric) => {
    const isUsable = metric.leastDataFault === undefined && !isUndefined(metric.candidate.value)
    const drawing = metric.rules.rules.filter((rule) => methodFor(rule, metric, ground) === 'bootstrap')
    const { weighed } = metric.candidate
    if (!isUsable || drawing.length === 0 || weighed === undefined) return undefined
    const other = drawing.every(isThreshold) ? undefined : metric.baseline?.weighed
    return { candidate: wanted.push(weighed) - 1, baseline: other === undefined ? undefined : wanted.push(other) - 1 }
  })
  if (wanted.length === 0 || isTooMuch(plan, rules.replicates, wanted.length)) return []
  const values: readonly MetricValue[][] = replicateMetrics(plan, seed, rules.replicates, wanted)
  return places.map(
    (place) =>
      place && {
        candidate: values[place.candidate] ?? [],
        baseline: place.baseline === undefined ? undefined : values[place.baseline],
      },
  )
}

function judgeMetric(rules: GateRules, scored: ScoredMetric, ground: CommonGround, drawn: DrawnValues | undefined): MetricResult {
  const { candidate, baseline, discordant, rules: metric } = scored
  const judged = metric.rules.map((rule) => judgeRule(rule, scored, rules, ground, drawn))
  const test = metric.known?.kind === 'accuracy' && discordant !== undefined ? mcNemar(discordant) : undefined
  return {
    name: metric.name,
    better: metric.better,
    verdict: combineVerdicts(judged.map(({ verdict }) => verdict)),
    isDryRun: metric.isDryRun === true,
    candidate: candidate.value,
    baseline: baseline?.value,
    difference: baseline && ground.comparisonFault === undefined ? differenceOf(baseline.value, candidate.value) : undefined,
    source: candidate.source,
    n: candidate.n,
    discordant,
    mcNemar: test === undefined || isUndefined(test) ? undefined : test,
    rules: judged,
  }
}

function differenceOf(baseline: MetricValue, candidate: MetricValue): MetricValue {
  if (isUndefined(baseline)) return baseline
  if (isUndefined(candidate)) return candidate
  return Number.isFinite(candidate - baseline) ? candidate - baseline : undefinedBecause('notFinite')
}

function explain(
  verdict: GateResult['verdict'],
  metrics: readonly MetricResult[],
  slices: SlicesResult | undefined,
): Pick<GateResult, 'reason' | 'words'> {
  const rules = metrics.flatMap((metric) => metric.rules)
  if (rules.length === 0 && slices === undefined) {
    return { reason: 'noRule', words: 'Inconclusive: the gate has no metric with a rule, so nothing was asked of the candidate.' }
  }
  if (verdict === 'pass') {
    const isPointOnly = rules.some(({ reason }) => reason === 'pointOnly')
    const held = rules.length === 1 ? 'the rule holds' : `all ${count(rules.length)} rules hold`
    return {
      reason: isPointOnly ? 'pointOnly' : 'shown',
      words: `Passes: ${held}${isPointOnly ? ', some by point estimates only' : ''}.${slices === undefined ? '' : ` ${slices.words}`}`,
    }
  }
  const first = [...rules, ...(slices === undefined ? [] : [slices])].find((one) => one.verdict === verdict)
  const title = verdict === 'fail' ? 'Fails' : 'Inconclusive'
  // A metric without rules is inconclusive without a rule to blame.
  return first === undefined
    ? { reason: 'noRule', words: `${title}: a metric has no rule.` }
    : { reason: first.reason, words: `${title}: ${first.words}` }
}

function modelOf({ modelDigest, dataDigest, predictions }: Evaluation): JudgedModel {
  return { modelDigest, dataDigest, rows: predictions?.rowIds.length }
}

function warningsAbout({ leak, candidateRows, groups }: CommonGround, candidate: Evaluation, baseline: Evaluation | undefined): string[] {
  const warnings: string[] = []
  if (baseline?.modelDigest === candidate.modelDigest) warnings.push('The candidate is the very model that serves now (same digest).')
  if (leak.candidateRows > 0) warnings.push(`The candidate was trained on ${count(leak.candidateRows)} of the evaluation rows.`)
  if (leak.incumbentRows > 0) {
    warnings.push(
      `The model that serves was trained on ${count(leak.incumbentRows)} of the evaluation rows (${asPercent(leak.incumbentShare)}), which favours it.`,
    )
  }
  if (candidateRows !== undefined && groups !== undefined && new Set(groups).size < 30) {
    warnings.push(`There are only ${new Set(groups).size} groups to draw from; intervals from fewer than about 30 are too narrow.`)
  }
  return warnings
}

function nextStep(verdict: GateResult['verdict'], metrics: readonly MetricResult[], slices: SlicesResult | undefined): GateResult['next'] {
  if (verdict !== 'inconclusive') return undefined
  const found = new Set([...metrics.flatMap(({ rules }) => rules.map(({ reason }) => reason)), slices?.reason])
  if (found.has('otherData')) return 'scoreIncumbentAgain'
  return ['tooClose', 'tooFew', 'unstable', 'notSignificant', 'noSlices'].some((reason) => found.has(reason)) ? 'addRows' : undefined
}
