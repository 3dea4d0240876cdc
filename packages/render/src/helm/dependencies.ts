import { RenderError } from '../engine/tree.ts'
import { quote, sprintf } from '../go/format.ts'
import { fromBytes, type GoMap, type GoValue, TypedMap } from '../go/value.ts'
import { trimSpace } from './byte-text.ts'
import { addDependencies, type ChartNode, setDependencies } from './chart-node.ts'
import { type Coalescer, copyTable, isTable } from './coalesce.ts'
import type { ChartDependency } from './metadata.ts'
import { tableAt, valueAt } from './table-path.ts'
import { isInRange } from './version-range.ts'

/** Aliases multiply level by level: two of them in each of thirty charts would be a thousand million. Large public charts have forty. */
const maxCharts = 1000

/** pkg/chartutil/dependencies.go of 3.18.0 and pkg/chart/v2/util/dependencies.go of 4.1.4, step by step. */
export interface DependencyProcess {
  version: '3' | '4'
  coalescer: Coalescer
  warn(message: string): void
}

/** `ProcessDependenciesWithMerge`: takes out what conditions and tags disable, gives aliases their names, imports values. Changes the nodes. */
export function processDependencies(root: ChartNode, values: GoMap, process: DependencyProcess): void {
  enable(root, values, '', process, { charts: 0 })
  importAll(root, process)
}

function enable(node: ChartNode, values: GoMap, path: string, process: DependencyProcess, seen: { charts: number }): void {
  const requirements = node.requirements
  if (requirements === undefined) return
  seen.charts += node.dependencies.length + requirements.length
  if (seen.charts > maxCharts) throw new RenderError(`The chart depends on more than ${maxCharts} charts.`)
  const matches = (chart: ChartNode, requirement: ChartDependency) =>
    chart.name === requirement.name && isInRange(requirement.version, chart.chart.metadata.version, process.version)
  const charts = node.dependencies.filter((chart) => !requirements.some((requirement) => matches(chart, requirement)))
  for (const requirement of requirements) {
    const found = node.dependencies.find((chart) => matches(chart, requirement))
    if (found !== undefined) charts.push(aliasCopy(found, requirement.alias, process.version))
    if (requirement.alias !== '') requirement.name = requirement.alias
  }
  setDependencies(node, charts)
  for (const requirement of requirements) requirement.enabled = true
  const coalesced = process.coalescer.coalesce(node, values, false)
  applyTags(requirements, coalesced, process)
  applyConditions(requirements, coalesced, path, process)
  const disabled = new Set(requirements.filter((requirement) => !requirement.enabled).map((requirement) => requirement.name))
  const kept = node.dependencies.filter((chart) => !disabled.has(chart.name))
  const keptRequirements = requirements.filter((requirement) => !disabled.has(requirement.name))
  for (const chart of kept) enable(chart, coalesced, `${path}${chart.name}.`, process, seen)
  // An empty list that was appended to nil stays nil.
  node.requirements = keptRequirements.length === 0 ? undefined : keptRequirements
  setDependencies(node, kept)
}

function aliasCopy(node: ChartNode, alias: string, version: '3' | '4'): ChartNode {
  const copy: ChartNode = { ...node, name: alias === '' ? node.name : alias }
  if (version === '3') return copy
  // Helm 4 no longer shares requirements and dependencies between the copies.
  copy.requirements = node.requirements?.map((requirement) => ({ ...requirement }))
  copy.dependencies = []
  addDependencies(
    copy,
    node.dependencies.map((dependency) => ({ ...dependency })),
  )
  return copy
}

function applyTags(requirements: readonly ChartDependency[], values: GoMap, process: DependencyProcess): void {
  const tags = tableAt(values, 'tags')
  if (tags === undefined) return
  for (const requirement of requirements) {
    let isOn = false
    let isOff = false
    for (const tag of requirement.tags) {
      if (!tags.has(tag)) continue
      const value = tags.get(tag)
      if (value === true) isOn = true
      else if (value === false) isOff = true
      else process.warn(`Warning: Tag '${fromBytes(tag)}' for chart ${fromBytes(requirement.name)} returned non-bool value`)
    }
    requirement.enabled = isOn || !isOff
  }
}

function applyConditions(requirements: readonly ChartDependency[], values: GoMap, path: string, process: DependencyProcess): void {
  for (const requirement of requirements) {
    for (const condition of trimSpace(requirement.condition).split(',')) {
      if (condition === '') continue
      const found = valueAt(values, path + condition)
      if (typeof found?.value === 'boolean') {
        requirement.enabled = found.value
        break
      }
      if (found !== undefined) {
        process.warn(`Warning: Condition path '${fromBytes(condition)}' for chart ${fromBytes(requirement.name)} returned non-bool value`)
      }
    }
  }
}

function importAll(node: ChartNode, process: DependencyProcess): void {
  for (const dependency of node.dependencies) importAll(dependency, process)
  importValues(node, process)
}

function importValues(node: ChartNode, process: DependencyProcess): void {
  if (node.requirements === undefined) return
  const { coalescer } = process
  const values = coalescer.coalesce(node, new Map(), true)
  let imported: GoMap = new Map()
  for (const requirement of node.requirements) {
    const said: GoValue[] = []
    for (const each of requirement.importValues) {
      const wanted = readImport(each, process.version)
      if (wanted === undefined) continue
      said.push(new TypedMap('map[string]string', { elementType: 'string', entries: Object.entries(wanted) }))
      const table = tableAt(values, `${requirement.name}.${wanted.child}`)
      if (table === undefined) {
        process.warn(`Warning: ImportValues missing table from chart ${fromBytes(requirement.name)}: ${quote(wanted.child)} is not a table`)
        continue
      }
      imported = coalescer.tables(imported, underPath(wanted.parent, table), true)
    }
    requirement.importValues = said
  }
  node.values = imported.size === 0 ? values : coalescer.tables(copyTable(values), imported, true)
}

/** `{child, parent}`, or a name below `exports`. */
function readImport(value: GoValue, version: '3' | '4'): { child: string; parent: string } | undefined {
  if (typeof value === 'string') return { child: `exports.${value}`, parent: '.' }
  // What was imported once is kept as another type of map, and not read again: Helm 3 shares it between aliases.
  if (!isTable(value) || value instanceof TypedMap) return undefined
  const text = (key: string) => {
    const found = value.get(key)
    if (typeof found === 'string') return found
    // Helm 3 ends with a panic here.
    if (version === '3') throw new RenderError(`interface conversion: interface {} is not string: '${key}' of import-values`)
    return sprintf('%v', [found ?? null])
  }
  return { child: text('child'), parent: text('parent') }
}

function underPath(path: string, table: GoMap): GoMap {
  if (path === '.') return table
  return path.split('.').reduceRight<GoMap>((inner, part) => new Map<string, GoValue>([[part, inner]]), table)
}
