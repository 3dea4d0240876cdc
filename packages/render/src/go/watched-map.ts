import { TypedMap, type GoFunction, type GoValue } from './value.ts'

/** What a piece of work has asked of the maps that are watched: by map, its keys. */
export class Reads {
  readonly keys = new Map<WatchedTable | WatchedRoot, Set<string>>()
  /** A root was gone through as a whole: whatever it holds was read. */
  isEverything = false

  of(map: WatchedTable | WatchedRoot): Set<string> {
    let keys = this.keys.get(map)
    if (keys === undefined) {
      keys = new Set()
      this.keys.set(map, keys)
    }
    return keys
  }
}

let current: Reads | undefined

/** Notes what is asked of watched maps from here on; undefined: nothing. Gives back what was noted into before. */
export function noteReadsIn(reads: Reads | undefined): Reads | undefined {
  const before = current
  current = reads
  return before
}

/** The key that stands for a table as a whole: its keys, their order, and all that is in it. */
export const wholeTable = '\0whole'
/** … and for how many keys it has: all that a condition asks of it. */
export const tableSize = '\0size'

/** What a template sees as `.`: a `map[string]interface {}`. */
export class WatchedRoot extends Map<string, GoValue> {
  /** Which chart's. */
  readonly place: number
  #reads: Reads | undefined
  #keys = new Set<string>()

  constructor(place: number) {
    super()
    this.place = place
  }

  #note(key: string): void {
    if (current === undefined) return
    if (this.#reads !== current) {
      this.#reads = current
      this.#keys = current.of(this)
    }
    this.#keys.add(key)
  }

  #noteAll(): void {
    if (current !== undefined) current.isEverything = true
  }

  override get(key: string): GoValue {
    this.#note(key)
    return super.get(key)
  }

  override keys(): MapIterator<string> {
    this.#noteAll()
    return super.keys()
  }

  override values(): MapIterator<GoValue> {
    this.#noteAll()
    return super.values()
  }

  override entries(): MapIterator<[string, GoValue]> {
    this.#noteAll()
    return super.entries()
  }

  override [Symbol.iterator](): MapIterator<[string, GoValue]> {
    this.#noteAll()
    return super[Symbol.iterator]()
  }

  override forEach(visit: (value: GoValue, key: string, map: Map<string, GoValue>) => void): void {
    this.#noteAll()
    super.forEach(visit)
  }
}

/** `.Values`: a table under another type. The table is shared: what one sets, the other sees. */
export class WatchedTable extends TypedMap {
  readonly place: number
  readonly #table: Map<string, GoValue>
  #reads: Reads | undefined
  #keys = new Set<string>()

  constructor(type: string, table: Map<string, GoValue>, { methods, place }: { methods: ReadonlyMap<string, GoFunction>; place: number }) {
    super(type, { methods })
    this.#table = table
    this.place = place
  }

  /** The table itself, for those who may read anything of it. */
  whole(): Map<string, GoValue> {
    this.#note(wholeTable)
    return this.#table
  }

  /** For those who keep account of what is read, and read nothing by it. */
  peek(): Map<string, GoValue> {
    return this.#table
  }

  #note(key: string): void {
    if (current === undefined) return
    if (this.#reads !== current) {
      this.#reads = current
      this.#keys = current.of(this)
    }
    this.#keys.add(key)
  }

  override get size(): number {
    this.#note(tableSize)
    return this.#table.size
  }

  override get(key: string): GoValue {
    this.#note(key)
    return this.#table.get(key)
  }

  override has(key: string): boolean {
    this.#note(key)
    return this.#table.has(key)
  }

  override set(key: string, value: GoValue): this {
    this.#table.set(key, value)
    return this
  }

  override delete(key: string): boolean {
    return this.#table.delete(key)
  }

  override clear(): void {
    this.#table.clear()
  }

  override keys(): MapIterator<string> {
    return this.whole().keys()
  }

  override values(): MapIterator<GoValue> {
    return this.whole().values()
  }

  override entries(): MapIterator<[string, GoValue]> {
    return this.whole().entries()
  }

  override [Symbol.iterator](): MapIterator<[string, GoValue]> {
    return this.whole().entries()
  }

  override forEach(visit: (value: GoValue, key: string, map: Map<string, GoValue>) => void): void {
    this.whole().forEach((value, key) => visit(value, key, this))
  }
}
