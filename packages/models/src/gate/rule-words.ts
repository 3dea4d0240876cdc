import { isUndefined, type MetricValue } from '../statistics/metric-value.ts'
import { asPercent, count, figure, gainText, valueText } from './figures.ts'
import type { RuleResult } from './gate-result.ts'
import type { ScoredMetric } from './scored-side.ts'

/** What a rule found, in one or two sentences for somebody who did not write it. */
export function wordsOfRule(rule: Omit<RuleResult, 'words'>, scored: ScoredMetric, confidence: number): string {
  const { name } = scored.rules
  const why = reasons[rule.reason]
  if (rule.reason === 'pointOnly') return `${facts(rule, scored, confidence)} ${pointWords(rule)}`
  if (why !== undefined) return `${name} cannot be judged${sideAtFault(rule, scored)}: ${why}`
  if (rule.reason === 'unreachable') {
    return (
      `${name} cannot pass: from a baseline of ${valueText(scored.baseline?.value)} not even a perfect candidate ` +
      `would reach ${gainText(rule.threshold, rule.of)}${ofWords(rule)}. Ask for a share of the remaining error (of: error), or for less.`
    )
  }
  if (rule.verdict === 'inconclusive' && !['tooClose', 'notSignificant', 'incumbentLeak'].includes(rule.reason)) {
    return `${name} cannot be judged${sideAtFault(rule, scored)}: it is ${rule.reason}.`
  }
  return `${facts(rule, scored, confidence)} ${conclusion(rule, scored)}`
}

/** Whose value it is that cannot be used, when it is one model's. */
function sideAtFault({ reason }: Pick<RuleResult, 'reason'>, { candidate, baseline }: ScoredMetric): string {
  const isAtFault = (value: MetricValue | undefined): boolean => value !== undefined && isUndefined(value) && value.undefined === reason
  const isCandidate = isAtFault(candidate.value)
  if (isCandidate === isAtFault(baseline?.value)) return ''
  return isCandidate ? ' for the candidate' : ' for the model that serves now'
}

function facts(rule: Omit<RuleResult, 'words'>, { rules: { name }, candidate, baseline }: ScoredMetric, confidence: number): string {
  if (rule.rule === 'atLeast' || rule.rule === 'atMost') {
    const { interval, threshold } = rule
    const toValue = (gain: number): number => (rule.rule === 'atLeast' ? threshold + gain : threshold - gain)
    const ends = interval === undefined ? [] : [toValue(interval.low), toValue(interval.high)].toSorted((a, b) => a - b)
    const range = ends.length === 2 ? ` (${asPercent(confidence)} interval ${ends.map(figure).join(' to ')})` : ''
    return `${name} is ${valueText(candidate.value)}${range}.`
  }
  const change = `${name} went from ${valueText(baseline?.value)} to ${valueText(candidate.value)}`
  if (isUndefined(rule.gain)) return `${change}.`
  const { interval } = rule
  const range =
    interval === undefined
      ? ''
      : ` (${asPercent(confidence)} interval ${gainText(interval.low, rule.of)} to ${gainText(interval.high, rule.of)})`
  return `${change}: a gain of ${gainText(rule.gain, rule.of)}${ofWords(rule)}${range}.`
}

function ofWords({ of }: Pick<RuleResult, 'of'>): string {
  return of === 'error' ? ' of the remaining error' : ''
}

function asked(rule: Omit<RuleResult, 'words'>): string {
  if (rule.rule === 'atLeast') return `at least ${figure(rule.threshold)}`
  if (rule.rule === 'atMost') return `at most ${figure(rule.threshold)}`
  const amount = `${gainText(rule.threshold, rule.of)}${ofWords(rule)}`
  return rule.rule === 'improve' ? `a gain of ${amount}` : `a loss of at most ${amount}`
}

function pointWords(rule: Omit<RuleResult, 'words'>): string {
  if (rule.verdict === 'pass') return `That is ${asked(rule)}, as asked, by point estimates only: how sure it is nobody knows.`
  return (
    `That is ${asked(rule)}, as asked, but only point estimates are there, and chance cannot be ruled out. ` +
    "Hand over both models' predictions row by row, or set `uncertainty: optional`."
  )
}

function conclusion(rule: Omit<RuleResult, 'words'>, scored: ScoredMetric): string {
  switch (rule.reason) {
    case 'shown':
      return `That shows ${asked(rule)}, as asked.`
    case 'directionOnly':
      return `It is better; that it is by ${gainText(rule.threshold, rule.of)}${ofWords(rule)} was not shown.`
    case 'oppositeShown':
      return `${asked(rule).replace(/^./, (letter) => letter.toUpperCase())} was asked for, and that is ruled out${rule.method === 'point' ? ' by the point estimates' : ''}.`
    case 'notSignificant':
      return `Too few rows are right under only one of the models to rule out chance (McNemar's exact test). More rows are needed.`
    case 'incumbentLeak':
      return `That would fail, but the model that serves was trained on more than 1 % of these rows, which favours it. Evaluate on rows that neither has seen.`
    default: {
      const rows = scored.candidate.n === undefined ? 'these rows' : `${count(scored.candidate.n)} rows`
      const settle = rule.rowsNeeded === undefined ? ' More rows are needed.' : ` About ${count(rule.rowsNeeded)} rows would settle it.`
      return `Whether that is ${asked(rule)} cannot be told from ${rows}.${settle}`
    }
  }
}

/** Reasons for which nothing could be judged, and what to do about each. */
export const reasons: Readonly<Partial<Record<string, string>>> = Object.freeze({
  missing: 'its value, or a column it needs, is missing. Check that the evaluation writes it under this name.',
  wrongType: 'its value is not a number. Check what the evaluation writes.',
  notFinite: 'there is a value that is no finite number (NaN or infinite) in it. Nothing is dropped or filled in; repair the evaluation.',
  providerError: 'where it comes from answered with an error.',
  otherData:
    "the two models were not evaluated on the same data, row by row. The model that serves has to be scored again on the candidate's data.",
  otherShape: 'the lists of predictions are not all as long as the list of rows.',
  outOfRange: 'a value is outside of what it may be (probabilities and shares are 0 to 1, and those of a row add to 1).',
  tooMany: 'there are more rows, or rows times replicates, than can be drawn in a minute or two. Hand over a sample.',
  tooFew:
    'there is too little data: at least 100 rows, 10 of each class, and for precision, recall, F and MCC 10 rows that exactly one model gets right.',
  leak: 'the candidate was trained on rows that it is evaluated on. Evaluate on rows that it has not seen.',
  noBaseline: 'there is no model to compare with yet. Until one serves, only atLeast and atMost can be judged.',
  unstable: 'in more than 1 % of the bootstrap replicates it has no value. More rows are needed.',
  noSpread: 'the difference has no scatter to measure it by.',
  singleClass: 'all rows are of one class.',
  noPositives: 'no row is of the positive class.',
  noPredictedPositives: 'no row was predicted positive.',
  baselineZero: 'the baseline is 0, and nothing is relative to that. Use of: absolute.',
  baselinePerfect: 'the baseline leaves nothing to improve. Use noWorseThan.',
  zeroTarget: 'a target is 0, and nothing is a percentage of that.',
  constantTarget: 'all targets are equal.',
  positiveUnknown: 'which class is the positive one is not known. Set positive.',
  notBinary: 'there are more than two classes. Set average: macro, weighted or micro, or use a metric for several classes.',
  empty: 'there are no rows.',
})
