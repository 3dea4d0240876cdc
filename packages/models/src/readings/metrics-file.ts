import { load } from 'js-yaml'
import type { EvaluationDocument } from '../contract.ts'
import { frameOf, indexColumn, isObject, type Table } from './frame.ts'
import { parseLooseJson, unwrapNumber } from './loose-json.ts'
import { readTable, requireNoDecimalCommas } from './table.ts'
import { refused } from './text-file.ts'

type Metrics = EvaluationDocument['metrics']

const maxMetrics = 10_000
const maxDepth = 20

/**
 * Figures of a file, as DVC, MLflow, pandas and scikit-learn write them: JSON and YAML with objects inside each other (`eval.average_precision`), CSV and
 * TSV with one row of names and one of values, or with columns `name` (or `metric`) and `value`, or with a name for each row and several columns of
 * figures (`macro avg.f1-score`). What stands there is taken as it is: that text is no number is for the gate to say. Throws `invalid-request` for what
 * is no such file.
 */
export function readMetrics(path: string, text: string): Metrics {
  if (text.replace(/^\uFEFF/, '').trim() === '') throw refused(path, 'it is empty')
  const name = path.replace(/\.gz$/i, '')
  if (/\.(csv|tsv)$/i.test(name)) return fromTable(path, readTable(path, text))
  if (/\.toml$/i.test(name)) throw refused(path, 'TOML is not read here; write JSON or YAML')
  let value: unknown
  try {
    value = /\.json$/i.test(name) ? parseLooseJson(text.replace(/^\uFEFF/, '')) : load(text, { filename: path })
  } catch (error) {
    throw refused(path, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
  }
  if (isFrame(value)) return fromTable(path, frameOf(path, value))
  if (!isObject(value)) throw refused(path, 'it holds no names with figures')
  return figuresOf(path, unwrapped(value))
}

/** What `to_json` makes of a DataFrame with one row, or of several with names. */
function isFrame(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isObject)
  if (!isObject(value)) return false
  return Array.isArray(value['data']) && (Array.isArray(value['columns']) || isObject(value['schema']))
}

/** `dvc metrics show --json`, of one file; and `{name: {"0": figure}}`, `{"0": {name: figure}}`: pandas' only row. */
function unwrapped(value: Record<string, unknown>): Record<string, unknown> {
  const workspace = Object.hasOwn(value, '') ? value[''] : undefined
  if (isObject(workspace) && isObject(workspace['data'])) {
    const files = Object.entries(workspace['data']).map(([file, shown]) => [file, isObject(shown) ? shown['data'] : undefined] as const)
    const [only, ...others] = files
    return only && others.length === 0 && isObject(only[1]) ? only[1] : fromEntries(files)
  }
  const entries = Object.entries(value)
  const [first, ...others] = entries
  if (first?.[0] === '0' && others.length === 0 && isObject(first[1])) return first[1]
  const isColumn = (item: unknown): item is Record<string, unknown> =>
    isObject(item) && Object.hasOwn(item, '0') && Object.keys(item).length === 1
  return entries.every(([, item]) => isColumn(item))
    ? fromEntries(entries.map(([key, item]) => [key, (item as Record<string, unknown>)['0']]))
    : value
}

function fromTable(name: string, { columns, rows }: Table): Metrics {
  for (const [index, column] of columns.entries())
    requireNoDecimalCommas(
      name,
      column,
      rows.map((row) => row[index]),
    )
  const metrics = emptyMetrics()
  const names = columns.findIndex((column) => /^(name|metric|key)$/i.test(column))
  const values = columns.findIndex((column) => /^value$/i.test(column))
  const index = columns.indexOf(indexColumn)
  const put = (metric: string, value: unknown): void => {
    if (Object.hasOwn(metrics, metric)) throw refused(name, `'${metric}' is there twice`)
    metrics[metric] = { value: numberOr(value) }
  }
  const figure = columns.find((column) => /^[-+]?\d*\.\d+(e[-+]?\d+)?$/i.test(column))
  if (figure !== undefined) throw refused(name, `its first row has the figure ${figure}, where the names of columns belong`)
  if (rows.length > maxMetrics) throw refused(name, `it has ${rows.length} rows; at most ${maxMetrics} figures are read`)
  const keys = names >= 0 ? names : index
  if (keys >= 0 && values >= 0) for (const row of rows) put(String(row[keys]), row[values])
  else if (index >= 0 && columns.length === 2 && rows.some((row) => !isCount(row[index]))) {
    // A Series: its names, and its values under a name of no meaning.
    for (const row of rows) put(String(row[index]), row[1 - index])
  } else if (rows.length === 1) {
    // `mlflow.search_runs` has the figures of a run among everything else that there is of it.
    const isRun = columns.includes('run_id') && columns.some((column) => column.startsWith('metrics.'))
    for (const [at, column] of columns.entries()) {
      if (isRun && column.startsWith('metrics.')) put(column.slice('metrics.'.length), rows[0]?.[at])
      else if (!isRun && (at !== index || !isCount(rows[0]?.[at]))) put(column, rows[0]?.[at])
    }
  } else if (index >= 0 && rows.some((row) => !isCount(row[index]))) {
    if (rows.length * (columns.length - 1) > maxMetrics) throw refused(name, `it has more than ${maxMetrics} figures`)
    for (const row of rows) for (const [at, column] of columns.entries()) if (at !== index) put(`${String(row[index])}.${column}`, row[at])
  } else {
    const why = `it has ${rows.length} rows of values; figures are one row below their names, or columns 'name' and 'value'`
    throw refused(
      name,
      columns.includes('step') || columns.includes('epoch')
        ? `${why}. Of a history, write the row that is meant into a file of its own`
        : why,
    )
  }
  return metrics
}

function figuresOf(name: string, root: object): Metrics {
  const metrics = emptyMetrics()
  let found = 0
  const put = (path: string, figure: unknown, n?: unknown): void => {
    requireNoDecimalCommas(name, path, [figure])
    if (++found > maxMetrics) throw refused(name, `it has more than ${maxMetrics} figures`)
    metrics[path] = { value: unwrapNumber(figure), ...(n !== undefined && { n }) }
  }
  const collect = (value: object, prefix: string, depth: number): void => {
    if (depth > maxDepth) throw refused(name, `objects stand more than ${maxDepth} deep inside each other`)
    for (const [key, item] of Object.entries(value) as [string, unknown][]) {
      const path = `${prefix}${key}`
      if (!isObject(item)) put(path, item)
      else if (isFigure(item)) put(path, item.value, item.n)
      else if (isDifference(item)) throw refused(name, 'it is what `dvc metrics diff` says, of two models; give the file of figures itself')
      else collect(item, `${path}.`, depth + 1)
    }
  }
  collect(root, '', 0)
  return metrics
}

function isDifference(item: object): boolean {
  return ['old', 'new', 'diff'].every((key) => Object.hasOwn(item, key)) && Object.keys(item).length === 3
}

/** `{ "value": 0.9, "n": 1000 }`: a figure that says how many rows it is of. */
function isFigure(item: object): item is { value: unknown; n?: unknown } {
  const keys = Object.keys(item)
  return Object.hasOwn(item, 'value') && keys.every((key) => key === 'value' || key === 'n')
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && /^\d+$/.test(value.trim())
}

function numberOr(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' && /^[-+.\d]|^(nan|inf(inity)?)$/i.test(value.trim())
    ? numberOf(value.trim())
    : value
}

function numberOf(text: string): unknown {
  if (/^[-+]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  const number = Number(text)
  return Number.isNaN(number) ? text : number
}

function fromEntries(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const record = Object.create(null) as Record<string, unknown>
  for (const [key, value] of entries) record[key] = value
  return record
}

function emptyMetrics(): Metrics {
  return Object.create(null) as Metrics
}
