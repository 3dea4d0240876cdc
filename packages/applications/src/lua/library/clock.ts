import type { Machine } from '../machine.ts'
import type { LuaTable } from '../table.ts'
import { type LuaValue, textOf } from '../value.ts'
import { type Arguments, install } from './arguments.ts'

/**
 * `os`, as far as it is about time. `require("os")` finds `date` and `time` (argo-cd `util/lua/oslib_safe.go`); with the open libraries there is the
 * global `os` too, with what else reads no more than a clock.
 */
export function openClock(machine: Machine, now: () => number, isWhole: boolean): LuaTable {
  const table = install(machine, machine.table(), {
    date: (args) => [dateOf(machine, args, now)],
    time: (args) => {
      if (args.count === 0) return [Math.floor(now() / 1000)]
      const given = args.table(1)
      const field = (name: string, otherwise: number): number => {
        const value = given.get(name)
        return typeof value === 'number' ? Math.trunc(value) : otherwise
      }
      const date = new Date(0)
      date.setFullYear(field('year', -1), field('month', -1) - 1, field('day', -1))
      date.setHours(field('hour', 12), field('min', 0), field('sec', 0), 0)
      return [Math.floor(date.getTime() / 1000)]
    },
  })
  if (!isWhole) return table
  return install(machine, table, {
    clock: () => [machine.steps / 1e7],
    difftime: (args) => [args.number(1) - args.number(2)],
    // A script has no environment.
    getenv: () => [undefined],
  })
}

/** Weekday and month come in English, and `%a` as the odd text that gopher-lua gives. */
function dateOf(machine: Machine, args: Arguments, now: () => number): LuaValue {
  const given = args.text(1, '%c')
  const isUtc = given.startsWith('!')
  const format = given.replace(/^!+/, '')
  const at = new Date(args.count >= 2 ? args.integer(2) * 1000 : now())
  const parts = partsOf(at, isUtc)
  if (!format.startsWith('*t'))
    return machine.text(format.replace(/%(.)/g, (all, flag: string) => (flag === '%' ? '%' : (flagText(flag, parts) ?? all))))
  const table = machine.table()
  const { year, month, day, hour, minute, second, weekday } = parts
  for (const [name, value] of Object.entries({
    year,
    month,
    day,
    hour,
    min: minute,
    sec: second,
    wday: weekday + 1,
    yday: 0,
    isdst: false,
  }))
    machine.set(table, name, value)
  return table
}

interface DateParts {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  weekday: number
  offsetMinutes: number
  zone: string
}

function partsOf(date: Date, isUtc: boolean): DateParts {
  const offsetMinutes = isUtc ? 0 : -date.getTimezoneOffset()
  const shifted = new Date(date.getTime() + offsetMinutes * 60_000)
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    weekday: shifted.getUTCDay(),
    offsetMinutes,
    zone: offsetMinutes === 0 ? 'UTC' : offsetText(offsetMinutes),
  }
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = 'January February March April May June July August September October November December'.split(' ')

function flagText(flag: string, parts: DateParts): string | undefined {
  const { year, month, day, hour, minute, second, weekday, offsetMinutes, zone } = parts
  const monthName = months[month - 1] ?? ''
  switch (flag) {
    case 'a':
      return 'mon'
    case 'A':
      return weekdays[weekday]
    case 'b':
      return monthName.slice(0, 3)
    case 'B':
      return monthName
    case 'c':
      return `${two(day)} ${monthName.slice(0, 3)} ${two(year % 100)} ${two(hour)}:${two(minute)} ${zone}`
    case 'd':
      return two(day)
    case 'F':
      return `${textOf(year).padStart(4, '0')}-${two(month)}-${two(day)}`
    case 'H':
      return two(hour)
    case 'I':
      return two(hour % 12 || 12)
    case 'm':
      return two(month)
    case 'M':
      return two(minute)
    case 'p':
      return hour < 12 ? 'AM' : 'PM'
    case 'P':
      return hour < 12 ? 'am' : 'pm'
    case 'S':
      return two(second)
    case 'w':
      return textOf(weekday)
    case 'x':
      return `${two(hour)}/${two(minute)}/${two(second)}`
    case 'X':
      return `${two(hour)}:${two(minute)}:${two(second)}`
    case 'y':
      return two(year % 100)
    case 'Y':
      return textOf(year).padStart(4, '0')
    case 'z':
      return offsetText(offsetMinutes)
    case 'Z':
      return zone
    default:
      return undefined
  }
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

function offsetText(minutes: number): string {
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`
}
