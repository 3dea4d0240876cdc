import { Build } from './build.ts'
import type { RenderKustomize } from './contract.ts'
import { isObject, type JsonObject, type JsonValue } from './json.ts'
import { texts } from './kustomization.ts'
import { Loader } from './loader.ts'
import { fixNameReferences } from './name-references.ts'
import { originAnnotation, transformationsAnnotation } from './origin-annotation.ts'
import { applyOverrides } from './overrides.ts'
import { addHashSuffixes } from './plugins.ts'
import { isKeptPlain } from './parsed-texts.ts'
import { resolveVariables } from './replacement/index.ts'
import type { ResourceList } from './resource-list.ts'
import { checkMetadata } from './resource-text.ts'
import { sortResources } from './sort-order.ts'
import { Target } from './target.ts'
import { addPairs } from './transformers.ts'
import { writeDocument } from './output-text.ts'

/** The kustomize whose work this is: what `managedByLabel` says. */
const kustomizeVersion = 'v5.7.1'
const localConfig = 'config.kubernetes.io/local-config'

/** What `kustomize build` does, in its order, so that of several mistakes the same one is told. */
export const renderKustomize: RenderKustomize = (sources, request) => {
  const build = Build.of(sources, request)
  const loader = Loader.start(build.rules, request.path)
  const target = new Target(build, loader, undefined)
  const { kustomization } = target
  if (request.overrides !== undefined) applyOverrides(kustomization, request.overrides, loader)
  target.useOpenApi(true)
  const metadata = texts(kustomization.buildMetadata)
  if (metadata.length > 0) target.origin = {}

  const { resources, config, vars } = target.accumulate()
  addHashSuffixes(resources)
  fixNameReferences(resources, config.nameReference)
  resources.settle()
  resolveVariables(resources, vars.values(), config.varReference, build.warnings)
  resources.settle()
  dropLocal(resources)
  sortResources(resources, kustomization.sortOptions)
  if (metadata.includes('managedByLabel'))
    addPairs(resources, new Map([['app.kubernetes.io/managed-by', `kustomize-${kustomizeVersion}`]]), ownLabels)
  cleanAnnotations(resources, metadata)

  return {
    objects: resources.items.map(({ content, source }) => ({ object: plainObject(content), origin: source })),
    /** Written when it is asked for, since most only want the objects. */
    get text() {
      return resources.items.map(({ content }) => writeDocument(content)).join('---\n')
    },
    warnings: build.warnings,
  }
}

const ownLabels = [{ path: 'metadata/labels', create: true }]

/** Resources that are only for other tools. */
function dropLocal(resources: ResourceList): void {
  for (const resource of resources.items) {
    if (!resource.isEmpty) checkMetadata(resource.content)
    const mark = resource.annotations.get(localConfig)
    if (resource.isEmpty || (mark !== undefined && mark !== 'false')) resources.remove(resource)
  }
}

/** Annotations become texts, and those about the build go unless they were asked for. */
function cleanAnnotations(resources: ResourceList, metadata: readonly string[]): void {
  for (const resource of resources) {
    const { annotations } = resource
    const holder = resource.content['metadata']
    if (!metadata.includes('originAnnotations')) annotations.delete(originAnnotation)
    if (!metadata.includes('transformerAnnotations')) annotations.delete(transformationsAnnotation)
    if (!isSame(holder, annotations)) resource.setAnnotations(annotations)
  }
}

/** An empty map, or none at all, is not kept. */
function isSame(metadata: JsonValue | undefined, annotations: ReadonlyMap<string, string>): boolean {
  if (!isObject(metadata) || !Object.hasOwn(metadata, 'annotations')) return annotations.size === 0
  const old = metadata['annotations']
  return annotations.size > 0 && isObject(old) && Object.keys(old).every((key) => old[key] === annotations.get(key))
}

/**
 * As JSON.parse would make it: `__proto__` is a key like others, and a field without a value is null. Parts that later builds use too are
 * not copied: they are frozen, and without a prototype.
 */
function plainObject(object: JsonObject): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const key of Object.keys(object)) {
    const value = plainValue(object[key])
    if (key === '__proto__') Object.defineProperty(plain, key, { value, enumerable: true, configurable: true, writable: true })
    else plain[key] = value
  }
  return plain
}

function plainValue(value: JsonValue | undefined): unknown {
  if (value === undefined || value === null) return null
  // What would be another number is left, for whoever checks the objects to tell.
  if (typeof value === 'bigint') return String(Number(value)) === String(value) ? Number(value) : value
  if (typeof value === 'object' && isKeptPlain(value)) return value
  if (Array.isArray(value)) return value.map((item) => plainValue(item))
  return typeof value === 'object' ? plainObject(value) : value
}
