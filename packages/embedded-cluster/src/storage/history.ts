import type { StoredObject } from './stored-object.ts'

export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  revision: number
  resource: string
  /** For DELETED: the last state, at the revision of the deletion. */
  current: StoredObject
  previous: StoredObject | undefined
}

export interface HistoryLimits {
  events: number
  /** Of JSON text. */
  bytes: number
}

/** So many of the newest events keep their JSON. */
const keptTexts = 500

/**
 * The last events, so that a watch can go on where it broke off and a paged list stays at its revision.
 * What falls out at the end expires only watches of its own resource: a busy kind does not push a quiet one out.
 */
export class History {
  readonly #limits: HistoryLimits
  #events: StoreEvent[] = []
  #first = 0
  #bytes = 0
  readonly #sizes: number[] = []
  /** Last event dropped, per resource. */
  readonly #dropped = new Map<string, number>()
  readonly #startRevision: number

  constructor(startRevision: number, limits: HistoryLimits) {
    this.#startRevision = startRevision
    this.#limits = limits
  }

  /** Events after `oldestRevision` are all here. */
  oldestRevision(resource: string): number {
    return this.#dropped.get(resource) ?? this.#startRevision
  }

  append(event: StoreEvent): void {
    const size = event.current.text.length
    this.#events.push(event)
    this.#sizes.push(size)
    this.#bytes += size
    // Watchers that keep up have sent it by now; who comes later has it written again.
    this.#events[this.#events.length - keptTexts]?.current.forgetText()
    while (
      this.#events.length - this.#first > this.#limits.events ||
      (this.#bytes > this.#limits.bytes && this.#events.length - this.#first > 1)
    )
      this.#drop()
  }

  #drop(): void {
    const event = this.#events[this.#first]
    if (event === undefined) return
    this.#bytes -= this.#sizes[this.#first] ?? 0
    this.#dropped.set(event.resource, event.revision)
    event.current.forgetText()
    this.#first++
    // Cut off what was dropped once it is half of the array: each element is moved once on average.
    if (this.#first > 1_000 && this.#first * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#first)
      this.#sizes.splice(0, this.#first)
      this.#first = 0
    }
  }

  /** Events of one resource after `revision`, oldest first; undefined when some are no longer known. */
  since(resource: string, revision: number): StoreEvent[] | undefined {
    if (revision < this.oldestRevision(resource)) return undefined
    const found: StoreEvent[] = []
    for (let index = this.#events.length - 1; index >= this.#first; index--) {
      const event = this.#events[index]
      if (event === undefined || event.revision <= revision) break
      if (event.resource === resource) found.push(event)
    }
    return found.reverse()
  }
}
