import { durationMs, PlimsollError, windowAt as timeWindowAt, type WindowState } from '@plimsoll/api'

const minute = 60_000
const longest = 7 * 24 * 60 * minute

/** Whether a window of a Delivery is open now, and until or from when. Rejects with `invalid-request` for what is no window. */
export function windowAt(
  { cron, duration, timeZone }: { cron: string; duration: string; timeZone?: string | undefined },
  now: number,
): WindowState {
  const lengthMs = durationMs(duration)
  if (lengthMs < minute || lengthMs > longest) {
    throw new PlimsollError('invalid-request', `A window of ${duration} cannot be kept (allowed: 1m to 7d).`)
  }
  return timeWindowAt({ cron, lengthMs, timeZone }, now)
}
