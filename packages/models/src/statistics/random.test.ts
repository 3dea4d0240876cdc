import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareLabels } from './label.ts'
import { drawReplicate, planGroups, planStrata, randomFrom, randomSeededBy, type DrawingPlan } from './random.ts'

const rowsOf = (plan: DrawingPlan, seed: string, replicate: number): number[] => {
  const rows: number[] = []
  drawReplicate(plan, seed, replicate, (row) => rows.push(row))
  return rows
}

describe('random numbers that everybody agrees on', () => {
  it('gives the recorded numbers for a seed', () => {
    const random = randomSeededBy('42')

    const first = [random.next(), random.next(), random.next(), random.next()]

    expect(randomSeededBy('42').state()).toEqual([3025946483, 2374915594, 3460669608, 2115178705])
    expect(first).toEqual([42984553, 3575702074, 4184980961, 216700022])
  })

  it('seeds by the UTF-8 bytes of a text', () => {
    expect(randomSeededBy('데이터').state()).toEqual([2394825193, 3045576041, 2365573144, 4163709312])
  })

  it('agrees with xoshiro128** in whole numbers without a limit', () => {
    const word = fc.nat({ max: 0xffffffff })
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (state) => {
        const random = randomFrom(state)
        let [a, b, c, d] = state.map(BigInt) as [bigint, bigint, bigint, bigint]
        if ((a | b | c | d) === 0n) a = 1n
        const mask = 0xffffffffn
        const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask
        for (let i = 0; i < 20; i++) {
          const expected = (rotate((b * 5n) & mask, 7n) * 9n) & mask
          const t = (b << 9n) & mask
          c ^= a
          d ^= b
          b ^= c
          a ^= d
          c ^= t
          d = rotate(d, 11n)

          expect(BigInt(random.next())).toBe(expected)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('draws whole numbers below n, exactly the remainder of the number drawn', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.string(), (n, seed) => {
        const value = randomSeededBy(seed).below(n)

        expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true)
        const source = randomSeededBy(seed)
        let drawn = source.next()
        while (drawn >= 2 ** 32 - (2 ** 32 % n)) drawn = source.next()
        expect(value).toBe(drawn % n)
      }),
    )
  })

  it.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('refuses to draw below %d', (n) => {
    expect(() => randomSeededBy('x').below(n)).toThrow(RangeError)
  })
})

describe('the rows of a replicate', () => {
  it('draws as many rows of each class as it has', () => {
    const labels = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(labels, fc.nat(1000), (strata, replicate) => {
        const rows = rowsOf(planStrata(strata.length, strata), 's', replicate)

        const classes = rows.map((row) => String(strata[row]))
        expect(classes.toSorted(compareLabels)).toEqual(strata.toSorted(compareLabels))
      }),
    )
  })

  it('takes classes ascending: 9 before 10, and text by code point', () => {
    expect(rowsOf(planStrata(6, [10, 9, 10, 9, 9, 10]), '42', 0)).toEqual([4, 1, 1, 2, 0, 2])
    expect(rowsOf(planStrata(4, ['ﬁ', '😀', 'ﬁ', '😀']), '42', 0)).toEqual([2, 2, 3, 1])
  })

  it('draws whole groups, as many as there are', () => {
    expect(rowsOf(planGroups(['u2', 'u1', 'u2', 'u3', 'u1', 'u1']), '42', 0)).toEqual([3, 1, 4, 5, 1, 4, 5])
  })

  it('draws the same rows for the same seed and number, whatever was drawn before', () => {
    const plan = planStrata(30)

    const once = rowsOf(plan, 'seed', 7)
    rowsOf(plan, 'other', 8)

    expect(rowsOf(plan, 'seed', 7)).toEqual(once)
    expect(rowsOf(plan, 'seed', 8)).not.toEqual(once)
  })
})
