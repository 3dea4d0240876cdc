import type { KubeObject, ManagedFieldsEntry } from '../object.ts'
import { isSameSet, unite } from './field-set.ts'
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts'
import type { Ownership, Owners } from './ownership.ts'

/** `metadata.managedFields` of one object, read. Keys tell managers apart as the API server does. */
export interface ManagedState {
  readonly owners: Owners
  readonly entries: ReadonlyMap<string, ManagedFieldsEntry>
}

export const emptyManagedState: ManagedState = { owners: new Map(), entries: new Map() }

/** Who a set of fields belongs to. An applier is one and the same at whatever version it applies. */
export function managerKey(entry: Pick<ManagedFieldsEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  return JSON.stringify([entry.manager, entry.operation, entry.operation === 'Apply' ? '' : entry.apiVersion, entry.subresource ?? ''])
}

/** Undoes `managerKey`. */
export function readManagerKey(key: string): Pick<ManagedFieldsEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'> {
  const [manager, operation, apiVersion, subresource] = JSON.parse(key) as [string, 'Apply' | 'Update', string, string]
  return { manager, operation, apiVersion, ...(subresource === '' ? {} : { subresource }) }
}

/** Throws with the reason when an entry cannot be read, in the API server's words. */
export function decodeManagedFields(entries: readonly ManagedFieldsEntry[] | undefined): ManagedState {
  if (entries === undefined || entries.length === 0) return emptyManagedState
  const owners = new Map<string, Ownership>()
  const known = new Map<string, ManagedFieldsEntry>()
  for (const [index, entry] of entries.entries()) {
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') throw new Error('operation must be `Apply` or `Update`')
    if (!entry.apiVersion) throw new Error('apiVersion must not be empty')
    if (!entry.fieldsType) throw new Error(`missing fieldsType in managed fields entry ${index}`)
    if (entry.fieldsType !== 'FieldsV1')
      throw new Error(`invalid fieldsType ${JSON.stringify(entry.fieldsType)} in managed fields entry ${index}`)
    const key = managerKey(entry)
    owners.set(key, { set: decodeFieldsV1(entry.fieldsV1 ?? {}), version: entry.apiVersion, applied: entry.operation === 'Apply' })
    known.set(key, entry)
  }
  return { owners, entries: known }
}

/**
 * Writes owners back. Entries whose set did not change stay the same objects, times and all; `touched` gets `time`.
 */
export function encodeManagedFields(owners: Owners, before: ManagedState, touched: string | undefined, time: string): ManagedFieldsEntry[] {
  const entries: ManagedFieldsEntry[] = []
  for (const [key, owned] of owners) {
    const old = before.entries.get(key)
    const had = before.owners.get(key)
    const isSame =
      old !== undefined && had !== undefined && had.version === owned.version && (had.set === owned.set || isSameSet(had.set, owned.set))
    if (isSame && key !== touched) entries.push(old)
    else if (isSame) entries.push(old.time === time ? old : makeEntry(key, owned, time, old.fieldsV1))
    else entries.push(makeEntry(key, owned, key === touched || old === undefined ? time : old.time, undefined))
  }
  return entries.length < 2 ? entries : entries.sort(compareEntries)
}

function makeEntry(
  key: string,
  owned: Ownership,
  time: string | undefined,
  fieldsV1: Record<string, unknown> | undefined,
): ManagedFieldsEntry {
  const { manager, operation, subresource } = readManagerKey(key)
  return {
    manager,
    operation,
    apiVersion: owned.version,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsV1 ?? encodeFieldsV1(owned.set),
    ...(subresource === undefined ? {} : { subresource }),
  }
}

/** Appliers first, then by second, then by name, as the API server lists them. */
function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  if (a.operation !== b.operation) return a.operation < b.operation ? -1 : 1
  const seconds = toSeconds(a.time) - toSeconds(b.time)
  if (seconds !== 0) return seconds
  return (
    compareText(a.manager, b.manager) || compareText(a.apiVersion, b.apiVersion) || compareText(a.subresource ?? '', b.subresource ?? '')
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function toSeconds(time: string | undefined): number {
  const ms = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000)
}

/** More updaters than this share one entry: an object must not grow with each client that ever wrote to it. */
const maxUpdaters = 10

/** Puts the oldest updaters of one version into `ancient-changes` until few enough are left. */
export function capUpdaters(owners: Map<string, Ownership>, before: ManagedState, touched: string): void {
  const updaters = [...owners.keys()].filter((key) => !owners.get(key)?.applied)
  if (updaters.length <= maxUpdaters) return
  const age = (key: string): number => (key === touched ? Number.MAX_SAFE_INTEGER : toSeconds(before.entries.get(key)?.time))
  updaters.sort((a, b) => age(a) - age(b) || compareText(a, b))
  const firstOf = new Map<string, string>()
  let count = updaters.length
  for (const key of updaters) {
    if (count <= maxUpdaters) return
    // It is one of the keys.
    const owned = owners.get(key)!
    const first = firstOf.get(owned.version)
    if (first === undefined) {
      firstOf.set(owned.version, key)
      continue
    }
    const bucket = managerKey({ manager: 'ancient-changes', operation: 'Update', apiVersion: owned.version })
    const old = owners.get(bucket) ?? owners.get(first)
    if (!owners.has(bucket)) owners.delete(first)
    if (key === bucket) continue
    owners.set(bucket, { set: old === undefined ? owned.set : unite(old.set, owned.set), version: owned.version, applied: false })
    owners.delete(key)
    count--
  }
}

/** A write may set the managed fields itself: an empty list, or one empty entry, clears them. */
export function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (entries === undefined || entries === null) return false
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] as object).length === 0)
}

/** The object as owners see it. */
export function withoutManagedFields<T extends KubeObject | undefined>(object: T): T {
  if (object?.metadata?.managedFields === undefined) return object
  const { managedFields: _dropped, ...metadata } = object.metadata
  return { ...object, metadata }
}

export function withManagedFields(object: KubeObject, managedFields: ManagedFieldsEntry[]): KubeObject {
  const { managedFields: _dropped, ...metadata } = object.metadata
  return { ...object, metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields } }
}
