import type { TypeSchema } from '../schema/type-schema.ts'
import { collectFields } from './collect-fields.ts'
import type { Comparison } from './compare-values.ts'
import { compareValues } from './compare-values.ts'
import type { FieldSet } from './field-set.ts'
import { eachPath, emptyFieldSet, intersect, isSubset, subtract, subtractBelow, unite } from './field-set.ts'
import { mergeValues } from './merge-values.ts'
import { withNamedFields } from './named-fields.ts'
import { removeItems } from './pick-items.ts'
import { followSchemaChange } from './schema-change.ts'

/*
 * Who owns what while objects change: the algorithm of structured-merge-diff v6 (merge/update.go), on values. Managers
 * are told apart by any string; how they become `managedFields` is not known here.
 */

export interface Ownership {
  readonly set: FieldSet
  /** API version in which the set names fields. */
  readonly version: string
  readonly applied: boolean
}

export type Owners = ReadonlyMap<string, Ownership>

/** A value with the type that it has at one API version. Undefined stands for no object at all. */
export interface TypedValue {
  readonly value: unknown
  readonly type: TypeSchema
  readonly version: string
}

/** The same object at another version; undefined when that version is served no more. */
export type Convert = (value: TypedValue, version: string) => TypedValue | undefined

export interface OwnershipRules {
  convert?: Convert
  /** Per version: fields that nobody owns through this operation (`status` through the main resource, say). */
  ignored?: ReadonlyMap<string, FieldSet>
}

export interface Conflict {
  manager: string
  /** Path elements, as `printPath` prints them. */
  path: readonly string[]
}

export type Outcome =
  | { readonly conflicts: Conflict[] }
  | { readonly conflicts: undefined; readonly value: unknown; readonly owners: Owners }

/** Merges what a manager applies, removes what it applied before and nobody else owns, and says who owns what then. */
export function applyOwned(
  live: TypedValue,
  applied: TypedValue,
  owners: Owners,
  manager: string,
  force: boolean,
  rules: OwnershipRules,
): Outcome {
  const current = followAll(live, owners, rules)
  const merged = mergeValues(live.value, applied.value, applied.type)
  const ignored = rules.ignored?.get(applied.version)
  const collected = collectFields(applied.value, applied.type)
  const set = ignored === undefined ? collected : subtractBelow(collected, ignored)
  const last = current.get(manager)
  current.set(manager, { set, version: applied.version, applied: true })
  const pruned = prune({ value: merged, type: applied.type, version: applied.version }, current, manager, last, rules)
  const next: TypedValue = { value: pruned, type: applied.type, version: applied.version }
  const conflicts = settle(live, next, current, manager, force, rules).conflicts
  if (conflicts !== undefined) return { conflicts }
  return { conflicts: undefined, value: pruned, owners: current }
}

/** Gives what differs between `live` and `next` to the manager, and takes it from all others. */
export function updateOwned(live: TypedValue, next: TypedValue, owners: Owners, manager: string, rules: OwnershipRules): Owners {
  const current = followAll(live, owners, rules)
  const { comparison } = settle(live, next, current, manager, true, rules)
  let set = current.get(manager)?.set ?? emptyFieldSet
  set = unite(unite(subtract(set, comparison.removed), comparison.modified), comparison.added)
  const ignored = rules.ignored?.get(next.version)
  if (ignored !== undefined) set = subtractBelow(set, ignored)
  if (set.size === 0) current.delete(manager)
  else current.set(manager, { set, version: next.version, applied: false })
  return current
}

/** The live value at another version, if the rules say how; by default all versions look the same. */
function convertTo(value: TypedValue, version: string, rules: OwnershipRules): TypedValue | undefined {
  return rules.convert === undefined || value.version === version ? value : rules.convert(value, version)
}

function followAll(live: TypedValue, owners: Owners, rules: OwnershipRules): Map<string, Ownership> {
  const current = new Map<string, Ownership>()
  for (const [manager, owned] of owners) {
    const at = convertTo(live, owned.version, rules)
    // Managers at versions that are gone are forgotten.
    if (at === undefined) continue
    const set = followSchemaChange(owned.set, at.type)
    current.set(manager, set === owned.set ? owned : { ...owned, set })
  }
  return current
}

/** Finds conflicts, or takes the fields that changed from their owners. Changes `owners`. */
function settle(
  live: TypedValue,
  next: TypedValue,
  owners: Map<string, Ownership>,
  manager: string,
  force: boolean,
  rules: OwnershipRules,
): { conflicts?: Conflict[]; comparison: Comparison } {
  const comparison = exclude(compareValues(live.value, next.value, next.type), rules.ignored?.get(next.version))
  const comparisons = new Map<string, Comparison>([[next.version, comparison]])
  const lost = new Map<string, { contested: FieldSet; removed: FieldSet }>()
  for (const [other, owned] of owners) {
    if (other === manager) continue
    let versioned = comparisons.get(owned.version)
    if (versioned === undefined) {
      const before = convertTo(live, owned.version, rules)
      const after = convertTo(next, owned.version, rules)
      if (before === undefined || after === undefined) {
        owners.delete(other)
        continue
      }
      versioned =
        before === live && after === next
          ? comparison
          : exclude(compareValues(before.value, after.value, after.type), rules.ignored?.get(owned.version))
      comparisons.set(owned.version, versioned)
    }
    const contested = intersect(owned.set, unite(versioned.modified, versioned.added))
    if (contested.size > 0 || versioned.removed.size > 0) lost.set(other, { contested, removed: versioned.removed })
  }
  if (!force) {
    const conflicts = listConflicts(lost)
    if (conflicts.length > 0) return { conflicts, comparison }
  }
  for (const [other, { contested, removed }] of lost) {
    // It is there: lost holds none but owners.
    const owned = owners.get(other)!
    owners.set(other, { ...owned, set: subtract(subtract(owned.set, contested), removed) })
  }
  for (const [other, { set }] of owners) if (set.size === 0) owners.delete(other)
  return { comparison }
}

function exclude(comparison: Comparison, ignored: FieldSet | undefined): Comparison {
  if (ignored === undefined || ignored.size === 0) return comparison
  return {
    added: subtractBelow(comparison.added, ignored),
    modified: subtractBelow(comparison.modified, ignored),
    removed: subtractBelow(comparison.removed, ignored),
  }
}

function listConflicts(lost: ReadonlyMap<string, { contested: FieldSet }>): Conflict[] {
  const conflicts: Conflict[] = []
  for (const manager of [...lost.keys()].sort()) {
    eachPath(lost.get(manager)?.contested ?? emptyFieldSet, (path) => conflicts.push({ manager, path: [...path] }))
  }
  return conflicts
}

type AllFields = (value: TypedValue) => FieldSet

function memoizeFields(): AllFields {
  const known = new Map<unknown, { type: TypeSchema; set: FieldSet }>()
  return ({ value, type }) => {
    const found = known.get(value)
    if (found?.type === type) return found.set
    const set = withNamedFields(collectFields(value, type), type)
    known.set(value, { type, set })
    return set
  }
}

/** Removes what the manager applied last time, does not apply now, and no one else owns. */
function prune(merged: TypedValue, owners: Owners, manager: string, last: Ownership | undefined, rules: OwnershipRules): unknown {
  if (last === undefined || last.set.size === 0) return merged.value
  // It owns all that it owned before: nothing can go. The common case, and most of the cost of the rest.
  if (last.version === merged.version && isSubset(last.set, owners.get(manager)?.set ?? emptyFieldSet)) return merged.value
  const before = convertTo(merged, last.version, rules)
  if (before === undefined) return merged.value
  const lastNamed = withNamedFields(last.set, before.type)
  const bare = { ...before, value: removeItems(before.value, lastNamed, before.type) }
  // The whole object is looked at from several sides; what it has is found out once.
  const allFields = memoizeFields()
  const withOwned = addBackOwned(before, bare, owners, rules, allFields)
  const withDangling = addBackDangling(before, withOwned, lastNamed, rules, allFields)
  return (convertTo(withDangling, merged.version, rules) ?? merged).value
}

function addBackOwned(merged: TypedValue, pruned: TypedValue, owners: Owners, rules: OwnershipRules, allFields: AllFields): TypedValue {
  const ownedAt = new Map<string, FieldSet>()
  for (const { set, version } of owners.values()) ownedAt.set(version, unite(ownedAt.get(version) ?? emptyFieldSet, set))
  // The version of the pruned set first: a conversion may need a field that somebody owns at that version.
  const versions = [...ownedAt.keys()].sort((a, b) => Number(b === pruned.version) - Number(a === pruned.version))
  let all = merged
  let result = pruned
  for (const version of versions) {
    const whole = convertTo(all, version, rules)
    const rest = convertTo(result, version, rules)
    if (whole === undefined || rest === undefined) continue
    const { type } = whole
    const wholeSet = allFields(whole)
    const kept = unite(allFields(rest), withNamedFields(ownedAt.get(version) ?? emptyFieldSet, type))
    all = whole
    result = { ...whole, value: removeItems(whole.value, subtract(wholeSet, kept), type) }
  }
  return result
}

/** Only what the manager itself owned may go; the rest comes back. */
function addBackDangling(
  merged: TypedValue,
  pruned: TypedValue,
  lastNamed: FieldSet,
  rules: OwnershipRules,
  allFields: AllFields,
): TypedValue {
  const rest = convertTo(pruned, merged.version, rules)
  if (rest === undefined) return merged
  const restSet = allFields(rest)
  const mergedSet = allFields(merged)
  return { ...merged, value: removeItems(merged.value, intersect(subtract(mergedSet, restSet), lastNamed), merged.type) }
}
