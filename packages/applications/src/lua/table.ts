import type { LuaValue } from './value.ts'

type Key = Exclude<LuaValue, undefined>

/** No key beyond this is kept in the list (gopher-lua `config.go`, MaxArrayIndex). */
const maxIndex = 67_108_864

/**
 * A table: a list for the keys 1, 2, 3 … and everything else in the order in which it came, which is also the order of `next`. An element that was
 * set to nil keeps its place (gopher-lua `table.go`), so that a loop may clear what it goes through.
 */
export class LuaTable {
  metatable: LuaTable | undefined
  /** Its last one is never nil. */
  readonly list: LuaValue[] = []
  /** How many places the last `next` has looked at: work that somebody accounts for. */
  looked = 0
  #places: Map<Key, number> | undefined
  readonly #keys: Key[] = []
  readonly #values: LuaValue[] = []

  get(key: LuaValue): LuaValue {
    if (typeof key === 'number' && isListKey(key)) return this.list[key - 1]
    const place = key === undefined ? undefined : this.#places?.get(key)
    return place === undefined ? undefined : this.#values[place]
  }

  set(key: Key, value: LuaValue): void {
    if (typeof key === 'number' && isListKey(key)) {
      this.#setIndex(key - 1, value)
      return
    }
    const place = this.#places?.get(key)
    if (place !== undefined) this.#values[place] = value
    else if (value !== undefined) {
      this.#places ??= new Map()
      this.#places.set(key, this.#keys.length)
      this.#keys.push(key)
      this.#values.push(value)
    }
  }

  #setIndex(index: number, value: LuaValue): void {
    if (value === undefined) {
      if (index < this.list.length) this.list[index] = undefined
      this.#trim()
      return
    }
    for (let at = this.list.length; at < index; at++) this.list.push(undefined)
    if (index === this.list.length) this.list.push(value)
    else this.list[index] = value
  }

  #trim(): void {
    while (this.list.length > 0 && this.list.at(-1) === undefined) this.list.pop()
  }

  /** How many places `set` will grow by: asked before it does. */
  growth(key: Key, value: LuaValue): number {
    if (value === undefined) return 0
    if (typeof key === 'number' && isListKey(key)) return Math.max(0, key - this.list.length)
    return this.#places?.has(key) ? 0 : 1
  }

  get length(): number {
    return this.list.length
  }

  append(value: LuaValue): void {
    if (value !== undefined) this.list.push(value)
  }

  insert(position: number, value: LuaValue): void {
    if (position > this.list.length || position <= 0) this.set(position, value)
    else this.list.splice(position - 1, 0, value)
  }

  /** The last one for a position before the first. */
  remove(position: number): LuaValue {
    if (position > this.list.length) return undefined
    const isLast = position <= 0 || position === this.list.length
    const removed = isLast ? this.list.pop() : this.list.splice(position - 1, 1)[0]
    this.#trim()
    return removed
  }

  /** What follows a key, or comes first after nil. */
  next(key: LuaValue): readonly [Key, LuaValue] | undefined {
    let place = 0
    this.looked = 0
    if (key === undefined || (typeof key === 'number' && isListKey(key) && key <= this.list.length)) {
      for (let index = key ?? 0; index < this.list.length; index++) {
        const value = this.list[index]
        this.looked++
        if (value !== undefined) return [index + 1, value]
      }
    } else place = (this.#places?.get(key) ?? -1) + 1
    for (; place < this.#keys.length; place++) {
      const [found, value] = [this.#keys[place], this.#values[place]]
      this.looked++
      if (found !== undefined && value !== undefined) return [found, value]
    }
    return undefined
  }
}

function isListKey(key: number): boolean {
  return key > 0 && key < maxIndex && Number.isInteger(key)
}
