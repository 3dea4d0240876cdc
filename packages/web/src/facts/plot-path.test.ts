import { describe, expect, it } from 'vitest'
import { dotPath, linePath, stepPath, ticks, whiskerPath } from './plot-path.ts'

const unit = { x: [0, 1], y: [0, 1] } as const

describe('a curve', () => {
  it('goes from point to point, upwards', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 0.5, y: 0.75 },
      { x: 1, y: 1 },
    ]

    expect(linePath(points, unit)).toBe('M0 1000L500 250L1000 0')
    expect(dotPath(points.slice(1, 2), unit)).toBe('M500 250h0')
  })

  it('leaves out points that are none', () => {
    expect(
      linePath(
        [
          { x: 0, y: Number.NaN },
          { x: 1, y: 1 },
        ],
        unit,
      ),
    ).toBe('M1000 0')
  })

  it('has whiskers that are wider where fewer rows were counted', () => {
    const height = (n: number) => {
      const [, from, to] = /M\S+ (\S+)V(\S+)/.exec(whiskerPath([{ x: 0.5, y: 0.5, n }], unit)) ?? []
      return Number(from) - Number(to)
    }

    expect(height(10)).toBeGreaterThan(height(1_000))
    expect(whiskerPath([{ x: 0.5, y: 0.5, n: 0 }], unit)).toBe('')
  })
})

describe('a distribution', () => {
  it('is drawn in steps of equal width', () => {
    expect(stepPath([0.5, 1], 1, false)).toBe('M0 500H500V0H1000')
    expect(stepPath([0.5, 1], 1, true)).toBe('M0 500H500V0H1000V1000H0Z')
    expect(stepPath([], 1, true)).toBe('')
    expect(stepPath([0], 0, false)).toBe('M0 1000H1000')
  })
})

describe('the values of an axis', () => {
  it.each([
    [
      [0, 1],
      [0, 0.25, 0.5, 0.75, 1],
    ],
    [
      [0, 0.147],
      [0, 0.05, 0.1],
    ],
    [
      [-3, 9],
      [0, 5],
    ],
    [[5, 5], [5]],
  ] as const)('of %j are round', (range, values) => {
    expect(ticks(range)).toEqual([...values])
  })
})
