import { parse } from 'csv-parse/sync'
import { frameOf, fromRecords, indexColumn, maxColumns, type Table } from './frame.ts'
import { parseLooseJson } from './loose-json.ts'
import { refused } from './text-file.ts'

export type { Table } from './frame.ts'

const maxRows = 1_000_000

/**
 * CSV and TSV with a header (also with semicolons), JSON in the forms that pandas writes, JSON lines; `.gz` behind any of them. `names` are columns that
 * are looked for. Throws `invalid-request` with the line.
 */
export function readTable(path: string, text: string, names: readonly string[] = []): Table {
  const name = path.replace(/\.gz$/i, '')
  const table = /\.(jsonl|ndjson)$/i.test(name)
    ? fromLines(path, text)
    : /\.json$/i.test(name)
      ? fromJson(path, text, names)
      : fromCsv(path, text, /\.tsv$/i.test(name))
  if (table.columns.length > maxColumns) throw refused(path, `it has ${table.columns.length} columns; at most ${maxColumns} are read`)
  if (table.rows.length > maxRows) throw refused(path, `it has ${table.rows.length} rows; at most ${maxRows} are read`)
  const seen = new Set<string>()
  for (const column of table.columns) {
    if (seen.has(column)) throw refused(path, `column '${column}' is there twice`)
    seen.add(column)
  }
  return table
}

/** Undefined where the table has no such column. */
export function columnOf({ columns, rows }: Table, name: string): unknown[] | undefined {
  const index = columns.indexOf(name)
  return index < 0 ? undefined : rows.map((row) => row[index])
}

/** Where a number is written with a comma: as text it would be none, and nobody would know why. */
export function requireNoDecimalCommas(name: string, column: string, values: readonly unknown[]): void {
  const row = values.findIndex((value) => typeof value === 'string' && /^\s*[-+]?\d*,\d+(e[-+]?\d+)?\s*$/i.test(value))
  if (row >= 0)
    throw refused(
      name,
      `'${column}' has '${String(values[row]).trim()}' in row ${row + 1}, with a decimal comma; write numbers with a point (decimal='.')`,
    )
}

function fromCsv(name: string, text: string, hasTabs: boolean): Table {
  let records: string[][]
  try {
    records = parse(text, {
      bom: true,
      delimiter: hasTabs ? '\t' : delimiterOf(text),
      skip_empty_lines: true,
      max_record_size: 1024 * 1024,
      to: maxRows + 2,
    })
  } catch (error) {
    throw refused(name, error instanceof Error ? error.message : String(error))
  }
  const [head, ...rows] = records
  if (!head) throw refused(name, 'it is empty')
  const columns = head.map((column) => column.trim())
  // `to_csv` writes the numbers of rows under no name; what has been read and written again has it as `Unnamed: 0`.
  const unnamed = /^(Unnamed: 0)?$/.test(columns[0] ?? '') && columns.length > 1 && !columns.includes(indexColumn)
  return { columns: unnamed ? [indexColumn, ...columns.slice(1)] : columns, rows }
}

/** Of the header: spreadsheets of half of Europe write semicolons, and some exports tabs in a `.csv`. */
function delimiterOf(text: string): string {
  const head = (/^\uFEFF?(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text.slice(0, 64 * 1024))?.[0] ?? '').replaceAll(/"(?:[^"]|"")*"/g, '')
  if (head.includes(',')) return ','
  return head.includes(';') ? ';' : head.includes('\t') ? '\t' : ','
}

function fromJson(name: string, text: string, names: readonly string[]): Table {
  let value: unknown
  try {
    value = parseLooseJson(withoutMark(text))
  } catch (error) {
    // `to_json(lines=True)` into a file that is called .json
    if (/^\uFEFF?\s*\{[^\n]*\}\s*\n\s*\{/.test(text)) return fromLines(name, text)
    throw refused(name, error instanceof Error ? error.message : String(error))
  }
  return frameOf(name, value, names)
}

function fromLines(name: string, text: string): Table {
  const lines = withoutMark(text).split(/\r\n|\n|\r/)
  const items: unknown[] = []
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    try {
      items.push(parseLooseJson(line))
    } catch (error) {
      throw refused(`${name}:${index + 1}`, error instanceof Error ? error.message : String(error))
    }
    if (items.length > maxRows) throw refused(name, `it has more than ${maxRows} rows`)
  }
  return fromRecords(name, items)
}

function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '')
}
