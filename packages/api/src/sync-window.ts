import { parseCron } from './cron.ts'
import { PlimsollError } from './errors.ts'
import type { SyncWindow } from './project.ts'
import { goDurationMs, isTimeZone, type TimeWindow, windowAt, type WindowState } from './time-window.ts'

const longestMs = 400 * 24 * 3_600_000

/** Whether a window is open, whichever kind it is of. A time zone that there is none of counts as UTC, as in Argo CD. Throws what `syncWindowProblem` says. */
export function syncWindowAt(window: SyncWindow, now: number): WindowState {
  const problem = scheduleProblem(window)
  if (problem !== undefined) throw new PlimsollError('invalid-request', problem)
  const timeZone = window.timeZone && isTimeZone(window.timeZone) ? window.timeZone : undefined
  const time: TimeWindow = { cron: window.schedule ?? '', lengthMs: goDurationMs(window.duration ?? '') ?? 0, timeZone }
  return windowAt(time, now)
}

/** What is wrong with a window as somebody has written it, with the field; undefined when it is as it should be. */
export function syncWindowProblem(window: SyncWindow): string | undefined {
  const { kind = '', timeZone, description = '' } = window
  if (kind !== 'allow' && kind !== 'deny') return `kind '${kind.slice(0, 40)}' mismatch: can only be allow or deny`
  const problem = scheduleProblem(window)
  if (problem !== undefined) return problem
  if (timeZone && !isTimeZone(timeZone))
    return `timeZone: '${timeZone.slice(0, 100)}' is no time zone. Use a name such as Europe/Berlin or UTC`
  if (description.length > 255) return 'description must not exceed 255 characters'
  return undefined
}

function scheduleProblem({ schedule = '', duration = '' }: SyncWindow): string | undefined {
  try {
    parseCron(schedule)
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    // A problem is told within a sentence.
    return `cannot parse schedule '${schedule.slice(0, 100)}': ${error.message.replace(/\.$/, '')}`
  }
  const length = goDurationMs(duration)
  if (length === undefined) return `cannot parse duration '${duration.slice(0, 60)}': write it as 1h30m`
  return length > longestMs ? `duration '${duration.slice(0, 60)}' is too long: 400 days at most (9600h)` : undefined
}
