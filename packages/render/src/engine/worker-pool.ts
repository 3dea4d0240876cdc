import { Worker } from 'node:worker_threads'
import type { NextPiece, Piece, PieceObject, WorkerAnswer, WorkerData, WorkerTask } from './worker-messages.ts'

export interface WorkerPoolOptions {
  size: number
  timeoutMs: number
  memoryMb: number
  stackMb: number
  idleMs: number
  data: WorkerData
}

/** One piece of work. `message` is asked for when a worker is free, with what that worker has been sent before. */
export interface Job {
  message(had: WorkerBelongings): { task: WorkerTask; transfer: readonly ArrayBuffer[] }
  /** It may take all its time again: such jobs never have every worker. */
  isSuspect?: boolean
}

/** Keys of listings and contents that a worker has been sent, and may have given up since. */
export interface WorkerBelongings {
  has(key: string): boolean
  add(key: string): void
  delete(key: string): void
}

export interface JobAnswer {
  answer: WorkerAnswer
  objects: PieceObject[]
  belongings: WorkerBelongings
}

interface Queued {
  job: Job
  since: number
  resolve(answer: JobAnswer): void
  reject(error: Error): void
}

interface Seat {
  worker: Worker
  belongings: Set<string>
  busy: { queued: Queued; objects: PieceObject[]; timer: NodeJS.Timeout } | undefined
  idleTimer: NodeJS.Timeout | undefined
}

export class WorkerTimeout extends Error {
  override readonly name = 'WorkerTimeout'
}

/** The work needs more memory than a worker has, or ended it in some other way. */
export class WorkerCrash extends Error {
  override readonly name = 'WorkerCrash'
}

/** In the sources this runs from `src` under the test runner; worker threads need the built file. */
const workerURL = new URL(import.meta.url.endsWith('.ts') ? '../../dist/engine/worker.js' : './worker.js', import.meta.url)
const maxBelongings = 100_000
/**
 * Another worker costs as much as hundreds of renders before it does its first: it is started where that many jobs wait, or one for that long.
 */
const crowd = 4
const patienceMs = 40
/** The last worker stays so many times longer: what it has compiled and cached is what makes the next render a quick one. */
const lastWorkerFactor = 20

/**
 * Worker threads for everything that is parsed and rendered, started when they are needed. A worker has one job at a time: one that takes too long or
 * too much memory is killed, and only its own job fails; what waits is run by others.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #seats = new Set<Seat>()
  readonly #queue: Queued[] = []
  #closed = false
  #patience: NodeJS.Timeout | undefined
  started = 0
  killed = 0

  constructor(options: WorkerPoolOptions) {
    this.#options = options
  }

  /** Rejects with `WorkerTimeout` or `WorkerCrash`. */
  run(job: Job): Promise<JobAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new WorkerCrash('the renderer is closed'))
        return
      }
      this.#queue.push({ job, since: performance.now(), resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#patience)
    for (const queued of this.#queue.splice(0)) queued.reject(new WorkerCrash('the renderer is closed'))
    const seats = [...this.#seats]
    for (const seat of seats) this.#end(seat, new WorkerCrash('the renderer is closed'))
    await Promise.all(seats.map(({ worker }) => worker.terminate()))
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const free = [...this.#seats].find(({ busy }) => busy === undefined)
      if (free === undefined && (this.#seats.size >= this.#options.size || !this.#isWorthAnother())) return
      const suspects = [...this.#seats].filter(({ busy }) => busy?.queued.job.isSuspect).length
      const mayBeSuspect = suspects < Math.max(1, Math.floor(this.#options.size / 2))
      const index = this.#queue.findIndex(({ job }) => mayBeSuspect || !job.isSuspect)
      const [queued] = index < 0 ? [] : this.#queue.splice(index, 1)
      if (queued === undefined) return
      this.#assign(free ?? this.#start(), queued)
    }
  }

  /** Where it is not yet, this is asked again in time. */
  #isWorthAnother(): boolean {
    if (this.#seats.size === 0 || this.#queue.length >= crowd) return true
    // The queue is not empty where this is asked.
    const waited = performance.now() - (this.#queue[0]?.since ?? 0)
    if (waited >= patienceMs) return true
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined
      this.#next()
    }, patienceMs - waited)
    return false
  }

  #start(): Seat {
    const worker = new Worker(workerURL, {
      resourceLimits: { maxOldGenerationSizeMb: this.#options.memoryMb, stackSizeMb: this.#options.stackMb },
      workerData: this.#options.data,
      env: {},
      execArgv: [],
      stdin: false,
    })
    worker.unref()
    this.started += 1
    const seat: Seat = { worker, belongings: new Set(), busy: undefined, idleTimer: undefined }
    this.#seats.add(seat)
    worker.on('message', (message: WorkerAnswer | Piece) => {
      if (message.kind !== 'piece') {
        this.#finish(seat, message)
        return
      }
      seat.busy?.objects.push(...message.objects)
      // The next one comes when others have had their turn.
      setImmediate(() => worker.postMessage({ kind: 'next' } satisfies NextPiece))
    })
    worker.on('error', (error) => this.#kill(seat, new WorkerCrash(error.message)))
    worker.on('exit', () => this.#kill(seat, new WorkerCrash('the worker ended')))
    return seat
  }

  #assign(seat: Seat, queued: Queued): void {
    clearTimeout(seat.idleTimer)
    const { timeoutMs } = this.#options
    const timer = setTimeout(() => this.#kill(seat, new WorkerTimeout(`not done within ${timeoutMs} ms`)), timeoutMs)
    seat.busy = { queued, objects: [], timer }
    if (seat.belongings.size > maxBelongings) seat.belongings.clear()
    try {
      const { task, transfer } = queued.job.message(seat.belongings)
      seat.worker.postMessage(task, transfer)
    } catch (error) {
      // What cannot be sent is this job's fault; the worker has heard nothing.
      this.#release(seat)
      this.#rest(seat)
      queued.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #finish(seat: Seat, answer: WorkerAnswer): void {
    const busy = this.#release(seat)
    this.#rest(seat)
    busy?.queued.resolve({ answer, objects: busy.objects, belongings: seat.belongings })
    this.#next()
  }

  #release(seat: Seat): Seat['busy'] {
    const { busy } = seat
    clearTimeout(busy?.timer)
    seat.busy = undefined
    return busy
  }

  #rest(seat: Seat): void {
    const { idleMs } = this.#options
    const retire = (): void => {
      if (this.#seats.size > 1 || performance.now() - since >= idleMs * lastWorkerFactor)
        this.#end(seat, new WorkerCrash('no longer needed'))
      else seat.idleTimer = setTimeout(retire, idleMs).unref()
    }
    const since = performance.now()
    seat.idleTimer = setTimeout(retire, idleMs).unref()
  }

  #kill(seat: Seat, error: Error): void {
    if (!this.#seats.has(seat)) return
    this.killed += 1
    this.#end(seat, error)
    this.#next()
  }

  #end(seat: Seat, error: Error): void {
    this.#seats.delete(seat)
    clearTimeout(seat.idleTimer)
    const busy = this.#release(seat)
    seat.worker.terminate().catch(ignore)
    busy?.queued.reject(error)
  }
}

function ignore(): void {}
