import type { PromotionView } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import { promotionsCsv } from './promotions-csv.ts'

const promotion = (title: string, why: string) =>
  ({
    startedAt: '2026-11-20T12:00:00Z',
    delivery: 'fraud-detector',
    stage: 'staging',
    application: 'fraud-staging',
    kind: 'revert',
    release: { name: 'fraud-detector-2', revision: 'abc', title, author: 'mina' },
    approvedBy: [],
    by: 'jonas',
    why,
    phase: 'Finished',
  }) as unknown as PromotionView

describe('the export of promotions', () => {
  it('keeps commas, quotes and lines within their field', () => {
    const rows = promotionsCsv([promotion('One, "two"\nthree', 'drift')])

    expect(rows).toContain('"One, ""two""\nthree"')
  })

  it('is never a formula of a spreadsheet', () => {
    const rows = promotionsCsv([promotion('=HYPERLINK("http://evil")', '+1')])

    expect(rows).toContain(`"'=HYPERLINK(""http://evil"")"`)
    expect(rows).toContain(",'+1,")
  })
})
