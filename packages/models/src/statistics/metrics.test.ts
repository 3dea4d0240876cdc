import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WeighedMetric } from './bootstrap.ts'
import { averagedOf, classify, matthewsOf } from './classification.ts'
import { prepareWeighedQuantile } from './column-metric.ts'
import { quantile } from './quantile.ts'
import { prepareRanking } from './ranking.ts'
import { decisionsOf, knownMetric, prepareMetric, type ScoredRows } from './scored-metric.ts'

const scored = fc.array(fc.record({ y: fc.nat(1), score: fc.nat(20).map((n) => n / 20), weight: fc.nat(3) }), {
  minLength: 1,
  maxLength: 40,
})
const ranked = (rows: readonly { y: number; score: number }[]) =>
  prepareRanking(
    rows.map(({ y }) => y),
    rows.map(({ score }) => score),
  )

const names = [
  'accuracy',
  'precision',
  'recall',
  'f1',
  'f2',
  'macro_f1',
  'weighted_precision',
  'mcc',
  'roc_auc',
  'average_precision',
  'log_loss',
  'brier',
  'ece',
  'rmse',
  'mae',
  'mape',
  'wape',
  'r2',
  'latency_p90_ms',
  'latency_mean_ms',
]

function prepared(name: string, rows: readonly { y: number; score: number }[]): WeighedMetric {
  const labels = rows.map(({ y }) => y)
  const scores = rows.map(({ score }) => score)
  const known = knownMetric(name)
  const answers: ScoredRows = { labels, scores, values: scores, positive: 1, columns: new Map([['latency_ms', scores]]) }
  const metric = known && prepareMetric(known, answers)
  if (metric === undefined) throw new Error(`${name} is not known`)
  return metric
}

function close(a: ReturnType<WeighedMetric>, b: ReturnType<WeighedMetric>): void {
  if (typeof a === 'number' && typeof b === 'number') expect(a).toBeCloseTo(b, 10)
  else expect(a).toEqual(b)
}

describe.each(names)('%s', (name) => {
  it('counts a row of weight w like w rows', () => {
    fc.assert(
      fc.property(scored, (rows) => {
        const repeated = rows.flatMap(({ weight, ...row }) => Array.from({ length: weight }, () => row))

        close(prepared(name, rows)(rows.map(({ weight }) => weight)), prepared(name, repeated)())
      }),
    )
  })

  it('does not depend on the order of rows', () => {
    fc.assert(
      fc.property(scored, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (rows, keys) => {
        const shuffled = rows.map((row, index) => ({ row, key: keys[index] ?? 0 })).toSorted((a, b) => a.key - b.key)

        close(
          prepared(name, rows)(),
          prepared(
            name,
            shuffled.map(({ row }) => row),
          )(),
        )
      }),
    )
  })

  it('is a finite number or says why not, whatever the scores are', () => {
    const any = fc.array(fc.record({ y: fc.nat(1), score: fc.double() }), { maxLength: 10 })
    fc.assert(
      fc.property(any, (rows) => {
        const value = prepared(name, rows)()

        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
        else expect(value.undefined).toMatch(/^[a-z]+[A-Za-z]*$/)
      }),
    )
  })

  it('is not defined when one of the rows has no finite score, or when there are none', () => {
    const hasNaN = [...Array.from({ length: 20 }, (_, row) => ({ y: row % 2, score: row / 20 })), { y: 1, score: Number.NaN }]

    expect(prepared(name, hasNaN)()).toEqual({ undefined: 'notFinite' })
    expect(prepared(name, [])()).toEqual({ undefined: 'empty' })
  })
})

describe('ROC AUC', () => {
  it('is the share of pairs in which the positive has the higher score, ties half', () => {
    fc.assert(
      fc.property(scored, (rows) => {
        const positives = rows.filter(({ y }) => y === 1)
        const negatives = rows.filter(({ y }) => y === 0)
        fc.pre(positives.length > 0 && negatives.length > 0)
        const wins = positives.flatMap((p) => negatives.map((n) => (p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0)))

        expect(ranked(rows).rocAuc()).toBeCloseTo(wins.reduce<number>((sum, win) => sum + win, 0) / wins.length, 12)
      }),
    )
  })

  it('and average precision stay the same under any map that keeps the order', () => {
    fc.assert(
      fc.property(scored, (rows) => {
        const mapped = rows.map(({ y, score }) => ({ y, score: Math.exp(3 * score) - 7 }))

        expect(ranked(mapped).rocAuc()).toEqual(ranked(rows).rocAuc())
        expect(ranked(mapped).averagePrecision()).toEqual(ranked(rows).averagePrecision())
      }),
    )
  })

  it('becomes 1 minus itself when scores are negated or classes change places', () => {
    fc.assert(
      fc.property(scored, (rows) => {
        const auc = ranked(rows).rocAuc()
        fc.pre(typeof auc === 'number')

        expect(ranked(rows.map(({ y, score }) => ({ y, score: -score }))).rocAuc()).toBeCloseTo(1 - Number(auc), 12)
        expect(ranked(rows.map(({ y, score }) => ({ y: 1 - y, score }))).rocAuc()).toBeCloseTo(1 - Number(auc), 12)
      }),
    )
  })
})

describe('classification', () => {
  const labels = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 40 })
  const sides = (rows: readonly (readonly [number, number])[]) => [rows.map(([y]) => y), rows.map(([, p]) => p)] as const

  it('does not care what classes are called', () => {
    const called = ['zebra', 'ant', '데이터', '__proto__']
    fc.assert(
      fc.property(labels, (rows) => {
        const [y, predicted] = sides(rows)
        const name = (label: number): string => called[label] ?? ''
        const macro = (a: readonly (string | number)[], b: readonly (string | number)[]) =>
          classify(a, b, (tally) => averagedOf(tally, 'fbeta', 'macro'))

        close(macro(y.map(name), predicted.map(name)), macro(y, predicted))
      }),
    )
  })

  it('keeps MCC between -1 and 1, and the same when truth and prediction change places', () => {
    fc.assert(
      fc.property(labels, (rows) => {
        const [y, predicted] = sides(rows)
        const mcc = classify(y, predicted, matthewsOf)
        fc.pre(typeof mcc === 'number' && new Set(predicted).size > 1)

        expect(Math.abs(Number(mcc))).toBeLessThanOrEqual(1 + 1e-12)
        expect(classify(predicted, y, matthewsOf)).toBeCloseTo(Number(mcc), 12)
      }),
    )
  })

  it('takes 1 and "1" for two classes', () => {
    expect(classify([1, 1], ['1', '1'], (tally) => tally.correct)).toBe(0)
  })

  it('has no value for lists of different lengths', () => {
    expect(classify([1, 0], [1], () => 1)).toEqual({ undefined: 'otherShape' })
  })
})

describe('a quantile', () => {
  it('under weights is that of the values repeated', () => {
    const values = fc.array(fc.record({ value: fc.integer({ min: -50, max: 50 }), weight: fc.nat(3) }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (rows, q) => {
        const repeated = rows.flatMap(({ value, weight }) => Array.from({ length: weight }, () => value))
        const weighed = prepareWeighedQuantile(
          rows.map(({ value }) => value),
          q,
        )

        close(weighed(rows.map(({ weight }) => weight)), quantile(repeated, q))
      }),
    )
  })
})

describe('decisions', () => {
  const rows = { labels: ['ok', 'fraud'], positive: 'fraud', scores: [0.5, 0.4], classes: ['ok', 'ok'] }

  it('are what the model says, unless somebody asks for a threshold', () => {
    expect(decisionsOf(rows)).toEqual(['ok', 'ok'])
    expect(decisionsOf(rows, 0.4)).toEqual(['fraud', 'fraud'])
  })

  it('count a score at the threshold as positive, and the lowest class on a tie of probabilities', () => {
    expect(decisionsOf({ ...rows, classes: undefined })).toEqual(['fraud', 'ok'])
    expect(decisionsOf({ labels: ['a'], probabilities: [[0.5, 0.5]], classNames: ['a', 'b'] })).toEqual(['a'])
  })

  it('are not made up where the positive class is not known, or there are more than two', () => {
    expect(decisionsOf({ labels: ['ok', 'fraud'], scores: [1, 1] })).toBe('positiveUnknown')
    expect(decisionsOf({ labels: ['ok', 'fraud', 'odd'], scores: [1, 1, 1], positive: 'fraud' })).toBe('notBinary')
    expect(decisionsOf({ labels: ['ok'], scores: [Number.NaN], positive: 'ok' })).toBe('notFinite')
  })
})

describe('the name of a metric', () => {
  it.each([
    ['F1', 'fbeta', 'higher'],
    ['f1_macro', 'fbeta', 'higher'],
    ['rocAuc', 'roc_auc', 'higher'],
    ['Average Precision', 'average_precision', 'higher'],
    ['logLoss', 'log_loss', 'lower'],
    ['RMSE', 'rmse', 'lower'],
    ['latency_p99_ms', 'latency_p99_ms', 'lower'],
  ])('%s is %s, and %s is better', (name, kind, better) => {
    expect(knownMetric(name)).toMatchObject({ kind, better })
  })

  it.each(['revenue', '__proto__', 'constructor', '', 'macro_', 'macro_accuracy', 'f', 'p99'])('%s is none that is scored here', (name) => {
    expect(knownMetric(name)).toBeUndefined()
  })
})
