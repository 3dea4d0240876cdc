import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readGateRules } from './gate-rules.ts'

const read = (spec: unknown) => {
  const result = readGateRules(spec)
  return 'problems' in result ? { problems: result.problems, rules: undefined, warnings: [] } : { problems: [], ...result }
}
const first = (metric: object) => read({ metrics: [metric] }).rules?.metrics[0]

describe('the rules of a gate', () => {
  it('are read as they are written, a percentage as relative, a plain number as absolute', () => {
    expect(first({ name: 'average_precision', improve: { by: '10%', of: 'error' } })).toMatchObject({
      better: 'higher',
      optimum: 1,
      rules: [{ rule: 'improve', threshold: 0.1, of: 'error', evidence: 'interval' }],
    })
    expect(first({ name: 'latency_p99_ms', noWorseThan: '5%' })).toMatchObject({
      better: 'lower',
      rules: [{ threshold: 0.05, of: 'relative' }],
    })
    expect(first({ name: 'accuracy', noWorseThan: 0.01 })).toMatchObject({ rules: [{ threshold: 0.01, of: 'absolute' }] })
    expect(first({ name: 'accuracy', noWorseThan: '1%', of: 'absolute' })).toMatchObject({ rules: [{ threshold: 0.01, of: 'absolute' }] })
    expect(first({ name: 'accuracy', atLeast: '90 %', atMost: 1 })?.rules).toMatchObject([
      { rule: 'atLeast', threshold: 0.9 },
      { rule: 'atMost', threshold: 1 },
    ])
  })

  it('have the defaults of the specification', () => {
    const { rules } = read({ metrics: [{ name: 'accuracy', noWorseThan: 0 }], slices: { by: 'country', noWorseThan: '2%' } })

    expect(rules).toMatchObject({
      confidence: 0.95,
      replicates: 2000,
      sameData: 'required',
      slices: { by: ['country'], metric: 'accuracy', margin: 0.02, of: 'relative', alpha: 0.05 },
    })
    expect(rules?.metrics[0]?.uncertainty).toBe('required')
  })

  it('compare slices by the metric that is to improve', () => {
    const metrics = [
      { name: 'latency_p99_ms', noWorseThan: '5%' },
      { name: 'roc_auc', improve: { by: 0.01 } },
    ]

    expect(read({ metrics, slices: { by: ['country', 'age'], noWorseThan: '2%' } }).rules?.slices).toMatchObject({
      metric: 'roc_auc',
      by: ['country', 'age'],
    })
  })

  it('say when they are written that 10 % relative can never pass above 0.909', () => {
    const { warnings } = read({ metrics: [{ name: 'average_precision', improve: { by: '10%' } }] })

    expect(warnings).toEqual([
      'A relative improvement of 10 % in average_precision can never pass from a baseline above 0.909: its best value is 1. ' +
        'With `of: error` it asks for a share of the remaining error instead.',
    ])
    expect(read({ metrics: [{ name: 'average_precision', improve: { by: '10%', of: 'error' } }] }).warnings).toEqual([])
    expect(read({ metrics: [{ name: 'log_loss', improve: { by: '120%' } }] }).warnings).toHaveLength(1)
    expect(read({ metrics: [{ name: 'revenue', improve: { by: '10%' } }] }).warnings).toEqual([])
  })

  it.each([
    ['no spec', undefined, 'spec should be an object, not nothing.'],
    ['no metrics', {}, 'metrics is empty or missing; a gate needs at least one metric with a rule.'],
    ['metrics that are no list', { metrics: 'accuracy' }, 'metrics: should be a list, not "accuracy".'],
    [
      'a metric without a rule',
      { metrics: [{ name: 'accuracy' }] },
      "metrics[0]: 'accuracy' has no rule; add improve, noWorseThan, atLeast or atMost.",
    ],
    ['a metric without a name', { metrics: [{ atLeast: 1 }] }, 'metrics[0].name: a metric needs a name, such as average_precision.'],
    [
      'an improvement by nothing',
      { metrics: [{ name: 'a', improve: {} }] },
      'metrics[0].improve.by: should be a percentage such as 10% or a number such as 0.01, not nothing.',
    ],
    [
      'an improvement by words',
      { metrics: [{ name: 'a', improve: { by: 'ten percent' } }] },
      'metrics[0].improve.by: should be a percentage such as 10% or a number such as 0.01, not "ten percent".',
    ],
    [
      'NaN',
      { metrics: [{ name: 'a', noWorseThan: Number.NaN }] },
      'metrics[0].noWorseThan: should be a percentage such as 10% or a number such as 0.01, not NaN.',
    ],
    [
      'a negative margin',
      { metrics: [{ name: 'a', noWorseThan: '-5%' }] },
      'metrics[0].noWorseThan: should not be negative, as "-5%" is; which direction is better is said by `better`.',
    ],
    [
      'an unknown measure',
      { metrics: [{ name: 'a', improve: { by: 1, of: 'percent' } }] },
      'metrics[0].improve.of: should be one of absolute, relative, error, not "percent".',
    ],
    [
      'a metric twice',
      {
        metrics: [
          { name: 'a', atLeast: 1 },
          { name: 'a', atMost: 2 },
        ],
      },
      "metrics[1].name: 'a' is there twice; put both rules into one entry.",
    ],
    ['a confidence of 95', { metrics: [{ name: 'a', atLeast: 1 }], confidence: 95 }, 'confidence: should be above 0 and below 1, not 95.'],
    [
      'ten replicates',
      { metrics: [{ name: 'a', atLeast: 1 }], replicates: 10 },
      'replicates: should be a whole number of 100 to 100000, not 10.',
    ],
    [
      'slices of another metric',
      { metrics: [{ name: 'a', atLeast: 1 }], slices: { by: 'x', noWorseThan: 1, metric: 'b' } },
      "slices.metric: 'b' is none of this gate's metrics.",
    ],
    [
      'slices without a margin',
      { metrics: [{ name: 'a', atLeast: 1 }], slices: { by: 'x' } },
      'slices.noWorseThan: should be a percentage such as 10% or a number such as 0.01, not nothing.',
    ],
  ])('are refused with field, finding and remedy: %s', (_, spec, problem) => {
    expect(read(spec).problems).toContain(problem)
  })

  it('are rules or problems, whatever is written', () => {
    const metric = fc.record({
      name: fc.anything(),
      improve: fc.anything(),
      noWorseThan: fc.anything(),
      atLeast: fc.anything(),
      positive: fc.anything(),
    })
    const spec = fc.record({
      metrics: fc.oneof(fc.anything(), fc.array(fc.oneof(fc.anything(), metric))),
      slices: fc.anything(),
      confidence: fc.anything(),
    })
    fc.assert(
      fc.property(fc.oneof(spec, fc.anything()), (written) => {
        const { rules, problems } = read(written)

        expect(rules === undefined).toBe(problems.length > 0)
      }),
    )
  })

  it('take names such as __proto__ for what they are: names of metrics', () => {
    expect(first({ name: '__proto__', atLeast: 1 })).toMatchObject({ name: '__proto__', known: undefined, better: 'higher' })
  })
})
