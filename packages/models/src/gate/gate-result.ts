import type { GateResult as Result, RuleResult as Rule } from '@plimsoll/api'

export type { GateResult, JudgedModel, MetricResult, RuleResult, SliceResult, SlicesResult } from '@plimsoll/api'

/**
 * shown, oppositeShown, tooClose: what the interval says. pointOnly: right as far as it goes, but nobody knows how sure.
 * directionOnly: passed as better; that it is by so much was not shown. notSignificant: McNemar's test does not bear out a pass.
 * unreachable: not even a perfect candidate could pass. noBaseline, noRule, noSlices: nothing to compare with.
 * Else a reading's or a metric's own reason: missing, wrongType, notFinite, otherData, tooFew, leak, incumbentLeak, unstable,
 * noSpread, singleClass, baselineZero, baselinePerfect, otherShape, outOfRange and so on.
 */
export type GateReason = string

/** exact: Clopper-Pearson. A threshold's interval is of the candidate's value, every other one of the gain. */
export type IntervalMethod = Rule['method']

export type LeakResult = Result['leak']
