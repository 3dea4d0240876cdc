import type { ModelGate } from '@plimsoll/api'
import type { EvaluationDocument } from '../contract.ts'
import { indexColumn } from './frame.ts'
import { columnOf, readTable, requireNoDecimalCommas, type Table } from './table.ts'
import { refused } from './text-file.ts'

type Predictions = NonNullable<EvaluationDocument['predictions']>
type Columns = NonNullable<ModelGate['spec']['columns']>

/** Names under which people write them, in the order in which they are looked for. */
const usual = {
  // What pandas calls rows that have no other names comes last.
  id: ['id', 'row_id', 'row', 'key', 'uuid', 'transaction_id', indexColumn],
  label: ['label', 'y', 'y_true', 'target', 'truth', 'actual', 'class'],
  score: ['score', 'probability', 'proba', 'y_score', 'y_prob', 'p'],
  predicted: ['predicted', 'prediction', 'y_pred', 'pred', 'predicted_label'],
  value: ['predicted', 'prediction', 'y_pred', 'pred', 'forecast'],
} as const

/** Answers row by row. Columns are found by their usual names, or as the gate says. Throws `invalid-request`. */
export function readPredictions(name: string, text: string, columns: Columns = {}, task?: 'classification' | 'regression'): Predictions {
  const table = readTable(name, text, namesOf(columns))
  const { id, label } = { id: chosen(name, table, 'id', columns), label: chosen(name, table, 'label', columns) }
  if (label === undefined) throw refused(name, `no column has the labels (found ${list(table)}); name it in columns.label`)
  const score = chosen(name, table, 'score', columns)
  const value = columns.value !== undefined || task === 'regression' ? chosen(name, table, 'value', columns) : undefined
  const predicted = value === undefined ? chosen(name, table, 'predicted', columns) : undefined
  for (const one of [score, value, value === undefined ? undefined : label, ...(columns.probabilities ?? [])])
    if (one !== undefined) requireNoDecimalCommas(name, one, column(table, one))
  const labels = labelsOf(column(table, label), value !== undefined)
  const used = new Set([id, label, score, value, predicted, ...(columns.probabilities ?? [])])
  const rest = table.columns.filter((one) => !used.has(one))
  const predictions: Predictions = {
    rowIds: id === undefined ? table.rows.map((_, row) => String(row)) : idsOf(column(table, id)),
    labels,
    ...(score !== undefined && { scores: numbersOf(column(table, score)) }),
    ...(predicted !== undefined && { classes: labelsOf(column(table, predicted), false) }),
    ...(value !== undefined && { values: numbersOf(column(table, value)) }),
    ...(rest.length > 0 && { columns: Object.fromEntries(rest.map((one) => [one, labelsOf(column(table, one), true)])) }),
  }
  if (columns.probabilities) {
    const lists = columns.probabilities.map((one) => {
      const found = columnOf(table, one)
      if (!found) throw refused(name, `there is no column '${one}', which columns.probabilities names (found ${list(table)})`)
      return numbersOf(found)
    })
    predictions.probabilities = table.rows.map((_, row) => lists.map((one) => one[row] ?? Number.NaN))
    predictions.classNames = columns.probabilities.map((one) => asLabel(one, false))
  }
  return predictions
}

/** Row ids of training data, for the leak rule. */
export function readRowIds(name: string, text: string, columns: Columns = {}): string[] {
  const table = readTable(name, text, namesOf(columns))
  const id = chosen(name, table, 'id', columns)
  if (id === undefined) throw refused(name, `no column has the row ids (found ${list(table)}); name it in columns.id`)
  return idsOf(column(table, id))
}

/** Which id is there twice, in words: rows that join one to one cannot have that. */
export function doubledRowId({ rowIds }: Pick<Predictions, 'rowIds'>): string | undefined {
  const seen = new Map<string, number>()
  for (const [row, id] of rowIds.entries()) {
    const first = seen.get(id)
    if (first !== undefined) return `row id '${id.slice(0, 100)}' is there twice, in rows ${first + 1} and ${row + 1}`
    seen.set(id, row)
  }
  return undefined
}

/** As text. Whole numbers that pandas has made fractions of (a column in which some are missing: `17.0`) are what they were. */
function idsOf(values: readonly unknown[]): string[] {
  const ids = values.map((value) =>
    typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value),
  )
  return ids.some((id) => /^-?\d+\.0$/.test(id)) && ids.every((id) => /^-?\d+\.0$|^$/.test(id))
    ? ids.map((id) => id.replace(/\.0$/, ''))
    : ids
}

function namesOf(columns: Columns): string[] {
  const { id, label, score, predicted, value, probabilities = [] } = columns
  const named = [id, label, score, predicted, value].filter((one) => one !== undefined)
  return [...named, ...probabilities, ...Object.values(usual).flat()].filter((one) => one !== indexColumn)
}

function chosen(name: string, table: Table, which: keyof typeof usual, columns: Columns): string | undefined {
  const named = columns[which]
  if (named !== undefined) {
    if (!table.columns.includes(named))
      throw refused(name, `there is no column '${named}', which columns.${which} names (found ${list(table)})`)
    return named
  }
  return usual[which].find((one) => table.columns.includes(one))
}

function list({ columns }: Table): string {
  return columns.slice(0, 20).join(', ') + (columns.length > 20 ? ', …' : '')
}

function column(table: Table, name: string): unknown[] {
  return columnOf(table, name) ?? []
}

/** What is no number is none: the gate says `notFinite`, and never a pass. */
function numbersOf(values: readonly unknown[]): number[] {
  return values.map((value) =>
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN,
  )
}

function labelsOf(values: readonly unknown[], wantsNumbers: boolean): (string | number | boolean)[] {
  return values.map((value) => asLabel(value, wantsNumbers))
}

/** CSV knows only text: what reads as a whole number is one, so that `1` and `1.0` of two models are the same class. */
function asLabel(value: unknown, wantsNumbers: boolean): string | number | boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  const text = typeof value === 'string' ? value.trim() : ''
  // As Python writes them; JSON has them as they are.
  if (text === 'True' || text === 'False') return text === 'True'
  if (/^[-+]?\d+(\.0+)?$/.test(text) || (wantsNumbers && text !== '' && Number.isFinite(Number(text)))) return Number(text)
  return text === '' ? Number.NaN : text
}
