import type { GoMap, GoValue } from '../go/value.ts'
import { isTable } from './coalesce.ts'

/** `Values.Table`: the table at a path with dots; undefined where one of its parts is none. */
export function tableAt(values: GoMap, path: string): GoMap | undefined {
  let table = values
  for (const part of path.split('.')) {
    const next = table.get(part)
    if (!isTable(next)) return undefined
    table = next
  }
  return table
}

/** `Values.PathValue`: what is at a path, if it is there and no table. */
export function valueAt(values: GoMap, path: string): { value: GoValue } | undefined {
  const dot = path.lastIndexOf('.')
  const table = dot < 0 ? values : tableAt(values, path.slice(0, dot))
  const key = path.slice(dot + 1)
  if (table === undefined || !table.has(key)) return undefined
  const value = table.get(key)
  return isTable(value) ? undefined : { value }
}
