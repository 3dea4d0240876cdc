import { isEmpty } from '../go/format.ts'
import { TypedMap, type GoMap, type GoValue } from '../go/value.ts'
import { noteSet } from './changes.ts'
import { isNil } from './go-function.ts'
import { origin, plainView } from './plain-view.ts'
import { checkDepth } from './size-limit.ts'

/**
 * sprig's `merge` and `mergeOverwrite` by mergo 1.0.1: each source in turn into `target`, which is changed and given back.
 * Maps that the target lacks are taken as they are, not copied.
 */
export function merge(target: GoMap | null | undefined, sources: readonly (GoMap | null | undefined)[], overwrite: boolean): GoMap {
  let merged = isNil(target) || isNilMap(target) ? undefined : target
  for (const source of sources) {
    if (isNil(source) || isNilMap(source)) continue
    merged ??= new Map<string, GoValue>()
    mergeInto(merged, source, overwrite, 0)
  }
  return plainView(merged ?? target)
}

function isNilMap(map: GoMap): boolean {
  return map instanceof TypedMap && map.isNil
}

function mergeInto(target: GoMap, source: GoMap, overwrite: boolean, depth: number): void {
  checkDepth(depth)
  // mergo asks for all keys first: what the merge of a map with itself adds is not seen.
  for (const [key, value] of Array.from(source)) {
    if (isNil(value)) {
      if (overwrite) put(target, source, key, null)
      continue
    }
    const present = target.get(key)
    if (value instanceof Map && present instanceof Map) {
      if (!isNilMap(present)) mergeInto(present, value, overwrite, depth + 1)
      if (present.size > 0) continue
    }
    if (overwrite || isEmpty(present)) put(target, source, key, value)
  }
}

/** Reflection sets an item only where the types of the maps' items allow it. */
function put(target: GoMap, source: GoMap, key: string, value: GoValue): void {
  const [wanted, given] = [elementType(target), elementType(source)]
  if (wanted !== 'interface {}' && wanted !== given) {
    throw new Error(`reflect.Value.SetMapIndex: value of type ${given} is not assignable to type ${wanted}`)
  }
  noteSet(origin(target), key, value)
  target.set(key, value)
}

function elementType(map: GoMap): string {
  return map instanceof TypedMap ? map.elementType : 'interface {}'
}
