import type { ManagedFieldsEntry } from '../object.ts'
import { unite } from './field-set.ts'
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts'

export interface UpgradeOptions {
  /** Managers that wrote by client-side apply: `kubectl-client-side-apply`, `argocd-controller`, … */
  from: readonly string[]
  /** The manager that applies from now on. */
  to: string
  subresource?: string
}

/**
 * Moves what client-side apply owns to a server-side applier, so that fields which are applied no more are removed
 * instead of being left to a manager that never comes back (client-go util/csaupgrade). Returns the entries it was given
 * when there is nothing to move.
 */
export function upgradeManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
  options: UpgradeOptions,
): readonly ManagedFieldsEntry[] {
  let upgraded = entries ?? []
  for (const manager of options.from) upgraded = upgradeOne(upgraded, manager, options)
  return upgraded
}

function upgradeOne(
  entries: readonly ManagedFieldsEntry[],
  from: string,
  { to, subresource = '' }: UpgradeOptions,
): readonly ManagedFieldsEntry[] {
  const isUpdater = (entry: ManagedFieldsEntry): boolean =>
    entry.manager === from && entry.operation === 'Update' && (entry.subresource ?? '') === subresource
  const applier = entries.findIndex(
    (entry) => entry.manager === to && entry.operation === 'Apply' && (entry.subresource ?? '') === subresource,
  )
  const target = applier >= 0 ? applier : entries.findIndex(isUpdater)
  const goal = entries[target]
  if (goal === undefined || !entries.some(isUpdater)) return entries
  // Sets are comparable at one version only; those of other versions are dropped with their managers.
  const source = entries.find((entry) => isUpdater(entry) && entry.apiVersion === goal.apiVersion)
  const own = decodeFieldsV1(goal.fieldsV1)
  const set = source === undefined ? own : unite(own, decodeFieldsV1(source.fieldsV1))
  const merged: ManagedFieldsEntry = { ...goal, manager: to, operation: 'Apply', fieldsV1: encodeFieldsV1(set) }
  return entries.flatMap((entry, index) => (index === target ? [merged] : isUpdater(entry) ? [] : [entry]))
}
