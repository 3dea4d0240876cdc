import type { Verdict } from './model-gate.ts'

/** What a gate said of one artefact: the comment on a pull request and the page in the console are made of it. */
export interface GateReport {
  id: string
  gate: string
  /** Of the specification that was judged by. */
  gateDigest: string
  createdAt: string
  verdict: Verdict
  /** Somebody has let it through, or stopped it, on record. */
  override?: { verdict: 'pass' | 'fail'; by: string; at: string; why: string }
  repository?: string
  commit?: string
  pullRequest?: number
  /** The run that it was made in. */
  runId?: string
  by: string
  result: GateResult
  candidate: ReportedModel
  baseline?: ReportedModel & { application: string; release?: string }
  /** Curves of both models over each other; absent for figures without rows. */
  plots?: GatePlots
  /** What of code and data differs from what serves. */
  changed?: {
    code?: { from: string; to: string; files: number; additions: number; deletions: number }
    data?: { name: string; from?: string; to?: string }[]
  }
  /** One command that does it again. */
  reproduce: string
}

export interface ReportedModel {
  /** `sha256:…` of the artefact: this one and no other is what the verdict is about, and what is deployed. */
  digest: string
  name?: string
  size?: number
  /** Who trained it on what, where somebody said so. */
  trainedBy?: string
  trainedAt?: string
  commit?: string
  dataDigest?: string
  trainingDataDigest?: string
  /** Where it is in MLflow, or elsewhere. */
  origin?: string
  parameters?: Record<string, string>
}

export type MetricValue = number | { readonly undefined: string }
export type GainOf = 'absolute' | 'relative' | 'error'

/** Everything here survives JSON. */
export interface GateResult {
  readonly verdict: Verdict
  /** `shown` for a pass; else the reason of the first rule that stood in the way, or why nothing could be judged. */
  readonly reason: string
  /** One or two sentences in the user's words. */
  readonly words: string
  readonly candidate: JudgedModel
  readonly baseline?: JudgedModel | undefined
  readonly confidence: number
  readonly replicates: number
  readonly seed: string
  readonly metrics: readonly MetricResult[]
  readonly slices?: SlicesResult | undefined
  readonly leak: { readonly candidateRows: number; readonly incumbentRows: number; readonly incumbentShare: number }
  /** What the reader should know although it did not decide. */
  readonly warnings: readonly string[]
  /** What the caller can do so that an inconclusive verdict may change. */
  readonly next?: 'scoreIncumbentAgain' | 'addRows' | undefined
}

export interface JudgedModel {
  readonly modelDigest: string
  readonly dataDigest?: string | undefined
  /** How many rows there are answers to; undefined for aggregated figures only. */
  readonly rows?: number | undefined
}

export interface MetricResult {
  readonly name: string
  readonly better: 'higher' | 'lower'
  readonly verdict: Verdict
  /** A dry run's verdict does not count. */
  readonly isDryRun: boolean
  readonly candidate: MetricValue
  readonly baseline?: MetricValue | undefined
  /** candidate − baseline, in the metric's own unit whichever direction is better. */
  readonly difference?: MetricValue | undefined
  /** `rows` were scored here, `reported` is what a file said. */
  readonly source: 'rows' | 'reported'
  readonly n?: number | undefined
  /** Rows that exactly one of the two models got right. */
  readonly discordant?: { readonly betterOnly: number; readonly worseOnly: number } | undefined
  /** Of accuracy only: exact, two-sided, and of either side. */
  readonly mcNemar?: { readonly p: number; readonly pBetter: number; readonly pWorse: number } | undefined
  readonly rules: readonly RuleResult[]
}

export interface RuleResult {
  readonly rule: 'improve' | 'noWorseThan' | 'atLeast' | 'atMost'
  readonly threshold: number
  readonly of: GainOf
  readonly evidence: 'interval' | 'direction'
  readonly verdict: Verdict
  readonly reason: string
  readonly words: string
  /** Positive is better; for atLeast and atMost the distance to the threshold on the good side. */
  readonly gain: MetricValue
  /** Of `gain`; undefined for points. */
  readonly interval?: { readonly low: number; readonly high: number } | undefined
  readonly method: 'bootstrap' | 'delong' | 'exact' | 'point'
  readonly p?: number | undefined
  readonly replicates?: number | undefined
  readonly undefinedReplicates?: number | undefined
  /** About how many rows in all would settle an inconclusive rule. */
  readonly rowsNeeded?: number | undefined
}

export interface SlicesResult {
  readonly verdict: Verdict
  readonly reason: string
  readonly words: string
  readonly metric: string
  readonly margin: number
  readonly of: GainOf
  readonly alpha: number
  readonly replicates: number
  readonly slices: readonly SliceResult[]
}

export interface SliceResult {
  /** `country=KR` */
  readonly name: string
  readonly column: string
  readonly value: string
  readonly n: number
  readonly positives?: number | undefined
  readonly negatives?: number | undefined
  readonly baseline: MetricValue
  readonly candidate: MetricValue
  readonly gain: MetricValue
  readonly p?: number | undefined
  /** By Holm, over all slices that were judged. */
  readonly adjusted?: number | undefined
  readonly isWorse: boolean
  readonly isWorthALook: boolean
  readonly notJudged?: string | undefined
}

/** Points of curves, bounded; `baseline` is what serves today. */
export interface GatePlots {
  rocCurve?: PlotPair<{ x: number; y: number }>
  precisionRecall?: PlotPair<{ x: number; y: number }>
  /** x: mean predicted probability, y: share of positives, n: rows. */
  calibration?: PlotPair<{ x: number; y: number; n: number }>
  /** Shares of rows by score, in equal bins from `from` to `to`. */
  scores?: { from: number; to: number; candidate: number[]; baseline?: number[] }
  confusion?: { classes: string[]; candidate: number[][]; baseline?: number[][] }
  /** Predicted against true, a sample. */
  scatter?: PlotPair<{ x: number; y: number }>
}

export interface PlotPair<Point> {
  candidate: Point[]
  baseline?: Point[]
}
