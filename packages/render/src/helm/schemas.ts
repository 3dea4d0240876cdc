import { RenderError } from '../engine/tree.ts'
import { fromBytes, type GoMap } from '../go/value.ts'
import { goTypeName } from '../go/format.ts'
import type { ChartNode } from './chart-node.ts'
import { isTable } from './coalesce.ts'
import { validateValues } from './schema/index.ts'

/** `ValidateAgainstSchema`: the values of each chart against its own schema. Throws `RenderError` with all that is wrong, chart by chart. */
export function checkSchemas(root: ChartNode, values: GoMap, version: '3' | '4'): void {
  const problems = problemsOf(root, values, version)
  if (problems === '') return
  throw new RenderError(`values don't meet the specifications of the schema(s) in the following chart(s):\n${problems}`, {
    remedy: "Set values that the chart's values.schema.json allows.",
  })
}

function problemsOf(node: ChartNode, values: GoMap, version: '3' | '4'): string {
  let problems = ''
  if (node.chart.schema !== undefined) {
    const problem = validateValues(values, node.chart.schema, { version })
    if (problem !== undefined) problems += `${fromBytes(node.name)}:\n${fromBytes(problem)}`
  }
  for (const dependency of node.dependencies) {
    const own = values.get(dependency.name)
    if (isTable(own)) problems += problemsOf(dependency, own, version)
    else if (own !== null && own !== undefined) {
      problems += `${fromBytes(dependency.name)}:\ninvalid type for values: expected object (map), got ${goTypeName(own)}\n`
    }
  }
  return problems
}
