import { PlimsollError, type VersionField } from '@plimsoll/api'
import { type Document, isMap, isScalar } from 'yaml'
import { readContainerImage, writeContainerImage } from './container-images.ts'
import { parseFieldPath } from './field-path.ts'
import {
  isKustomization,
  kustomizeImages,
  readKustomizeImage,
  readLiteral,
  writeKustomizeImage,
  writeLiteral,
} from './kustomization-fields.ts'
import { pairOf, YamlText } from './yaml-text.ts'

/** Names a field: the same in every stage, so that a value can go from one to the other. */
export function fieldKey(field: VersionField): string {
  if (field.image !== undefined) return `${field.file}#image:${field.image}`
  if (field.configMap !== undefined) return `${field.file}#configMap:${field.configMap.name}/${field.configMap.key}`
  const { object } = field
  return `${field.file}#${object === undefined ? '' : `${object.kind}/${object.name}:`}${field.path ?? ''}`
}

/** What a field says in a text; undefined when it has no such place, or nothing there. Images as `newName:tag@digest`. */
export function readField(text: string, field: VersionField): string | undefined {
  const yaml = new YamlText(field.file, text)
  if (field.image !== undefined)
    return isKustomization(field.file) ? readKustomizeImage(yaml, field.image) : readContainerImage(yaml, field.image)
  if (field.configMap !== undefined) return readLiteral(yaml, field.configMap.name, field.configMap.key)
  const document = documentOf(yaml, field)
  return document === undefined ? undefined : yaml.read(document, parseFieldPath(field.path ?? ''))
}

/** The text with the field set, and nothing else changed. Rejects with `path-not-found` when it has no such place. */
export function writeField(text: string, field: VersionField, value: string): string {
  const yaml = new YamlText(field.file, text)
  if (!put(yaml, field, value)) throw noSuchPlace(yaml, field)
  const written = yaml.result()
  const back = readField(written, field)
  if (back !== value && !(field.image !== undefined && back?.endsWith(value) === true))
    throw yaml.invalid(`${fieldKey(field)} was to become '${value}', but would read as '${String(back)}'`)
  return written
}

function put(yaml: YamlText, field: VersionField, value: string): boolean {
  if (field.image !== undefined)
    return isKustomization(field.file) ? writeKustomizeImage(yaml, field.image, value) : writeContainerImage(yaml, field.image, value)
  if (field.configMap !== undefined) return writeLiteral(yaml, field.configMap.name, field.configMap.key, value)
  const document = documentOf(yaml, field)
  return document !== undefined && yaml.set(document, parseFieldPath(field.path ?? ''), value)
}

function documentOf(yaml: YamlText, { object }: VersionField): Document.Parsed | undefined {
  if (object === undefined) return yaml.documents[0]
  return yaml.documents.find(({ contents }) => {
    if (!isMap(contents)) return false
    const metadata = pairOf(contents, 'metadata')?.value
    return textAt(contents, 'kind') === object.kind && isMap(metadata) && textAt(metadata, 'name') === object.name
  })
}

function textAt(map: Parameters<typeof pairOf>[0], key: string): string | undefined {
  const node = pairOf(map, key)?.value
  return isScalar(node) ? String(node.value) : undefined
}

function noSuchPlace(yaml: YamlText, field: VersionField): PlimsollError {
  const found =
    field.image !== undefined && isKustomization(field.file) ? ` (its images: ${kustomizeImages(yaml).join(', ') || 'none'})` : ''
  return new PlimsollError('path-not-found', `${field.file} has no place for ${fieldKey(field).slice(field.file.length + 1)}${found}.`, {
    remedy: 'Add it to the file with the version that runs now, or correct the field.',
  })
}
