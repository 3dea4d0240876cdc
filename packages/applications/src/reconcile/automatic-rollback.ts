import { annotations, type Application, type RevisionHistory } from '@plimsoll/api'
import { revisionsIn } from '../application-sources.ts'
import { isDeepEqual } from '../json.ts'
import { readHold } from './automated-sync.ts'
import type { Evaluation } from './evaluation.ts'

export type AutomaticRollback =
  | { kind: 'none' }
  /** It has to stay good for a while. */
  | { kind: 'soon'; afterMs: number }
  /** The newest deployment is good: from now on it is what is gone back to. */
  | { kind: 'good'; id: number }
  | { kind: 'back'; id: number; revisions: readonly string[] }

/** A status may still be that of before for a moment. */
const goodForMs = 10_000

/**
 * For an application that asks for it by `plimsoll.dev/rollback-when-degraded: "true"`: when a sync has ended and what it made is `Degraded`, the last
 * deployment that was `Synced` and `Healthy` is gone back to, once. What was good and breaks later is no deployment's fault, and stays.
 */
export function automaticRollback(application: Application, evaluation: Evaluation, now: number): AutomaticRollback {
  if (application.metadata.annotations?.[annotations.rollbackWhenDegraded] !== 'true') return { kind: 'none' }
  const state = application.status?.operationState
  const history = application.status?.history ?? []
  const current = history.at(-1)
  if (!state?.finishedAt || application.operation || !current || evaluation.sync === 'Unknown') return { kind: 'none' }
  const good = lastGood(application)
  if (evaluation.health.status === 'Healthy' && evaluation.sync === 'Synced' && state.phase === 'Succeeded') {
    if (good === current.id) return { kind: 'none' }
    const since = Math.max(Date.parse(state.finishedAt), Date.parse(application.status?.health?.lastTransitionTime ?? '') || 0)
    return now - since >= goodForMs ? { kind: 'good', id: current.id } : { kind: 'soon', afterMs: since + goodForMs - now }
  }
  if (evaluation.health.status !== 'Degraded' || readHold(application)) return { kind: 'none' }
  const past = history.find(({ id }) => id === good)
  const tried = revisionsIn(state.syncResult) ?? revisionsIn(state.operation.sync)
  // A failed sync is in no history: what it has left behind is undone by syncing what was there before.
  const isOfLastSync = state.phase === 'Succeeded' ? isDeepEqual(revisionsIn(current), tried) : state.phase !== 'Running'
  if (!past || !isOfLastSync || isSame(past, tried)) return { kind: 'none' }
  return { kind: 'back', id: past.id, revisions: revisionsIn(past) ?? [] }
}

function isSame(entry: RevisionHistory, revisions: readonly string[] | undefined): boolean {
  return isDeepEqual(revisionsIn(entry), revisions)
}

function lastGood({ metadata }: Application): number | undefined {
  const text = metadata.annotations?.[annotations.lastGood]
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
