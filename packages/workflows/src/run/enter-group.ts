import { evaluateBoolean, interpolate } from '../language/index.ts'
import type { Concurrency, Scope } from '../language/contract.ts'
import type { ConcurrencyGroups } from './concurrency-groups.ts'

const nothing = (): void => undefined

/** The way out of the group, once it is its turn; undefined when the signal came first. A group without a name is none. */
export async function enterGroup(
  groups: ConcurrencyGroups,
  repository: string,
  concurrency: Concurrency,
  scope: Scope,
  told: { cancel(why: string): void; waits(why: string): void; signal: AbortSignal },
): Promise<(() => void) | undefined> {
  const group = await interpolate(concurrency.group, scope)
  const cancelsInProgress = await evaluateBoolean(concurrency.cancelInProgress, scope, false)
  if (group === '') return nothing
  // Groups of two repositories have nothing to do with each other.
  return groups.enter(`${repository}\n${group.toLowerCase()}`, {
    cancelsInProgress,
    cancel: (why) => told.cancel(why.replace(`${repository}\n`, '')),
    waits: () => told.waits(`Waits for its concurrency group '${group}'.`),
    signal: told.signal,
  })
}
