import { JqError } from '../error.ts'
import { checkedText } from '../machine.ts'
import { type JqValue, preview } from '../value.ts'
import type { Native } from './native-functions.ts'
import { months, spelledOut, weekdays } from './time-names.ts'
import { parseTime } from './time-parser.ts'

/**
 * Times as jq breaks them down: `[year, month from 0, day, hour, minute, seconds, weekday, day of the year from 0]`. Always in UTC: what is a
 * difference must not depend on where a server stands.
 */
export const timeFunctions: Record<string, Native> = {
  'now/0': () => Date.now() / 1000,
  'gmtime/0': (input) => brokenDown(secondsOf('gmtime', input)),
  'localtime/0': (input) => brokenDown(secondsOf('localtime', input)),
  'mktime/0': (input) => instantOf('mktime', input) / 1000,
  'strftime/1': (input, format) => formatTime(instantOf('strftime', input), formatOf('strftime', format)),
  'strflocaltime/1': (input, format) => formatTime(instantOf('strflocaltime', input), formatOf('strflocaltime', format)),
  'strptime/1': (input, format) => {
    if (typeof input !== 'string') throw new JqError(`strptime cannot be applied to: ${preview(input)}`)
    const instant = parseTime(input, formatOf('strptime', format))
    if (instant === undefined) throw new JqError(`${preview(input)} is not a time of the form ${preview(format as JqValue)}`)
    return brokenDown(instant / 1000)
  },
}

function secondsOf(what: string, value: JqValue): number {
  if (typeof value !== 'number') throw new JqError(`${what} cannot be applied to: ${preview(value)}`)
  return value
}

function formatOf(what: string, format: JqValue | undefined): string {
  if (typeof format !== 'string') throw new JqError(`${what} needs a text for its format but got: ${preview(format ?? null)}`)
  return format
}

function dateOf(instant: number): Date {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) throw new JqError('the time is out of range')
  return date
}

function brokenDown(seconds: number): JqValue[] {
  const date = dateOf(Math.floor(seconds * 1000))
  return [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds() + Math.floor((seconds - Math.floor(seconds)) * 1e9) / 1e9,
    date.getUTCDay(),
    dayOfYear(date) - 1,
  ]
}

/** Milliseconds, of seconds or of a time that is broken down. */
function instantOf(what: string, value: JqValue): number {
  if (typeof value === 'number' && what !== 'mktime') return value * 1000
  if (!Array.isArray(value) || value.some((part) => typeof part !== 'number'))
    throw new JqError(`${what} needs a time that is broken down into numbers but got: ${preview(value)}`)
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = value as number[]
  const date = new Date(0)
  date.setUTCFullYear(Math.trunc(year), Math.trunc(month), Math.trunc(day))
  date.setUTCHours(Math.trunc(hour), Math.trunc(minute), Math.trunc(second), 0)
  return dateOf(date.getTime() + (second - Math.trunc(second)) * 1000).getTime()
}

function dayOfYear(date: Date): number {
  const first = new Date(date)
  first.setUTCMonth(0, 1)
  return Math.round((date.getTime() - first.getTime()) / 86_400_000) + 1
}

/** ISO 8601: a week belongs to the year of its Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(date)
  thursday.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7))
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) }
}

function formatTime(instant: number, format: string): string {
  const date = dateOf(instant)
  return checkedText(
    spelledOut(format).replaceAll(
      /%([-_^0]?)([a-zA-Z%])/g,
      (whole, flag: string, directive: string) => field(date, directive, flag) ?? whole,
    ),
  )
}

function field(date: Date, directive: string, flag: string): string | undefined {
  const numeric = numericField(date, directive)
  if (numeric) {
    const [value, width, filler] = numeric
    if (flag === '-') return String(value)
    return String(value).padStart(width, flag === '_' ? ' ' : flag === '0' ? '0' : filler)
  }
  const text = textField(date, directive)
  return flag === '^' ? text?.toUpperCase() : text
}

function numericField(date: Date, directive: string): [value: number, width: number, filler: string] | undefined {
  const year = date.getUTCFullYear()
  const hour = date.getUTCHours()
  switch (directive) {
    case 'Y':
      return [year, 4, '0']
    case 'y':
      return [year % 100, 2, '0']
    case 'C':
      return [Math.floor(year / 100), 2, '0']
    case 'G':
      return [isoWeek(date).year, 4, '0']
    case 'g':
      return [isoWeek(date).year % 100, 2, '0']
    case 'V':
      return [isoWeek(date).week, 2, '0']
    case 'm':
      return [date.getUTCMonth() + 1, 2, '0']
    case 'd':
      return [date.getUTCDate(), 2, '0']
    case 'e':
      return [date.getUTCDate(), 2, ' ']
    case 'j':
      return [dayOfYear(date), 3, '0']
    case 'U':
      return [Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7), 2, '0']
    case 'W':
      return [Math.floor((dayOfYear(date) + 6 - ((date.getUTCDay() + 6) % 7)) / 7), 2, '0']
    case 'u':
      return [date.getUTCDay() || 7, 1, '0']
    case 'w':
      return [date.getUTCDay(), 1, '0']
    case 'H':
      return [hour, 2, '0']
    case 'k':
      return [hour, 2, ' ']
    case 'I':
      return [hour % 12 || 12, 2, '0']
    case 'l':
      return [hour % 12 || 12, 2, ' ']
    case 'M':
      return [date.getUTCMinutes(), 2, '0']
    case 'S':
      return [date.getUTCSeconds(), 2, '0']
    case 's':
      return [Math.floor(date.getTime() / 1000), 1, '0']
    default:
      return undefined
  }
}

function textField(date: Date, directive: string): string | undefined {
  switch (directive) {
    case 'B':
      return months[date.getUTCMonth()]
    case 'b':
    case 'h':
      return months[date.getUTCMonth()]?.slice(0, 3)
    case 'A':
      return weekdays[date.getUTCDay()]
    case 'a':
      return weekdays[date.getUTCDay()]?.slice(0, 3)
    case 'p':
      return date.getUTCHours() < 12 ? 'AM' : 'PM'
    case 'P':
      return date.getUTCHours() < 12 ? 'am' : 'pm'
    case 'f':
      return `${String(date.getUTCMilliseconds()).padStart(3, '0')}000`
    case 'Z':
      return 'UTC'
    case 'z':
      return '+0000'
    case 't':
      return '\t'
    case 'n':
      return '\n'
    case '%':
      return '%'
    default:
      return undefined
  }
}
