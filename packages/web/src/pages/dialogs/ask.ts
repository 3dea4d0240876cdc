import { useSyncExternalStore } from 'react'
import type { ApplicationKey } from '../../client/api.ts'

/** A question to the reader. Any page may ask; the frame draws the dialog. */
export type Question =
  | { name: 'sync'; app: ApplicationKey; only?: readonly string[] }
  | { name: 'rollback'; app: ApplicationKey; id?: number }
  | { name: 'resume'; app: ApplicationKey }
  | { name: 'delete'; app: ApplicationKey }
  | { name: 'several' }

let question: Question | undefined
const listeners = new Set<() => void>()

export function ask(next: Question | undefined): void {
  question = next
  for (const listener of listeners) listener()
}

export function useQuestion(): Question | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => question,
  )
}
