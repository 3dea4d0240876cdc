import { RenderError } from '../../engine/tree.ts'
import { cloneValue, type JsonObject, type JsonValue } from '../json.ts'
import { decodeJson6902, type Json6902Patch } from './json-6902.ts'

/** How a build reads what stands in a patch. Each throws `RenderError`. */
export interface PatchReaders {
  /** Text of a file, by its path from the kustomization. */
  file(path: string): string
  /** The resources of a text, as `resources:` are read: each has a kind and a name, lists are taken apart. */
  resources(text: string): JsonObject[]
  /** sigs.k8s.io/yaml, `YAMLToJSON`: the first document. */
  yaml(text: string): JsonValue
}

/** A patch is read in both ways, and must be one of the two. */
export type PatchContent = { kind: 'strategic'; patches: JsonObject[] } | { kind: 'json-6902'; patch: Json6902Patch }

/** `source` is how messages call the patch. */
export function readPatchText(text: string, source: string, readers: PatchReaders): PatchContent {
  const strategic = attempt(() => readers.resources(text))
  const json = attempt(() => readJson6902(text, readers))
  if (strategic === undefined && json === undefined) throw new RenderError(`unable to parse SM or JSON patch from ${source}`)
  if (strategic !== undefined && json !== undefined && strategic.length > 0 && json.length > 0) {
    throw new RenderError(`illegally qualifies as both an SM and JSON patch: ${source}`)
  }
  // Nothing but comments is an empty JSON patch.
  if (strategic !== undefined && strategic.length > 0) return { kind: 'strategic', patches: strategic }
  return { kind: 'json-6902', patch: json ?? [] }
}

/** JSON when it begins as a list of JSON does, YAML otherwise. */
export function readJson6902(text: string, readers: Pick<PatchReaders, 'yaml'>): Json6902Patch {
  if (text === '') throw new RenderError('empty json patch operations')
  return decodeJson6902(text.startsWith('[') ? parseJson(text) : readers.yaml(text))
}

function parseJson(text: string): JsonValue {
  try {
    return cloneValue(JSON.parse(text) as JsonValue)
  } catch (error) {
    throw new RenderError(error instanceof Error ? error.message : String(error))
  }
}

function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof RenderError) return undefined
    throw error
  }
}
