import type { JsonObject, JsonValue } from './json.ts'

/**
 * What texts of resources were read to, for the next build of the same ones: reading takes most of a build's time. A text is kept from the second
 * time on, and never more characters than `maxLength` together; the ones used longest ago go first. What is kept is frozen.
 */
export class ParsedTexts {
  readonly #maxLength: number
  #length = 0
  /** Undefined: seen once. In the order of their last use. */
  readonly #objects = new Map<string, readonly JsonObject[] | undefined>()

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  /** The objects of `text`; `isLent` when they are not the caller's to change. What `read` throws is not kept. */
  objects(text: string, read: () => JsonObject[]): { objects: readonly JsonObject[]; isLent: boolean } {
    const isKnown = this.#objects.has(text)
    const known = this.#objects.get(text)
    const objects = known ?? read()
    const isLent = isKnown
    if (isLent && known === undefined) for (const object of objects) freeze(object)
    this.#touch(text, isLent ? objects : undefined)
    return { objects, isLent }
  }

  #touch(text: string, objects: readonly JsonObject[] | undefined): void {
    if (this.#objects.delete(text)) this.#length -= text.length
    this.#objects.set(text, objects)
    this.#length += text.length
    for (const oldest of this.#objects.keys()) {
      if (this.#length <= this.#maxLength) return
      this.#objects.delete(oldest)
      this.#length -= oldest.length
    }
  }
}

/** Parts of what is kept that are JSON already: no integer that is too big for it, no field without a value. */
const plainParts = new WeakSet<object>()

export function isKeptPlain(value: object): boolean {
  return plainParts.has(value)
}

function freeze(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined && typeof value !== 'bigint'
  let isPlain = true
  for (const item of Object.values(value)) if (!freeze(item)) isPlain = false
  if (isPlain) plainParts.add(value)
  Object.freeze(value)
  return isPlain
}
