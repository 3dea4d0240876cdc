import { useSyncExternalStore } from 'react'
import type { ResourceAction } from '@plimsoll/api'
import type { ApplicationKey, ResourceKey } from '../../client/api.ts'
import type { Query } from '../../client/http.ts'

/** A question to the reader. Any page may ask; the frame draws the dialog. */
export type Question =
  | { name: 'sync'; app: ApplicationKey; only?: readonly string[] }
  | { name: 'rollback'; app: ApplicationKey; id?: number }
  | { name: 'resume'; app: ApplicationKey }
  | { name: 'delete'; app: ApplicationKey }
  | { name: 'rotate'; app: ApplicationKey }
  | { name: 'confirm'; app: ApplicationKey }
  | { name: 'action'; app: ApplicationKey; resource: ResourceKey; action: ResourceAction }
  /** Of those that a list shows: its filter, as the server takes it. */
  | { name: 'several'; query: Query }

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
