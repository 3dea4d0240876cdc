import { fromBytes, toBytes, type GoMap, type GoValue } from '../../../go/value.ts'
import { YamlError } from '../../../yaml/contract.ts'
import { isObject, sortedKeys } from '../json-kind.ts'
import { subschemaPlaces, type Draft } from './draft.ts'
import { escapeToken } from './fault.ts'

/** A document, or a part of one that has an `$id` of its own. */
export interface Resource {
  pointer: string
  url: string
  anchors: Map<string, string>
  dynamicAnchors: Set<string>
}

/** What is at the end of a reference: a place in this document, a metaschema, or a URN, which Helm takes for a schema that allows everything. */
export type Target = { pointer: string } | { url: string }

export const documentUrl = 'file:///values.schema.json'

/** A schema document with its addresses: identifiers, anchors, JSON pointers. Throws `YamlError` in the library's words. */
export class SchemaDocument {
  readonly root: GoValue
  readonly draft: Draft
  private readonly resources = new Map<string, Resource>()
  private readonly known = new Set<string>()

  constructor(root: GoValue, draft: Draft) {
    this.root = root
    this.draft = draft
    this.collect(root, '', documentUrl)
  }

  /** Whether a schema stands there by the places that schemas have; elsewhere one has to be checked before it is used. */
  isKnown(pointer: string): boolean {
    return this.known.has(pointer)
  }

  addSubschema(pointer: string): void {
    this.collect(this.lookup(pointer), pointer, this.resourceOf(pointer).url)
  }

  /** The innermost document that a place belongs to. */
  resourceOf(pointer: string): Resource {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const found = this.resources.get(at)
      if (found !== undefined) return found
      if (at === '') throw new Error('the root of a schema document is a resource')
    }
  }

  lookup(pointer: string): GoValue {
    let value: GoValue = this.root
    for (const token of pointer.split('/').slice(1)) {
      if (/~(?![01])/.test(token)) throw new YamlError(`invalid json-pointer ${show(pointer)}`)
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
      let next: GoValue
      let has = false
      if (isObject(value)) {
        has = value.has(key)
        next = value.get(key)
      } else if (Array.isArray(value) && /^\+?\d+$/.test(key) && Number(key) < value.length) {
        has = true
        next = value[Number(key)]
      }
      if (!has) throw new YamlError(`json-pointer in ${show(pointer)} not found`)
      value = next
    }
    return value
  }

  /** Where `reference` leads from the place `from`. */
  resolve(reference: string, from: string): Target {
    const base = this.resourceOf(from).url
    const { url, fragment } = join(base, reference)
    const found = url === documentUrl ? this.resources.get('') : [...this.resources.values()].find((resource) => resource.url === url)
    if (found === undefined) return { url: fragment === '' ? url : `${url}#${fragment}` }
    if (fragment === '' || fragment.startsWith('/')) return { pointer: found.pointer + fragment }
    const pointer = found.anchors.get(fragment)
    if (pointer === undefined) throw new YamlError(`anchor in "${found.url}#${fragment}" not found in schema "${documentUrl}"`)
    return { pointer }
  }

  private collect(schema: GoValue, pointer: string, base: string): void {
    if (this.known.has(pointer)) return
    this.known.add(pointer)
    if (!isObject(schema)) {
      if (pointer === '') this.addResource(pointer, base)
      return
    }
    const id = this.idOf(schema)
    const url = id === '' ? base : join(base, id).url
    if (id !== '' || pointer === '') {
      const same = [...this.resources.values()].find((resource) => resource.url === url)
      if (same !== undefined) {
        throw new YamlError(`duplicate id "${url}" in "${documentUrl}" at "${pointer}" and "${same.pointer}"`)
      }
      this.addResource(pointer, url)
    }
    this.collectAnchors(schema, pointer, this.resourceOf(pointer))
    for (const { keyword, holds, since } of subschemaPlaces) {
      if (since > this.draft) continue
      const held = schema.get(keyword)
      const place = `${pointer}/${escapeToken(keyword)}`
      if (holds === 'schema') {
        if (isObject(held) || typeof held === 'boolean') this.collect(held, place, url)
      } else if (holds === 'list') {
        if (Array.isArray(held)) for (const [index, item] of held.entries()) this.collect(item, `${place}/${index}`, url)
      } else if (isObject(held)) {
        for (const key of sortedKeys(held)) this.collect(held.get(key), `${place}/${escapeToken(key)}`, url)
      }
    }
  }

  private addResource(pointer: string, url: string): void {
    this.resources.set(pointer, { pointer, url, anchors: new Map(), dynamicAnchors: new Set() })
  }

  /** Before 2019 whatever stands beside a `$ref` counts for nothing. */
  private idOf(schema: GoMap): string {
    if (this.draft < 2019 && schema.has('$ref')) return ''
    const id = schema.get(this.draft === 4 ? 'id' : '$id')
    return typeof id === 'string' ? splitFragment(id).url : ''
  }

  private collectAnchors(schema: GoMap, pointer: string, resource: Resource): void {
    if (this.draft < 2019) {
      const id = schema.get(this.draft === 4 ? 'id' : '$id')
      if (schema.has('$ref') || typeof id !== 'string') return
      const { fragment } = splitFragment(id)
      if (fragment !== '' && !fragment.startsWith('/')) addAnchor(resource, fragment, pointer)
      return
    }
    const anchor = schema.get('$anchor')
    if (typeof anchor === 'string') addAnchor(resource, anchor, pointer)
    const dynamic = this.draft >= 2020 ? schema.get('$dynamicAnchor') : undefined
    if (typeof dynamic !== 'string') return
    addAnchor(resource, dynamic, pointer)
    resource.dynamicAnchors.add(dynamic)
  }
}

function addAnchor(resource: Resource, anchor: string, pointer: string): void {
  const found = resource.anchors.get(anchor)
  if (found !== undefined && found !== pointer) {
    throw new YamlError(`duplicate anchor "${anchor}" in "${documentUrl}" at "${found}" and "${pointer}"`)
  }
  resource.anchors.set(anchor, pointer)
}

function show(pointer: string): string {
  return `"${documentUrl}#${pointer.split('/').map(encodeURIComponent).join('/')}"`
}

export function splitFragment(reference: string): { url: string; fragment: string } {
  const at = reference.indexOf('#')
  if (at < 0) return { url: reference, fragment: '' }
  try {
    return { url: reference.slice(0, at), fragment: toBytes(decodeURIComponent(fromBytes(reference.slice(at + 1)))) }
  } catch {
    throw new YamlError(`error in parsing "${reference}": invalid URL escape`)
  }
}

function join(base: string, reference: string): { url: string; fragment: string } {
  const { url, fragment } = splitFragment(reference)
  if (url === '') return { url: base, fragment }
  try {
    // A URN has no path that another could be relative to.
    if (url.startsWith('urn:')) return { url, fragment }
    return { url: new URL(url, base).href.replace(/#$/, ''), fragment }
  } catch {
    throw new YamlError(`error in parsing "${url}": it is no URL`)
  }
}
