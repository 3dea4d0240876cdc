import type { Words } from './en.ts'

export type LanguageCode = 'en' | 'ko'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

export interface Format {
  /** 14:21 */
  time(at: Date): string
  /** 14:31:07 */
  timeOfDay(at: Date): string
  /** Today 14:21, 17 Nov 10:12, 3 Nov 2025 */
  moment(at: Date, now?: Date): string
  /** Inside a sentence: 14:21 of today, else 17 Nov 10:12. */
  inSentence(at: Date, now?: Date): string
  /** In full, for a title. */
  full(at: Date): string
  /** 41 s, 11 min, 3 h, 2 d. Never negative. */
  duration(ms: number): string
  /** As `duration`, finer: 120 ms, 3.4 s. */
  took(ms: number): string
  number(value: number): string
  bytes(value: number): string
}

export function createFormat(language: LanguageCode, words: () => Words): Format {
  const locale = language === 'en' ? englishLocale() : 'ko-KR'
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const timeOfDay = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
  const dayAndMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const withYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' })
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' })
  const number = new Intl.NumberFormat(locale)

  function duration(ms: number): string {
    const { unit } = words()
    if (ms < second) return unit.seconds(0)
    if (ms < minute) return unit.seconds(Math.floor(ms / second))
    if (ms < hour) return unit.minutes(Math.floor(ms / minute))
    if (ms < 36 * hour) return unit.hours(Math.floor(ms / hour))
    return unit.days(Math.floor(ms / day))
  }

  function moment(at: Date, now: Date): string {
    if (at.toDateString() === now.toDateString()) return words().todayAt(time.format(at))
    if (at.getFullYear() === now.getFullYear()) return `${dayAndMonth.format(at)} ${time.format(at)}`
    return withYear.format(at)
  }

  return {
    time: (at) => time.format(at),
    timeOfDay: (at) => timeOfDay.format(at),
    moment: (at, now) => moment(at, now ?? new Date()),
    inSentence: (at, now = new Date()) => (at.toDateString() === now.toDateString() ? time.format(at) : moment(at, now)),
    full: (at) => full.format(at),
    duration,
    took: (ms) =>
      ms >= 0 && ms < second
        ? words().unit.milliseconds(Math.round(ms))
        : ms >= 0 && ms < 9_950
          ? words().unit.seconds(Number((ms / second).toFixed(1)))
          : duration(ms),
    number: (value) => number.format(value),
    bytes(value) {
      if (value < 1024) return `${number.format(value)} B`
      if (value < 1024 * 1024) return `${number.format(Math.round(value / 102.4) / 10)} KiB`
      return `${number.format(Math.round(value / 1024 / 102.4) / 10)} MiB`
    },
  }
}

/** A reader's own flavour of English (en-GB, en-US, en-KR) decides how dates are written; otherwise day before month. */
function englishLocale(): string {
  const own = typeof navigator === 'undefined' ? undefined : navigator.languages.find((one) => one.startsWith('en'))
  return own && own !== 'en' ? own : 'en-GB'
}
