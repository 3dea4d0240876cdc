import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binomialTails, upperLimit } from './binomial.ts'
import { bootstrapGain, percentileInterval } from './bootstrap.ts'
import { deLong } from './delong.ts'
import type { GainScale } from './gain.ts'
import { fewDiscordantInterval, mcNemar } from './mcnemar.ts'
import { erfc, normalReach } from './normal.ts'
import { planGroups, planStrata } from './random.ts'
import { prepareRanking } from './ranking.ts'

const pairs = fc.array(fc.record({ y: fc.nat(1), a: fc.nat(15).map((n) => n / 15), b: fc.nat(15).map((n) => n / 15) }), {
  minLength: 4,
  maxLength: 30,
})
const absolute: GainScale = { of: 'absolute', better: 'higher' }

/** P(X <= k) for a chance of numerator/denominator, in whole numbers. */
function exactAtMost(n: number, numerator: number, denominator: number, k: number): number {
  let sum = 0n
  let choose = 1n
  const [p, q] = [BigInt(numerator), BigInt(denominator - numerator)]
  for (let i = 0; i <= k; i++) {
    sum += choose * p ** BigInt(i) * q ** BigInt(n - i)
    choose = (choose * BigInt(n - i)) / BigInt(i + 1)
  }
  return Number((sum * 10n ** 18n) / BigInt(denominator) ** BigInt(n)) / 1e18
}

describe('binomial tails', () => {
  it('agree with counting in whole numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 15 }), fc.nat(80), (n, sixteenths, k) => {
        fc.pre(k <= n)

        const { atMost, atLeast } = binomialTails(n, sixteenths / 16, k)

        expect(atMost).toBeCloseTo(exactAtMost(n, sixteenths, 16, k), 12)
        expect(atLeast).toBeCloseTo(1 - (k === 0 ? 0 : exactAtMost(n, sixteenths, 16, k - 1)), 12)
      }),
    )
  })

  it('hold for a million trials, where factorials and powers do not', () => {
    const { atMost, atLeast } = binomialTails(1_000_000, 0.5, 500_000)

    // P(X = n/2) is about √(2/(πn)).
    expect(atMost + atLeast - 1).toBeCloseTo(Math.sqrt(2 / (Math.PI * 1e6)), 8)
  })

  it('give a limit that is just exceeded with the chance asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(300), (n, k) => {
        fc.pre(k < n)

        expect(binomialTails(n, upperLimit(n, k, 0.95), k).atMost).toBeCloseTo(0.025, 9)
      }),
    )
  })
})

describe("McNemar's exact test", () => {
  it('turns round when the models change places', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (betterOnly, worseOnly) => {
        const there = mcNemar({ betterOnly, worseOnly })
        const back = mcNemar({ betterOnly: worseOnly, worseOnly: betterOnly })

        expect(there).toEqual('p' in back ? { p: back.p, pBetter: back.pWorse, pWorse: back.pBetter } : undefined)
      }),
    )
  })

  it('gives the recorded chances', () => {
    expect(mcNemar({ betterOnly: 8, worseOnly: 1 })).toEqual({ p: 0.0390625, pBetter: 0.01953125, pWorse: 0.998046875 })
    expect(mcNemar({ betterOnly: 0, worseOnly: 0 })).toEqual({ p: 1, pBetter: 1, pWorse: 1 })
  })

  it.each([-1, 0.5, Number.NaN])('has no value for %d rows', (betterOnly) => {
    expect(mcNemar({ betterOnly, worseOnly: 1 })).toEqual({ undefined: 'outOfRange' })
    expect(fewDiscordantInterval(100, { betterOnly, worseOnly: 1 }, 0.95)).toEqual({ undefined: 'outOfRange' })
  })
})

describe('the normal distribution', () => {
  it.each([
    // Values of Abramowitz and Stegun, table 7.1, and of the complementary error function's expansion.
    [0, 1],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [2, 0.004677734981047266],
    [3, 2.209049699858544e-5],
    [5, 1.5374597944280349e-12],
    [-1, 1.8427007929497148],
  ])('erfc(%d)', (x, expected) => {
    expect(Math.abs(erfc(x) / expected - 1)).toBeLessThan(1e-13)
  })

  it('reaches 1.645, 1.96 and 2.576 standard errors', () => {
    expect([0.9, 0.95, 0.99].map(normalReach).map((reach) => reach.toFixed(9))).toEqual(['1.644853627', '1.959963985', '2.575829304'])
  })
})

describe('DeLong', () => {
  it('agrees with counting every pair', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const result = deLong(
          rows.map(({ y }) => y),
          rows.map(({ a }) => a),
          rows.map(({ b }) => b),
        )
        fc.pre('p' in result && result.standardError > 0)
        const positives = rows.filter(({ y }) => y === 1)
        const negatives = rows.filter(({ y }) => y === 0)
        const wins = (x: number, z: number): number => (x > z ? 1 : x === z ? 0.5 : 0)
        const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
        const variance = (values: readonly number[]): number =>
          values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1)
        const v10 = positives.map((p) => mean(negatives.map((n) => wins(p.b, n.b) - wins(p.a, n.a))))
        const v01 = negatives.map((n) => mean(positives.map((p) => wins(p.b, n.b) - wins(p.a, n.a))))

        const expected = Math.sqrt(variance(v10) / positives.length + variance(v01) / negatives.length)
        expect('p' in result && result.standardError).toBeCloseTo(expected, 12)
        expect('p' in result && result.difference).toBeCloseTo(mean(v10), 12)
      }),
    )
  })

  it('tells a difference without scatter from no difference', () => {
    const y = [1, 1, 0, 0]

    expect(deLong(y, [0.1, 0.1, 0.2, 0.2], [0.9, 0.9, 0.2, 0.2])).toEqual({ undefined: 'noSpread' })
    expect(deLong(y, [0.9, 0.8, 0.2, 0.1], [9, 8, 2, 1])).toMatchObject({ difference: 0, p: 1, low: 0, high: 0 })
  })
})

describe('the paired bootstrap', () => {
  const rankings = (rows: readonly { y: number; a: number; b: number }[]) => {
    const y = rows.map((row) => row.y)
    return {
      baseline: prepareRanking(
        y,
        rows.map(({ a }) => a),
      ).averagePrecision,
      candidate: prepareRanking(
        y,
        rows.map(({ b }) => b),
      ).averagePrecision,
      plan: planStrata(rows.length, y),
    }
  }

  it('gives the same interval each time, and another one for another seed', () => {
    const rows = Array.from({ length: 200 }, (_, row) => ({ y: Number(row % 3 === 0), a: (row * 7) % 11, b: (row * 5) % 13 }))
    const { baseline, candidate, plan } = rankings(rows)
    const terms = { plan, replicates: 200, confidence: 0.95 }

    const once = bootstrapGain(baseline, candidate, absolute, { ...terms, seed: 'a' })

    expect(bootstrapGain(baseline, candidate, absolute, { ...terms, seed: 'a' })).toEqual(once)
    expect(bootstrapGain(baseline, candidate, absolute, { ...terms, seed: 'b' }).interval).not.toEqual(once.interval)
  })

  it('mirrors the interval when the models change places', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const { baseline, candidate, plan } = rankings(rows)
        const terms = { plan, seed: 's', replicates: 50, confidence: 0.9 }

        const there = bootstrapGain(baseline, candidate, absolute, terms).interval
        const back = bootstrapGain(candidate, baseline, absolute, terms).interval

        if ('undefined' in there || 'undefined' in back) expect(back).toEqual(there)
        else {
          expect(back.low).toBeCloseTo(-there.high, 12)
          expect(back.high).toBeCloseTo(-there.low, 12)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('sees no difference between a model and itself, in groups as well', () => {
    const rows = Array.from({ length: 60 }, (_, row) => ({ y: row % 2, a: row, b: row }))
    const { baseline, candidate } = rankings(rows)
    const plan = planGroups(rows.map((_, row) => `user ${row % 7}`))

    const { gain, interval } = bootstrapGain(baseline, candidate, absolute, { plan, seed: 's', replicates: 100, confidence: 0.95 })

    expect({ gain, interval }).toEqual({ gain: 0, interval: { low: 0, high: 0 } })
  })

  it('leaves undefined replicates out up to 1 % of them, and gives no interval above', () => {
    const values = (count: number) => Array.from({ length: 200 }, (_, index) => (index < count ? { undefined: 'singleClass' } : 1))

    expect(percentileInterval(values(2), 0.95)).toEqual({ low: 1, high: 1 })
    expect(percentileInterval(values(3), 0.95)).toEqual({ undefined: 'unstable' })
    expect(percentileInterval([], 0.95)).toEqual({ undefined: 'unstable' })
  })
})
