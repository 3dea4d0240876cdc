import type { GoMap } from '../go/value.ts'
import type { Chart } from './chart.ts'
import { joinPath } from './go-path.ts'
import type { ChartDependency, ChartMetadata } from './metadata.ts'

/**
 * A chart within one render. Helm changes its charts while it processes dependencies (names become aliases, disabled ones go, values are imported),
 * and what it shares while it does so can be seen in results; so these are changed in the same way, and the loaded `Chart` behind them never is.
 */
export interface ChartNode {
  readonly chart: Chart
  name: string
  /** Undefined is Go's nil. Entries are shared by the copies that Helm 3 makes for aliases. */
  requirements: ChartDependency[] | undefined
  values: GoMap
  dependencies: ChartNode[]
  parent: ChartNode | undefined
}

export function chartNode(chart: Chart): ChartNode {
  const node: ChartNode = {
    chart,
    name: chart.metadata.name,
    requirements: chart.metadata.dependencies?.map((dependency) => ({ ...dependency })),
    values: chart.values,
    dependencies: [],
    parent: undefined,
  }
  addDependencies(node, chart.dependencies.map(chartNode))
  return node
}

/** `AddDependency`. */
export function addDependencies(node: ChartNode, charts: readonly ChartNode[]): void {
  for (const each of charts) {
    each.parent = node
    node.dependencies.push(each)
  }
}

/** `SetDependencies`. */
export function setDependencies(node: ChartNode, charts: readonly ChartNode[]): void {
  node.dependencies = []
  addDependencies(node, charts)
}

/** `ChartFullPath`: `web/charts/db`. */
export function fullPath(node: ChartNode): string {
  return node.parent === undefined ? node.name : `${fullPath(node.parent)}/charts/${node.name}`
}

/** Chart.yaml as this render has it. */
export function metadataOf(node: ChartNode): ChartMetadata {
  return { ...node.chart.metadata, name: node.name, dependencies: node.requirements }
}

/** Files of `crds/`, of this chart and then of those that it depends on (`CRDObjects`). */
export function* customResourceFiles(node: ChartNode): Generator<{ name: string; data: Uint8Array }> {
  for (const file of node.chart.files) {
    if (file.name.startsWith('crds/') && /\.(?:ya?ml|json)$/i.test(file.name)) {
      yield { name: joinPath(fullPath(node), file.name), data: file.data }
    }
  }
  for (const dependency of node.dependencies) yield* customResourceFiles(dependency)
}
