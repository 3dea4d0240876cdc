import { refused } from './text-file.ts'

/** Rows of named columns; values are text (CSV) or what JSON had. */
export interface Table {
  columns: string[]
  rows: (readonly unknown[])[]
}

/** What pandas calls rows that have no names of their own; the column is there where nothing else has that name. */
export const indexColumn = 'index'

/**
 * A table by what pandas' `to_json` writes: records, split (also MLflow's `log_table`), table, columns and index; and an object of lists. `names` tells
 * columns from rows where both could be either.
 */
export function frameOf(name: string, value: unknown, names: readonly string[] = []): Table {
  if (Array.isArray(value)) return fromRecords(name, value)
  if (!isObject(value)) throw refused(name, 'it holds neither a list of rows nor an object of columns')
  const entries = Object.entries(value)
  if (entries.length === 0) throw refused(name, 'it is empty')
  const { columns, index, data, schema } = value
  if (Array.isArray(columns) && Array.isArray(data)) return fromSplit(name, columns, index, data)
  if (isObject(schema) && Array.isArray(data)) return fromRecords(name, data)
  if (entries.every(([, item]) => isObject(item))) return fromObjects(name, entries as [string, Record<string, unknown>][], names)
  return fromLists(name, entries)
}

export function fromRecords(name: string, items: readonly unknown[]): Table {
  if (items.length === 0) throw refused(name, 'it is empty')
  if (items.every((item) => Array.isArray(item)))
    throw refused(name, "its columns have no names (orient='values'); write it with orient='records'")
  const columns = new Map<string, number>()
  for (const [index, item] of items.entries()) {
    if (!isObject(item)) throw refused(name, `row ${index + 1} is no object`)
    for (const column of Object.keys(item)) if (!columns.has(column)) columns.set(column, columns.size)
    if (columns.size > maxColumns) throw refused(name, `it has more than ${maxColumns} columns`)
  }
  const names = [...columns.keys()]
  return { columns: names, rows: items.map((item) => names.map((column) => own(item as object, column))) }
}

export const maxColumns = 1000

function fromSplit(name: string, columns: readonly unknown[], index: unknown, data: readonly unknown[]): Table {
  const names = columns.map(String)
  const labels = Array.isArray(index) && index.length === data.length && !names.includes(indexColumn) ? (index as unknown[]) : undefined
  const rows = data.map((row, at) => {
    if (!Array.isArray(row) || row.length !== names.length) throw refused(name, `row ${at + 1} has not ${names.length} values`)
    return labels ? [...(row as unknown[]), labels[at]] : (row as unknown[])
  })
  return { columns: labels ? [...names, indexColumn] : names, rows }
}

/** `{column: {row: value}}` or `{row: {column: value}}`: pandas numbers rows that have no names. */
function fromObjects(name: string, entries: [string, Record<string, unknown>][], names: readonly string[]): Table {
  const [outer, inner] = [entries.map(([key]) => key), Object.keys(entries[0]?.[1] ?? {})]
  const known = new Set(names)
  const score = (keys: readonly string[]): number =>
    (keys.some((key) => known.has(key)) ? 2 : 0) + (keys.every((key) => /^\d+$/.test(key)) ? -1 : 0)
  const [outerScore, innerScore] = [score(outer), score(inner)]
  if (outerScore === innerScore)
    throw refused(
      name,
      "whether its outer names are columns or rows cannot be told; write it with orient='records', or name the columns in the gate",
    )
  if (outerScore < innerScore) {
    const table = fromRecords(
      name,
      entries.map(([, item]) => item),
    )
    return withIndex(table, outer)
  }
  const other = entries.find(([, item]) => Object.keys(item).length !== inner.length || inner.some((key) => !Object.hasOwn(item, key)))
  if (other) throw refused(name, `'${other[0]}' has other rows than '${outer[0]}'`)
  return withIndex({ columns: outer, rows: inner.map((key) => entries.map(([, item]) => own(item, key))) }, inner)
}

function withIndex({ columns, rows }: Table, labels: readonly string[]): Table {
  if (columns.includes(indexColumn)) return { columns, rows }
  return { columns: [...columns, indexColumn], rows: rows.map((row, at) => [...row, labels[at]]) }
}

function fromLists(name: string, entries: readonly [string, unknown][]): Table {
  const lists = entries.map(([column, list]) => {
    if (!Array.isArray(list)) throw refused(name, `'${column}' is no list`)
    return list as unknown[]
  })
  const length = lists[0]?.length ?? 0
  const other = lists.findIndex((list) => list.length !== length)
  if (other >= 0) throw refused(name, `'${entries[other]?.[0]}' has ${lists[other]?.length} values and '${entries[0]?.[0]}' ${length}`)
  return { columns: entries.map(([column]) => column), rows: Array.from({ length }, (_, row) => lists.map((list) => list[row])) }
}

function own(item: object, key: string): unknown {
  return Object.hasOwn(item, key) ? (Reflect.get(item, key) as unknown) : undefined
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
