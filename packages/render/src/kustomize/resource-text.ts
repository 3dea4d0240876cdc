import { RenderError } from '../engine/tree.ts'
import { fieldOf, isObject, scalarText, type JsonObject, type JsonValue } from './json.ts'
import { MalformedYaml } from './build-error.ts'
import { ParsedTexts } from './parsed-texts.ts'
import { Resource } from './resource.ts'
import { readResourceDocument, YamlFault } from './yaml-text.ts'

const separator = /\n---.*\n/g

/**
 * The objects of a text of many documents, as kyaml reads them: empty documents dropped, lists of objects taken apart. Throws `RenderError` for what
 * is no Kubernetes object, in kustomize's words. `source` is told in the resources. With `isPatch` annotations that are null stay so.
 */
export function readResources(text: string, options: { source?: string; isPatch?: boolean } = {}): Resource[] {
  if (options.isPatch === true) return readObjects(text, true).map((object) => new Resource(object, options.source))
  const { objects, isLent } = parsed.objects(text, () => readObjects(text, false))
  return objects.map((object) => (isLent ? Resource.lent(object, options.source) : new Resource(object, options.source)))
}

/** Texts of 16 million characters take some 200 MB as objects at the worst. */
const parsed = new ParsedTexts(16_000_000)

function readObjects(text: string, isPatch: boolean): JsonObject[] {
  const documents = splitDocuments(text.replaceAll('\r\n', '\n'))
  const objects: JsonValue[] = []
  for (const document of documents) {
    const value = readDocument(document, isPatch)
    if (value === null || value === undefined) continue
    const items = documents.length === 1 && isList(value) ? value['items'] : undefined
    if (items === undefined) objects.push(value)
    else if (Array.isArray(items)) objects.push(...items)
  }
  return takeListsApart(objects.filter((object) => isUsable(object)))
}

/** kyaml's `GetValidatedMetadata`. */
export function checkMetadata(object: JsonValue): void {
  const metadata = fieldOf(object, 'metadata')
  const kind = scalarText(fieldOf(object, 'kind'))
  const apiVersion = scalarText(fieldOf(object, 'apiVersion'))
  const name = scalarText(fieldOf(metadata, 'name'))
  const namespace = scalarText(fieldOf(metadata, 'namespace'))
  const labels = describeMap(fieldOf(metadata, 'labels'))
  const annotations = describeMap(fieldOf(metadata, 'annotations'))
  if (!isObject(object) || (kind === '' && apiVersion === '' && name === '' && namespace === '' && labels + annotations === 'map[]map[]')) {
    throw new RenderError('missing Resource metadata', {
      remedy: 'Every document must be a Kubernetes object with apiVersion, kind and metadata.name.',
    })
  }
  const described = `{{${apiVersion} ${kind}} {{${name} ${namespace}} ${labels} ${annotations}}}`
  if (kind === '') throw new RenderError(`missing kind in object ${described}`)
  if (!kind.endsWith('List') && name === '') throw new RenderError(`missing metadata.name in object ${described}`)
}

function splitDocuments(text: string): string[] {
  const documents: string[] = []
  let start = 0
  for (const match of text.matchAll(separator)) {
    const rest = match[0].slice(4).trim()
    if (rest !== '' && !rest.startsWith('#')) throw new RenderError(`invalid document separator: ${match[0].trim()}`)
    // What ends a block scalar is its newline, which the separator's pattern took.
    documents.push(`${text.slice(start, match.index)}\n`)
    start = match.index + match[0].length
  }
  documents.push(text.slice(start))
  return documents
}

function readDocument(text: string, isPatch: boolean): JsonValue | undefined {
  try {
    return readResourceDocument(text, isPatch ? 'keep' : 'as-text')
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error
    throw new MalformedYaml(error.isMalformed ? `MalformedYAMLError: ${error.message}` : error.message)
  }
}

function isList(value: JsonValue): value is JsonObject {
  const kind = fieldOf(value, 'kind')
  return isObject(value) && (kind === 'List' || kind === 'ResourceList') && Object.hasOwn(value, 'items')
}

/** Items of `FooList` objects come after everything else, as the real tool appends them to what it still has to look at. */
function takeListsApart(objects: JsonValue[]): JsonObject[] {
  const queue = objects
  const result: JsonObject[] = []
  for (let index = 0; index < queue.length; index += 1) {
    const object = queue[index]
    if (!isObject(object)) continue
    const kind = scalarText(object['kind'])
    if (!kind.endsWith('List') || !Object.hasOwn(object, 'items')) {
      result.push(object)
      continue
    }
    const items = object['items']
    if (items === null || items === undefined) continue
    if (!Array.isArray(items)) throw new RenderError(`expected array in ${kind}/items, but found ${goType(items)}`)
    for (const item of items) queue.push(...innerObjects(item))
  }
  return result
}

function innerObjects(item: JsonValue): JsonValue[] {
  const items = isList(item) && Array.isArray(item['items']) ? item['items'] : [item]
  return items.filter((each) => isUsable(each))
}

/** Empty ones are dropped; others must be objects of Kubernetes. */
function isUsable(object: JsonValue): boolean {
  if (object === null) return false
  if (typeof object === 'object' && (Array.isArray(object) ? object.length : Object.keys(object).length) === 0) return false
  checkMetadata(object)
  return true
}

function describeMap(value: JsonValue | undefined): string {
  if (!isObject(value)) return 'map[]'
  const entries = Object.keys(value).toSorted((left, right) => (left < right ? -1 : 1))
  return `map[${entries.map((key) => `${key}:${scalarText(value[key])}`).join(' ')}]`
}

function goType(value: JsonValue): string {
  if (isObject(value)) return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'int'
}
