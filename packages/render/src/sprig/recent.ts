/** The results of the latest calls of something slow, by a key that says everything it was made from. */
export class Recent<Value> {
  readonly #values = new Map<string, Value>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What was made for the key, or what `make` makes now; nothing is kept when that throws. */
  get(key: string, make: () => Value): Value {
    let value = this.#values.get(key)
    if (value === undefined) {
      value = make()
    } else {
      this.#values.delete(key)
    }
    this.#values.set(key, value)
    if (this.#values.size > this.#limit) {
      const [oldest] = this.#values.keys()
      if (oldest !== undefined) this.#values.delete(oldest)
    }
    return value
  }
}
