import { ObjectProcess, type ObjectAnswer } from './object-process.ts'

type Mode = 'contents' | 'check'

interface Slot {
  process: ObjectProcess
  lastUsed: number
}

/**
 * Object readers of all repositories. At most `maxProcesses` run; the one that was idle longest makes room, and who finds all busy waits.
 * Those idle for `idleMs` are ended.
 */
export class ObjectPool {
  readonly #slots = new Map<string, Slot>()
  readonly #maxProcesses: number
  readonly #idleMs: number
  #waiting: (() => void)[] = []
  #sweep: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: { maxProcesses: number; idleMs: number }) {
    this.#maxProcesses = options.maxProcesses
    this.#idleMs = options.idleMs
  }

  get running(): number {
    return this.#slots.size
  }

  async ask(gitDir: string, mode: Mode, object: string, maxBytes = 0): Promise<ObjectAnswer | undefined> {
    const key = `${mode} ${gitDir}`
    let slot = this.#slots.get(key)
    while (slot === undefined) {
      if (this.#closed) throw new Error('the object readers are closed')
      if (this.#slots.size < this.#maxProcesses || this.#makeRoom()) {
        slot = { process: new ObjectProcess(gitDir, mode), lastUsed: 0 }
        this.#slots.set(key, slot)
        this.#sweepLater()
      } else {
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
        slot = this.#slots.get(key)
      }
    }
    slot.lastUsed = performance.now()
    try {
      return await slot.process.ask(object, maxBytes)
    } finally {
      slot.lastUsed = performance.now()
      if (slot.process.pending === 0) this.#waiting.shift()?.()
    }
  }

  /** Ends the readers of one repository: its directory is going away. */
  forget(gitDir: string): void {
    for (const mode of ['contents', 'check'] as const) this.#end(`${mode} ${gitDir}`)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#sweep)
    for (const key of this.#slots.keys()) this.#end(key)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #makeRoom(): boolean {
    let oldest: [string, Slot] | undefined
    for (const [key, slot] of this.#slots) {
      if (slot.process.pending === 0 && (oldest === undefined || slot.lastUsed < oldest[1].lastUsed)) oldest = [key, slot]
    }
    if (oldest === undefined) return false
    this.#end(oldest[0])
    return true
  }

  #end(key: string): void {
    const slot = this.#slots.get(key)
    this.#slots.delete(key)
    slot?.process.close()
  }

  #sweepLater(): void {
    this.#sweep ??= setTimeout(() => {
      this.#sweep = undefined
      const limit = performance.now() - this.#idleMs
      for (const [key, slot] of this.#slots) if (slot.process.pending === 0 && slot.lastUsed < limit) this.#end(key)
      if (this.#slots.size > 0) this.#sweepLater()
    }, this.#idleMs).unref()
  }
}
