import { describe, expect, it } from 'vitest'
import { windowAt } from './time-window.ts'

const at = (text: string): number => Date.parse(text)

describe('a window of time', () => {
  const workHours = { cron: '0 9 * * mon-thu', duration: '8h', timeZone: 'Europe/Berlin' }

  it('is open from its hour on, for as long as it says', () => {
    expect(windowAt(workHours, at('2026-11-18T08:00:00Z'))).toEqual({ isOpen: true, closesAt: at('2026-11-18T16:00:00Z') })
    expect(windowAt(workHours, at('2026-11-18T15:59:59Z')).isOpen).toBe(true)
  })

  it('says when it opens next, over the weekend and over a change of the clocks', () => {
    expect(windowAt(workHours, at('2026-11-19T16:00:00Z'))).toEqual({ isOpen: false, opensAt: at('2026-11-23T08:00:00Z') })
    expect(windowAt(workHours, at('2026-10-22T16:00:00Z'))).toEqual({ isOpen: false, opensAt: at('2026-10-26T08:00:00Z') })
    expect(windowAt(workHours, at('2026-10-21T16:00:00Z'))).toEqual({ isOpen: false, opensAt: at('2026-10-22T07:00:00Z') })
  })

  it('is found a year ahead, and not when its day never comes', () => {
    expect(windowAt({ cron: '30 4 29 2 *', duration: '1h' }, at('2027-12-01T00:00:00Z'))).toEqual({
      isOpen: false,
      opensAt: at('2028-02-29T04:30:00Z'),
    })
    expect(windowAt({ cron: '0 0 31 2 *', duration: '1h' }, at('2026-01-01T00:00:00Z'))).toEqual({ isOpen: false, opensAt: undefined })
  })

  it('takes either day where both are restricted, as crontab does', () => {
    const window = { cron: '0 0 13 * 5', duration: '1h' }

    expect(windowAt(window, at('2026-11-20T00:30:00Z')).isOpen).toBe(true)
    expect(windowAt(window, at('2026-12-13T00:30:00Z')).isOpen).toBe(true)
    expect(windowAt(window, at('2026-12-14T00:30:00Z')).isOpen).toBe(false)
  })

  it.each([
    ['0 9 * *', /has 4 fields/],
    ['61 9 * * *', /'61' is no minute/],
    ['0 9 * * fun', /'fun' is no day of week/],
    ['0 9-5 * * *', /'9-5' is no hour/],
  ])('refuses %s and says why', (cron, why) => {
    expect(() => windowAt({ cron, duration: '1h' }, 0)).toThrow(why)
  })

  it('refuses a time zone that there is none of, and a window that never closes', () => {
    expect(() => windowAt({ cron: '* * * * *', duration: '1h', timeZone: 'Mars/Base' }, 0)).toThrow(/Mars\/Base/)
    expect(() => windowAt({ cron: '* * * * *', duration: '8d' }, 0)).toThrow(/1m to 7d/)
  })
})
