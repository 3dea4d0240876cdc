import { RE2JS } from 're2js'
import { RenderError } from '../engine/tree.ts'
import { visitField, type FieldPlace, type FieldSpec } from './field-spec.ts'
import { isObject, type JsonValue } from './json.ts'
import type { Image } from './kustomization.ts'
import type { ResourceList } from './resource-list.ts'
import { scalarOf } from './transformers.ts'

/** An entry of `images`: first every `containers` and `initContainers` wherever they are, then the places of the configuration. */
export function setImage(resources: ResourceList, image: Image, specs: readonly FieldSpec[]): void {
  const matches = imageMatcher(image.name ?? '')
  const update = (place: FieldPlace): void => {
    const reference = scalarOf(place.value)
    if (matches(reference)) place.set(changedReference(reference, image))
  }
  for (const resource of resources) {
    if (resource.kind === 'CustomResourceDefinition') continue
    if (hasContainers(resource.content)) walkContainers(resource.object, update)
  }
  for (const resource of resources) {
    if (resource.kind === 'CustomResourceDefinition') continue
    for (const spec of specs) visitField(resource, spec, undefined, update)
  }
}

/** `[[host[:port]/]component/]component[:tag][@digest]`. */
export function splitImage(reference: string): { name: string; tag: string; digest: string } {
  const slash = Math.max(reference.indexOf('/'), 0)
  const at = reference.indexOf('@', slash)
  const colon = reference.indexOf(':', slash)
  if (colon === -1 && at === -1) return { name: reference, tag: '', digest: '' }
  if (at !== -1 && (colon === -1 || at < colon)) return { name: reference.slice(0, at), tag: '', digest: reference.slice(at + 1) }
  const end = at === -1 ? reference.length : at
  return { name: reference.slice(0, colon), tag: reference.slice(colon + 1, end), digest: at === -1 ? '' : reference.slice(at + 1) }
}

function changedReference(reference: string, image: Image): string {
  const split = splitImage(reference)
  let { tag, digest } = split
  if (image.newTag) {
    tag = image.newTag
    digest = image.digest ?? ''
  } else if (image.digest) {
    tag = ''
    digest = image.digest
  } else if (image.tagSuffix) {
    tag += image.tagSuffix
    digest = ''
  }
  return (image.newName || split.name) + (tag === '' ? '' : `:${tag}`) + (digest === '' ? '' : `@${digest}`)
}

const matchers = new Map<string, RE2JS>()
const maxMatchers = 1_000

/** The name is a pattern, as it is to kustomize; one that is none matches nothing, where the real tool breaks down. */
function imageMatcher(name: string): (reference: string) => boolean {
  let pattern = matchers.get(name)
  if (pattern === undefined) {
    try {
      pattern = RE2JS.compile(`^${name}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$`)
    } catch (error) {
      throw new RenderError(`The name '${name}' of an image is no pattern: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (matchers.size >= maxMatchers) matchers.clear()
    matchers.set(name, pattern)
  }
  const compiled = pattern
  return (reference) => compiled.matcher(reference).find()
}

function hasContainers(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.some((item) => hasContainers(item))
  return isObject(value) && Object.keys(value).some((key) => key === 'containers' || key === 'initContainers' || hasContainers(value[key]))
}

function walkContainers(value: JsonValue | undefined, update: (place: FieldPlace) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walkContainers(item, update)
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      const field = value[key]
      walkContainers(field, update)
      if ((key === 'containers' || key === 'initContainers') && Array.isArray(field)) updateImages(field, update)
    }
  }
}

function updateImages(containers: readonly JsonValue[], update: (place: FieldPlace) => void): void {
  for (const container of containers) {
    if (container === null) continue
    if (!isObject(container)) throw new RenderError('wrong node kind: expected MappingNode but got ScalarNode')
    const image = container['image']
    if (image === undefined || image === null) continue
    update({
      value: image,
      set(reference) {
        container['image'] = reference
      },
    })
  }
}
