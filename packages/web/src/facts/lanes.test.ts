import type { PromotionView } from '@plimsoll/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lanesOf } from './lanes.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const hour = 60 * 60 * 1000
const promotion = (stage: string, number: number, fromHours: number, untilHours?: number, kind: PromotionView['kind'] = 'promotion') =>
  ({
    id: `${stage} ${number} ${fromHours}`,
    stage,
    kind,
    phase: 'Verified',
    startedAt: new Date(now - fromHours * hour).toISOString(),
    ...(untilHours !== undefined && { until: new Date(now - untilHours * hour).toISOString() }),
    release: { number, title: `release ${number}` },
  }) as PromotionView

describe('the lanes', () => {
  it('show one after the other, the last one as what runs now', () => {
    const { lanes } = lanesOf([promotion('staging', 2, 5), promotion('staging', 1, 10, 5)], ['staging', 'production'], now)

    expect(lanes.map(({ stage }) => stage)).toEqual(['staging', 'production'])
    expect(lanes[0]?.blocks.map(({ label, left, width, isCurrent }) => [label, left, width, isCurrent])).toEqual([
      ['#1', 0, 50, false],
      ['#2', 50, 50, true],
    ])
    expect(lanes[0]?.now?.release.number).toBe(2)
    expect(lanes[1]?.now).toBeUndefined()
  })

  it('mark where something was taken back', () => {
    const { lanes } = lanesOf([promotion('production', 1, 4, undefined, 'revert'), promotion('production', 2, 8, 4)], ['production'], now)

    expect(lanes[0]?.events.map(({ left }) => left)).toEqual([50])
    expect(lanes[0]?.blocks.at(-1)?.isAfterEvent).toBe(true)
  })

  it('say that nothing is in a stage whose last promotion has ended', () => {
    const { lanes } = lanesOf([promotion('staging', 1, 10, 5)], ['staging'], now)

    expect(lanes[0]?.now).toBeUndefined()
    expect(lanes[0]?.blocks.map(({ isCurrent }) => isCurrent)).toEqual([false])
  })

  it('never overlap, and stay within the time that is shown', () => {
    const promotions = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 0, max: 500 })), { maxLength: 30 })
      .map((all) => all.map(([from, took], index) => promotion('staging', index, from, Math.max(0, from - took))))

    fc.assert(
      fc.property(promotions, (all) => {
        const { lanes, ticks } = lanesOf(all, ['staging'], now)
        let end = 0
        for (const { left, width } of lanes[0]?.blocks ?? []) {
          expect(left).toBeGreaterThanOrEqual(end - 1e-6)
          end = left + width
          expect(end).toBeLessThanOrEqual(100 + 1e-6)
        }
        expect(ticks.length).toBeLessThanOrEqual(10)
      }),
    )
  })
})
