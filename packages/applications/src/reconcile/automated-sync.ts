import { annotations, type Application, type ApplicationCondition, type Operation } from '@plimsoll/api'
import { revisionFields, revisionsIn, revisionText, sourceFields, sourceSetOf } from '../application-sources.ts'
import { condition } from '../conditions.ts'
import type { SyncPermission } from '../projects/sync-windows.ts'
import { isDeepEqual } from '../json.ts'
import { syncOption, type SyncOptions } from '../sync/sync-options.ts'
import type { Evaluation, ManagedResource } from './evaluation.ts'

export type AutomatedSync =
  | { kind: 'none' }
  | { kind: 'start'; operation: Operation; isSelfHeal: boolean }
  | { kind: 'refused'; condition: ApplicationCondition }
  | { kind: 'later'; afterMs: number }
  /** A sync window is against it. */
  | { kind: 'closed'; condition: ApplicationCondition; until: number | undefined }

/**
 * Whether an application syncs by itself now (the rules are those of argo-cd `controller/appcontroller.go`, autoSync, 3.x, with its messages).
 * A hold that a rollback has left comes first: nothing happens by itself until somebody lets go of it.
 */
export function automatedSync(
  application: Application,
  evaluation: Evaluation,
  { healing, permission }: { healing: { delayMs: number }; permission: SyncPermission },
): AutomatedSync {
  const policy = application.spec.syncPolicy?.automated
  if (!policy || policy.enabled === false) return { kind: 'none' }
  const held = holdOf(application)
  if (held) return { kind: 'refused', condition: condition('AutomationHeldWarning', held) }
  if (evaluation.sync !== 'OutOfSync' || evaluation.revisions === undefined) return { kind: 'none' }

  const differing = evaluation.resources.filter((resource) => resource.status === 'OutOfSync')
  const isPruneOnly = differing.every((resource) => resource.requiresPruning || isGoing(resource)) && !evaluation.isNamespaceChanged
  if (policy.prune !== true && isPruneOnly) return { kind: 'none' }

  const state = application.status?.operationState
  // A dry run is no attempt, and undoes none: what was synced before it, the history knows.
  const isDryRun = state?.operation.sync?.dryRun === true
  const last = isDryRun ? application.status?.history?.at(-1) : state?.syncResult
  const namespaceMetadata = application.spec.syncPolicy?.managedNamespaceMetadata ?? undefined
  const isAttempted =
    isDeepEqual(revisionsIn(last), evaluation.revisions) &&
    isDeepEqual(sourceSetOf(last)?.sources, evaluation.set.sources) &&
    (isDryRun || isDeepEqual(state?.syncResult?.managedNamespaceMetadata ?? undefined, namespaceMetadata))
  const revision = revisionText(evaluation.revisions)
  const operation: Operation = {
    sync: {
      ...revisionFields(evaluation.set.isMultiple, evaluation.revisions),
      ...sourceFields(evaluation.set),
      ...(policy.prune !== undefined && { prune: policy.prune }),
      ...(application.spec.syncPolicy?.syncOptions && { syncOptions: application.spec.syncPolicy.syncOptions }),
    },
    initiatedBy: { automated: true },
    retry: application.spec.syncPolicy?.retry ?? { limit: 5 },
  }
  if (isAttempted && state) {
    if (!isDryRun && state.phase !== 'Succeeded') {
      return {
        kind: 'refused',
        condition: condition('SyncError', `Failed last sync attempt to ${revision}: ${state.message ?? ''}`),
      }
    }
    if (policy.selfHeal !== true) return { kind: 'none' }
    const healable = differing.filter((resource) => isHealable(resource, application.spec.syncPolicy?.syncOptions))
    const toHeal = healable.map(({ key }) => ({ group: key.group, kind: key.kind, namespace: key.namespace, name: key.name }))
    if (evaluation.isNamespaceChanged)
      toHeal.push({ group: '', kind: 'Namespace', namespace: '', name: application.spec.destination.namespace ?? '' })
    if (toHeal.length === 0) return { kind: 'none' }
    if (healing.delayMs > 0) return { kind: 'later', afterMs: healing.delayMs }
    operation.sync = {
      ...operation.sync,
      resources: toHeal,
      autoHealAttemptsCount: (state.operation.sync?.autoHealAttemptsCount ?? 0) + 1,
    }
  }
  const wouldWipe = evaluation.resources.length > 0 && evaluation.resources.every((resource) => resource.requiresPruning)
  if (policy.prune === true && policy.allowEmpty !== true && wouldWipe) {
    return {
      kind: 'refused',
      condition: condition(
        'SyncError',
        `Skipping sync attempt to ${revision}: auto-sync will wipe out all resources. Sync with prune by hand, or set spec.syncPolicy.automated.allowEmpty.`,
      ),
    }
  }
  if (!permission.isAllowed) return { kind: 'closed', condition: closedCondition(permission), until: permission.until }
  return { kind: 'start', operation, isSelfHeal: isAttempted }
}

function closedCondition({ message, until }: Extract<SyncPermission, { isAllowed: false }>): ApplicationCondition {
  const end = until === undefined ? '' : ` Until ${new Date(until).toISOString()}.`
  return condition('SyncWindowWarning', `Automated sync waits: ${message}.${end}`)
}

/** Nothing can be done about it but wait. */
function isGoing({ target, live }: ManagedResource): boolean {
  return target === undefined && live?.metadata.deletionTimestamp !== undefined
}

/** What must not be pruned stays different for ever, what is going goes, and what another application claims would be fought for: none is healed. */
function isHealable(resource: ManagedResource, options: SyncOptions): boolean {
  if (resource.isClaimedByOther || isGoing(resource)) return false
  return !resource.requiresPruning || syncOption(options, 'Prune', resource.live) !== 'false'
}

export interface Hold {
  reason: string
  by: string
  since: string
  /** The revision that was gone back to. */
  revision: string
}

export function readHold(application: Application): Hold | undefined {
  const text = application.metadata.annotations?.[annotations.hold]
  if (text === undefined) return undefined
  try {
    const value = JSON.parse(text) as Partial<Hold>
    return {
      reason: String(value.reason ?? 'held'),
      by: String(value.by ?? ''),
      since: String(value.since ?? ''),
      revision: String(value.revision ?? ''),
    }
  } catch {
    // Somebody wrote it by hand: it holds all the same.
    return { reason: text.slice(0, 200), by: '', since: '', revision: '' }
  }
}

function holdOf(application: Application): string | undefined {
  const hold = readHold(application)
  if (!hold) return undefined
  const who = hold.by === '' ? '' : ` by ${hold.by}`
  const when = hold.since === '' ? '' : ` since ${hold.since}`
  return `Automated sync is on hold${when}${who}: ${hold.reason}. Resume it, or revert in Git and resume.`
}

/**
 * Limits how often one application repairs itself: a burst is answered at once, a controller that fights Git is not fought for ever at full speed.
 */
export class HealingBudget {
  readonly #capacity = 50
  readonly #refillMs = 3000
  readonly #spent = new Map<string, { tokens: number; at: number }>()

  /** 0 when a repair may begin now. */
  delayMs(key: string, now: number): number {
    const { tokens, at } = this.#current(key, now)
    return tokens >= 1 ? 0 : Math.max(1, at + this.#refillMs - now)
  }

  spend(key: string, now: number): void {
    const current = this.#current(key, now)
    this.#spent.set(key, { tokens: current.tokens - 1, at: current.at })
  }

  forget(key: string): void {
    this.#spent.delete(key)
  }

  #current(key: string, now: number): { tokens: number; at: number } {
    const entry = this.#spent.get(key)
    if (!entry) return { tokens: this.#capacity, at: now }
    const refills = Math.floor((now - entry.at) / this.#refillMs)
    if (refills <= 0) return entry
    const refilled = { tokens: Math.min(this.#capacity, entry.tokens + refills), at: entry.at + refills * this.#refillMs }
    this.#spent.set(key, refilled)
    return refilled
  }
}
