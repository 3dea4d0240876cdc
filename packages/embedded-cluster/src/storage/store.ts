import { Worker } from 'node:worker_threads'
import type { KubeObject } from '@plimsoll/kube'
import { compiledFile } from './compiled-file.ts'
import { History, type HistoryLimits, type StoreEvent } from './history.ts'
import { ResourceIndex } from './resource-index.ts'
import { explainOpenFailure, StorageError } from './storage-error.ts'
import { freezeTree, objectPath, StoredObject } from './stored-object.ts'
import type { RowChange, WriterAnswer, WriterData } from './writer-messages.ts'

export interface StoreOptions {
  file: string
  history?: HistoryLimits
  /** The writer thread ended by itself: nothing can be written any more. */
  onBroken?: (error: StorageError) => void
  /** A listener threw. */
  onProblem?: (error: unknown) => void
}

/** What a write decides when it sees the current state. A `put` or `remove` object is the writer's own and is frozen by the store. */
export type Change = { put: KubeObject } | { remove: KubeObject } | { keep: StoredObject | undefined }

interface PendingWrite {
  key: string
  resource: string
  namespace: string
  name: string
  decide: (current: StoredObject | undefined) => Change
  resolve: (stored: StoredObject | undefined) => void
  reject: (error: unknown) => void
}

interface StagedWrite {
  write: PendingWrite
  event: StoreEvent
}

/** An object takes some four times its text in memory. */
const defaultHistory: HistoryLimits = { events: 10_000, bytes: 16 * 1024 * 1024 }

/** Rows of one transaction at most; more would only make the first of them wait. */
const maxGroup = 512

/**
 * All objects in memory, every change on disk before anybody hears of it.
 * A write is decided against committed state, staged, sent to the writer thread with whatever else is staged at that moment (group commit),
 * and only when the group is on disk it becomes visible, is sent to watchers and is acknowledged. Writes of one object wait for each other.
 */
export class Store {
  readonly #worker: Worker
  readonly #resources = new Map<string, ResourceIndex>()
  readonly #waiting = new Map<string, PendingWrite[]>()
  readonly #listeners = new Map<string, Set<(event: StoreEvent) => void>>()
  #staged: StagedWrite[] = []
  #inFlight: StagedWrite[] | undefined
  #group = 0
  #nextRevision: number
  #revision: number
  #broken: StorageError | undefined
  #closing: (() => void) | undefined
  readonly #history: History
  readonly #onBroken: ((error: StorageError) => void) | undefined
  readonly #onProblem: ((error: unknown) => void) | undefined
  /** Made once per database: continue tokens and the like of another database are not mixed up. */
  readonly storeId: string

  private constructor(
    worker: Worker,
    options: StoreOptions,
    loaded: { revision: number; storeId: string },
    resources: Map<string, ResourceIndex>,
  ) {
    this.#worker = worker
    this.#resources = resources
    this.#revision = loaded.revision
    this.#nextRevision = loaded.revision + 1
    this.storeId = loaded.storeId
    this.#history = new History(loaded.revision, options.history ?? defaultHistory)
    this.#onBroken = options.onBroken
    this.#onProblem = options.onProblem
    worker.on('message', (answer: WriterAnswer) => this.#hear(answer))
    worker.on('error', (error) => this.#break(new StorageError('WRITER_FAILED', `The cluster's database writer failed: ${error.message}`)))
    worker.on('exit', () => {
      if (this.#closing === undefined) this.#break(new StorageError('WRITER_ENDED', "The cluster's database writer ended"))
    })
  }

  /** Rejects with `StorageError`, whose message says what to do. */
  static async open(options: StoreOptions): Promise<Store> {
    const data: WriterData = { file: options.file }
    const worker = new Worker(compiledFile('./writer-thread.js', import.meta.url), { workerData: data })
    const resources = new Map<string, ResourceIndex>()
    try {
      const loaded = await new Promise<{ revision: number; storeId: string }>((resolve, reject) => {
        worker.once('error', reject)
        worker.on('message', function hear(answer: WriterAnswer) {
          if ('broken' in answer) {
            reject(explainOpenFailure(options.file, answer.code, answer.message))
          } else if ('loaded' in answer) {
            try {
              for (const row of answer.loaded) loadRow(resources, options.file, row)
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)))
              return
            }
            if (answer.more) return
            worker.off('message', hear)
            resolve({ revision: answer.revision, storeId: answer.storeId })
          }
        })
      })
      return new Store(worker, options, loaded, resources)
    } catch (error) {
      await worker.terminate()
      throw error
    }
  }

  /** The last visible revision. */
  get revision(): number {
    return this.#revision
  }

  get(resource: string, namespace: string, name: string): StoredObject | undefined {
    return this.#resources.get(resource)?.get(objectPath(namespace, name))
  }

  /** In key order. `namespace` undefined: all. */
  list(resource: string, namespace?: string): StoredObject[] {
    return this.#resources.get(resource)?.list(namespace) ?? []
  }

  count(resource: string): number {
    return this.#resources.get(resource)?.size ?? 0
  }

  /** True when nothing is in a namespace, not even a write that is on its way to the disk. */
  isEmptyNamespace(namespace: string): boolean {
    for (const index of this.#resources.values()) if (index.hasAnyIn(namespace)) return false
    return ![...(this.#inFlight ?? []), ...this.#staged].some(
      ({ event }) => event.type === 'ADDED' && event.current.namespace === namespace,
    )
  }

  /** The state at an earlier revision, in key order; undefined when it is no longer known. */
  listAt(resource: string, revision: number, namespace?: string): StoredObject[] | undefined {
    if (revision >= this.#revision) return this.list(resource, namespace)
    const events = this.#history.since(resource, revision)
    if (events === undefined) return undefined
    if (events.length === 0) return this.list(resource, namespace)
    const state = new Map<string, StoredObject>()
    for (const stored of this.list(resource, namespace)) state.set(objectPath(stored.namespace, stored.name), stored)
    for (const event of events.reverse()) {
      if (namespace !== undefined && event.current.namespace !== namespace) continue
      const path = objectPath(event.current.namespace, event.current.name)
      if (event.previous === undefined) state.delete(path)
      else state.set(path, event.previous)
    }
    return [...state.keys()].sort().map((path) => state.get(path) as StoredObject)
  }

  /** Events after `revision`, oldest first; undefined when that is too long ago. */
  eventsSince(resource: string, revision: number): StoreEvent[] | undefined {
    return this.#history.since(resource, revision)
  }

  /** A watch from before this revision has missed something. */
  oldestRevision(resource: string): number {
    return this.#history.oldestRevision(resource)
  }

  /** Called in order of revision, once an event is visible. The listener must not throw and must not block. */
  subscribe(resource: string, listener: (event: StoreEvent) => void): () => void {
    let listeners = this.#listeners.get(resource)
    if (listeners === undefined) this.#listeners.set(resource, (listeners = new Set()))
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /**
   * Changes one object. `decide` runs once, synchronously, when all earlier writes of this object are done; what it throws rejects.
   * Resolves when the change is durable: to the new state, to the last state (at the revision of its removal), or to what `keep` carried.
   */
  write(
    resource: string,
    namespace: string,
    name: string,
    decide: (current: StoredObject | undefined) => Change,
  ): Promise<StoredObject | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined || this.#closing !== undefined) {
        reject(this.#broken ?? new StorageError('CLOSED', 'The cluster is being stopped'))
        return
      }
      const key = `${resource}/${objectPath(namespace, name)}`
      const write: PendingWrite = { key, resource, namespace, name, decide, resolve, reject }
      const queue = this.#waiting.get(key)
      if (queue === undefined) this.#run(write)
      else queue.push(write)
    })
  }

  /** Resolves when everything staged is on disk and the file is closed. */
  async close(): Promise<void> {
    if (this.#broken !== undefined) {
      await this.#worker.terminate()
      return
    }
    await new Promise<void>((resolve) => {
      this.#closing = resolve
      if (this.#inFlight === undefined && this.#staged.length === 0) this.#worker.postMessage({ close: true })
    })
    await this.#worker.terminate()
  }

  /** Decides one write. Leaves its key in `#waiting` when it is staged. */
  #run(write: PendingWrite): void {
    const current = this.get(write.resource, write.namespace, write.name)
    let change: Change
    try {
      change = write.decide(current)
    } catch (error) {
      write.reject(error)
      return
    }
    if ('keep' in change) {
      write.resolve(change.keep)
      return
    }
    const revision = this.#nextRevision++
    const object = 'put' in change ? change.put : change.remove
    object.metadata.resourceVersion = String(revision)
    const stored = new StoredObject(write.resource, freezeTree(object), revision)
    const type = 'remove' in change ? 'DELETED' : current === undefined ? 'ADDED' : 'MODIFIED'
    if (!this.#waiting.has(write.key)) this.#waiting.set(write.key, [])
    this.#staged.push({ write, event: { type, revision, resource: write.resource, current: stored, previous: current } })
    if (this.#inFlight === undefined && this.#staged.length === 1) {
      // Let everything that arrives in this turn of the event loop join the group.
      setImmediate(() => this.#send())
    }
  }

  #send(): void {
    if (this.#inFlight !== undefined || this.#broken !== undefined) return
    if (this.#staged.length === 0) {
      if (this.#closing !== undefined) this.#worker.postMessage({ close: true })
      return
    }
    const group = this.#staged.length > maxGroup ? this.#staged.slice(0, maxGroup) : this.#staged
    this.#staged = this.#staged.slice(group.length)
    this.#inFlight = group
    const changes: RowChange[] = group.map(({ write, event }) => ({
      key: write.key,
      revision: event.revision,
      text: event.type === 'DELETED' ? undefined : event.current.text,
    }))
    const revision = group[group.length - 1]?.event.revision ?? this.#revision
    this.#worker.postMessage({ group: ++this.#group, revision, changes })
  }

  #hear(answer: WriterAnswer): void {
    if ('committed' in answer) this.#publish()
    else if ('failed' in answer)
      this.#refuse(new StorageError(answer.code, `The cluster's database could not be written: ${answer.message} (${answer.code})`))
    else if ('closed' in answer) this.#closing?.()
  }

  #publish(): void {
    const group = this.#inFlight ?? []
    this.#inFlight = undefined
    for (const { event } of group) {
      this.#revision = event.revision
      const index = resourceIndex(this.#resources, event.resource)
      if (event.type === 'DELETED') index.delete(event.current)
      else index.set(event.current)
      this.#history.append(event)
      this.#tell(event)
    }
    // Send the next group before anybody reacts to this one: the disk works while the answers are written.
    for (const { write } of group) this.#next(write.key)
    this.#send()
    for (const { write, event } of group) write.resolve(event.current)
  }

  /** One listener that fails keeps nothing from the others, nor from the writer. */
  #tell(event: StoreEvent): void {
    const listeners = this.#listeners.get(event.resource)
    if (listeners === undefined) return
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#onProblem?.(error)
      }
    }
  }

  #refuse(error: StorageError): void {
    const group = this.#inFlight ?? []
    this.#inFlight = undefined
    for (const { write } of group) {
      write.reject(error)
      this.#next(write.key)
    }
    this.#send()
  }

  /** Runs the writes that waited for this key until one of them is staged. */
  #next(key: string): void {
    const queue = this.#waiting.get(key)
    if (queue === undefined) return
    const stagedBefore = this.#staged.length
    while (this.#staged.length === stagedBefore) {
      const write = queue.shift()
      if (write === undefined) {
        this.#waiting.delete(key)
        return
      }
      this.#run(write)
    }
  }

  #break(error: StorageError): void {
    if (this.#broken !== undefined) return
    this.#broken = error
    for (const { write } of [...(this.#inFlight ?? []), ...this.#staged]) write.reject(error)
    for (const queue of this.#waiting.values()) for (const write of queue) write.reject(error)
    this.#waiting.clear()
    this.#staged = []
    this.#inFlight = undefined
    this.#closing?.()
    this.#onBroken?.(error)
  }
}

function resourceIndex(resources: Map<string, ResourceIndex>, resource: string): ResourceIndex {
  let index = resources.get(resource)
  if (index === undefined) resources.set(resource, (index = new ResourceIndex()))
  return index
}

/** `GROUP/PLURAL/NAMESPACE/NAME` or `GROUP/PLURAL/NAME`; the group may be empty. */
function loadRow(resources: Map<string, ResourceIndex>, file: string, row: { key: string; revision: number; text: string }): void {
  const afterGroup = row.key.indexOf('/')
  const resource = row.key.slice(0, row.key.indexOf('/', afterGroup + 1))
  try {
    const object = freezeTree(JSON.parse(row.text) as KubeObject)
    resourceIndex(resources, resource).set(new StoredObject(resource, object, row.revision))
  } catch (error) {
    throw explainOpenFailure(
      file,
      'SQLITE_CORRUPT',
      `object ${row.key} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
