import { RenderError } from '../engine/tree.ts'
import { Accumulator } from './accumulator.ts'
import { during, MalformedYaml, reworded } from './build-error.ts'
import type { Build } from './build.ts'
import { readKustomizationYaml, readYamlConfig } from './config-text.ts'
import { prepareHelmChart } from './helm-generator.ts'
import { setImage } from './image-transformer.ts'
import { cloneValue, isEqual, objectOf, type JsonObject, type JsonValue } from './json.ts'
import { isComponent, readKustomization, structs, texts, type Kustomization } from './kustomization.ts'
import { isHttpUrl, readText, type Loader } from './loader.ts'
import { generateConfigMap, generateSecret, mergeOptions } from './map-generators.ts'
import { setNamespace } from './namespace-transformer.ts'
import { loadCrdReferences } from './openapi/index.ts'
import { addTransformation, appendOrigin, builtinOrigin, hasOrigin, writeOrigin, type Origin } from './origin.ts'
import { originAnnotation } from './origin-annotation.ts'
import { writeDocument } from './output-text.ts'
import { readJson6902Patch, readPatch, readStrategicMergePatches } from './patch/index.ts'
import { loadGenerator, loadTransformer, patchReaders, type Generate, type Transform } from './plugins.ts'
import { readReplacements } from './replacement/index.ts'
import { describeId, idKey } from './resource-id.ts'
import { ResourceList } from './resource-list.ts'
import { readResources } from './resource-text.ts'
import type { Resource } from './resource.ts'
import {
  defaultConfig,
  emptyConfig,
  mergeConfigs,
  mergeFieldSpecs,
  readTransformerConfig,
  toFieldSpec,
  type TransformerConfig,
} from './transformer-config.ts'
import { addPairs, addPrefix, addSuffix, setReplicas } from './transformers.ts'

const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

interface Step<Work> {
  work: Work
  origin: Origin | undefined
}

/** One kustomization on its way (`api/internal/target/kusttarget.go`, kustomize 5.7): what it is made of, and what it does to that. */
export class Target {
  readonly kustomization: Kustomization
  /** Name of the kustomization's file. */
  readonly file: string
  readonly #build: Build
  readonly #loader: Loader
  #origin: Origin | undefined

  constructor(build: Build, loader: Loader, origin: Origin | undefined) {
    build.countKustomization()
    this.#build = build
    this.#loader = loader
    this.#origin = origin
    const { name, text } = findFile(loader)
    this.file = name
    this.kustomization = readKustomization(
      during('invalid Kustomization', () => readKustomizationYaml(text)),
      loader.rootText,
      build.warnings,
    )
    this.#expectFiles()
  }

  set origin(origin: Origin | undefined) {
    this.#origin = origin
  }

  /** `openapi`: the root is asked first. */
  useOpenApi(isRoot: boolean): void {
    const { openapi } = this.kustomization
    const path = openapi?.get('path')
    const document = path === undefined ? undefined : readYamlConfig(this.#loader.loadText(path))
    this.#build.openApi.use({ version: openapi?.get('version') }, document, isRoot)
  }

  /** What an entry of `generators`, `transformers` or `validators` configures. */
  readPlugin(entry: string): Resource[] {
    return this.#readPlugins('plugin', [entry])
  }

  /** A component works on what the kustomization that names it has so far. */
  accumulate(accumulator = new Accumulator()): Accumulator {
    const { kustomization } = this
    during('accumulating resources', () => this.#accumulateResources(accumulator, texts(kustomization.resources)))
    accumulator.mergeConfig(this.#readConfig())
    accumulator.mergeConfig(this.#readCrds())
    this.#generate(accumulator)
    const whole = during('accumulating components', () => this.#accumulateComponents(accumulator, texts(kustomization.components)))
    this.#transform(whole)
    this.#validate(whole)
    during('merging vars', () => whole.mergeVars(kustomization.vars ?? []))
    return whole
  }

  #accumulateResources(accumulator: Accumulator, paths: readonly string[]): void {
    for (const path of paths) {
      const fault = this.#accumulateFile(accumulator, path)
      if (fault !== undefined) this.#accumulateBase(accumulator, path, fault)
    }
  }

  /** What is wrong with the path as a file: it may be a folder's, or a repository's. */
  #accumulateFile(accumulator: Accumulator, path: string, content?: Uint8Array): RenderError | undefined {
    try {
      const resources = during(`accumulating resources from '${path}'`, () => this.#readFile(path, content))
      this.#build.countResources(resources.length)
      if (this.#origin !== undefined) {
        const origin = appendOrigin(this.#origin, path)
        for (const resource of resources) writeOrigin(resource, origin)
      }
      during(`merging resources from '${path}'`, () => accumulator.resources.appendAll(resources))
      return undefined
    } catch (error) {
      if (error instanceof RenderError) return error
      throw error
    }
  }

  #readFile(path: string, content = this.#loader.load(path)): Resource[] {
    const text = readText(content)
    try {
      return [...ResourceList.of(readResources(text, { source: this.#loader.describe(path) }))]
    } catch (error) {
      if (error instanceof MalformedYaml)
        throw new MalformedYaml(`${error.message} in File: ${path}`, { at: { file: this.#loader.describe(path) } })
      throw error
    }
  }

  #accumulateBase(accumulator: Accumulator, path: string, fault: RenderError): void {
    // What may not be read, or is too large, is not looked for elsewhere.
    if (fault.code !== 'render-failed' || fault.message.includes('HTTP Error')) throw fault
    let loader: Loader
    try {
      loader = this.#loader.open(path)
    } catch (error) {
      if (!(error instanceof RenderError)) throw error
      if (fault instanceof MalformedYaml) throw fault
      const page = isHttpUrl(path) ? this.#loader.loadPage(path) : undefined
      if (page !== undefined && this.#accumulateFile(accumulator, path, page) === undefined) return
      const isOther = isHttpUrl(path) && error.message.startsWith('must build at directory')
      const remedy = isOther ? fault.remedy : error.remedy
      throw new RenderError(`accumulation err='${fault.message}': ${error.message}`, { remedy })
    }
    during(`accumulation err='${fault.message}'`, () => {
      const base = this.#accumulateFolder(path, loader)
      during(`recursed merging from path '${loader.rootText}'`, () => accumulator.merge(base))
    })
  }

  #accumulateComponents(accumulator: Accumulator, paths: readonly string[]): Accumulator {
    let current = accumulator
    for (const path of paths) {
      const loader = quoted('loader.New', () => this.#loader.open(path))
      current = quoted('accumulateDirectory:', () => {
        const merged = new Accumulator()
        const component = this.#accumulateFolder(path, loader, current)
        during(`recursed merging from path '${loader.rootText}'`, () => merged.merge(component))
        return merged
      })
    }
    return current
  }

  /** A base makes something of its own; a component goes on with `parent`. */
  #accumulateFolder(path: string, loader: Loader, parent?: Accumulator): Accumulator {
    const origin = this.#origin === undefined ? undefined : appendOrigin(this.#origin, path)
    const target = during(`couldn't make target for path '${loader.rootText}'`, () => new Target(this.#build, loader, origin))
    target.useOpenApi(false)
    const { kustomization } = target
    if (parent !== undefined && !isComponent(kustomization)) {
      throw new RenderError(`expected kind 'Component' for path '${loader.rootText}' but got '${kustomization.kind}'`)
    }
    if (parent === undefined && isComponent(kustomization)) {
      throw new RenderError(`expected kind != 'Component' for path '${loader.rootText}'`)
    }
    return during(`recursed accumulation of path '${loader.rootText}'`, () => target.accumulate(parent))
  }

  #readConfig(): TransformerConfig {
    const paths = texts(this.kustomization.configurations)
    let config = emptyConfig
    for (const path of paths) config = mergeConfigs(config, readTransformerConfig(readYamlConfig(this.#loader.loadText(path))))
    return mergeConfigs(defaultConfig, config)
  }

  #readCrds(): TransformerConfig {
    let config = emptyConfig
    for (const path of texts(this.kustomization.crds)) {
      const content = during('loading CRDs', () => readYamlConfig(this.#loader.loadText(path)))
      const { nameReference, ...specs } = loadCrdReferences(content, path)
      const references = nameReference.map(({ fieldSpecs, ...gvk }) => ({ ...gvk, referrers: fieldSpecs }))
      config = mergeConfigs(config, { ...emptyConfig, ...specs, nameReference: references })
    }
    return config
  }

  #generate(accumulator: Accumulator): void {
    for (const { work, origin } of [...this.#builtinGenerators(), ...this.#externalGenerators()]) {
      const resources = work()
      this.#build.countResources(resources.length)
      for (const resource of resources) {
        resource.source ??= this.#loader.describe(this.file)
        if (origin !== undefined && !hasOrigin(resource)) writeOrigin(resource, origin)
      }
      during('merging from generator', () => accumulator.resources.absorb(resources))
    }
  }

  #builtinGenerators(): Step<Generate>[] {
    const { configMapGenerator, secretGenerator, generatorOptions, helmCharts, helmGlobals } = this.kustomization
    const loader = this.#loader
    const { request } = this.#build
    const withOptions = <Args extends { options?: NonNullable<typeof generatorOptions> }>(args: Args): Args => {
      const options = mergeOptions(args.options, generatorOptions)
      return options === undefined ? args : { ...args, options }
    }
    return [
      ...structs(configMapGenerator).map((args) => this.#step('ConfigMapGenerator', () => [generateConfigMap(loader, withOptions(args))])),
      ...structs(secretGenerator).map((args) => this.#step('SecretGenerator', () => [generateSecret(loader, withOptions(args))])),
      ...structs(helmCharts).map((chart) =>
        this.#step(
          'HelmChartInflationGenerator',
          during(troubleWith('HelmChartInflationGenerator', { ...helmGlobals, ...chart }), () =>
            prepareHelmChart(loader, helmGlobals ?? {}, chart, request),
          ),
        ),
      ),
    ]
  }

  #externalGenerators(): Step<Generate>[] {
    return during('loading generator plugins', () =>
      this.#readPlugins('generator', texts(this.kustomization.generators)).map((resource) =>
        during('failed to load generator', () => ({
          work: loadGenerator(resource, { build: this.#build, loader: this.#loader }),
          origin: pluginOrigin(resource, this.#origin),
        })),
      ),
    )
  }

  #externalTransformers(entries: readonly string[]): Step<Transform>[] {
    return this.#readPlugins('transformer', entries).map((resource) => ({
      work: loadTransformer(resource, { build: this.#build, loader: this.#loader }),
      origin: pluginOrigin(resource, this.#origin),
    }))
  }

  /** Each entry is the configuration itself, or a path to a file or kustomization of them. */
  #readPlugins(kind: string, entries: readonly string[]): Resource[] {
    const accumulator = new Accumulator()
    const paths: string[] = []
    for (const entry of entries) {
      let inline: Resource[]
      try {
        inline = readResources(entry, { source: this.#loader.describe(this.file) })
      } catch (error) {
        if (!(error instanceof RenderError)) throw error
        paths.push(entry)
        continue
      }
      if (this.#origin !== undefined) for (const resource of inline) writeOrigin(resource, appendOrigin(this.#origin, this.file))
      during(`configuring external ${kind}`, () => accumulator.resources.appendAll(inline))
    }
    this.#accumulateResources(accumulator, paths)
    return [...accumulator.resources]
  }

  #transform(accumulator: Accumulator): void {
    const { resources } = accumulator
    const steps = [...this.#builtinTransformers(accumulator.config), ...this.#externalTransformers(texts(this.kustomization.transformers))]
    for (const { work, origin } of steps) {
      work(resources)
      resources.settle()
      if (origin !== undefined) {
        for (const resource of resources) {
          if (resource.isEmpty) continue
          if (hasOrigin(resource)) addTransformation(resource, origin)
          else writeOrigin(resource, origin)
        }
      }
      resources.dropEmpty()
    }
  }

  #builtinTransformers(config: TransformerConfig): Step<Transform>[] {
    const { kustomization } = this
    const { openApi } = this.#build
    const readers = patchReaders(this.#loader)
    const steps: Step<Transform>[] = []
    const add = (kind: string, work: Transform) => steps.push(this.#step(kind, work))
    const configure = <Result>(kind: string, config: object, run: () => Result) => during(troubleWith(kind, config), run)

    const strategic = texts(kustomization.patchesStrategicMerge)
    if (strategic.length > 0) {
      const kind = 'PatchStrategicMergeTransformer'
      const patch = configure(kind, { paths: strategic }, () => readStrategicMergePatches(strategic, readers))
      add(kind, (list) => patch(list, openApi))
    }
    for (const entry of structs(kustomization.patches)) {
      const patch = configure('PatchTransformer', entry, () => readPatch(entry, readers))
      add('PatchTransformer', (list) => patch(list, openApi))
    }
    const { namespace, namePrefix, nameSuffix, commonLabels, labels, commonAnnotations } = kustomization
    if (namespace) add('NamespaceTransformer', (list) => setNamespace(list, { namespace, specs: config.namespace }))
    if (namePrefix) add('PrefixTransformer', (list) => addPrefix(list, namePrefix, config.namePrefix))
    if (nameSuffix) add('SuffixTransformer', (list) => addSuffix(list, nameSuffix, config.nameSuffix))
    for (const label of structs(labels)) {
      let specs = mergeFieldSpecs(structs(label.fields).map(toFieldSpec), config.labels)
      if (label.includeSelectors === true) specs = mergeFieldSpecs(specs, config.commonLabels)
      else {
        if (label.includeTemplates === true) specs = mergeFieldSpecs(specs, config.templateLabels)
        specs = mergeFieldSpecs(specs, ownLabels)
      }
      add('LabelTransformer', (list) => addPairs(list, label.pairs, specs))
    }
    if ((labels?.length ?? 0) > 0 || (commonLabels?.size ?? 0) > 0) {
      add('LabelTransformer', (list) => addPairs(list, commonLabels, config.commonLabels))
    }
    if ((commonAnnotations?.size ?? 0) > 0)
      add('AnnotationsTransformer', (list) => addPairs(list, commonAnnotations, config.commonAnnotations))
    for (const entry of structs(kustomization.patchesJson6902)) {
      const patch = configure('PatchJson6902Transformer', { target: entry.target, path: entry.path, jsonOp: entry.patch }, () =>
        readJson6902Patch(entry, readers),
      )
      add('PatchJson6902Transformer', (list) => patch(list, openApi))
    }
    for (const replica of structs(kustomization.replicas))
      add('ReplicaCountTransformer', (list) => setReplicas(list, replica, config.replicas))
    for (const image of structs(kustomization.images)) add('ImageTagTransformer', (list) => setImage(list, image, config.images))
    const replacements = structs(kustomization.replacements)
    if (replacements.length > 0) {
      const kind = 'ReplacementTransformer'
      add(
        kind,
        configure(kind, { Replacements: replacements }, () => readReplacements(replacements, readers)),
      )
    }
    return steps
  }

  #validate({ resources }: Accumulator): void {
    for (const { work } of this.#externalTransformers(texts(this.kustomization.validators))) {
      const before = new Map([...resources].map((resource) => [idKey(resource.currentId), cloneValue(resource.content)]))
      work(resources)
      for (const resource of resources) {
        const object = resource.clone()
        const labels = object.labels
        if (labels.delete('validated-by')) object.setLabels(labels)
        if (resources.size === before.size && isEqual(before.get(idKey(resource.currentId)), object.content)) continue
        throw new RenderError(`validator shouldn't modify the resource map: ${describeId(resource.currentId)}`)
      }
    }
  }

  #step<Work>(kind: string, work: Work): Step<Work> {
    return { work, origin: this.#origin === undefined ? undefined : builtinOrigin(this.#origin, this.file, kind) }
  }

  /** Everything that is named is fetched in one go. */
  #expectFiles(): void {
    const { resources, crds, configurations, patches, patchesJson6902, patchesStrategicMerge } = this.kustomization
    const paths = [
      ...texts(resources),
      ...texts(crds),
      ...texts(configurations),
      ...texts(patchesStrategicMerge),
      ...[...structs(patches), ...structs(patchesJson6902)].map((patch) => patch.path ?? ''),
    ]
    this.#loader.expect(paths)
  }
}

/** The configuration is shown as the real tool would hand it to its own plugin. */
function troubleWith(kind: string, config: object): string {
  return `trouble configuring builtin ${kind} with config: \`\n${writeDocument(configValue(config) as JsonObject)}\``
}

function configValue(value: unknown): JsonValue | undefined {
  if (Array.isArray(value)) return value.map((item) => configValue(item) ?? null)
  if (value instanceof Map) return configValue(Object.fromEntries(value))
  if (typeof value !== 'object' || value === null) return value as JsonValue
  const entries = Object.entries(value).map(([key, item]) => [key, configValue(item)] as const)
  return objectOf(entries.flatMap(([key, item]) => (item === undefined || item === '' || item === false ? [] : [[key, item]])))
}

/** Some messages of the real tool show what went wrong in quotes. */
function quoted<Result>(what: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    throw error instanceof RenderError ? reworded(error, `${what} ${JSON.stringify(error.message)}`) : error
  }
}

const ownLabels = [{ path: 'metadata/labels', create: true }]

function findFile(loader: Loader): { name: string; text: string } {
  const found = fileNames.flatMap((name) => {
    const text = loader.loadOptional(name)
    return text === undefined ? [] : [{ name, text }]
  })
  const [first, ...others] = found
  if (first === undefined) {
    throw new RenderError(
      `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${loader.rootText}'`,
    )
  }
  if (others.length > 0) throw new RenderError(`Found multiple kustomization files under: ${loader.rootText}\n`)
  return first
}

/** Of a generator or transformer with a file of its own: that file, and what it is called there. */
function pluginOrigin(resource: Resource, origin: Origin | undefined): Origin | undefined {
  if (origin === undefined) return undefined
  const { apiVersion, kind, name, namespace } = resource
  const own = readOrigin(resource)
  return {
    ...(own.repo === undefined ? {} : { repo: own.repo }),
    ...(own.ref === undefined ? {} : { ref: own.ref }),
    ...(own.path === undefined ? {} : { configuredIn: own.path }),
    configuredBy: { apiVersion, kind, name, namespace },
  }
}

function readOrigin(resource: Resource): { repo?: string; ref?: string; path?: string } {
  const value = readYamlConfig(resource.annotations.get(originAnnotation) ?? '')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  const fields = (['repo', 'ref', 'path'] as const).flatMap((key) => (typeof value[key] === 'string' ? [[key, value[key]]] : []))
  return Object.fromEntries(fields) as { repo?: string; ref?: string; path?: string }
}
