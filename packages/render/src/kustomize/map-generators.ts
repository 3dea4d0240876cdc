import { isUtf8 } from 'node:buffer'
import { RenderError } from '../engine/tree.ts'
import { requireTextKey } from './created-key.ts'
import { emptyObject, objectOf, type JsonObject } from './json.ts'
import { readKeyValues } from './key-values.ts'
import { compareBytes } from './kind-order.ts'
import { textMap, type ConfigMapArgs, type GeneratorOptions, type SecretArgs } from './kustomization.ts'
import type { Loader } from './loader.ts'
import { Resource, type GeneratorBehavior } from './resource.ts'

const base64Line = 70

/** An entry of `configMapGenerator`, its options merged with `generatorOptions` already. */
export function generateConfigMap(loader: Loader, args: ConfigMapArgs): Resource {
  const resource = newResource('ConfigMap', args)
  for (const [key, value] of sortedEntries(readKeyValues(loader, args.name ?? '', args))) {
    const isText = isUtf8(value)
    field(resource.object, isText ? 'data' : 'binaryData')[key] = isText ? Buffer.from(value).toString() : foldedBase64(value)
  }
  return finish(resource, args)
}

/** An entry of `secretGenerator`. */
export function generateSecret(loader: Loader, args: SecretArgs): Resource {
  const resource = newResource('Secret', args)
  resource.object['type'] = args.type || 'Opaque'
  const data = field(resource.object, 'data')
  for (const [key, value] of sortedEntries(readKeyValues(loader, args.name ?? '', args))) data[key] = foldedBase64(value)
  return finish(resource, args)
}

/** `generatorOptions` under what the generator says itself. */
export function mergeOptions(local: GeneratorOptions | undefined, global: GeneratorOptions | undefined): GeneratorOptions | undefined {
  if (global === undefined) return local
  const merged: GeneratorOptions = { ...local }
  for (const key of ['labels', 'annotations'] as const) {
    if (global[key] !== undefined) merged[key] = new Map([...global[key], ...(local?.[key] ?? [])])
  }
  if (global.disableNameSuffixHash === true) merged.disableNameSuffixHash = true
  if (global.immutable === true) merged.immutable = true
  return merged
}

function newResource(kind: string, { name, namespace }: ConfigMapArgs): Resource {
  if (!name) throw new RenderError('a configmap must have a name')
  const resource = new Resource(
    objectOf([
      ['apiVersion', 'v1'],
      ['kind', kind],
      ['metadata', emptyObject()],
    ]),
  )
  resource.setName(name)
  resource.setNamespace(namespace ?? '')
  return resource
}

function finish(resource: Resource, { options, behavior }: ConfigMapArgs): Resource {
  resource.setLabels(textMap(options?.labels))
  resource.setAnnotations(textMap(options?.annotations))
  if (options?.immutable === true) resource.object['immutable'] = true
  resource.needsHash = options?.disableNameSuffixHash !== true
  resource.behavior = isBehavior(behavior) ? behavior : 'unspecified'
  return resource
}

function isBehavior(text: string | undefined): text is GeneratorBehavior {
  return text === 'create' || text === 'replace' || text === 'merge'
}

function field(object: JsonObject, name: string): JsonObject {
  const value = object[name]
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  const created = emptyObject()
  object[name] = created
  return created
}

function sortedEntries(values: ReadonlyMap<string, Uint8Array>): [string, Uint8Array][] {
  for (const key of values.keys()) requireTextKey(key)
  return [...values].toSorted(([left], [right]) => compareBytes(left, right))
}

/** kyaml's: lines of 70 characters, each ended, as soon as there is more than one. */
function foldedBase64(value: Uint8Array): string {
  const encoded = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  if (encoded.length < base64Line) return encoded
  const lines = encoded.match(/.{1,70}/g) ?? []
  return lines.map((line) => `${line}\n`).join('')
}
