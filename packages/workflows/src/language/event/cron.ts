import { PlimsollError } from '@plimsoll/api'

export interface Cron {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
  /** POSIX: when both are restricted, one of them is enough. */
  readonly isEitherDay: boolean
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const fields = [
  { name: 'minute', least: 0, most: 59, names: [] as string[] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of the month', least: 1, most: 31, names: [] },
  { name: 'month', least: 1, most: 12, names: months },
  { name: 'day of the week', least: 0, most: 6, names: weekdays },
]
const day = 24 * 60 * 60 * 1000
/** 29 February is at most eight years away. */
const farthestDays = 8 * 366 + 1
/** Nobody shows more, and each one costs. */
const mostTimes = 1000

/** GitHub's schedules: five fields of POSIX cron, with names of months and days, lists, ranges and steps; no `@daily` and no seconds. */
export function parseCron(text: string): Cron | { problem: string } {
  const parts = text.trim().split(/\s+/)
  if (text.trim().startsWith('@')) return { problem: `'${text.trim()}' is not supported: write the five fields, such as '0 0 * * *'` }
  if (parts.length !== 5)
    return { problem: `'${text}' has ${parts.length} fields, not 5 (minute, hour, day of the month, month, day of the week)` }
  const sets: Set<number>[] = []
  for (const [position, field] of fields.entries()) {
    const set = parseField(parts[position] ?? '', field)
    if ('problem' in set) return set
    sets.push(set)
  }
  const [minutes, hours, days, monthSet, weekdaySet] = sets as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>]
  const isRestricted = (position: number): boolean => !parts[position]?.startsWith('*')
  return { minutes, hours, days, months: monthSet, weekdays: weekdaySet, isEitherDay: isRestricted(2) && isRestricted(4) }
}

/** The shortest time between two starts, in minutes, as far as the minutes tell. */
export function shortestInterval(cron: Cron): number {
  const minutes = [...cron.minutes].toSorted((a, b) => a - b)
  if (minutes.length < 2) return 60
  return Math.min(...minutes.map((minute, at) => ((minutes[(at + 1) % minutes.length] ?? 0) - minute + 60) % 60 || 60))
}

/**
 * The first `count` times after `after`. In a time zone, a time that its clocks leave out in spring is moved by what they skip.
 * Throws a PlimsollError `invalid-request`.
 */
export function nextTimes(text: string, after: Date, count = 1, timezone = 'UTC'): Date[] {
  const cron = parseCron(text)
  if ('problem' in cron) throw new PlimsollError('invalid-request', `Schedule ${cron.problem}.`)
  if (!isTimezone(timezone)) throw new PlimsollError('invalid-request', `There is no time zone '${timezone}'.`)
  const wanted = Math.min(count, mostTimes)
  const times: Date[] = []
  const hours = [...cron.hours].toSorted((a, b) => a - b)
  const minutes = [...cron.minutes].toSorted((a, b) => a - b)
  const first = Math.floor((after.getTime() + offsetAt(after.getTime(), timezone)) / day) * day
  for (let ahead = 0, found = 0; ahead <= farthestDays + found && times.length < wanted; ahead++) {
    const date = first + ahead * day
    if (!isOn(cron, new Date(date))) continue
    for (const hour of hours) {
      for (const minute of minutes) {
        const time = fromWall(date + (hour * 60 + minute) * 60_000, timezone)
        if (time > after.getTime() && times.length < wanted && time > (times.at(-1)?.getTime() ?? 0)) {
          times.push(new Date(time))
          found = ahead
        }
      }
    }
  }
  return times
}

export function isTimezone(name: string): boolean {
  try {
    formatter(name)
    return true
  } catch {
    return false
  }
}

function isOn(cron: Cron, date: Date): boolean {
  if (!cron.months.has(date.getUTCMonth() + 1)) return false
  const isDay = cron.days.has(date.getUTCDate())
  const isWeekday = cron.weekdays.has(date.getUTCDay())
  return cron.isEitherDay ? isDay || isWeekday : isDay && isWeekday
}

function fromWall(wall: number, timezone: string): number {
  if (timezone === 'UTC') return wall
  const guess = wall - offsetAt(wall, timezone)
  return wall - offsetAt(guess, timezone)
}

/** What the clocks of a zone are ahead of UTC, in milliseconds. */
function offsetAt(time: number, timezone: string): number {
  if (timezone === 'UTC') return 0
  const parts = formatter(timezone).formatToParts(new Date(time))
  const number = (type: string): number => Number(parts.find((part) => part.type === type)?.value)
  const wall = Date.UTC(number('year'), number('month') - 1, number('day'), number('hour') % 24, number('minute'), number('second'))
  return wall - Math.floor(time / 1000) * 1000
}

const formatters = new Map<string, Intl.DateTimeFormat>()
function formatter(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formatters.set(timezone, made)
  return made
}

function parseField(text: string, field: (typeof fields)[number]): Set<number> | { problem: string } {
  const all = new Set<number>()
  const wrong = (part: string): { problem: string } => ({
    problem: `'${part}' is no ${field.name}: it is a number from ${field.least} to ${field.most}${field.names.length > 0 ? `, ${field.names[0]} to ${field.names.at(-1)}` : ''}, *, a range a-b or a step a-b/n or */n`,
  })
  for (const part of text.split(',')) {
    const found = /^(\*|[0-9]+|[A-Za-z]+)(?:-([0-9]+|[A-Za-z]+))?(?:\/([0-9]+))?$/.exec(part)
    if (!found || (found[1] === '*' && found[2])) return wrong(part)
    const least = found[1] === '*' ? field.least : valueOf(found[1] ?? '', field)
    const step = found[3] === undefined ? 1 : Number(found[3])
    // `5/15` counts on from 5 to the end, as `5-59/15`.
    const isOpen = found[1] === '*' || (found[3] !== undefined && found[2] === undefined)
    const most = isOpen ? field.most : found[2] === undefined ? least : valueOf(found[2], field)
    if (least === undefined || most === undefined || least > most || step < 1) return wrong(part)
    for (let value = least; value <= most; value += step) all.add(value)
  }
  return all
}

function valueOf(text: string, field: (typeof fields)[number]): number | undefined {
  const named = field.names.indexOf(text.toUpperCase())
  if (named >= 0) return named + field.least
  const value = /^[0-9]{1,2}$/.test(text) ? Number(text) : Number.NaN
  return value >= field.least && value <= field.most ? value : undefined
}
