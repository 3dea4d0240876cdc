import { TemplateMemory } from './template-memory.ts'

/** The memories of many charts, within a limit of bytes for all: that of the chart which was not rendered the longest goes first. */
export class MemoryShelf<Key extends object> {
  readonly #memories = new Map<Key, { memory: TemplateMemory; bytes: number }>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  take(key: Key): TemplateMemory {
    return this.#memories.get(key)?.memory ?? new TemplateMemory(this.#maxBytes)
  }

  /** Puts it back after a render, in which it has grown. */
  put(key: Key, memory: TemplateMemory): void {
    this.#remove(key)
    if (memory.bytes > this.#maxBytes) return
    this.#memories.set(key, { memory, bytes: memory.bytes })
    this.#bytes += memory.bytes
    for (const oldest of this.#memories.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.#remove(oldest)
    }
  }

  #remove(key: Key): void {
    this.#bytes -= this.#memories.get(key)?.bytes ?? 0
    this.#memories.delete(key)
  }
}
