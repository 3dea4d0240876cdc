import { load } from 'js-yaml'
import { collectFields } from './collect-fields.ts'
import { compareValues } from './compare-values.ts'
import type { FieldSet } from './field-set.ts'
import { eachPath, emptyFieldSet, intersect, isSameSet, subtract, unite } from './field-set.ts'
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts'
import { MergeError } from './merge-values.ts'
import type { Convert, Owners, OwnershipRules, TypedValue } from './ownership.ts'
import { applyOwned, updateOwned } from './ownership.ts'
import { printPath } from './path-element.ts'
import { convertBetween } from './recorded-conversion.ts'
import type { StructuredReference, StructuredSchema } from './structured-schema.ts'
import { printViolations, validateValue } from './validate-value.ts'
import { isEqualJson } from '../schema/json-value.ts'

/**
 * One operation on an object as structured-merge-diff did it, and what came out. Operations of one `case` of one `test`
 * follow each other on one object.
 */
export interface RecordedOperation {
  test: string
  case: number
  op: 'apply' | 'update'
  manager: string
  force: boolean
  /** API version of `object`. */
  version: string
  object: unknown
  /** Name of a schema, and in YAML the reference to the object's type in it. */
  schema: string
  typeRef: string
  /** The case ignores some fields. The recording says that it does, not which: they are read off `managedAfter`. */
  filter: boolean
  ignored: boolean
  liveAfter: unknown
  managedAfter: Record<string, { applied: boolean; fields: unknown; version: string }>
  conflicts?: { manager: string; path: string }[]
}

/** Replays one case. Undefined when all came out as recorded, otherwise what did not. */
export function replayCase(operations: readonly RecordedOperation[], schemaNamed: (name: string) => StructuredSchema): string | undefined {
  let live: TypedValue | undefined
  let owners: Owners = new Map()
  const ignored = new Map<string, FieldSet>()
  for (const [index, operation] of operations.entries()) {
    const where = `operation ${index + 1} (${operation.op} by ${operation.manager})`
    const schema = schemaNamed(operation.schema)
    const type = schema.type(load(operation.typeRef) as StructuredReference)
    if (type === undefined) return `${where}: the schema ${operation.schema} has no type ${operation.typeRef.trim()}`
    const convert: Convert = convertBetween(operation, operations, schemaNamed)
    const sent: TypedValue = { value: operation.object, type, version: operation.version }
    const violations = validateValue(sent.value, type, { allowDuplicates: operation.op === 'update' })
    if (violations.length > 0) return `${where}: refused: ${printViolations(violations)}`
    // A schema may have changed since the last operation: the live object is looked at with the new one.
    live =
      live === undefined
        ? { value: null, type, version: operation.version }
        : (convert({ ...live, type: typeAt(live, operation, operations, schemaNamed) }, operation.version) ?? live)
    live = { ...live, type, version: operation.version }
    const rules: OwnershipRules = { convert }
    if (operation.filter || operation.ignored) {
      noteIgnored(operation, live, sent, ignored)
      rules.ignored = ignored
    }
    let conflicts: string[] = []
    try {
      if (operation.op === 'update') {
        owners = updateOwned(live, sent, owners, operation.manager, rules)
        live = sent
      } else {
        const outcome = applyOwned(live, sent, owners, operation.manager, operation.force, rules)
        if (outcome.conflicts !== undefined) conflicts = outcome.conflicts.map(({ manager, path }) => `${manager} ${printPath(path)}`)
        else {
          owners = outcome.owners
          live = { ...live, value: outcome.value }
        }
      }
    } catch (error) {
      if (!(error instanceof MergeError)) throw error
      return `${where}: refused: ${error.message}`
    }
    const problem =
      differentConflicts(conflicts, operation.conflicts ?? []) ??
      differentLive(live.value, operation.liveAfter) ??
      differentOwners(owners, operation.managedAfter)
    if (problem !== undefined) return `${where}: ${problem}`
  }
  return undefined
}

function typeAt(
  live: TypedValue,
  operation: RecordedOperation,
  operations: readonly RecordedOperation[],
  schemaNamed: (name: string) => StructuredSchema,
): TypedValue['type'] {
  const earlier = operations.findLast((one) => one.version === live.version)
  const reference = earlier === undefined ? undefined : schemaNamed(operation.schema).type(load(earlier.typeRef) as StructuredReference)
  return reference ?? live.type
}

function noteIgnored(operation: RecordedOperation, live: TypedValue, sent: TypedValue, ignored: Map<string, FieldSet>): void {
  const after = operation.managedAfter[operation.manager]
  if (operation.conflicts !== undefined || (after !== undefined && after.version !== operation.version)) return
  const comparison = compareValues(live.value, sent.value, sent.type)
  const touched = operation.op === 'apply' ? collectFields(sent.value, sent.type) : unite(comparison.added, comparison.modified)
  const missing = subtract(touched, after === undefined ? emptyFieldSet : decodeFieldsV1(after.fields))
  ignored.set(operation.version, unite(ignored.get(operation.version) ?? emptyFieldSet, intersect(missing, touched)))
}

function differentConflicts(found: string[], expected: readonly { manager: string; path: string }[]): string | undefined {
  const wanted = expected.map(({ manager, path }) => `${manager} ${path}`)
  const missing = wanted.filter((one) => !found.includes(one))
  const extra = found.filter((one) => !wanted.includes(one))
  if (missing.length === 0 && extra.length === 0) return undefined
  return `conflicts differ: missing [${missing.join(', ')}], not expected [${extra.join(', ')}]`
}

function differentLive(found: unknown, expected: unknown): string | undefined {
  if (isEqualJson(found ?? null, expected ?? null)) return undefined
  return `the object is ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`
}

function differentOwners(found: Owners, expected: RecordedOperation['managedAfter']): string | undefined {
  for (const [manager, { set, version, applied }] of found) {
    const wanted = Object.hasOwn(expected, manager) ? expected[manager] : undefined
    if (wanted === undefined) return `${manager} owns ${printSet(set)}, expected nothing`
    if (!isSameSet(set, decodeFieldsV1(wanted.fields)))
      return `${manager} owns ${printSet(set)}, expected ${printSet(decodeFieldsV1(wanted.fields))}`
    if (version !== wanted.version || applied !== wanted.applied)
      return `${manager} owns at ${version}, applied ${applied}; expected ${wanted.version}, ${wanted.applied}`
    // What is written must read back as the same.
    if (!isSameSet(decodeFieldsV1(JSON.parse(JSON.stringify(encodeFieldsV1(set)))), set))
      return `the fields of ${manager} do not survive being written`
  }
  const missing = Object.keys(expected).find((manager) => !found.has(manager))
  return missing === undefined ? undefined : `${missing} owns nothing, expected ${JSON.stringify(expected[missing]?.fields)}`
}

function printSet(set: FieldSet): string {
  const paths: string[] = []
  eachPath(set, (path) => paths.push(printPath(path)))
  return `{${paths.join(' ')}}`
}
