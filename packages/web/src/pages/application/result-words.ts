import type { ResourceResult } from '@plimsoll/api'
import type { Words } from '../../words/en.ts'

/** What became of one object. Of a hook its state first: what its message says may be no more than that it was made. */
export function resultWords(one: ResourceResult, words: Words): string {
  const { hookPhase, message } = one
  if (one.hookType && hookPhase) return message ? `${hookPhase}: ${message}` : hookPhase
  return message ?? hookPhase ?? one.status ?? words.app.operation.waiting
}
