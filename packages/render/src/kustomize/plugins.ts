import { RenderError } from '../engine/tree.ts'
import { during } from './build-error.ts'
import type { Build } from './build.ts'
import { embedded, flag, listOf, mapOf, readShape, structOf, text, type Shape, type Shaped } from './go-json.ts'
import { hashSuffix } from './hash-suffix.ts'
import { helmGeneratorShape, prepareHelmChart } from './helm-generator.ts'
import { setImage } from './image-transformer.ts'
import { objectOf } from './json.ts'
import {
  configMapArgsShape,
  fieldSpecShape,
  imageShape,
  objectMetaShape,
  patchShape,
  replacementFieldShape,
  replicaShape,
  secretArgsShape,
  selectorShape,
  structs,
  texts,
} from './kustomization.ts'
import { readText, type Loader } from './loader.ts'
import { generateConfigMap, generateSecret } from './map-generators.ts'
import { setNamespace, subjectModes, type SubjectMode } from './namespace-transformer.ts'
import { readJson6902Patch, readPatch, readStrategicMergePatches, type PatchReaders } from './patch/index.ts'
import { readReplacements } from './replacement/index.ts'
import { apiVersionOf, describeGvk, describeId } from './resource-id.ts'
import type { ResourceList } from './resource-list.ts'
import { readResources } from './resource-text.ts'
import { Resource } from './resource.ts'
import { toFieldSpec } from './transformer-config.ts'
import { addPairs, addPrefix, addSuffix, setReplicas } from './transformers.ts'
import { addValue, readValueTargets, valueTargetShape } from './value-add.ts'
import { readYamlConfig } from './config-text.ts'

export type Generate = () => Resource[]
export type Transform = (resources: ResourceList) => void

interface Setting {
  build: Build
  loader: Loader
}

const specs = listOf(fieldSpecShape)

/** A resource of `generators`. Throws for what is none, or wants a foreign program. */
export function loadGenerator(resource: Resource, setting: Setting): Generate {
  const plugin = loadPlugin(resource, setting)
  if (plugin.generate !== undefined) return plugin.generate
  throw new RenderError(`plugin ${describeId(resource.originalId)} not a generator`)
}

/** A resource of `transformers` or `validators`. */
export function loadTransformer(resource: Resource, setting: Setting): Transform {
  const plugin = loadPlugin(resource, setting)
  if (plugin.transform !== undefined) return plugin.transform
  throw new RenderError(`plugin ${describeId(resource.originalId)} not a transformer`)
}

function loadPlugin(resource: Resource, setting: Setting): { generate?: Generate; transform?: Transform } {
  refuseForeign(resource)
  const generator = generators.get(resource.kind)
  const transformer = transformers.get(resource.kind)
  if (generator === undefined && transformer === undefined) throw new RenderError(`unable to load builtin ${describeGvk(resource.gvk)}`)
  return during(`plugin ${describeId(resource.originalId)} fails configuration`, () => ({
    ...(generator && { generate: generator(resource, setting) }),
    ...(transformer && { transform: transformer(resource, setting) }),
  }))
}

/** How patches read what they consist of. */
export function patchReaders(loader: Loader): PatchReaders {
  return {
    file: (path) => loader.loadText(path),
    resources: (content) => readResources(content, { isPatch: true }).map((resource) => resource.object),
    yaml: (content) => readYamlConfig(content),
  }
}

export function addHashSuffixes(resources: ResourceList): void {
  for (const resource of resources) {
    if (!resource.needsHash) continue
    const hash = hashSuffix(resource)
    resource.rememberId()
    resource.setName(`${resource.name}-${hash}`)
  }
}

/** Functions in containers, and programs: both are foreign, and run nowhere here. */
function refuseForeign(resource: Resource): void {
  if (apiVersionOf(resource.gvk) === 'builtin') return
  throw new RenderError(`external plugins disabled; unable to load external plugin '${resource.kind}'`, {
    remedy:
      'Generators and transformers of other people are programs or containers, which are not run: use those that kustomize brings, or enable the real binary for this Application.',
  })
}

function configOf<S extends Shape<unknown>>(shape: S, resource: Resource): Shaped<S> | Record<string, never> {
  // The shape's value type is what it reads.
  return (readShape(shape, resource.content, { strict: false }) as Shaped<S> | undefined) ?? {}
}

const metadata = { metadata: objectMetaShape }
const namedConfigMap = structOf('builtins.ConfigMapGeneratorPlugin', { ...metadata })
const iamShape = structOf('builtins.IAMPolicyGeneratorPlugin', {
  ...embedded('IAMPolicyGeneratorArgs', {
    cloud: text,
    kubernetesService: structOf('types.KubernetesService', { name: text, namespace: text }),
    serviceAccount: structOf('types.ServiceAccount', { name: text, projectId: text }),
  }),
})

const generators = new Map<string, (resource: Resource, setting: Setting) => Generate>([
  ['ConfigMapGenerator', (resource, { loader }) => mapGenerator(resource, configMapArgsShape, (args) => generateConfigMap(loader, args))],
  ['SecretGenerator', (resource, { loader }) => mapGenerator(resource, secretArgsShape, (args) => generateSecret(loader, args))],
  [
    'HelmChartInflationGenerator',
    (resource, { build, loader }) => {
      const config: Shaped<typeof helmGeneratorShape> = configOf(helmGeneratorShape, resource)
      return prepareHelmChart(loader, config, config, build.request)
    },
  ],
  [
    'IAMPolicyGenerator',
    (resource) => {
      const config: Shaped<typeof iamShape> = configOf(iamShape, resource)
      return () => [gkeServiceAccount(config)]
    },
  ],
])

function mapGenerator<Args extends { name?: string; namespace?: string }>(
  resource: Resource,
  shape: Shape<Args>,
  generate: (args: Args) => Resource,
): Generate {
  // An empty object has no field that Args could have of another type.
  const args = { ...((readShape(shape, resource.content, { strict: false }) ?? {}) as Args) }
  const own: Shaped<typeof namedConfigMap> = configOf(namedConfigMap, resource)
  args.name ||= own.metadata?.name ?? ''
  args.namespace ||= own.metadata?.namespace ?? ''
  return () => [generate(args)]
}

function gkeServiceAccount({ cloud, kubernetesService = {}, serviceAccount = {} }: Shaped<typeof iamShape>): Resource {
  if (cloud !== 'gke') throw new RenderError(`cloud provider ${cloud ?? ''} not supported yet`)
  const account = new Resource(
    objectOf([
      ['apiVersion', 'v1'],
      ['kind', 'ServiceAccount'],
    ]),
  )
  const email = `${serviceAccount.name ?? ''}@${serviceAccount.projectId ?? ''}.iam.gserviceaccount.com`
  account.setAnnotations(new Map([['iam.gke.io/gcp-service-account', email]]))
  account.setName(kubernetesService.name ?? '')
  account.setNamespace(kubernetesService.namespace ?? '')
  return account
}

const pairsShape = structOf('builtins.LabelTransformerPlugin', { labels: mapOf(text), annotations: mapOf(text), fieldSpecs: specs })
const affixShape = structOf('builtins.PrefixTransformerPlugin', { prefix: text, suffix: text, fieldSpecs: specs })
const namespaceShape = structOf('builtins.NamespaceTransformerPlugin', {
  ...metadata,
  fieldSpecs: specs,
  unsetOnly: flag,
  setRoleBindingSubjects: text,
})
const imageTagShape = structOf('builtins.ImageTagTransformerPlugin', { imageTag: imageShape, fieldSpecs: specs })
const replicaCountShape = structOf('builtins.ReplicaCountTransformerPlugin', { replica: replicaShape, fieldSpecs: specs })
const jsonPatchShape = structOf('builtins.PatchJson6902TransformerPlugin', { target: selectorShape, path: text, jsonOp: text })
const strategicShape = structOf('builtins.PatchStrategicMergeTransformerPlugin', { paths: listOf(text), patches: text })
const replacementShape = structOf('builtins.ReplacementTransformerPlugin', { replacements: listOf(replacementFieldShape) })
const valueAddShape = structOf('builtins.ValueAddTransformerPlugin', {
  value: text,
  targets: listOf(valueTargetShape),
  targetFilePath: text,
})

const transformers = new Map<string, (resource: Resource, setting: Setting) => Transform>([
  ['LabelTransformer', (resource) => pairsTransformer(resource, 'labels')],
  ['AnnotationsTransformer', (resource) => pairsTransformer(resource, 'annotations')],
  ['PrefixTransformer', (resource) => affixTransformer(resource, ['prefix'])],
  ['SuffixTransformer', (resource) => affixTransformer(resource, ['suffix'])],
  ['PrefixSuffixTransformer', (resource) => affixTransformer(resource, ['prefix', 'suffix'])],
  ['NamespaceTransformer', namespaceTransformer],
  [
    'ImageTagTransformer',
    (resource) => {
      const config: Shaped<typeof imageTagShape> = configOf(imageTagShape, resource)
      return (list) => setImage(list, config.imageTag ?? {}, structs(config.fieldSpecs).map(toFieldSpec))
    },
  ],
  [
    'ReplicaCountTransformer',
    (resource) => {
      const config: Shaped<typeof replicaCountShape> = configOf(replicaCountShape, resource)
      return (list) => setReplicas(list, config.replica ?? {}, structs(config.fieldSpecs).map(toFieldSpec))
    },
  ],
  [
    'PatchTransformer',
    (resource, { build, loader }) => {
      const patch = readPatch(configOf(patchShape, resource), patchReaders(loader))
      return (list) => patch(list, build.openApi)
    },
  ],
  [
    'PatchJson6902Transformer',
    (resource, { build, loader }) => {
      const { target, path, jsonOp }: Shaped<typeof jsonPatchShape> = configOf(jsonPatchShape, resource)
      const entry = { ...(target && { target }), ...(path && { path }), ...(jsonOp && { patch: jsonOp }) }
      const patch = readJson6902Patch(entry, patchReaders(loader))
      return (list) => patch(list, build.openApi)
    },
  ],
  [
    'PatchStrategicMergeTransformer',
    (resource, { build, loader }) => {
      const config: Shaped<typeof strategicShape> = configOf(strategicShape, resource)
      const entries = [...texts(config.paths), ...(config.patches ? [config.patches] : [])]
      if (entries.length === 0) throw new RenderError('empty file path and empty patch content')
      const patch = readStrategicMergePatches(entries, patchReaders(loader))
      return (list) => patch(list, build.openApi)
    },
  ],
  [
    'ReplacementTransformer',
    (resource, { loader }) => {
      const config: Shaped<typeof replacementShape> = configOf(replacementShape, resource)
      return readReplacements(structs(config.replacements), patchReaders(loader))
    },
  ],
  [
    'ValueAddTransformer',
    (resource, { loader }) => {
      const config: Shaped<typeof valueAddShape> = configOf(valueAddShape, resource)
      const value = config.value?.trim() || (loader.root.split('/').at(-1) ?? '')
      const targets = readValueTargets(structs(config.targets), config.targetFilePath, (path) =>
        readYamlConfig(readText(loader.load(path))),
      )
      return (list) => addValue(list, value, targets)
    },
  ],
  ['HashTransformer', () => addHashSuffixes],
])

function pairsTransformer(resource: Resource, field: 'labels' | 'annotations'): Transform {
  const config: Shaped<typeof pairsShape> = configOf(pairsShape, resource)
  return (list) => addPairs(list, config[field], structs(config.fieldSpecs).map(toFieldSpec))
}

function affixTransformer(resource: Resource, parts: readonly ('prefix' | 'suffix')[]): Transform {
  const config: Shaped<typeof affixShape> = configOf(affixShape, resource)
  if (config.fieldSpecs === undefined) throw new RenderError('fieldSpecs is not expected to be nil')
  const places = structs(config.fieldSpecs).map(toFieldSpec)
  return (list) => {
    if (parts.includes('prefix')) addPrefix(list, config.prefix ?? '', places)
    if (parts.includes('suffix')) addSuffix(list, config.suffix ?? '', places)
  }
}

function namespaceTransformer(resource: Resource): Transform {
  const config: Shaped<typeof namespaceShape> = configOf(namespaceShape, resource)
  const mode = config.setRoleBindingSubjects || 'defaultOnly'
  if (!isSubjectMode(mode)) {
    throw new RenderError(
      `invalid value ${JSON.stringify(mode)} for setRoleBindingSubjects: must be one of "defaultOnly", "none" or "allServiceAccounts"`,
    )
  }
  return (list) =>
    setNamespace(list, {
      namespace: config.metadata?.namespace ?? '',
      specs: structs(config.fieldSpecs).map(toFieldSpec),
      unsetOnly: config.unsetOnly === true,
      subjects: mode,
    })
}

function isSubjectMode(value: string): value is SubjectMode {
  return (subjectModes as readonly string[]).includes(value)
}
