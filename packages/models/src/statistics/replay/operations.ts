import { bootstrapGain } from '../bootstrap.ts'
import * as classes from '../classification.ts'
import { deLong } from '../delong.ts'
import * as distance from '../distance.ts'
import { gainOf, isUnreachable, type GainScale } from '../gain.ts'
import type { Label } from '../label.ts'
import { fewDiscordantInterval, mcNemar } from '../mcnemar.ts'
import { isUndefined, type MetricValue } from '../metric-value.ts'
import { adjustLogE, benjaminiHochberg, holm, lnMeanE } from '../multiplicity.ts'
import * as probability from '../probability.ts'
import { quantile } from '../quantile.ts'
import { drawReplicate, planGroups, planStrata, randomFrom, randomSeededBy, type DrawingPlan } from '../random.ts'
import { prepareRanking } from '../ranking.ts'
import { judgeReading, type Reading } from '../reading.ts'
import { prepareRegression } from '../regression.ts'
import {
  combineVerdicts,
  judgeGuard,
  judgeImprove,
  judgePoint,
  judgeSlices,
  rowsNeeded,
  type SliceEvidence,
  type Verdict,
} from '../rule.ts'
import { knownMetric, prepareMetric, type ScoredRows } from '../scored-metric.ts'

/** What the operations of the recorded verdicts mean in this package, by family and name. */
export type Operation = (input: Input) => unknown

/** A case's input: fields by name, null means not given. A field of another type than the operation wants is an error with its name. */
export class Input {
  readonly #fields: ReadonlyMap<string, unknown>

  constructor(fields: object) {
    this.#fields = new Map(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))
  }

  raw(name: string): unknown {
    return this.#fields.get(name)
  }

  number(name: string, otherwise?: number): number {
    const value = this.#fields.get(name) ?? otherwise
    if (typeof value !== 'number') throw new TypeError(`'${name}' should be a number`)
    return value
  }

  optional(name: string): number | undefined {
    return this.#fields.has(name) ? this.number(name) : undefined
  }

  metric(name: string): MetricValue {
    const value = this.#fields.get(name)
    return isUndefined(value) ? value : this.number(name)
  }

  text(name: string, otherwise?: string): string {
    const value = this.#fields.get(name) ?? otherwise
    if (typeof value !== 'string') throw new TypeError(`'${name}' should be text`)
    return value
  }

  numbers(name: string): number[] {
    const value = this.#fields.get(name)
    if (!Array.isArray(value) || !value.every((one) => typeof one === 'number'))
      throw new TypeError(`'${name}' should be a list of numbers`)
    return value
  }

  labels(name: string): Label[] {
    const value = this.#fields.get(name)
    const isLabel = (one: unknown): one is Label => typeof one === 'number' || typeof one === 'string' || typeof one === 'boolean'
    if (!Array.isArray(value) || !value.every(isLabel)) throw new TypeError(`'${name}' should be a list of numbers, texts or truth values`)
    return value
  }

  labelsIfGiven(name: string): Label[] | undefined {
    return this.#fields.has(name) ? this.labels(name) : undefined
  }

  label(name: string, otherwise: Label): Label {
    const value = this.#fields.get(name) ?? otherwise
    if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean')
      throw new TypeError(`'${name}' should be a class`)
    return value
  }

  rows(name: string): number[][] {
    const value = this.#fields.get(name)
    const isRow = (row: unknown): row is number[] => Array.isArray(row) && row.every((one) => typeof one === 'number')
    if (!Array.isArray(value) || !value.every(isRow)) throw new TypeError(`'${name}' should be a list of lists of numbers`)
    return value
  }

  choice<const T extends string>(name: string, choices: readonly T[], otherwise?: T): T {
    const value = this.#fields.get(name) ?? otherwise
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw new TypeError(`'${name}' should be one of ${choices.join(', ')}`)
    return found
  }
}

const better = ['higher', 'lower'] as const

function scaleOf(input: Input): GainScale {
  return {
    of: input.choice('of', ['absolute', 'relative', 'error'], 'absolute'),
    better: input.choice('better', better, 'higher'),
    optimum: input.optional('optimum'),
  }
}

function repeat<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}

function replicatesOf(plan: DrawingPlan, input: Input): number[][] {
  return input.numbers('replicates').map((replicate) => {
    const rows: number[] = []
    drawReplicate(plan, input.text('seed'), replicate, (row) => rows.push(row))
    return rows
  })
}

const random: Record<string, Operation> = {
  next(input) {
    const [a = 0, b = 0, c = 0, d = 0] = input.numbers('state')
    const source = randomFrom([a, b, c, d])
    return repeat(input.number('count'), () => source.next())
  },
  seeded(input) {
    const source = randomSeededBy(input.text('text'))
    return { state: source.state(), values: repeat(input.number('count'), () => source.next()) }
  },
  below(input) {
    const source = randomSeededBy(input.text('text'))
    return repeat(input.number('count'), () => source.below(input.number('n')))
  },
  resample: (input) => replicatesOf(planStrata(input.number('n'), input.labelsIfGiven('strata')), input),
  resample_groups: (input) => replicatesOf(planGroups(input.labels('groups')), input),
}

const classified =
  (metric: (tally: classes.ClassTally, input: Input) => unknown): Operation =>
  (input) =>
    classes.classify(input.labels('y'), input.labels('predicted'), (tally) => metric(tally, input) as number)

const classification: Record<string, Operation> = {
  accuracy: classified(classes.accuracyOf),
  precision: classified((tally, input) => classes.precisionOf(tally, input.label('positive', 1))),
  recall: classified((tally, input) => classes.recallOf(tally, input.label('positive', 1))),
  fbeta: classified((tally, input) => classes.fBetaOf(tally, input.label('positive', 1), input.number('beta', 1))),
  mcc: classified(classes.matthewsOf),
  averaged: classified((tally, input) =>
    classes.averagedOf(
      tally,
      input.choice('metric', ['precision', 'recall', 'fbeta']),
      input.choice('average', ['macro', 'weighted', 'micro']),
      input.number('beta', 1),
    ),
  ),
}

const regressed =
  (metric: 'rmse' | 'mae' | 'mape' | 'wape' | 'r2'): Operation =>
  (input) =>
    prepareRegression(input.numbers('y'), input.numbers('predicted'))[metric]()

const compared =
  (metric: (reference: number[], current: number[], bins: number) => unknown): Operation =>
  (input) =>
    metric(input.numbers('reference'), input.numbers('current'), input.number('bins', 10))

const gate: Record<string, Operation> = {
  gain: (input) => gainOf(input.metric('baseline'), input.metric('candidate'), scaleOf(input)),
  improve: (input) =>
    judgeImprove(
      input.number('gain', Number.NaN),
      { low: input.number('low', Number.NaN), high: input.number('high', Number.NaN) },
      input.number('by'),
      input.choice('evidence', ['interval', 'direction'], 'interval'),
    ),
  guard: (input) => judgeGuard({ low: input.number('low', Number.NaN), high: input.number('high', Number.NaN) }, input.number('margin')),
  point: (input) =>
    judgePoint(
      input.raw('gain') === undefined ? { undefined: 'missing' } : input.metric('gain'),
      input.choice('rule', ['improve', 'noWorseThan']),
      input.number('threshold'),
      input.choice('uncertainty', ['required', 'optional'], 'required'),
    ),
  unreachable: (input) => isUnreachable(input.number('baseline'), input.number('by'), scaleOf(input)),
  combine: (input) => combineVerdicts(input.labels('verdicts') as Verdict[]),
  reading: (input) => {
    const reading = input.raw('reading')
    const dataDigest = input.raw('dataDigest')
    return judgeReading(typeof reading === 'object' ? (reading as Reading) : undefined, {
      now: input.optional('now'),
      maxAgeMs: input.optional('maxAgeMs'),
      minN: input.optional('minN'),
      dataDigest: typeof dataDigest === 'string' ? dataDigest : undefined,
    })
  },
  slices: (input) => {
    const slices = input.raw('slices')
    if (!Array.isArray(slices)) throw new TypeError("'slices' should be a list")
    const evidence = slices.map((slice: object): SliceEvidence => {
      const fields = new Input(slice)
      return {
        name: fields.text('name'),
        n: fields.number('n', Number.NaN),
        p: fields.number('p', Number.NaN),
        positives: fields.optional('positives'),
        negatives: fields.optional('negatives'),
      }
    })
    return judgeSlices(evidence, input.number('alpha', 0.05), input.number('minRows', 50), input.number('minClass', 10))
  },
  rows_needed: (input) =>
    rowsNeeded(
      input.number('n'),
      input.number('gain'),
      { low: input.number('low'), high: input.number('high') },
      input.number('threshold'),
    ) ?? null,
}

function bootstrap(input: Input): unknown {
  const name = input.text('metric')
  const metric = knownMetric(name)
  if (metric === undefined) throw new TypeError(`no metric is called '${name}'`)
  const labels = input.labels('y')
  const prepare = (side: 'baseline' | 'candidate') => {
    const answers = input.raw(side)
    const rows: ScoredRows =
      metric.family === 'regression'
        ? { labels, values: input.numbers(side) }
        : Array.isArray(answers) && Array.isArray(answers[0])
          ? { labels, probabilities: input.rows(side), classNames: answers[0].map((_: unknown, index: number) => index) }
          : labels.every((label) => label === 0 || label === 1) && input.labels(side).every((one) => typeof one === 'number')
            ? { labels, scores: input.numbers(side), positive: input.label('positive', 1) }
            : { labels, classes: input.labels(side), positive: input.label('positive', 1) }
    const prepared = prepareMetric(metric, rows, { beta: input.optional('beta'), bins: input.optional('bins') })
    if (prepared === undefined) throw new TypeError(`'${name}' cannot be scored from '${side}'`)
    return prepared
  }
  const groups = input.labelsIfGiven('groups')
  const result = bootstrapGain(
    prepare('baseline'),
    prepare('candidate'),
    { ...scaleOf(input), better: input.choice('better', better, metric.better) },
    {
      plan: groups === undefined ? planStrata(labels.length, input.labelsIfGiven('strata')) : planGroups(groups),
      seed: input.text('seed'),
      replicates: input.number('replicates', 2000),
      confidence: input.number('confidence', 0.95),
    },
  )
  const { interval } = result
  return {
    gain: result.gain,
    firstGains: result.gains.slice(0, 5),
    undefined: result.undefinedCount,
    interval: isUndefined(interval) ? interval : [interval.low, interval.high],
  }
}

export const operations: ReadonlyMap<string, ReadonlyMap<string, Operation>> = new Map(
  Object.entries({
    random,
    classification,
    ranking: {
      roc_auc: (input) => prepareRanking(input.numbers('y'), input.numbers('scores')).rocAuc(),
      average_precision: (input) => prepareRanking(input.numbers('y'), input.numbers('scores')).averagePrecision(),
    },
    probability: {
      log_loss: (input) => probability.prepareLogLoss(input.numbers('y'), input.numbers('probabilities'))(),
      brier: (input) => probability.prepareBrier(input.numbers('y'), input.numbers('probabilities'))(),
      ece: (input) => probability.prepareCalibrationError(input.numbers('y'), input.numbers('probabilities'), input.number('bins', 10))(),
      log_loss_multi: (input) => probability.prepareLogLossOfClasses(input.numbers('y'), input.rows('rows'))(),
      ece_multi: (input) =>
        probability.prepareCalibrationErrorOfClasses(input.numbers('y'), input.rows('rows'), input.number('bins', 10))(),
    },
    regression: {
      rmse: regressed('rmse'),
      mae: regressed('mae'),
      mape: regressed('mape'),
      wape: regressed('wape'),
      r2: regressed('r2'),
    },
    quantile: { quantile: (input) => quantile(input.numbers('values'), input.number('q')) },
    distance: {
      ks: compared(distance.kolmogorovSmirnov),
      ks_p: compared(distance.kolmogorovSmirnovP),
      wasserstein: compared(distance.wasserstein),
      wasserstein_normed: compared(distance.normedWasserstein),
      psi: compared(distance.psi),
      js: compared(distance.jensenShannon),
      psi_shares: compared(distance.psiOfShares),
      js_shares: compared(distance.jensenShannonOfShares),
      psi_categories: (input) => distance.psiOfCategories(input.labels('reference'), input.labels('current')),
      js_categories: (input) => distance.jensenShannonOfCategories(input.labels('reference'), input.labels('current')),
      psi_noise: (input) => distance.psiNoise(input.number('reference'), input.number('current'), input.number('bins', 10)),
      bin_edges: (input) => distance.binEdges(input.numbers('values'), input.number('bins', 10)),
    },
    bootstrap: { bootstrap },
    mcnemar: {
      mcnemar: (input) => mcNemar({ betterOnly: input.number('betterOnly'), worseOnly: input.number('worseOnly') }),
      few_discordant: (input) =>
        fewDiscordantInterval(
          input.number('rows'),
          { betterOnly: input.number('betterOnly'), worseOnly: input.number('worseOnly') },
          input.number('confidence', 0.95),
        ),
    },
    delong: {
      delong: (input) =>
        deLong(input.numbers('y'), input.numbers('baseline'), input.numbers('candidate'), input.number('confidence', 0.95)),
    },
    multiplicity: {
      holm: (input) => holm(input.numbers('p')),
      benjamini_hochberg: (input) => benjaminiHochberg(input.numbers('p')),
      combine: (input) => lnMeanE(input.numbers('logE'), input.raw('weights') === undefined ? undefined : input.numbers('weights')),
      adjust: (input) => adjustLogE(input.numbers('logE')),
    },
    gate,
  } satisfies Record<string, Record<string, Operation>>).map(([family, named]) => [family, new Map(Object.entries(named))]),
)
