import { isMap, isScalar, isSeq, type YAMLMap } from 'yaml'
import { imageValue, readImageValue } from './image-reference.ts'
import { pairOf, type YamlText } from './yaml-text.ts'

/** kustomize api/konfig/general.go: what a kustomization may be called. */
export function isKustomization(file: string): boolean {
  return ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].includes(file.split('/').at(-1) ?? '')
}

export function readKustomizeImage(yaml: YamlText, name: string): string | undefined {
  const entry = imageEntry(yaml, name)
  if (entry === undefined) return undefined
  const newName = textOf(entry, 'newName')
  const tag = textOf(entry, 'newTag')
  const digest = textOf(entry, 'digest')
  const value = imageValue({
    ...(newName !== undefined && { newName }),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  })
  return value === '' ? undefined : value
}

/** False when the kustomization has no entry for it. What the value does not have is taken away: an old tag beside a new digest misleads. */
export function writeKustomizeImage(yaml: YamlText, name: string, value: string): boolean {
  const entry = imageEntry(yaml, name)
  const [document] = yaml.documents
  if (entry === undefined || document === undefined) return false
  if (readKustomizeImage(yaml, name) === value) return true
  const { newName, tag, digest } = readImageValue(name, value)
  // What takes the place of another is written where that was.
  for (const [key, wanted] of [
    ['newName', newName],
    ['newTag', tag],
    ['digest', digest],
  ] as const) {
    if (wanted !== undefined) yaml.setKey(document, entry, key, wanted)
    else if (key !== 'newName' || textOf(entry, 'newName') !== undefined) yaml.removeKey(entry, key)
  }
  return true
}

export function readLiteral(yaml: YamlText, name: string, key: string): string | undefined {
  const found = literalOf(yaml, name, key)
  return found === undefined ? undefined : String(found.value).slice(key.length + 1)
}

/** False when there is no such literal. */
export function writeLiteral(yaml: YamlText, name: string, key: string, value: string): boolean {
  const found = literalOf(yaml, name, key)
  const [document] = yaml.documents
  if (found === undefined || document === undefined) return false
  const text = `${key}=${value}`
  if (found.value !== text) yaml.setScalar(document, found, text)
  return true
}

/** Names that `images` has entries for, to be told to whoever asks for another. */
export function kustomizeImages(yaml: YamlText): string[] {
  return entriesOf(yaml, 'images').flatMap((entry) => textOf(entry, 'name') ?? [])
}

function literalOf(yaml: YamlText, name: string, key: string) {
  for (const generator of entriesOf(yaml, 'configMapGenerator')) {
    if (textOf(generator, 'name') !== name) continue
    const literals = pairOf(generator, 'literals')?.value
    if (!isSeq(literals)) continue
    for (const literal of literals.items) if (isScalar(literal) && String(literal.value).startsWith(`${key}=`)) return literal
  }
  return undefined
}

function imageEntry(yaml: YamlText, name: string): YAMLMap | undefined {
  return entriesOf(yaml, 'images').find((entry) => textOf(entry, 'name') === name)
}

function entriesOf(yaml: YamlText, key: string): YAMLMap[] {
  const contents = yaml.documents[0]?.contents
  const list = isMap(contents) ? pairOf(contents, key)?.value : undefined
  return isSeq(list) ? list.items.filter((item): item is YAMLMap => isMap(item)) : []
}

/** As it is written: `newTag: 1.10` is 1.10 for whoever wrote it. */
function textOf(map: YAMLMap, key: string): string | undefined {
  const node = pairOf(map, key)?.value
  if (!isScalar(node) || node.value === null) return undefined
  return typeof node.value === 'string' ? node.value : node.source
}
