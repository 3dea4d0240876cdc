import { RenderError } from '../../engine/tree.ts'
import { formatFloatG } from '../../yaml/number-text.ts'
import { listOf, readShape, structOf } from '../go-json.ts'
import { isObject, objectOf, type JsonValue } from '../json.ts'
import { replacementFields, structs, type ReplacementField } from '../kustomization.ts'
import type { PatchReaders } from '../patch/patch-source.ts'
import type { ResourceList } from '../resource-list.ts'
import { applyReplacements, type Replacement } from './replace.ts'

const replacementShape = structOf('types.Replacement', replacementFields)
const replacementListShape = listOf(replacementShape)

/**
 * Reads `replacements:`, those of files too, which hold one or a list of them; what it returns copies the values. Throws `RenderError` in
 * kustomize's words.
 */
export function readReplacements(
  entries: readonly ReplacementField[],
  readers: Pick<PatchReaders, 'file' | 'yaml'>,
): (list: ResourceList) => void {
  const replacements = entries.flatMap((entry): Replacement[] => {
    const { path = '', ...inline } = entry
    if (path === '') return [inline]
    if (inline.source !== undefined || (inline.targets?.length ?? 0) > 0) {
      throw new RenderError('cannot specify both path and inline replacement')
    }
    return readFile(readers.yaml(readers.file(path)))
  })
  return (list) => {
    applyReplacements(list.items, replacements)
    list.dropEmpty()
  }
}

/** Fields that are unknown do not matter in a file, and a number is a text where one is wanted: sigs.k8s.io/yaml knows what it reads for. */
function readFile(read: JsonValue): Replacement[] {
  const content = withTexts(read)
  if (Array.isArray(content)) return structs(readShape(replacementListShape, content, { strict: false }))
  if (isObject(content)) return [readShape(replacementShape, content, { strict: false }) ?? {}]
  const kind = content === null ? 'invalid' : typeof content === 'boolean' ? 'bool' : typeof content === 'string' ? 'string' : 'float64'
  throw new RenderError(`unsupported replacement type encountered within replacement path: ${kind}`)
}

function withTexts(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' ? withTexts(item) : textOf(item)))
  if (!isObject(value)) return value
  return objectOf(
    Object.keys(value).map((key) => {
      const item = value[key] ?? null
      if (typeof item === 'object') return [key, withTexts(item)]
      return [key, ['index', 'create'].includes(key.toLowerCase()) ? item : textOf(item)]
    }),
  )
}

function textOf(value: JsonValue): JsonValue {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : formatFloatG(value)
  return typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : value
}
