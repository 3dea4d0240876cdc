import { load } from 'js-yaml'
import type { TypeSchema } from '../schema/type-schema.ts'
import type { Convert, TypedValue } from './ownership.ts'
import type { RecordedOperation } from './recorded-case.ts'
import type { StructuredReference, StructuredSchema } from './structured-schema.ts'
import { isMap, setOwn } from '../schema/json-value.ts'

/**
 * How a recorded case converts between versions. The recording does not say: structured-merge-diff's tests bring their
 * converters as code. There are four, told apart by test and by schema.
 */
export function convertBetween(
  operation: RecordedOperation,
  operations: readonly RecordedOperation[],
  schemaNamed: (name: string) => StructuredSchema,
): Convert {
  // Only some versions are served: those that still have owners afterwards, and the one in use.
  if (/Obsolete/.test(operation.test)) {
    const served = new Set([operation.version, ...Object.values(operation.managedAfter).map(({ version }) => version)])
    return (value, version) => (served.has(version) ? { ...value, version } : undefined)
  }
  // Names below the first level are one letter, repeated as often as the version's number says.
  if (/RealConversion|FilteredFieldsUsesVersions/.test(operation.test))
    return (value, version) => ({ ...value, version, value: repeatNames(value.value, Number(version.slice(1))) })
  return (value, version) => {
    const to = typeOfVersion(version, value, operation, operations, schemaNamed)
    if (to === value.type) return { ...value, version }
    return { value: renameByPosition(value.value, value.type, to), type: to, version }
  }
}

/** One type for each version, where the schema has one named like it or an operation says so; otherwise one for all. */
function typeOfVersion(
  version: string,
  value: TypedValue,
  operation: RecordedOperation,
  operations: readonly RecordedOperation[],
  schemaNamed: (name: string) => StructuredSchema,
): TypeSchema {
  const schema = schemaNamed(operation.schema)
  const used = operations.find((one) => one.version === version)
  if (used !== undefined) return schema.type(load(used.typeRef) as StructuredReference) ?? value.type
  return value.type.name === value.version ? (schema.type(version) ?? value.type) : value.type
}

/** The versions' types have their fields in the same places, under names of their own. */
function renameByPosition(value: unknown, from: TypeSchema, to: TypeSchema): unknown {
  if (Array.isArray(value))
    return value.map((item) => (from.list && to.list ? renameByPosition(item, from.list.element, to.list.element) : item))
  if (!isMap(value)) return value
  const renamed: Record<string, unknown> = {}
  const places = [...(from.map?.fields.keys() ?? [])]
  const fields = [...(to.map?.fields.values() ?? [])]
  for (const [name, member] of Object.entries(value)) {
    const target = fields[places.indexOf(name)]
    const type = from.map?.fields.get(name)?.type
    setOwn(renamed, target?.name ?? name, target !== undefined && type !== undefined ? renameByPosition(member, type, target.type) : member)
  }
  return renamed
}

function repeatNames(value: unknown, times: number, depth = 0): unknown {
  if (!isMap(value)) return value
  const renamed: Record<string, unknown> = {}
  // Names may fall together; in the order of YAML the last one stays.
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [name, member] of members)
    setOwn(renamed, depth === 0 ? name : name.charAt(0).repeat(times), repeatNames(member, times, depth + 1))
  return renamed
}
