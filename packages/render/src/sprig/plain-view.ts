import { goTypeName } from '../go/format.ts'
import { TypedMap, type GoMap, type GoValue } from '../go/value.ts'

/**
 * What a function that takes and gives back a `map[string]interface {}` makes of a map of another name (`.Values` is a `chartutil.Values`): the
 * same map, whose type `typeOf` and `dig` see as the plain one.
 */
export function plainView(map: GoMap | null | undefined): GoMap {
  if (map === null || map === undefined) return new TypedMap('map[string]interface {}', { isNil: true })
  return goTypeName(map) === 'map[string]interface {}' ? map : new PlainView(map)
}

/** The map that is changed where this one is. */
export function origin(map: GoMap): GoMap {
  return map instanceof PlainView ? origin(map.seen) : map
}

class PlainView extends Map<string, GoValue> {
  readonly #map: GoMap

  constructor(map: GoMap) {
    super()
    this.#map = map
  }

  get seen(): GoMap {
    return this.#map
  }

  override get size(): number {
    return this.#map.size
  }

  override get(key: string): GoValue {
    return this.#map.get(key)
  }

  override has(key: string): boolean {
    return this.#map.has(key)
  }

  override set(key: string, value: GoValue): this {
    this.#map.set(key, value)
    return this
  }

  override delete(key: string): boolean {
    return this.#map.delete(key)
  }

  override clear(): void {
    this.#map.clear()
  }

  override keys(): MapIterator<string> {
    return this.#map.keys()
  }

  override values(): MapIterator<GoValue> {
    return this.#map.values()
  }

  override entries(): MapIterator<[string, GoValue]> {
    return this.#map.entries()
  }

  override [Symbol.iterator](): MapIterator<[string, GoValue]> {
    return this.#map[Symbol.iterator]()
  }

  override forEach(visit: (value: GoValue, key: string, map: GoMap) => void): void {
    for (const [key, value] of this.#map) visit(value, key, this)
  }
}
