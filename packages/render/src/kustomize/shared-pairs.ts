import { isObject, type JsonObject, type JsonValue } from './json.ts'

/** Names and indexes from an object's root. */
export type Trail = readonly (string | number)[]

/**
 * Labels and annotations that a transformer adds at several places of a resource are one node of YAML to the real tool: who changes one of them
 * later changes all. A patch of a Deployment's label in an overlay so reaches the selector, if both came from `commonLabels` of the base. Values are no
 * nodes, so this is made up for after each step.
 */
export class SharedPairs {
  #value: JsonValue
  #places: Trail[]

  constructor(value: JsonValue, places: readonly Trail[]) {
    this.#value = value
    // Objects begin with their metadata, and what is written last counts.
    this.#places = places.toSorted((left, right) => Number(left[0] !== 'metadata') - Number(right[0] !== 'metadata'))
  }

  /** Whether there is anything left that could differ. */
  get isShared(): boolean {
    return this.#places.length > 1
  }

  /** Writes what one of the places has become to the others. A place that is gone no longer takes part. */
  settle(read: () => JsonObject, write: () => JsonObject): void {
    const object = read()
    this.#places = this.#places.filter((place) => valueAt(object, place) !== undefined)
    const changed = this.#places.map((place) => valueAt(object, place)).filter((value) => value !== this.#value)
    const last = changed.at(-1)
    if (last === undefined) return
    this.#value = last
    // Only texts are shared; what has become a map or a list has taken the node's place.
    if (typeof last === 'object') this.#places = []
    else for (const place of this.#places) setAt(write(), place, last)
  }

  /** The map at `path` was made anew. */
  leave(path: Trail): void {
    this.#places = this.#places.filter((place) => !path.every((name, index) => place[index] === name))
  }
}

function valueAt(object: JsonObject, place: Trail): JsonValue | undefined {
  let value: JsonValue | undefined = object
  for (const name of place) value = child(value, name)
  return value
}

function child(value: JsonValue | undefined, name: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return typeof name === 'number' ? value[name] : undefined
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function setAt(object: JsonObject, place: Trail, value: JsonValue): void {
  let holder: JsonValue | undefined = object
  for (const name of place.slice(0, -1)) holder = child(holder, name)
  if (isObject(holder)) holder[String(place.at(-1))] = value
}
