import type { RuleResult } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import { drawRule, loadMark, loadScale, normalQuantile, place } from './rule-drawing.ts'

const rule = (more: Partial<RuleResult>): RuleResult => ({
  rule: 'improve',
  threshold: 0.02,
  of: 'absolute',
  evidence: 'interval',
  verdict: 'pass',
  reason: 'shown',
  words: '',
  gain: 0.05,
  interval: { low: 0.033, high: 0.067 },
  method: 'bootstrap',
  ...more,
})

describe('a rule against its limit', () => {
  it('that asks for more is not allowed below it', () => {
    expect(drawRule({ better: 'higher' }, rule({}))).toEqual({
      at: 0.05,
      low: 0.033,
      high: 0.067,
      limit: 0.02,
      forbidden: 'low',
      unit: 'number',
      zero: 0,
    })
  })

  it('about a metric that is better when it is low stands in the direction of the metric', () => {
    const drawing = drawRule(
      { better: 'lower' },
      rule({ rule: 'noWorseThan', threshold: 0.05, of: 'relative', gain: -0.037, interval: { low: -0.048, high: -0.026 } }),
    )

    expect(drawing).toEqual({ at: 0.037, low: 0.026, high: 0.048, limit: 0.05, forbidden: 'high', unit: 'share', zero: 0 })
  })

  it('about a share of the error is a gain whichever direction is better', () => {
    const drawing = drawRule({ better: 'lower' }, rule({ threshold: 0.1, of: 'error', gain: 0.13, interval: { low: 0.1, high: 0.15 } }))

    expect(drawing).toMatchObject({ at: 0.13, limit: 0.1, forbidden: 'low', unit: 'share' })
  })

  it.each([
    ['atLeast', 0.95, { at: 0.97, low: 0.96, high: 0.98, limit: 0.95, forbidden: 'low' }],
    ['atMost', 60, { at: 59.98, low: 59.97, high: 59.99, limit: 60, forbidden: 'high' }],
  ] as const)('%s shows the value itself', (kind, threshold, shown) => {
    const drawing = drawRule({ better: 'higher' }, rule({ rule: kind, threshold, gain: 0.02, interval: { low: 0.01, high: 0.03 } }))

    for (const [name, value] of Object.entries(shown)) {
      if (typeof value === 'number') expect(drawing?.[name as 'at']).toBeCloseTo(value, 9)
      else expect(drawing?.forbidden).toBe(value)
    }
    expect(drawing?.zero).toBeUndefined()
  })

  it('without a number cannot be drawn', () => {
    expect(drawRule({ better: 'higher' }, rule({ gain: { undefined: 'noPositives' } }))).toBeUndefined()
  })

  it('has all of it within the drawing, in order', () => {
    const drawing = drawRule({ better: 'higher' }, rule({}))
    if (!drawing) throw new Error('not drawn')

    const { zero = NaN, limit, from = NaN, at, to = NaN } = place(drawing)

    expect([zero, limit, from, at, to]).toEqual([zero, limit, from, at, to].toSorted((a, b) => a - b))
    expect(zero).toBeGreaterThan(0)
    expect(to).toBeLessThan(100)
  })

  it('stands somewhere even when everything is nought', () => {
    const at = place({ at: 0, limit: 0, zero: 0, forbidden: 'low', unit: 'number' })

    expect(Object.values(at).every((value) => Number.isFinite(value) && value >= 0 && value <= 100)).toBe(true)
  })
})

describe('the load line', () => {
  it('counts standard errors from the limit, by the width of the interval', () => {
    const mark = loadMark('recall', rule({}), 0.95)

    // (0.05 - 0.02) / ((0.067 - 0.033) / (2 * 1.96))
    expect(mark?.z).toBeCloseTo(3.459, 2)
    expect((mark?.high ?? 0) - (mark?.low ?? 0)).toBeCloseTo(3.92, 2)
  })

  it('puts what is worse than allowed below the line', () => {
    const fail = loadMark('x', rule({ rule: 'noWorseThan', threshold: 0.01, gain: -0.03, interval: { low: -0.039, high: -0.021 } }), 0.95)

    expect(fail?.z).toBeLessThan(0)
  })

  it('has no place for a rule without an interval', () => {
    const { interval: _, ...point } = rule({})

    expect(loadMark('x', point, 0.95)).toBeUndefined()
    expect(loadMark('x', rule({ interval: { low: 0.1, high: 0.1 } }), 0.95)).toBeUndefined()
  })

  it('holds the line itself, and stays readable when one rule is far away', () => {
    const { bottom, top } = loadScale([{ name: 'far', z: 40, low: 38, high: 42 }])

    expect(bottom).toBeLessThan(0)
    expect(top).toBe(10)
  })

  it.each([
    [0.975, 1.95996],
    [0.95, 1.64485],
    [0.995, 2.57583],
  ])('knows the quantile %d of the normal distribution', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 2)
  })
})
