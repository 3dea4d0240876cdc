import { quote } from '../go/format.ts'
import { type GoFunction, type GoMap, TypedMap } from '../go/value.ts'
import { WatchedTable } from '../go/watched-map.ts'
import { fixed } from '../sprig/go-function.ts'
import { writeHelmYaml } from '../yaml/index.ts'
import { tableAt, valueAt } from './table-path.ts'

/**
 * `.Values`: `chartutil.Values` in Helm 3, `common.Values` in Helm 4. That of a sub-chart is the same table that its parent sees in its own values,
 * under the type of values. `place` says which chart's it is.
 */
export function valuesObject(table: GoMap, version: '3' | '4', place: number): WatchedTable {
  const type = version === '3' ? 'chartutil.Values' : 'common.Values'
  const object: WatchedTable = new WatchedTable(type, table, { methods: valuesMethods(() => object.whole()), place })
  return object
}

/** Methods of the type that templates may call. */
function valuesMethods(values: () => GoMap): ReadonlyMap<string, GoFunction> {
  return new Map<string, GoFunction>([
    ['Encode', { parameters: ['io.Writer'], call: () => undefined }],
    ['AsMap', fixed([], () => asMap(values()))],
    ['YAML', fixed([], () => writeHelmYaml(values()))],
    ['Table', fixed(['string'], (path) => found(tableAt(values(), path), path, 'table'))],
    ['PathValue', fixed(['string'], (path) => found(valueAt(values(), path), path, 'value').value)],
  ])
}

function asMap(values: GoMap): GoMap {
  return values instanceof TypedMap ? new Map(values) : values
}

function found<Found>(result: Found | undefined, path: string, what: string): Found {
  if (result === undefined) throw new Error(`${quote(path.slice(path.lastIndexOf('.') + 1))} is not a ${what}`)
  return result
}
