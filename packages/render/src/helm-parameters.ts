import type { RenderParameter } from './contract.ts'
import { isMapping } from './directory/manifest-check.ts'
import type { ValuesInput } from './helm/contract.ts'
import yaml from 'js-yaml'
import { kubernetesSchema } from './directory/yaml-dialect.ts'

const maxParameters = 5_000
const maxDepth = 50

/**
 * The leaves of a chart's values, each with the last input that names it. What no input names comes from the chart. Lists are one leaf, since Helm
 * replaces them as a whole.
 */
export function parametersOf(values: unknown, inputs: readonly ValuesInput[]): RenderParameter[] {
  const origins = inputs.map((input) => ({ input, leaves: leavesOf(input) })).toReversed()
  const parameters: RenderParameter[] = []
  visit(values, '', 0)
  return parameters.toSorted((a, b) => (a.name < b.name ? -1 : 1))

  function visit(value: unknown, name: string, depth: number): void {
    if (parameters.length >= maxParameters) return
    const fields = fieldsOf(value)
    if (fields === undefined || fields.length === 0 || depth >= maxDepth) {
      if (name !== '') parameters.push({ name, value: JSON.stringify(value) ?? 'null', ...originOf(name) })
      return
    }
    for (const [key, item] of fields) visit(item, name === '' ? escapeName(key) : `${name}.${escapeName(key)}`, depth + 1)
  }

  function originOf(name: string): Pick<RenderParameter, 'origin' | 'file'> {
    const found = origins.find(({ leaves }) =>
      leaves.some((leaf) => leaf === name || name.startsWith(`${leaf}.`) || leaf.startsWith(`${name}[`)),
    )
    if (found === undefined) return { origin: 'chart' }
    const { input } = found
    if (input.kind === 'set-file') return { origin: 'file-parameter' }
    if (input.kind === 'object') return { origin: 'values' }
    if (input.kind !== 'file') return { origin: 'parameter' }
    return input.name.startsWith('spec.') ? { origin: 'values' } : { origin: 'file', file: input.name }
  }
}

/** Names that an input sets. */
function leavesOf(input: ValuesInput): string[] {
  if (input.kind === 'file' || input.kind === 'object') {
    const leaves: string[] = []
    collect(input.kind === 'object' ? input.value : parsed(input.text), '', 0, leaves)
    return leaves
  }
  const names: string[] = []
  for (const [, name] of input.text.matchAll(/(?:^|(?<!\\),)((?:[^=,\\]|\\.)+)=/g)) if (name !== undefined) names.push(name)
  return names
}

function collect(value: unknown, name: string, depth: number, into: string[]): void {
  const fields = fieldsOf(value)
  if (into.length >= maxParameters) return
  if (fields === undefined || fields.length === 0 || depth >= maxDepth) {
    if (name !== '') into.push(name)
    return
  }
  for (const [key, item] of fields) collect(item, name === '' ? escapeName(key) : `${name}.${escapeName(key)}`, depth + 1, into)
}

/** A file that cannot be read has failed the render already. */
function parsed(text: Uint8Array): unknown {
  try {
    return yaml.load(Buffer.from(text).toString(), { schema: kubernetesSchema, json: true })
  } catch {
    return undefined
  }
}

function fieldsOf(value: unknown): [string, unknown][] | undefined {
  return isMapping(value) ? Object.entries(value) : undefined
}

/** As in `--set`, where a dot leads into a field. */
function escapeName(key: string): string {
  return key.replaceAll(/[.\\,=[\]]/g, '\\$&')
}
