import type { ResourceResult } from '@plimsoll/api'
import type { Words } from '../../words/en.ts'

/** What became of one object, where the server says no more than its state. */
export function resultWords(one: ResourceResult, words: Words): string {
  return one.hookPhase ?? one.status ?? words.app.operation.waiting
}
