import { Cron } from 'croner'

export interface Schedule {
  /** The first time after `ms`, or undefined when there is none. */
  next(ms: number): number | undefined
}

const everyPattern = /^@every\s+((?:\d+(?:\.\d+)?(?:h|m|s|ms))+)$/
const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/**
 * A cron schedule as robfig/cron's standard parser reads it: five fields, `@hourly` and the like, `@every 1h30m`.
 * Days of the month and of the week are alternatives when both are given. Throws for what it cannot read.
 */
export function parseSchedule(text: string, timeZone: string | undefined): Schedule {
  const trimmed = text.trim()
  const every = everyPattern.exec(trimmed)
  if (every !== null) {
    const ms = [...(every[1] ?? '').matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)].reduce(
      (sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0),
      0,
    )
    // Whole seconds, at least one, counted from the last time.
    const interval = Math.max(1000, Math.trunc(ms / 1000) * 1000)
    return { next: (from) => Math.trunc(from / 1000) * 1000 + interval }
  }
  const isNamed = trimmed.startsWith('@')
  if (!isNamed && trimmed.split(/\s+/).length !== 5)
    throw new Error(`expected exactly 5 fields, found ${trimmed.split(/\s+/).length}: [${trimmed}]`)
  // Kubernetes' controllers run in UTC unless the job says otherwise.
  const cron = new Cron(isNamed ? trimmed : trimmed.replaceAll('?', '*'), { paused: true, timezone: timeZone ?? 'UTC' })
  return {
    next(from) {
      const date = cron.nextRun(new Date(from))
      return date === null ? undefined : date.getTime()
    },
  }
}
