import { RenderError, type Sources } from '../engine/tree.ts'
import { fromBytes, goInt, type GoMap, type GoValue, toBytes } from '../go/value.ts'
import { capabilitiesObject, type KubeVersion, readKubeVersion } from './capabilities.ts'
import { ChartCache } from './chart-cache.ts'
import { type ChartNode, chartNode, fullPath } from './chart-node.ts'
import type { Chart } from './chart.ts'
import { Coalescer } from './coalesce.ts'
import type { HelmOutput, HelmRequest, RenderHelm } from './contract.ts'
import { processDependencies } from './dependencies.ts'
import { Engine, EngineFailure, type EngineRequest, type EngineResult } from './engine.ts'
import { within } from './error-context.ts'
import { loadChart } from './load-chart.ts'
import { mergeInputs } from './merge-inputs.ts'
import { missingNames, refuseMissing, withMissingCharts } from './missing-charts.ts'
import { writeOutput } from './output.ts'
import { plainValue } from './plain-value.ts'
import { checkReleaseName } from './release-name.ts'
import { checkSchemas } from './schemas.ts'
import { renderError } from './template-error.ts'
import { parsedBytes } from '../template/index.ts'
import { type TemplateFile, templateFiles, templateText } from './template-files.ts'
import { isInRange } from './version-range.ts'

/** What `helm template` does, in its order, so that of several mistakes the same one is told. */
export const renderHelm: RenderHelm = (sources, request) => {
  const { version } = request
  const kubeVersion = readKubeVersion(request.capabilities.kubeVersion, version)
  const inputs = mergeInputs(request.values, version)
  const chart = findChart(sources, request)
  checkReleaseName(toBytes(request.release.name), version)
  const warnings = [...chart.warnings]
  if (chart.metadata.deprecated) warnings.push('This chart is deprecated')
  const { root, values } = composeValues(chart, inputs, request, (message) => warnings.push(message))
  checkKubeVersion(root, kubeVersion, version)
  const use = { capabilities: chart.metadata.kubeVersion !== '' }
  const capabilities = capabilitiesObject(version, kubeVersion, request.capabilities.apiVersions, () => {
    use.capabilities = true
  })
  const release = releaseData(request)
  const { templates, charts } = templateFiles(root, values, { version, release, capabilities })
  const state = {
    charts,
    release: JSON.stringify(request.release),
    capabilities: JSON.stringify(request.capabilities),
    random: request.random,
    now: request.now,
  }
  const rendered = runTemplates(root, templates, request, { state, use })
  const output = writeOutput(root, rendered.files, request)
  return {
    documents: output.documents,
    notes: output.notes,
    get text() {
      return output.text
    },
    chart: chartIdentity(chart),
    // Made when it is asked for, and anew: templates may have changed theirs.
    get values() {
      return plainValue(composeValues(chart, inputs, request, () => {}).values)
    },
    warnings: [...warnings, ...output.warnings],
    usesCapabilities: use.capabilities,
    randomFunctions: rendered.randomFunctions,
  }
}

/** The chart with all that it depends on. Throws `RenderError` as Helm does where it cannot be installed. */
export function findChart(sources: Sources, request: HelmRequest): Chart {
  const { version } = request
  const chart = loadChart(sources.tree, request.chartPath, version)
  if (chart.metadata.type !== '' && chart.metadata.type !== 'application') {
    throw new RenderError(`${chart.metadata.type} charts are not installable`)
  }
  const missing = missingNames(chart)
  if (missing.length === 0) return chart
  if (!request.resolveDependencies) refuseMissing(missing, version)
  return withMissingCharts(chart, sources, request.chartPath, version)
}

/** Dependencies processed, values coalesced and checked against each chart's schema. */
export function composeValues(
  chart: Chart,
  inputs: GoMap,
  request: HelmRequest,
  warn: (message: string) => void,
): { root: ChartNode; values: GoMap } {
  const { version } = request
  const root = chartNode(chart)
  const coalescer = new Coalescer(version, warn)
  const prepare = () => processDependencies(root, inputs, { version, coalescer, warn })
  if (version === '4') within('chart dependencies processing failed', prepare)
  else prepare()
  const values = coalescer.coalesce(root, inputs, false)
  if (request.skipSchemaValidation !== true) checkSchemas(root, values, version)
  return { root, values }
}

function checkKubeVersion(root: ChartNode, kubeVersion: KubeVersion, version: '3' | '4'): void {
  const range = root.chart.metadata.kubeVersion
  if (range === '' || isInRange(range, toBytes(kubeVersion.normal), version)) return
  throw new RenderError(
    `chart requires kubeVersion: ${fromBytes(range)} which is incompatible with Kubernetes ${version === '3' ? kubeVersion.normal : kubeVersion.version}`,
    { remedy: 'Deploy another version of the chart, or upgrade the cluster.' },
  )
}

function releaseData({ release }: HelmRequest): GoMap {
  const isUpgrade = release.isUpgrade ?? false
  return new Map<string, GoValue>([
    ['Name', toBytes(release.name)],
    ['Namespace', toBytes(release.namespace)],
    ['IsUpgrade', isUpgrade],
    ['IsInstall', !isUpgrade],
    ['Revision', goInt(release.revision ?? 1)],
    ['Service', 'Helm'],
  ])
}

function runTemplates(
  root: ChartNode,
  templates: ReadonlyMap<string, TemplateFile>,
  request: HelmRequest,
  { state, use }: Pick<EngineRequest, 'state' | 'use'>,
): EngineResult {
  try {
    return engineOf(root, templates, request.version).render(templates, { state, use })
  } catch (error) {
    if (error instanceof EngineFailure) throw renderError(error.message, root.name, request.chartPath)
    throw error
  }
}

/** In bytes of what is parsed: a worker has many charts to hold, and half a gigabyte for all. */
const engines = new ChartCache<Engine>(192 * 1024 * 1024)

/** Parsed once for each chart and each choice of its sub-charts. */
function engineOf(root: ChartNode, templates: ReadonlyMap<string, TemplateFile>, version: '3' | '4'): Engine {
  return engines.get(
    `${version} ${structureOf(root)}`,
    () => new Engine(version, templates),
    () => {
      let size = 0
      for (const template of templates.values()) size += parsedBytes(templateText(template))
      return size
    },
  )
}

function structureOf(node: ChartNode): string {
  let structure = `${fullPath(node)} ${node.chart.digest}\n`
  for (const dependency of node.dependencies) structure += structureOf(dependency)
  return structure
}

function chartIdentity({ metadata }: Chart): HelmOutput['chart'] {
  const { appVersion } = metadata
  return {
    name: fromBytes(metadata.name),
    version: fromBytes(metadata.version),
    ...(appVersion === '' ? {} : { appVersion: fromBytes(appVersion) }),
  }
}
