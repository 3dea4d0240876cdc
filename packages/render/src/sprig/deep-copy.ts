import { GoBytes, nilList, typedList, TypedList, TypedMap, type GoList, type GoMap, type GoValue } from '../go/value.ts'
import { isNil } from './go-function.ts'
import { checkDepth, checkListLength } from './size-limit.ts'

/** mitchellh/copystructure: types are kept; structs and numbers are never changed and so need no copy. */
export function deepCopy(value: GoValue): GoValue {
  if (isNil(value)) throw new Error('reflect: call of reflect.Value.Type on zero Value')
  return new Copier().copy(value, 0)
}

class Copier {
  /** What is shared is copied once for each place it stands in: counted, since that can grow without end. */
  #items = 0

  copy(value: GoValue, depth: number): GoValue {
    if (typeof value !== 'object' || value === null) return value
    checkDepth(depth)
    if (value instanceof Map) return this.#copyMap(value, depth)
    if (Array.isArray(value)) return this.#copyList(value, depth)
    return value instanceof GoBytes ? new GoBytes(value.bytes.slice()) : value
  }

  #copyMap(map: GoMap, depth: number): GoMap {
    this.#count(map.size)
    const made: GoMap =
      map instanceof TypedMap
        ? new TypedMap(map.type, { elementType: map.elementType, methods: map.methods, isNil: map.isNil })
        : new Map<string, GoValue>()
    for (const [key, item] of map) made.set(key, this.copy(item, depth + 1))
    return made
  }

  #copyList(list: GoList, depth: number): GoList {
    this.#count(list.length)
    if (list instanceof TypedList && list.isNil) return nilList(list.elementType)
    const items = Array.from(list, (item) => this.copy(item, depth + 1))
    return list instanceof TypedList ? typedList(list.elementType, items) : items
  }

  #count(items: number): void {
    this.#items += items
    checkListLength(this.#items)
  }
}
