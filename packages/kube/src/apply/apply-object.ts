import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../object.ts'
import type { TypeSchema } from '../schema/type-schema.ts'
import { deducedType } from '../schema/type-schema.ts'
import { dropNulls } from './drop-nulls.ts'
import type { FieldSet } from './field-set.ts'
import { fieldSetOf, hasPath, subtract, unite } from './field-set.ts'
import { lastAppliedFields, withLastApplied } from './last-applied.ts'
import type { ManagedState } from './managed-fields.ts'
import {
  capUpdaters,
  decodeManagedFields,
  emptyManagedState,
  encodeManagedFields,
  isReset,
  managerKey,
  readManagerKey,
  withManagedFields,
  withoutManagedFields,
} from './managed-fields.ts'
import { MergeError, mergeValues } from './merge-values.ts'
import type { Conflict, Convert, Ownership, OwnershipRules, TypedValue } from './ownership.ts'
import { applyOwned, updateOwned } from './ownership.ts'
import { printPath } from './path-element.ts'
import { printViolations, validateValue } from './validate-value.ts'
import { isEqualJson, isMap } from '../schema/json-value.ts'

interface WriteContext {
  /** Type of the object at the version of the write; undefined: deduced from values, as for types nobody described. */
  schema: TypeSchema | undefined
  /** Field manager; '' counts as `unknown`. */
  manager: string
  subresource?: string
  /** Now, as RFC 3339 with seconds. */
  time: string
  /** Fields that nobody comes to own through this write, at the version of the write. Made with `resetFields`. */
  ignored?: FieldSet
  /** The same object at another version of its kind, undefined when it is served no more. Absent: all versions look alike. */
  convert?: (object: KubeObject, apiVersion: string) => { object: KubeObject; schema: TypeSchema | undefined } | undefined
}

export interface ApplyRequest extends WriteContext {
  /** What is stored, at the version of `applied`; undefined: nothing yet. */
  live: KubeObject | undefined
  applied: KubeObject
  /** Take fields over from other managers. */
  force?: boolean
}

export type ApplyResult =
  | {
      outcome: 'applied'
      /** With its new managed fields. Shares parts with `live` and `applied`: clone before changing. Is `live` when nothing changed. */
      object: KubeObject
      managedFields: ManagedFieldsEntry[]
      /** False: object and managed fields are as they were, nothing needs to be stored. */
      isChanged: boolean
    }
  | { outcome: 'conflict'; conflicts: ApplyConflict[]; message: string }
  /** The applied object does not fit its type (`field not declared in schema`, duplicate keys, …). HTTP 400 or 500 on a real server. */
  | { outcome: 'invalid'; message: string }

/** One field that another manager owns with another value; `message` and `field` make a cause of reason FieldManagerConflict. */
export interface ApplyConflict {
  manager: string
  operation: 'Apply' | 'Update'
  field: string
  message: string
}

/** Server-side apply of one object, as the API server's field manager does it. Neither argument is changed. */
export function applyObject(request: ApplyRequest): ApplyResult {
  const type = request.schema ?? deducedType
  const version = request.applied.apiVersion
  if (request.applied.metadata.managedFields) return { outcome: 'invalid', message: 'metadata.managedFields must be nil' }
  const applied = withoutSystemMetadata(request.applied, request.live !== undefined)
  const violations = validateValue(applied, type)
  if (violations.length > 0)
    return { outcome: 'invalid', message: `failed to create typed patch object (${describe(applied)}): ${printViolations(violations)}` }

  const live: TypedValue = { value: withoutManagedFields(request.live), type, version }
  const rules = rulesOf(request, version)
  const key = managerKey({
    manager: request.manager || 'unknown',
    operation: 'Apply',
    apiVersion: version,
    ...(request.subresource ? { subresource: request.subresource } : {}),
  })
  const stored = readStored(request.live)
  const before = stored.owners.size === 0 && request.live !== undefined ? firstApply(live, request, rules) : stored
  try {
    let outcome = applyOwned(live, { value: applied, type, version }, before.owners, key, request.force ?? false, rules)
    if (outcome.conflicts !== undefined && request.live !== undefined && request.manager === 'kubectl') {
      // A user who moves from `kubectl apply` to `--server-side` conflicts with nobody but the own past.
      const allowed = lastAppliedFields(request.live, live.value as KubeObject, type)
      const conflicts = outcome.conflicts.filter(({ path }) => !hasPath(allowed, path))
      outcome = conflicts.length > 0 ? { conflicts } : applyOwned(live, { value: applied, type, version }, before.owners, key, true, rules)
    }
    if (outcome.conflicts !== undefined) return describeConflicts(outcome.conflicts)
    const owners = stripMetadata(outcome.owners, key)
    let object = settleValue(outcome.value, applied, live.value, type)
    if (request.manager === 'kubectl') object = withLastApplied(object, applied)
    return finish(request, object, owners, stored, key)
  } catch (error) {
    if (error instanceof MergeError) return { outcome: 'invalid', message: `failed to merge config: ${error.message}` }
    throw error
  }
}

/**
 * The merged value as it is stored. Where all items of a list went, it is gone; but who applies an empty one gets it, so
 * that applying the same again changes nothing.
 */
function settleValue(value: unknown, applied: KubeObject, live: unknown, type: TypeSchema): KubeObject {
  const stored = dropNulls(value, live, type)
  return (stored === live ? live : dropNulls(mergeValues(stored, applied, type), live, type)) as KubeObject
}

function finish(
  request: ApplyRequest,
  object: KubeObject,
  owners: ReadonlyMap<string, Ownership>,
  stored: ManagedState,
  key: string,
): ApplyResult {
  const isSameObject = request.live !== undefined && isEqualJson(withoutManagedFields(request.live), object)
  const managedFields = encodeManagedFields(owners, stored, isSameObject ? undefined : key, request.time)
  const old = request.live?.metadata.managedFields ?? []
  if (
    isSameObject &&
    request.live !== undefined &&
    old.length === managedFields.length &&
    managedFields.every((entry, index) => entry === old[index])
  ) {
    return { outcome: 'applied', object: request.live, managedFields: old, isChanged: false }
  }
  return { outcome: 'applied', object: withManagedFields(object, managedFields), managedFields, isChanged: true }
}

export interface UpdateRequest extends WriteContext {
  /** What is stored, at the version of `after`; undefined for a create. */
  before: KubeObject | undefined
  /** What is about to be stored. Its own managed fields count, where it has some: a client may set or clear them. */
  after: KubeObject
}

/** The managed fields of an object after a create, update or patch that was no apply. Neither argument is changed. */
export function updateManagedFields(request: UpdateRequest): ManagedFieldsEntry[] {
  const type = request.schema ?? deducedType
  const version = request.after.apiVersion
  const stored = chooseStored(request)
  if (stored.owners.size === 0 && request.before !== undefined) return []
  const before: TypedValue = { value: withoutManagedFields(request.before) ?? bareObject(request.after), type, version }
  const after: TypedValue = { value: withoutManagedFields(request.after), type, version }
  const key = managerKey({
    manager: request.manager || 'unknown',
    operation: 'Update',
    apiVersion: version,
    ...(request.subresource ? { subresource: request.subresource } : {}),
  })
  const owners = trackUpdate(before, after, stored, key, rulesOf(request, version))
  const touched = owners.touched ? key : undefined
  if (touched !== undefined) capUpdaters(owners.owners, stored, key)
  const managedFields = encodeManagedFields(owners.owners, stored, touched, request.time)
  const old = request.before?.metadata.managedFields
  return old !== undefined && old.length === managedFields.length && managedFields.every((entry, index) => entry === old[index])
    ? old
    : managedFields
}

/** Who writes is first somebody new, then the manager it was: what it owned before and did not touch stays its own. */
const currentOperation = 'current-operation'

function trackUpdate(
  before: TypedValue,
  after: TypedValue,
  stored: ManagedState,
  key: string,
  rules: OwnershipRules,
): { owners: Map<string, Ownership>; touched: boolean } {
  const owners = new Map(stripMetadata(updateOwned(before, after, stored.owners, currentOperation, rules), currentOperation))
  const taken = owners.get(currentOperation)
  if (taken === undefined) return { owners, touched: false }
  owners.delete(currentOperation)
  const previous = owners.get(key)
  owners.set(key, previous === undefined ? taken : { ...taken, set: unite(taken.set, previous.set) })
  return { owners, touched: true }
}

/** An object that was written before anybody tracked it: all that is there belongs to one who cannot come back. */
function firstApply(live: TypedValue, request: ApplyRequest, rules: OwnershipRules): ManagedState {
  const key = managerKey({ manager: 'before-first-apply', operation: 'Update', apiVersion: request.applied.apiVersion })
  const empty: TypedValue = { ...live, value: bareObject(request.applied) }
  return { owners: trackUpdate(empty, live, emptyManagedState, key, rules).owners, entries: new Map() }
}

function bareObject(object: KubeObject): unknown {
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: {} }
}

/** Paths of fields, `['status']` or `['metadata', 'labels']`, as a set for `ignored`. */
export function resetFields(...paths: readonly (readonly string[])[]): FieldSet {
  return fieldSetOf(...paths.map((path) => path.map((name) => `f:${name}`)))
}

/** What nobody owns, because it is the object's identity or the server's (apiserver managedfields/internal/stripmeta.go). */
const unowned = resetFields(
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map(
    (name) => ['metadata', name],
  ),
)

function stripMetadata(owners: ReadonlyMap<string, Ownership>, key: string): ReadonlyMap<string, Ownership> {
  const owned = owners.get(key)
  if (owned === undefined) return owners
  const set = subtract(owned.set, unowned)
  if (set === owned.set) return owners
  const stripped = new Map(owners)
  if (set.size === 0) stripped.delete(key)
  else stripped.set(key, { ...owned, set })
  return stripped
}

/** What the server decides: manifests that were exported from a cluster carry it (`creationTimestamp: null`). */
const systemMetadata = [
  'creationTimestamp',
  'uid',
  'resourceVersion',
  'generation',
  'selfLink',
  'managedFields',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
]

function withoutSystemMetadata(object: KubeObject, exists: boolean): KubeObject {
  const sent: Record<string, unknown> = { ...object.metadata }
  const found = systemMetadata.filter((name) => Object.hasOwn(sent, name) && (exists || sent[name] === null))
  if (found.length === 0) return object
  const metadata = { ...object.metadata } as ObjectMeta & Record<string, unknown>
  for (const name of found) delete metadata[name]
  return { ...object, metadata }
}

/** Fields that cannot be read are no reason to refuse a write; the server starts anew, as a real one does. */
function readStored(object: KubeObject | undefined): ManagedState {
  try {
    return decodeManagedFields(object?.metadata.managedFields)
  } catch {
    return emptyManagedState
  }
}

function chooseStored(request: UpdateRequest): ManagedState {
  if (!request.subresource) {
    if (isReset(request.after.metadata.managedFields)) return emptyManagedState
    const sent = readStored(request.after)
    if (sent.owners.size > 0) return sent
  }
  return readStored(request.before)
}

function rulesOf(context: WriteContext, version: string): OwnershipRules {
  const rules: OwnershipRules = {}
  if (context.ignored !== undefined) rules.ignored = new Map([[version, context.ignored]])
  const { convert } = context
  if (convert !== undefined) {
    const convertValue: Convert = ({ value, type }, to) => {
      if (!isMap(value) || value['kind'] === undefined) return { value, type, version: to }
      const converted = convert(value as KubeObject, to)
      return converted === undefined
        ? undefined
        : { value: withoutManagedFields(converted.object), type: converted.schema ?? deducedType, version: to }
    }
    rules.convert = convertValue
  }
  return rules
}

function describe(object: KubeObject): string {
  const slash = object.apiVersion.indexOf('/')
  const version = slash < 0 ? `/${object.apiVersion}` : object.apiVersion
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}; ${version}, Kind=${object.kind}`
}

function describeConflicts(found: readonly Conflict[]): ApplyResult {
  const conflicts = found.map(({ manager, path }): ApplyConflict => {
    const { manager: name, operation } = readManagerKey(manager)
    return { manager: name, operation, field: printPath(path), message: `conflict with ${printManager(manager)}` }
  })
  if (conflicts.length === 1) {
    return { outcome: 'conflict', conflicts, message: `Apply failed with 1 conflict: ${conflicts[0]?.message}: ${conflicts[0]?.field}` }
  }
  const lines: string[] = []
  let last = ''
  for (const [index, { manager }] of found.entries()) {
    if (manager !== last) lines.push(`conflicts with ${printManager(manager)}:`)
    last = manager
    lines.push(`- ${conflicts[index]?.field}`)
  }
  return { outcome: 'conflict', conflicts, message: `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}` }
}

function printManager(key: string): string {
  const { manager, operation, apiVersion, subresource } = readManagerKey(key)
  const name =
    subresource === undefined ? JSON.stringify(manager) : `${JSON.stringify(manager)} with subresource ${JSON.stringify(subresource)}`
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}
