import { PlimsollError } from './errors.ts'

/** Five fields (crontab(5)): minutes, hours, days of the month, months, days of the week, as sets. */
export interface Cron {
  minutes: ReadonlySet<number>
  hours: ReadonlySet<number>
  daysOfMonth: ReadonlySet<number>
  months: ReadonlySet<number>
  /** 0 is Sunday. */
  daysOfWeek: ReadonlySet<number>
  /** Where both kinds of days are restricted, one that fits is enough (crontab(5)). */
  isEitherDay: boolean
}

const monthNames = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const dayNames = 'sun mon tue wed thu fri sat'.split(' ')

/** Rejects with `invalid-request`, naming the field. */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/)
  if (fields.length !== 5) {
    throw new PlimsollError('invalid-request', `'${text.slice(0, 100)}' has ${fields.length} fields; a cron expression has 5.`, {
      remedy: "Write minute, hour, day of month, month, day of week: '0 9 * * 1-5'.",
    })
  }
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields
  return {
    minutes: parseField(minute, 'minute', 0, 59),
    hours: parseField(hour, 'hour', 0, 23),
    daysOfMonth: parseField(dayOfMonth, 'day of month', 1, 31),
    months: parseField(month, 'month', 1, 12, monthNames),
    daysOfWeek: new Set([...parseField(dayOfWeek, 'day of week', 0, 7, dayNames)].map((day) => day % 7)),
    isEitherDay: !/^[*?]/.test(dayOfMonth) && !/^[*?]/.test(dayOfWeek),
  }
}

export function isCronDay({ daysOfMonth, months, daysOfWeek, isEitherDay }: Cron, month: number, day: number, weekday: number): boolean {
  if (!months.has(month)) return false
  return isEitherDay ? daysOfMonth.has(day) || daysOfWeek.has(weekday) : daysOfMonth.has(day) && daysOfWeek.has(weekday)
}

function parseField(text: string, name: string, min: number, max: number, names: readonly string[] = []): Set<number> {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^(?:([*?])|([A-Za-z]{3}|\d{1,2})(?:-([A-Za-z]{3}|\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part)
    const read = (word: string): number => (/^\d/.test(word) ? Number(word) : names.indexOf(word.toLowerCase()) + (min === 0 ? 0 : 1))
    const step = Number(match?.[4] ?? 1)
    const from = match?.[1] !== undefined ? min : match?.[2] === undefined ? NaN : read(match[2])
    const to = match?.[1] !== undefined ? max : match?.[3] !== undefined ? read(match[3]) : match?.[4] === undefined ? from : max
    if (!(from >= min && to <= max && from <= to && step >= 1)) {
      throw new PlimsollError(
        'invalid-request',
        `'${part.slice(0, 40)}' is no ${name} of a cron expression (allowed: ${min} to ${max}, *, lists, ranges, steps).`,
      )
    }
    for (let value = from; value <= to; value += step) values.add(value)
  }
  return values
}
