import type { Operation, SyncOperationResource } from '@plimsoll/api'
import type { ObjectKey } from '@plimsoll/kube'

/** Whether an object is among the ones that were chosen; none chosen means all. */
export function isChosen(key: ObjectKey, chosen: readonly SyncOperationResource[] | null | undefined): boolean {
  if (!chosen || chosen.length === 0) return true
  const matches = (item: SyncOperationResource): boolean =>
    (item.group ?? '') === key.group &&
    item.kind === key.kind &&
    item.name === key.name &&
    (item.namespace === undefined || item.namespace === '' || item.namespace === key.namespace)
  const included = chosen.filter((item) => !item.exclude)
  if (chosen.some((item) => item.exclude && matches(item))) return false
  return included.length === 0 || included.some(matches)
}

const second = 1000

/** When a failed attempt is repeated (argo-cd `RetryStrategy.NextRetryAt`): 5 s, doubled each time, 3 minutes at most, unless said otherwise. */
export function retryDelayMs(retry: Operation['retry'], attempt: number): number {
  const backoff = retry?.backoff
  const base = durationMs(backoff?.duration) ?? 5 * second
  const most = durationMs(backoff?.maxDuration) ?? 180 * second
  const factor = backoff?.factor ?? 2
  return Math.min(most, base * factor ** attempt)
}

const unitMs: Record<string, number> = { ms: 1, s: second, m: 60 * second, h: 3600 * second }

/** Go's durations, and plain seconds; undefined for what is neither. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\d+$/.test(text)) return Number(text) * second
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  let total = 0
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) total += Number(count) * (unitMs[unit ?? ''] ?? 0)
  return total
}
