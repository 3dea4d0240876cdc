import { RenderError } from '../engine/tree.ts'
import type { KustomizeOverrides } from './contract.ts'
import { splitImage } from './image-transformer.ts'
import { compareBytes } from './kind-order.ts'
import { structs, type Image, type Kustomization, type Label, type Patch, type Replica } from './kustomization.ts'
import { LoadError, type Loader } from './loader.ts'

/**
 * Writes an Application's `spec.source.kustomize` over its kustomization, with the outcome of the commands `kustomize edit set …` and `kustomize edit
 * add …` that Argo CD runs for it (`util/kustomize/kustomize.go`), in its order. Throws `RenderError` in their words.
 */
export function applyOverrides(kustomization: Kustomization, overrides: KustomizeOverrides, loader: Loader): void {
  if (overrides.namePrefix) kustomization.namePrefix = overrides.namePrefix
  if (overrides.nameSuffix) kustomization.nameSuffix = overrides.nameSuffix
  setImages(kustomization, overrides.images ?? [])
  setReplicas(kustomization, overrides.replicas ?? [])
  addLabels(kustomization, overrides)
  addAnnotations(kustomization, overrides)
  if (overrides.namespace) kustomization.namespace = overrides.namespace
  const patches = (overrides.patches ?? []).map(toPatch)
  if (patches.length > 0) kustomization.patches = [...(kustomization.patches ?? []), ...patches]
  addComponents(kustomization, overrides, loader)
}

/** The old name, new tag or new digest stays where the Application says `*`. */
const keep = '*'

function setImages(kustomization: Kustomization, texts: readonly string[]): void {
  if (texts.length === 0) return
  const images = new Map<string, Image>()
  for (const text of texts) {
    const image = parseImage(text)
    images.set(image.name ?? '', image)
  }
  for (const old of structs(kustomization.images)) {
    const name = old.name ?? ''
    const given = images.get(name)
    images.set(name, given === undefined ? old : withKept(given, old))
  }
  kustomization.images = [...images.values()]
    .map((image) => withKept(image, {}))
    .toSorted((left, right) => compareBytes(left.name ?? '', right.name ?? ''))
}

function withKept(image: Image, old: Image): Image {
  const result = { ...image }
  for (const field of ['newName', 'newTag', 'digest'] as const) {
    if (result[field] === keep) result[field] = old[field] ?? ''
  }
  return result
}

function parseImage(text: string): Image {
  const equals = text.indexOf('=')
  const value = equals === -1 ? text : text.slice(equals + 1)
  const { name, tag, digest } = splitImage(value)
  if (name === text) {
    throw new RenderError(
      `invalid format of image '${text}', use one of the following options: <image>=<newimage>:<newtag>, <image>=<newimage>@<digest>, <image>=<newimage>:<newtag>@<digest>, <image>=<newimage>, <image>:<newtag>, <image>:<newtag>@<digest>, <image>@<digest>`,
      {
        remedy: 'Correct spec.source.kustomize.images of the Application.',
      },
    )
  }
  return equals === -1 ? { name, newTag: tag, digest } : { name: text.slice(0, equals), newName: name, newTag: tag, digest }
}

function setReplicas(kustomization: Kustomization, entries: NonNullable<KustomizeOverrides['replicas']>): void {
  if (entries.length === 0) return
  const replicas = new Map<string, Replica>()
  for (const { name, count } of entries) {
    const number = typeof count === 'number' ? count : /^[+-]?[0-9]+$/.test(count) ? Number(count) : Number.NaN
    if (!Number.isSafeInteger(number)) {
      throw new RenderError(`The count '${count}' of replicas for '${name}' is no whole number.`, {
        remedy: 'Correct spec.source.kustomize.replicas of the Application.',
      })
    }
    replicas.set(name, { name, count: number })
  }
  for (const old of structs(kustomization.replicas)) if (!replicas.has(old.name ?? '')) replicas.set(old.name ?? '', old)
  kustomization.replicas = [...replicas.values()].toSorted((left, right) => compareBytes(left.name ?? '', right.name ?? ''))
}

function addLabels(kustomization: Kustomization, overrides: KustomizeOverrides): void {
  const labels = Object.entries(overrides.commonLabels ?? {})
  if (labels.length === 0) return
  const force = overrides.forceCommonLabels === true
  const includeTemplates = overrides.labelIncludeTemplates === true
  if (overrides.labelWithoutSelector !== true) {
    if (includeTemplates) throw new RenderError('--without-selector flag must be specified for --include-templates to work')
    kustomization.commonLabels ??= new Map()
    addPairs(kustomization.commonLabels, labels, 'label', force)
    return
  }
  const list = structs(kustomization.labels)
  let label: Label | undefined = list.find(
    (each) => each.includeSelectors !== true && (each.includeTemplates === true) === includeTemplates,
  )
  if (label === undefined) list.push((label = { includeTemplates }))
  label.pairs ??= new Map()
  addPairs(label.pairs, labels, 'label', force)
  kustomization.labels = list
}

function addAnnotations(kustomization: Kustomization, overrides: KustomizeOverrides): void {
  const annotations = Object.entries(overrides.commonAnnotations ?? {})
  if (annotations.length === 0) return
  kustomization.commonAnnotations ??= new Map()
  addPairs(kustomization.commonAnnotations, annotations, 'annotation', overrides.forceCommonAnnotations === true)
}

function addPairs(map: Map<string, string | undefined>, pairs: readonly (readonly [string, string])[], kind: string, force: boolean): void {
  for (const [name, value] of pairs) {
    if (map.has(name) && !force) throw new RenderError(`${kind} ${name} already in kustomization file. Use --force to override.`)
    map.set(name, withoutQuotes(value))
  }
}

/** As the command line of `kustomize edit add` takes one pair of double quotes away. */
function withoutQuotes(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}

function toPatch(entry: NonNullable<KustomizeOverrides['patches']>[number]): Patch {
  const patch: Patch = {}
  if (entry.path) patch.path = entry.path
  if (entry.patch) patch.patch = entry.patch
  if (entry.options !== undefined) patch.options = new Map(Object.entries(entry.options))
  if (entry.target === undefined) return patch
  const { group, version, kind, name, namespace, labelSelector, annotationSelector } = entry.target
  const fields = Object.entries({ group, version, kind, name, namespace, labelSelector, annotationSelector })
  patch.target = Object.fromEntries(fields.filter(([, value]) => value))
  return patch
}

function addComponents(kustomization: Kustomization, overrides: KustomizeOverrides, loader: Loader): void {
  const components = [...(kustomization.components ?? [])]
  for (const component of overrides.components ?? []) {
    const fault = openFault(loader, component)
    if (fault !== undefined) {
      if (overrides.ignoreMissingComponents === true) continue
      throw new RenderError(`${component} has no match: ${fault}`, {
        remedy: 'Correct spec.source.kustomize.components of the Application.',
      })
    }
    if (!components.includes(component)) components.push(component)
  }
  if (components.length > 0) kustomization.components = components
}

function openFault(loader: Loader, path: string): string | undefined {
  try {
    loader.open(path)
    return undefined
  } catch (error) {
    if (error instanceof LoadError) return error.message
    throw error
  }
}
