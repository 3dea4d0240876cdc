import type { TableColumn } from '../../api-server/kind-registry.ts'
import { type Fields, fieldsOrEmpty, listOf, textOf } from '../reading.ts'
import { timeSince } from './human-duration.ts'

/** Columns and rows of a kind: Kubernetes `pkg/printers/internalversion/printers.go`, 1.34. */
export interface KindTable {
  columns: TableColumn[]
  /** One cell per column, wide ones included. */
  cells(object: Fields, now: number): unknown[]
}

/**
 * Columns from a short form: `#` behind a name is an integer, `?` a boolean, `+` shows it with `-o wide` only.
 * The column that is called Name carries the format by which kubectl finds names.
 */
export function columnsOf(...names: string[]): TableColumn[] {
  return names.map((name) => {
    const priority = name.endsWith('+') ? 1 : 0
    const bare = priority === 1 ? name.slice(0, -1) : name
    const type = bare.endsWith('#') ? 'integer' : bare.endsWith('?') ? 'boolean' : 'string'
    const text = type === 'string' ? bare : bare.slice(0, -1)
    return { name: text, type, format: text === 'Name' ? 'name' : '', description: text, priority }
  })
}

/** For kinds without printer: name and time of creation, as rest.NewDefaultTableConvertor. */
export const plainTable: KindTable = {
  columns: [
    ...columnsOf('Name'),
    { name: 'Created At', type: 'date', format: '', description: 'When the object was created, in UTC.', priority: 0 },
  ],
  cells: (object) => [nameOf(object), textOf(fieldsOrEmpty(object['metadata'])['creationTimestamp'])],
}

export function nameOf(object: Fields): string {
  return textOf(fieldsOrEmpty(object['metadata'])['name'])
}

export function ageOf(object: Fields, now: number): string {
  return timeSince(fieldsOrEmpty(object['metadata'])['creationTimestamp'], now)
}

export function isBeingDeleted(object: Fields): boolean {
  return fieldsOrEmpty(object['metadata'])['deletionTimestamp'] !== undefined
}

/** Names and images of a pod template's containers, each joined by commas. */
export function containerCells(podSpec: unknown): [names: string, images: string] {
  const containers = listOf(fieldsOrEmpty(podSpec)['containers']).map(fieldsOrEmpty)
  return [containers.map((each) => textOf(each['name'])).join(','), containers.map((each) => textOf(each['image'])).join(',')]
}

/** Labels as `a=b,c=d`, `<none>` when there are none. */
export function printLabels(labels: unknown): string {
  const entries = Object.entries(fieldsOrEmpty(labels)).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? '<none>' : entries.map(([key, value]) => `${key}=${String(value)}`).join(',')
}

/** The first few of many: `a,b,c + 2 more...`. */
export function firstOf(items: readonly string[], limit: number, whenEmpty: string): string {
  if (items.length === 0) return whenEmpty
  const shown = items.slice(0, limit).join(',')
  return items.length > limit ? `${shown} + ${items.length - limit} more...` : shown
}
