import { RenderError, type Sources, type Tree } from '../engine/tree.ts'
import type { ValuesInput } from '../helm/contract.ts'
import type { KustomizeRequest } from './contract.ts'
import { during } from './build-error.ts'
import { embedded, structOf } from './go-json.ts'
import { emptyObject, isObject, objectOf, type JsonObject, type JsonValue } from './json.ts'
import { nameRelease } from './helm-release-name.ts'
import { helmChartFields, helmGlobalsFields, texts, type HelmChart, type HelmGlobals } from './kustomization.ts'
import { joinPath, readText, resolvePath, type Loader } from './loader.ts'
import { leafSchema } from './openapi/patch-schema.ts'
import { applyStrategicMergePatch } from './patch/index.ts'
import { readResources } from './resource-text.ts'
import type { Resource } from './resource.ts'
import { readResourceDocument, YamlFault } from './yaml-text.ts'

/** The generator as a resource of `generators`: the fields of both, side by side. */
export const helmGeneratorShape = structOf('builtins.HelmChartInflationGeneratorPlugin', {
  ...embedded('HelmGlobals', helmGlobalsFields),
  ...embedded('HelmChart', helmChartFields),
})

const mergeOptions = ['merge', 'override', 'replace']

/** A chart's manifests as resources. Everything about it that is wrong before Helm is asked is told when this is made. */
export function prepareHelmChart(
  loader: Loader,
  globals: HelmGlobals,
  chart: HelmChart,
  request: Pick<KustomizeRequest, 'enableHelm' | 'renderHelm' | 'helmDefaults'>,
): () => Resource[] {
  if (request.enableHelm !== true) {
    throw new RenderError('must specify --enable-helm', { remedy: 'Enable Helm for kustomizations, for this Application or for all.' })
  }
  const name = chart.name ?? ''
  if (name === '') throw new RenderError('chart name cannot be empty')
  const additional = texts(chart.additionalValuesFiles).map((path) => ({
    path,
    text: during('could not load additionalValuesFile', () => loader.load(path)),
  }))
  const valuesMerge = chart.valuesMerge || 'override'
  if (!mergeOptions.includes(valuesMerge)) throw new RenderError(`valuesMerge must be one of [${mergeOptions.join(' ')}]`)

  return () => {
    const found = findChart(loader, globals, chart)
    const own = (): Uint8Array => (chart.valuesFile ? loader.load(chart.valuesFile) : found.values())
    const values: ValuesInput[] = [
      chart.valuesInline !== undefined && chart.valuesInline.size > 0
        ? { kind: 'object', name: 'valuesInline', value: mergeInline(chart.valuesInline, valuesMerge, own) }
        : { kind: 'file', name: chart.valuesFile || 'values.yaml', text: own() },
      ...additional.map(({ path, text }): ValuesInput => ({ kind: 'file', name: path, text })),
    ]
    const { helmDefaults } = request
    const kubeVersion = chart.kubeVersion || helmDefaults.capabilities.kubeVersion
    const apiVersions = texts(chart.apiVersions)
    const output = request.renderHelm(found.sources, {
      ...helmDefaults,
      chartPath: found.path,
      release: { name: nameRelease(chart, helmDefaults), namespace: chart.namespace || 'default' },
      values,
      capabilities: {
        ...(kubeVersion === undefined ? {} : { kubeVersion }),
        apiVersions: apiVersions.length > 0 ? apiVersions : helmDefaults.capabilities.apiVersions,
      },
      includeCrds: chart.includeCRDs === true,
      skipTests: chart.skipTests === true,
      noHooks: chart.skipHooks === true,
      resolveDependencies: false,
    })
    return readResources(output.text, { source: `chart ${name}` })
  }
}

interface FoundChart {
  sources: Sources
  path: string
  values(): Uint8Array
}

/** Below `chartHome` of this repository, or from the chart's own repository. */
function findChart(loader: Loader, globals: HelmGlobals, chart: HelmChart): FoundChart {
  const name = chart.name ?? ''
  const home = globals.chartHome || 'charts'
  const versioned = chart.version && chart.repo ? `${name}-${chart.version}` : ''
  const folder = joinPath(home, versioned, name)
  const { sources } = loader.rules
  if (!home.startsWith('/')) {
    const path = resolvePath(loader.root, folder)
    if (loader.tree.stat(path) === 'folder') {
      const values = () => loader.load(`${folder}/values.yaml`)
      return { sources: { ...others(sources), tree: loader.tree }, path, values }
    }
  }
  if (!chart.repo) {
    throw new RenderError("no repo specified for pull, no chart found at ''", {
      remedy: `Put the chart into ${joinPath(loader.root, folder)}, or say in helmCharts which repository it is in.`,
    })
  }
  const repository = chart.repo.startsWith('oci://') ? chart.repo.replace(/\/$/, '') : chart.repo
  const tree = sources.chart({ repository, name, version: chart.version ?? '' })
  return { sources: { ...others(sources), tree }, path: '', values: () => readValues(tree, `${folder}/values.yaml`) }
}

function others(sources: Sources): Omit<Sources, 'tree'> {
  return {
    ref: (name) => sources.ref(name),
    chart: (wanted) => sources.chart(wanted),
    git: (wanted) => sources.git(wanted),
  }
}

function readValues(tree: Tree, name: string): Uint8Array {
  const content = tree.read('values.yaml')
  if (content !== undefined) return content
  throw new RenderError(`evalsymlink failure on '/${name}' : lstat /${name}: no such file or directory`)
}

/** `override`: what stands in the kustomization counts; `merge`: what stands in the file; null takes a value away. */
function mergeInline(valuesInline: ReadonlyMap<string, JsonValue | undefined>, how: string, own: () => Uint8Array): JsonObject {
  const inline = objectOf([...valuesInline].map(([key, value]) => [key, value ?? null]))
  if (how === 'replace') return inline
  const file = readValuesFile(own())
  const merged = how === 'override' ? merge(file, inline) : merge(inline, file)
  return merged ?? emptyObject()
}

function merge(target: JsonObject, change: JsonObject): JsonObject | undefined {
  return applyStrategicMergePatch(target, change, { schemaFor: () => leafSchema })
}

function readValuesFile(content: Uint8Array): JsonObject {
  try {
    const value = readResourceDocument(readText(content), 'keep')
    return isObject(value) ? value : emptyObject()
  } catch (error) {
    if (error instanceof YamlFault) throw new RenderError(`could not parse values file into rnode: ${error.message}`)
    throw error
  }
}
