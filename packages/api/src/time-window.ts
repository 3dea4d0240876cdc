import { type Cron, isCronDay, parseCron } from './cron.ts'
import { PlimsollError } from './errors.ts'

/** Opens by a cron expression, in UTC when no time zone is named. */
export interface TimeWindow {
  cron: string
  lengthMs: number
  timeZone?: string | undefined
}

const goUnitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Go's durations (`time.ParseDuration`): `1h30m`, `1.5h`, `0`; undefined for what is none, and for what is negative. */
export function goDurationMs(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^\+?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(text) || text.length > 60) return undefined
  let total = 0
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g))
    total += Number(count) * (goUnitMs[unit ?? ''] ?? 0)
  return total
}

export type WindowState = { isOpen: true; closesAt: number } | { isOpen: false; opensAt: number | undefined }

const minute = 60_000
/** Clocks change at a multiple of it everywhere. */
const slot = 15 * minute
const horizon = 400 * 24 * 60 * minute

/** Whether it is open now, and until or from when. Rejects with `invalid-request` for what is no window. */
export function windowAt(window: TimeWindow, now: number): WindowState {
  const cron = parseCron(window.cron)
  const length = window.lengthMs
  const zone = zoneOf(window.timeZone ?? 'UTC')
  // The last opening counts: it closes last.
  const opened = lastStart(cron, zone, now, length)
  if (opened !== undefined) return { isOpen: true, closesAt: opened + length }
  return { isOpen: false, opensAt: nextStart(cron, zone, now) }
}

function lastStart(cron: Cron, zone: Zone, now: number, length: number): number | undefined {
  for (let at = Math.floor(now / slot) * slot; at > now - length - slot;) {
    const local = zone.local(at)
    if (!isCronDay(cron, local.month, local.day, local.weekday)) {
      // To about the beginning of the day, never past it.
      at -= Math.max(slot, (local.hour - 1) * 60 * minute)
      continue
    }
    const start = startsIn(cron, zone, at).findLast((one) => one <= now && one > now - length)
    if (start !== undefined) return start
    at -= slot
  }
  return undefined
}

function nextStart(cron: Cron, zone: Zone, now: number): number | undefined {
  for (let at = Math.floor(now / slot) * slot; at < now + horizon;) {
    const local = zone.local(at)
    if (!isCronDay(cron, local.month, local.day, local.weekday)) {
      // To about the end of the day, never past it: a day may have 23 hours.
      const left = (23 - local.hour) * 60 - 60
      at += Math.max(slot, Math.floor((left * minute) / slot) * slot)
      continue
    }
    const start = startsIn(cron, zone, at).find((one) => one > now)
    if (start !== undefined) return start
    at += slot
  }
  return undefined
}

/** Openings within a quarter of an hour, in which local time runs evenly. */
function startsIn(cron: Cron, zone: Zone, at: number): number[] {
  const local = zone.local(at)
  if (!cron.hours.has(local.hour) || !isCronDay(cron, local.month, local.day, local.weekday)) return []
  const starts: number[] = []
  for (let past = 0; past < 15; past++) if (cron.minutes.has(local.minute + past)) starts.push(at + past * minute)
  return starts
}

interface Zone {
  local(at: number): { month: number; day: number; weekday: number; hour: number; minute: number }
}

export function isTimeZone(name: string): boolean {
  try {
    zoneOf(name)
    return true
  } catch {
    return false
  }
}

const weekdays = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')
const zones = new Map<string, Zone>()

function zoneOf(name: string): Zone {
  const known = zones.get(name)
  if (known) return known
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      month: 'numeric',
      day: 'numeric',
      weekday: 'short',
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
    })
  } catch {
    throw new PlimsollError('invalid-request', `'${name.slice(0, 100)}' is no time zone.`, {
      remedy: 'Use a name such as Europe/Berlin or UTC.',
    })
  }
  const zone: Zone = {
    local(at) {
      const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
      return {
        month: Number(parts.get('month')),
        day: Number(parts.get('day')),
        weekday: weekdays.indexOf(parts.get('weekday') ?? ''),
        hour: Number(parts.get('hour')),
        minute: Number(parts.get('minute')),
      }
    },
  }
  if (zones.size < 600) zones.set(name, zone)
  return zone
}
