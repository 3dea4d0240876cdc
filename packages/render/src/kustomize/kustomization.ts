import { RenderError } from '../engine/tree.ts'
import { anyValue, embedded, flag, integer, listOf, mapOf, readShape, structOf, text, type Shaped } from './go-json.ts'
import type { JsonValue } from './json.ts'

/** Shapes of `kustomization.yaml` (kustomize 5.7, `api/types`), under Go's names, which its messages show. */
const gvkFields = { group: text, version: text, kind: text }

export const fieldSpecShape = structOf('types.FieldSpec', { ...embedded('Gvk', gvkFields), path: text, create: flag })

export const selectorShape = structOf('types.Selector', {
  ...embedded('ResId', { ...embedded('Gvk', gvkFields), name: text, namespace: text }),
  annotationSelector: text,
  labelSelector: text,
})

export const imageShape = structOf('types.Image', { name: text, newName: text, tagSuffix: text, newTag: text, digest: text })
export const replicaShape = structOf('types.Replica', { name: text, count: integer })

export const patchShape = structOf('types.Patch', { path: text, patch: text, target: selectorShape, options: mapOf(flag) })

const generatorOptionsShape = structOf('types.GeneratorOptions', {
  labels: mapOf(text),
  annotations: mapOf(text),
  disableNameSuffixHash: flag,
  immutable: flag,
})

const generatorFields = {
  namespace: text,
  name: text,
  behavior: text,
  ...embedded('KvPairSources', { literals: listOf(text), files: listOf(text), envs: listOf(text), env: text }),
  options: generatorOptionsShape,
}

export const configMapArgsShape = structOf('types.ConfigMapArgs', embedded('GeneratorArgs', generatorFields))
export const secretArgsShape = structOf('types.SecretArgs', { ...embedded('GeneratorArgs', generatorFields), type: text })

export const helmGlobalsFields = { chartHome: text, configHome: text }

export const helmChartFields = {
  name: text,
  version: text,
  repo: text,
  releaseName: text,
  namespace: text,
  additionalValuesFiles: listOf(text),
  valuesFile: text,
  valuesInline: mapOf(anyValue),
  valuesMerge: text,
  includeCRDs: flag,
  skipHooks: flag,
  apiVersions: listOf(text),
  kubeVersion: text,
  nameTemplate: text,
  skipTests: flag,
  debug: flag,
  devel: flag,
}

const helmChartShape = structOf('types.HelmChart', helmChartFields)

const oldHelmChartShape = structOf('types.HelmChartArgs', {
  chartName: text,
  chartVersion: text,
  chartRepoUrl: text,
  chartHome: text,
  chartRepoName: text,
  helmBin: text,
  helmHome: text,
  values: text,
  valuesLocal: mapOf(anyValue),
  valuesMerge: text,
  releaseName: text,
  releaseNamespace: text,
  extraArgs: listOf(text),
})

const varShape = structOf('types.Var', {
  name: text,
  objref: structOf('types.Target', { apiVersion: text, ...embedded('Gvk', gvkFields), name: text, namespace: text }),
  fieldref: structOf('types.FieldSelector', { fieldPath: text }),
})

const labelShape = structOf('types.Label', {
  pairs: mapOf(text),
  includeSelectors: flag,
  includeTemplates: flag,
  fields: listOf(fieldSpecShape),
})

const sourceSelectorShape = structOf('types.SourceSelector', {
  ...embedded('ResId', { ...embedded('Gvk', gvkFields), name: text, namespace: text }),
  fieldPath: text,
  options: structOf('types.FieldOptions', { delimiter: text, index: integer, encoding: text, create: flag }),
})

const targetSelectorShape = structOf('types.TargetSelector', {
  select: selectorShape,
  reject: listOf(selectorShape),
  fieldPaths: listOf(text),
  options: structOf('types.FieldOptions', { delimiter: text, index: integer, encoding: text, create: flag }),
})

export const replacementFields = { source: sourceSelectorShape, targets: listOf(targetSelectorShape), sourceValue: text }

export const replacementFieldShape = structOf('types.ReplacementField', { ...embedded('Replacement', replacementFields), path: text })

export const objectMetaShape = structOf('types.ObjectMeta', {
  name: text,
  namespace: text,
  labels: mapOf(text),
  annotations: mapOf(text),
})

export const sortOptionsShape = structOf('types.SortOptions', {
  order: text,
  legacySortOptions: structOf('types.LegacySortOptions', { orderFirst: listOf(text), orderLast: listOf(text) }),
})

const kustomizationShape = structOf('types.Kustomization', {
  ...embedded('TypeMeta', { kind: text, apiVersion: text }),
  metadata: objectMetaShape,
  openapi: mapOf(text),
  namePrefix: text,
  nameSuffix: text,
  namespace: text,
  commonLabels: mapOf(text),
  labels: listOf(labelShape),
  commonAnnotations: mapOf(text),
  patchesStrategicMerge: listOf(text),
  patchesJson6902: listOf(patchShape),
  patches: listOf(patchShape),
  images: listOf(imageShape),
  imageTags: listOf(imageShape),
  replacements: listOf(replacementFieldShape),
  replicas: listOf(replicaShape),
  vars: listOf(varShape),
  sortOptions: sortOptionsShape,
  resources: listOf(text),
  components: listOf(text),
  crds: listOf(text),
  bases: listOf(text),
  configMapGenerator: listOf(configMapArgsShape),
  secretGenerator: listOf(secretArgsShape),
  helmGlobals: structOf('types.HelmGlobals', helmGlobalsFields),
  helmCharts: listOf(helmChartShape),
  helmChartInflationGenerator: listOf(oldHelmChartShape),
  generatorOptions: generatorOptionsShape,
  configurations: listOf(text),
  generators: listOf(text),
  transformers: listOf(text),
  validators: listOf(text),
  buildMetadata: listOf(text),
})

export type Kustomization = Shaped<typeof kustomizationShape>
export type ConfigMapArgs = Shaped<typeof configMapArgsShape>
export type SecretArgs = Shaped<typeof secretArgsShape>
export type GeneratorOptions = Shaped<typeof generatorOptionsShape>
export type HelmGlobals = NonNullable<Kustomization['helmGlobals']>
export type HelmChart = Shaped<typeof helmChartShape>
export type Image = Shaped<typeof imageShape>
export type Replica = Shaped<typeof replicaShape>
export type Patch = Shaped<typeof patchShape>
export type Var = Shaped<typeof varShape>
export type Label = Shaped<typeof labelShape>
export type SortOptions = Shaped<typeof sortOptionsShape>
export type ReplacementField = Shaped<typeof replacementFieldShape>

const version = 'kustomize.config.k8s.io/v1beta1'
const componentVersion = 'kustomize.config.k8s.io/v1alpha1'
const oldFields = [
  ['bases', 'resources', ''],
  ['commonLabels', 'labels', ''],
  ['imageTags', 'images', ''],
  ['patchesJson6902', 'patches', ''],
  ['patchesStrategicMerge', 'patches', ''],
  ['vars', 'replacements', '[EXPERIMENTAL] '],
] as const

/**
 * A kustomization as it counts: deprecated fields moved to those of today, kind and version filled in. `folder` is what messages name. Warnings
 * about deprecated fields, in the real tool's words, are added to `warnings`.
 */
export function readKustomization(value: JsonValue, folder: string, warnings: string[]): Kustomization {
  let kustomization: Kustomization
  try {
    kustomization = readShape(kustomizationShape, value, { strict: true }) ?? {}
  } catch (error) {
    throw error instanceof RenderError ? new RenderError(`invalid Kustomization: ${error.message}`) : error
  }
  for (const [old, today, mark] of oldFields) {
    if (kustomization[old] === undefined) continue
    warnings.push(
      `# Warning: '${old}' is deprecated. Please use '${today}' instead. ${mark}Run 'kustomize edit fix' to update your Kustomization automatically.`,
    )
  }
  if (Object.keys(kustomization).every((key) => key === 'kind' || key === 'apiVersion')) {
    throw new RenderError('kustomization.yaml is empty')
  }
  modernise(kustomization)
  enforceVersion(kustomization, folder)
  return kustomization
}

export function isComponent(kustomization: Kustomization): boolean {
  return kustomization.kind === 'Component'
}

/** Only those that are there: a `null` in a list of texts is an empty text to Go. */
export function texts(list: readonly (string | undefined)[] | undefined): string[] {
  return (list ?? []).map((item) => item ?? '')
}

/** A `null` in a list of structs is an empty one to Go. */
export function structs<Item extends object>(list: readonly (Item | undefined)[] | undefined): Item[] {
  // Every field of these shapes is optional.
  return (list ?? []).map((item) => item ?? ({} as Item))
}

export function textMap(map: ReadonlyMap<string, string | undefined> | undefined): Map<string, string> {
  return new Map([...(map ?? [])].map(([key, value]) => [key, value ?? '']))
}

function modernise(kustomization: Kustomization): void {
  if (!kustomization.kind) kustomization.kind = 'Kustomization'
  if (!kustomization.apiVersion) kustomization.apiVersion = isComponent(kustomization) ? componentVersion : version
  kustomization.resources = [...(kustomization.resources ?? []), ...(kustomization.bases ?? [])]
  kustomization.images = [...(kustomization.images ?? []), ...(kustomization.imageTags ?? [])]
  for (const generator of [...structs(kustomization.configMapGenerator), ...structs(kustomization.secretGenerator)]) {
    if (generator.env) generator.envs = [...(generator.envs ?? []), generator.env]
  }
  const old = structs(kustomization.helmChartInflationGenerator)
  const globals: HelmGlobals = {}
  for (const { helmHome, chartHome } of old) {
    if (helmHome) globals.configHome = helmHome
    if (chartHome) globals.chartHome = chartHome
  }
  if (Object.keys(globals).length > 0) kustomization.helmGlobals ??= globals
  kustomization.helmCharts = [...(kustomization.helmCharts ?? []), ...old.map(modernChart)]
}

function modernChart(old: Shaped<typeof oldHelmChartShape>): HelmChart {
  const chart: HelmChart = {}
  if (old.chartName !== undefined) chart.name = old.chartName
  if (old.chartVersion !== undefined) chart.version = old.chartVersion
  if (old.chartRepoUrl !== undefined) chart.repo = old.chartRepoUrl
  if (old.values !== undefined) chart.valuesFile = old.values
  if (old.valuesLocal !== undefined) chart.valuesInline = old.valuesLocal
  if (old.valuesMerge !== undefined) chart.valuesMerge = old.valuesMerge
  if (old.releaseName !== undefined) chart.releaseName = old.releaseName
  return chart
}

function enforceVersion({ kind, apiVersion }: Kustomization, folder: string): void {
  const faults: string[] = []
  if (kind !== 'Kustomization' && kind !== 'Component') faults.push('kind should be Kustomization or Component')
  const required = kind === 'Component' ? componentVersion : version
  if (apiVersion !== required) faults.push(`apiVersion for ${kind} should be ${required}`)
  if (faults.length > 0) throw new RenderError(`Failed to read kustomization file under ${folder}:\n${faults.join('\n')}`)
}
