import { RenderError } from '../engine/tree.ts'
import { fromBytes, toBytes } from '../go/value.ts'
import { templateFunctions } from '../sprig/index.ts'
import { newTemplateSet, TemplateError, TemplateLimitError } from '../template/index.ts'
import type { KustomizeRequest } from './contract.ts'
import type { HelmChart } from './kustomization.ts'

const limits = { outputBytes: 10_000, steps: 100_000, depth: 100 }
const name = 'name-template'

/** What Helm calls the release of a chart: its `releaseName`, what its `nameTemplate` makes, or a generated name. */
export function nameRelease(chart: HelmChart, { version, random, now }: KustomizeRequest['helmDefaults']): string {
  if (!chart.nameTemplate) {
    // As `helm template --generate-name` makes one.
    return chart.releaseName || `${chart.name}-${Math.floor(now.getTime() / 1000)}`
  }
  if (chart.releaseName) throw new RenderError('cannot set --name-template and also specify a name')
  let call = 0
  const functions = templateFunctions(
    {
      randomBytes: (functionName, count) => random.bytes({ template: name, functionName, call: (call += 1) }, count),
      now: () => now,
    },
    version,
  )
  try {
    const set = newTemplateSet({ functions, missingKey: 'zero', limits })
    set.parse(name, toBytes(chart.nameTemplate))
    return fromBytes(set.execute(name, undefined))
  } catch (error) {
    if (error instanceof TemplateError || error instanceof TemplateLimitError) throw new RenderError(fromBytes(error.message))
    throw error
  }
}
