import type { TableColumn } from '../../api-server/kind-registry.ts'
import { type Fields, fieldsOrEmpty, listOf, numberOf, textOf } from '../reading.ts'
import { timeSince } from '../tables/human-duration.ts'
import { columnsOf, type KindTable, nameOf } from '../tables/table.ts'
import { findAll, type JsonPath, parseJsonPath } from './json-path.ts'

/** Name first, then what the definition lists; Age when it lists nothing: apiextensions `pkg/registry/customresource/tableconvertor`. */
export function customTable(columns: unknown): KindTable {
  const given = Array.isArray(columns)
    ? listOf(columns).map(fieldsOrEmpty)
    : [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'How long ago the object was created.' }]
  const compiled = given.map((column) => ({ column: toColumn(column), path: pathOf(column) }))
  return {
    columns: [...columnsOf('Name'), ...compiled.map((each) => each.column)],
    cells: (object, now) => [nameOf(object), ...compiled.map(({ column, path }) => cellOf(object, path, column.type, now))],
  }
}

function toColumn(column: Fields): TableColumn {
  return {
    name: textOf(column['name']),
    type: textOf(column['type']),
    format: textOf(column['format']),
    description: textOf(column['description']) || `Custom resource definition column (in JSONPath format): ${textOf(column['jsonPath'])}`,
    priority: numberOf(column['priority']) ?? 0,
  }
}

function pathOf(column: Fields): JsonPath {
  const path = parseJsonPath(textOf(column['jsonPath']))
  return typeof path === 'string' ? [{ type: 'field', name: '' }] : path
}

function cellOf(object: Fields, path: JsonPath, type: string, now: number): unknown {
  const found = findAll(object, path)
  const value = found[0]
  if (found.length === 0 || value === null || value === undefined) return null
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      return typeof value === 'string' ? timeSince(value, now) : null
    case 'string':
      return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)
    default:
      return null
  }
}
