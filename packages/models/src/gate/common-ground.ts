import type { Label } from '../statistics/label.ts'
import { planGroups, planStrata, type DrawingPlan } from '../statistics/random.ts'
import { countTrainedOn, faultOfRows, joinRows, type Evaluation, type Predictions } from './evaluation.ts'
import type { GateRules } from './gate-rules.ts'
import type { GateReason, LeakResult } from './gate-result.ts'

/** What two models can be compared on: the same data by digest, the same rows by id, in the order of the candidate's evaluation. */
export interface CommonGround {
  /** why nothing may be judged at all */
  readonly fault?: GateReason | undefined
  /** why nothing may be compared with the baseline; what only asks for a threshold still can */
  readonly comparisonFault?: GateReason | undefined
  /** The data differ and `sameData: preferred`: what there is is compared as points, and cannot pass. */
  readonly isOtherData: boolean
  readonly candidateRows?: Predictions | undefined
  /** in the candidate's order */
  readonly baselineRows?: Predictions | undefined
  /** of other data, which join with nothing; good for a point */
  readonly otherRows?: Predictions | undefined
  readonly groups?: readonly Label[] | undefined
  readonly plan?: DrawingPlan | undefined
  readonly leak: LeakResult
}

const noLeak: LeakResult = { candidateRows: 0, incumbentRows: 0, incumbentShare: 0 }

export function findCommonGround(rules: GateRules, candidate: Evaluation, baseline: Evaluation | undefined): CommonGround {
  const nowhere = (fault: GateReason): CommonGround => ({ fault, isOtherData: false, leak: noLeak })
  const isRequired = rules.sameData === 'required'
  const hasDigest = candidate.dataDigest !== undefined && candidate.dataDigest !== ''
  if (!hasDigest && isRequired) return nowhere('otherData')
  const isOtherData = !hasDigest || (baseline !== undefined && baseline.dataDigest !== candidate.dataDigest)
  const rows = candidate.predictions
  const rowsFault = rows === undefined ? undefined : faultOfRows(rows)
  if (rowsFault !== undefined) return nowhere(rowsFault)

  let comparisonFault: GateReason | undefined = baseline === undefined ? 'noBaseline' : isOtherData && isRequired ? 'otherData' : undefined
  let baselineRows: Predictions | undefined
  if (rows !== undefined && baseline?.predictions !== undefined && !isOtherData) {
    const joined = joinRows(rows, baseline.predictions)
    if (typeof joined === 'string') comparisonFault ??= joined
    else baselineRows = joined
  }

  const isAlone = isOtherData && !isRequired && baseline?.predictions !== undefined
  const otherFault = isAlone ? faultOfRows(baseline.predictions) : undefined
  comparisonFault ??= otherFault

  const groups = rules.groups === undefined ? undefined : rows?.columns?.get(rules.groups)
  if (rules.groups !== undefined && rows !== undefined && groups === undefined) return nowhere('missing')
  const leak = rows === undefined ? noLeak : leakOf(rows, candidate, baseline)
  return {
    comparisonFault,
    isOtherData: isOtherData && baseline !== undefined,
    candidateRows: rows,
    baselineRows,
    otherRows: isAlone && otherFault === undefined ? baseline.predictions : undefined,
    groups,
    plan: rows === undefined ? undefined : planFor(rows, groups),
    leak,
  }
}

/** Rows drawn and looked at: about 10 ns each, so this is a minute or two. */
const mostSteps = 1e10

/** Whether drawing would take longer than anybody waits for a verdict. */
export function isTooMuch(plan: DrawingPlan, replicates: number, metrics: number): boolean {
  return plan.rowCount * replicates * (1 + metrics) > mostSteps
}

/** Whole groups where there are some, else rows within their true class; amounts have no classes. */
export function planFor(rows: Predictions, groups: readonly Label[] | undefined): DrawingPlan {
  if (groups !== undefined) return planGroups(groups)
  return planStrata(rows.rowIds.length, rows.values === undefined ? rows.labels : undefined)
}

function leakOf(rows: Predictions, candidate: Evaluation, baseline: Evaluation | undefined): LeakResult {
  const incumbentRows = countTrainedOn(rows.rowIds, baseline?.trainedOn)
  return {
    candidateRows: countTrainedOn(rows.rowIds, candidate.trainedOn),
    incumbentRows,
    incumbentShare: incumbentRows / rows.rowIds.length,
  }
}
