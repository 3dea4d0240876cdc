import type { Sources } from '../engine/tree.ts'
import { fromBytes, type GoMap, type GoValue } from '../go/value.ts'
import { byteString } from './byte-text.ts'
import type { ChartNode } from './chart-node.ts'
import { isTable } from './coalesce.ts'
import type { HelmRequest, ValuesInput } from './contract.ts'
import { mergeInputs } from './merge-inputs.ts'
import { plainValue } from './plain-value.ts'
import { composeValues, findChart } from './render-helm.ts'
import { readValues } from './values-file.ts'

/** Where a value comes from. */
export type ValueOrigin =
  /** values.yaml of the chart that the value is for. */
  | { kind: 'default'; chart: string }
  /** values.yaml of a chart above it. */
  | { kind: 'parent'; chart: string }
  /** A value file, or an object of the Application; of several the last one that says it. */
  | { kind: 'file'; name: string }
  /** A parameter: `--set` and its relatives. */
  | { kind: 'parameter'; text: string }
  /** Another chart's, by `import-values`. */
  | { kind: 'imported' }

export interface OriginatedValue {
  /** Keys that lead to it; lists are values as a whole. */
  path: readonly string[]
  value: unknown
  origin: ValueOrigin
}

const flagOrder = ['file', 'set-json', 'set', 'set-string', 'set-file', 'set-literal']

/** Every leaf of the values that a render would see, with its origin. Costs about as much as composing the values: for a console, not for each render. */
export function valueOrigins(sources: Sources, request: HelmRequest): OriginatedValue[] {
  const chart = findChart(sources, request)
  const inputs = mergeInputs(request.values, request.version)
  const { root, values } = composeValues(chart, inputs, { ...request, skipSchemaValidation: true }, () => {})
  const layers = layersOf(request)
  return [...leaves(values, [])].map(({ path, value }) => ({
    path: path.map(fromBytes),
    value: plainValue(value),
    origin: inputOrigin(layers, path) ?? chartOrigin(root, path, true),
  }))
}

interface Layer {
  values: GoMap
  origin: ValueOrigin
}

/** What each input says by itself, the strongest first. */
function layersOf({ values, version }: HelmRequest): Layer[] {
  const rank = (input: ValuesInput) => flagOrder.indexOf(input.kind === 'object' ? 'file' : input.kind)
  return values
    .map((input) => ({ input, rank: rank(input) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ input }) => ({
      values: input.kind === 'file' ? readValues(byteString(input.text), version, 'user') : mergeInputs([input], version),
      origin: originOf(input),
    }))
    .toReversed()
}

function originOf(input: ValuesInput): ValueOrigin {
  return input.kind === 'file' || input.kind === 'object' ? { kind: 'file', name: input.name } : { kind: 'parameter', text: input.text }
}

function* leaves(values: GoMap, path: readonly string[]): Generator<{ path: readonly string[]; value: GoValue }> {
  for (const [key, value] of values) {
    const inner = [...path, key]
    if (isTable(value) && value.size > 0) yield* leaves(value, inner)
    else yield { path: inner, value }
  }
}

function inputOrigin(layers: readonly Layer[], path: readonly string[]): ValueOrigin | undefined {
  const found = layers.find((layer) => says(layer.values, path))
  if (found !== undefined) return found.origin
  // A global of a sub-chart may be that of the release.
  const global = path.indexOf('global', 1)
  return global < 0 ? undefined : inputOrigin(layers, path.slice(global))
}

/** The highest chart that says it: its own default, unless the value is for a chart below. */
function chartOrigin(node: ChartNode, path: readonly string[], isTop: boolean): ValueOrigin {
  const below = node.dependencies.find((dependency) => dependency.name === path[0])
  const chart = fromBytes(node.name)
  if (says(node.chart.values, path)) return { kind: below === undefined ? 'default' : 'parent', chart }
  if (below !== undefined && path.length > 1) {
    if (path[1] === 'global' && says(node.chart.values, path.slice(1))) return { kind: 'parent', chart }
    return chartOrigin(below, path.slice(1), false)
  }
  return isTop || says(node.values, path) ? { kind: 'imported' } : { kind: 'default', chart }
}

/** Whether a table has something at a path, if only a value where others have a table. */
function says(values: GoMap, path: readonly string[]): boolean {
  let table: GoMap = values
  for (const [index, key] of path.entries()) {
    if (!table.has(key)) return false
    const value = table.get(key)
    if (!isTable(value)) return value !== null || index === path.length - 1
    table = value
  }
  return true
}
