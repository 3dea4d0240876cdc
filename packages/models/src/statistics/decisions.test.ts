import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPsiAlarm, jensenShannon, kolmogorovSmirnov, psi, wasserstein } from './distance.ts'
import { gainOf, isUnreachable, reachLimit } from './gain.ts'
import { reaches } from './metric-value.ts'
import { adjustLogE, benjaminiHochberg, holm, lnMeanE } from './multiplicity.ts'
import { judgeReading } from './reading.ts'
import { combineVerdicts, judgeGuard, judgeImprove, judgePoint, judgeSlices, rowsNeeded } from './rule.ts'

const chances = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 15 })
const finite = fc.double({ min: -2, max: 2, noNaN: true })

describe('many tests at once', () => {
  it('Holm keeps the order, never goes under the p-value and never over 1, and is at least as strict as Benjamini-Hochberg', () => {
    fc.assert(
      fc.property(chances, (p) => {
        const strict = holm(p)
        const loose = benjaminiHochberg(p)
        if (!Array.isArray(strict) || !Array.isArray(loose)) throw new Error('chances were refused')

        p.forEach((own, index) => {
          expect(strict[index]).toBeGreaterThanOrEqual(own)
          expect(strict[index]).toBeLessThanOrEqual(1)
          expect(strict[index]! + 1e-12).toBeGreaterThanOrEqual(loose[index]!)
          p.forEach((other, at) => {
            if (own <= other) expect(strict[index]).toBeLessThanOrEqual(strict[at]!)
          })
        })
      }),
    )
  })

  it('refuses what is no chance', () => {
    expect(holm([0.1, Number.NaN])).toEqual({ undefined: 'notFinite' })
    expect(benjaminiHochberg([1.5])).toEqual({ undefined: 'outOfRange' })
  })

  it('adjusts e-values to the least mean over all sets that contain each, by trying them all', () => {
    const few = fc.array(fc.double({ min: -4, max: 6, noNaN: true }), { minLength: 1, maxLength: 7 })
    fc.assert(
      fc.property(few, (logE) => {
        const adjusted = adjustLogE(logE)
        if (!Array.isArray(adjusted)) throw new Error('e-values were refused')

        logE.forEach((_, index) => {
          let least = Infinity
          for (let set = 0; set < 2 ** logE.length; set++) {
            if ((set >> index) % 2 === 0) continue
            least = Math.min(least, lnMeanE(logE.filter((__, at) => (set >> at) % 2 === 1)) as number)
          }
          expect(adjusted[index]).toBeCloseTo(least, 9)
        })
      }),
    )
  })

  it('takes the mean of e-values of any size', () => {
    expect(lnMeanE([1000, 1000])).toBeCloseTo(1000)
    expect(lnMeanE([-Infinity, -Infinity])).toBe(-Infinity)
    expect(lnMeanE([0, 5], [1, 0])).toBe(0)
    expect(lnMeanE([])).toEqual({ undefined: 'empty' })
  })
})

describe('a gain', () => {
  it('is positive exactly when the candidate is better', () => {
    const scale = fc.record({ of: fc.constantFrom('absolute', 'relative', 'error'), better: fc.constantFrom('higher', 'lower') } as const)
    fc.assert(
      fc.property(finite, finite, scale, (baseline, candidate, { of, better }) => {
        const gain = gainOf(baseline, candidate, { of, better })
        fc.pre(typeof gain === 'number' && gain !== 0)

        expect(Number(gain) > 0).toBe(better === 'higher' ? candidate > baseline : candidate < baseline)
      }),
    )
  })

  it('of the remaining error does not exist when nothing remains, not even a rounding error', () => {
    expect(gainOf(0.9999999999999999, 0.9, { of: 'error', better: 'higher' })).toEqual({ undefined: 'baselinePerfect' })
    expect(gainOf(1e-15, 0, { of: 'error', better: 'lower' })).toBe(1)
  })

  it('says from which baseline on 10 % relative is out of reach', () => {
    const scale = { of: 'relative', better: 'higher', optimum: 1 } as const

    expect(reachLimit(0.1, scale)).toBeCloseTo(0.909, 3)
    expect(isUnreachable(0.92, 0.1, scale)).toBe(true)
    expect(isUnreachable(0.9, 0.1, scale)).toBe(false)
  })

  it('counts 0.95 - 0.9 as 0.05', () => {
    expect(0.95 - 0.9 >= 0.05).toBe(false)
    expect(reaches(0.95 - 0.9, 0.05)).toBe(true)
  })
})

describe('rules', () => {
  const bounds = fc.tuple(finite, finite, finite).map((ends) => {
    const [low = 0, gain = 0, high = 0] = ends.toSorted((a, b) => a - b)
    return { low, gain, high }
  })

  it('never passes something that it fails when more is asked, and the reverse', () => {
    const order = { fail: 0, inconclusive: 1, pass: 2 }
    fc.assert(
      fc.property(
        bounds,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ({ low, gain, high }, by, more) => {
          const [easy, hard] = [judgeImprove(gain, { low, high }, by, 'interval'), judgeImprove(gain, { low, high }, by + more, 'interval')]

          expect(order[hard]).toBeLessThanOrEqual(order[easy])
          expect(order[judgeGuard({ low, high }, by)]).toBeLessThanOrEqual(order[judgeGuard({ low, high }, by + more)])
        },
      ),
    )
  })

  it.each([Number.NaN, Infinity, -Infinity])('neither pass nor fail on %d', (odd) => {
    expect(judgeImprove(odd, { low: odd, high: odd }, 0.1, 'interval')).toBe('inconclusive')
    expect(judgeImprove(1, { low: 1, high: 2 }, odd, 'direction')).toBe('inconclusive')
    expect(judgeGuard({ low: odd, high: 1 }, 0.1)).toBe('inconclusive')
    expect(judgePoint(odd, 'improve', 0.1, 'optional')).toBe('inconclusive')
  })

  it('combine to a fail if there is one, and to a pass only if all pass and there is one', () => {
    const verdicts = fc.array(fc.constantFrom('pass', 'fail', 'inconclusive'))
    fc.assert(
      fc.property(verdicts, (all) => {
        const combined = combineVerdicts(all)

        expect(combined === 'fail').toBe(all.includes('fail'))
        expect(combined === 'pass').toBe(all.length > 0 && all.every((one) => one === 'pass'))
      }),
    )
  })

  it('says how many rows would settle them', () => {
    expect(rowsNeeded(500, 0.22, { low: 0.03, high: 0.39 }, 0.1)).toBe(1125)
    expect(rowsNeeded(500, 0.1, { low: 0, high: 0.2 }, 0.1)).toBeUndefined()
  })

  it('name no slice that is too small, and none are inconclusive', () => {
    expect(judgeSlices([{ name: 'KR', n: 49, p: 0.0001 }])).toMatchObject({ verdict: 'inconclusive', notJudged: ['KR'] })
    expect(
      judgeSlices([
        { name: 'KR', n: 49, p: 0.0001 },
        { name: 'US', n: 50, p: Number.NaN },
      ]).judged,
    ).toBe(0)
    expect(judgeSlices([])).toMatchObject({ verdict: 'inconclusive', judged: 0 })
  })
})

describe('a reading', () => {
  it('is used only if it is a finite number', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const isUsable = judgeReading({ value }) === 'ok'

        expect(isUsable).toBe(typeof value === 'number' && Number.isFinite(value))
      }),
    )
  })

  it('gives the first reason that applies', () => {
    const now = 1_000_000

    expect(judgeReading({ error: 'refused', value: 1 })).toBe('providerError')
    expect(judgeReading(null)).toBe('missing')
    expect(judgeReading({ value: 'NaN' })).toBe('notFinite')
    expect(judgeReading({ value: [0.9] })).toBe('wrongType')
    expect(judgeReading({ value: 1, dataDigest: 'b' }, { dataDigest: 'a', minN: 10 })).toBe('otherData')
    expect(judgeReading({ value: 1 }, { now, maxAgeMs: 5 })).toBe('stale')
    expect(judgeReading({ value: 1, at: now + 30_000 }, { now, maxAgeMs: 5 })).toBe('ok')
    expect(judgeReading({ value: 1, at: now + 30_001 }, { now, maxAgeMs: 5 })).toBe('stale')
    expect(judgeReading({ value: 1, n: '500' }, { minN: 100 })).toBe('tooFew')
  })
})

describe('distances', () => {
  const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 30 })

  it('are 0 between equal samples, in any order, and the same both ways where they should be', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect([kolmogorovSmirnov(a, a.toReversed()), wasserstein(a, a.toReversed()), psi(a, a), jensenShannon(a, a)]).toEqual([0, 0, 0, 0])
        expect(kolmogorovSmirnov(a, b)).toBeCloseTo(Number(kolmogorovSmirnov(b, a)), 12)
        expect(wasserstein(a, b)).toBeCloseTo(Number(wasserstein(b, a)), 10)
      }),
    )
  })

  it('KS is the largest difference of the shares at or below any value', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const share = (all: readonly number[], x: number): number => all.filter((one) => one <= x).length / all.length
        const largest = Math.max(...[...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x))))

        expect(kolmogorovSmirnov(a, b)).toBeCloseTo(largest, 12)
      }),
    )
  })

  it('Wasserstein measures a shift as what it is', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: -9, max: 9 }), (a, shift) => {
        expect(
          wasserstein(
            a,
            a.map((one) => one + shift),
          ),
        ).toBeCloseTo(Math.abs(shift), 10)
      }),
    )
  })

  it('stay within 0 and 1 where they are shares, and PSI alarms only above its noise', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const js = Number(jensenShannon(a, b))

        expect(js >= 0 && js <= 1 + 1e-12).toBe(true)
        expect(psi(a, b)).toBeGreaterThanOrEqual(0)
      }),
    )
    expect(isPsiAlarm(0.3, 0.4)).toBe(false)
    expect(isPsiAlarm(0.3, 0.1)).toBe(true)
    expect(isPsiAlarm({ undefined: 'empty' }, 0.1)).toBe(false)
  })
})
