/** An object that results share, by its JSON. */
export interface HeldObject {
  readonly json: string
  readonly object: Record<string, unknown>
  readonly bytes: number
  holders: number
}

/** Parsed values take about so many times the room of their JSON, and the JSON is kept beside them. */
const expansion = 5

/**
 * Objects of results, each held once however many results have it: the definitions of custom resources of a chart that a thousand applications use,
 * say. An object goes with the last result that holds it; until then its bytes count.
 */
export class ObjectStore {
  readonly #held = new Map<string, HeldObject>()
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** `read` makes the object where nobody holds it. */
  hold(json: string, read: (json: string) => Record<string, unknown>): HeldObject {
    const known = this.#held.get(json)
    if (known !== undefined) {
      known.holders += 1
      return known
    }
    const held: HeldObject = { json, object: read(json), bytes: json.length * expansion + 300, holders: 1 }
    this.#held.set(json, held)
    this.#bytes += held.bytes
    return held
  }

  release(objects: readonly HeldObject[]): void {
    for (const held of objects) {
      held.holders -= 1
      if (held.holders > 0 || this.#held.get(held.json) !== held) continue
      this.#held.delete(held.json)
      this.#bytes -= held.bytes
    }
  }
}
