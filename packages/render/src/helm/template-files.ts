import type { GoMap, GoValue, TypedMap } from '../go/value.ts'
import { WatchedRoot, type WatchedTable } from '../go/watched-map.ts'
import { byteString } from './byte-text.ts'
import { type ChartNode, fullPath, metadataOf } from './chart-node.ts'
import { chartObject } from './chart-object.ts'
import type { ChartFile } from './chart.ts'
import { filesObject } from './files.ts'
import { baseName, joinPath } from './go-path.ts'
import { tableAt } from './table-path.ts'
import { valuesObject } from './values-object.ts'

export interface TemplateFile {
  file: ChartFile
  /** What the template sees as `.`: shared by all templates of one chart. */
  data: WatchedRoot
  basePath: string
}

/** What is the same for every chart of a release. */
export interface ReleaseData {
  version: '3' | '4'
  release: GoValue
  capabilities: GoValue
}

/** A chart of a release as its templates see it; `place` in `WatchedRoot` and `WatchedTable` is its index in the list. */
export interface ChartData {
  node: ChartNode
  data: WatchedRoot
  values: WatchedTable
}

/** Every template of a chart and of those below it, by its full name, each with its data (`allTemplates`). */
export function templateFiles(
  root: ChartNode,
  values: GoMap,
  release: ReleaseData,
): { templates: Map<string, TemplateFile>; charts: ChartData[] } {
  const found = { templates: new Map<string, TemplateFile>(), charts: [] }
  collect(root, values, release, found)
  return found
}

function collect(
  node: ChartNode,
  table: GoMap,
  release: ReleaseData,
  found: { templates: Map<string, TemplateFile>; charts: ChartData[] },
): WatchedRoot {
  const place = found.charts.length
  const subcharts: GoMap = new Map()
  const data = new WatchedRoot(place)
  const values = valuesObject(table, release.version, place)
  data.set('Chart', chartObject(metadataOf(node), node.parent === undefined, release.version))
  data.set('Files', filesOf(node))
  data.set('Release', release.release)
  data.set('Capabilities', release.capabilities)
  data.set('Values', values)
  data.set('Subcharts', subcharts)
  found.charts.push({ node, data, values })
  for (const dependency of node.dependencies) {
    // A name with a dot is a path here, as in Helm.
    subcharts.set(dependency.name, collect(dependency, tableAt(table, dependency.name) ?? new Map(), release, found))
  }
  const path = fullPath(node)
  const isLibrary = node.chart.metadata.type.toLowerCase() === 'library'
  for (const file of node.chart.templates) {
    if (isLibrary && !baseName(file.name).startsWith('_')) continue
    found.templates.set(joinPath(path, file.name), { file, data, basePath: joinPath(path, 'templates') })
  }
  return data
}

const filesByChart = new WeakMap<object, TypedMap>()

function filesOf(node: ChartNode): TypedMap {
  let files = filesByChart.get(node.chart)
  if (files === undefined) {
    files = filesObject(node.chart.files)
    filesByChart.set(node.chart, files)
  }
  return files
}

/** `sortTemplates`: the deepest first, and among these the last name. Parsing in this order lets a parent's definitions win. */
export function sortTemplateNames(names: Iterable<string>): string[] {
  const depths = new Map<string, number>()
  for (const name of names) depths.set(name, name.split('/').length)
  return [...depths.keys()].toSorted((a, b) => {
    const order = (depths.get(b) ?? 0) - (depths.get(a) ?? 0)
    return order === 0 ? (a < b ? 1 : -1) : order
  })
}

const texts = new WeakMap<ChartFile, string>()

export function templateText({ file }: TemplateFile): string {
  let text = texts.get(file)
  if (text === undefined) {
    text = byteString(file.data)
    texts.set(file, text)
  }
  return text
}
