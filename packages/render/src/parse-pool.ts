import { Worker } from 'node:worker_threads'
import type { RenderLimits } from './limits.ts'
import type { FileContent, FileFormat } from './read-manifests.ts'

/** What a worker answers with. */
interface ParseAnswer {
  objects: { json: string; line: number; column: number }[]
  problems: FileContent['problems']
}

interface Job {
  content: Buffer
  format: FileFormat
  limits: RenderLimits
  resolve(answer: ParseAnswer): void
  reject(error: Error): void
}

export class ParseTimeout extends Error {
  override readonly name = 'ParseTimeout'
}

/** The file needs more memory than a worker has, or ended it in some other way. */
export class ParseCrash extends Error {
  override readonly name = 'ParseCrash'
}

/** In the sources this runs from `src` under the test runner; worker threads need the built file. */
const workerURL = new URL(import.meta.url.endsWith('.ts') ? '../dist/parse-worker.js' : './parse-worker.js', import.meta.url)
const idleMs = 30_000

/** Worker threads for parsing, started when they are needed. One that takes too long or too much memory is killed, and only its file fails. */
export class ParsePool {
  readonly #size: number
  readonly #timeoutMs: number
  readonly #memoryMb: number
  readonly #idle: { worker: Worker; timer: NodeJS.Timeout }[] = []
  readonly #busy = new Map<Worker, { job: Job; timer: NodeJS.Timeout }>()
  readonly #queue: Job[] = []
  #closed = false

  constructor(options: { size: number; timeoutMs: number; memoryMb: number }) {
    this.#size = options.size
    this.#timeoutMs = options.timeoutMs
    this.#memoryMb = options.memoryMb
  }

  /** Rejects with `ParseTimeout` or `ParseCrash`. */
  async parse(content: Buffer, format: FileFormat, limits: RenderLimits): Promise<FileContent> {
    const answer = await new Promise<ParseAnswer>((resolve, reject) => {
      if (this.#closed) {
        reject(new ParseCrash('the renderer is closed'))
        return
      }
      this.#queue.push({ content, format, limits, resolve, reject })
      this.#next()
    })
    return { objects: await readPieces(answer.objects), problems: answer.problems }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const job of this.#queue.splice(0)) job.reject(new ParseCrash('the renderer is closed'))
    const workers = [...this.#idle.splice(0).map(({ worker, timer }) => (clearTimeout(timer), worker)), ...this.#busy.keys()]
    await Promise.all(workers.map((worker) => worker.terminate()))
  }

  #next(): void {
    if (this.#queue.length === 0 || this.#busy.size >= this.#size) return
    const job = this.#queue.shift()
    if (job === undefined) return
    const free = this.#idle.pop()
    clearTimeout(free?.timer)
    this.#run(free?.worker ?? this.#start(), job)
  }

  #start(): Worker {
    const worker = new Worker(workerURL, { resourceLimits: { maxOldGenerationSizeMb: this.#memoryMb }, env: {}, stdin: false })
    worker.unref()
    worker.on('message', (answer: ParseAnswer) => {
      const job = this.#release(worker)
      if (this.#closed) worker.terminate().catch(ignore)
      else this.#rest(worker)
      job?.resolve(answer)
      this.#next()
    })
    worker.on('error', (error) => this.#kill(worker, new ParseCrash(error.message)))
    worker.on('exit', () => this.#kill(worker, new ParseCrash('the worker ended')))
    return worker
  }

  #run(worker: Worker, job: Job): void {
    const timer = setTimeout(() => this.#kill(worker, new ParseTimeout(`not read within ${this.#timeoutMs} ms`)), this.#timeoutMs)
    this.#busy.set(worker, { job, timer })
    // A copy of exact length: the bytes belong to a cache, and a slice of a pool would take its neighbours along.
    const content = Uint8Array.from(job.content)
    worker.postMessage({ content, format: job.format, limits: job.limits }, [content.buffer])
  }

  #release(worker: Worker): Job | undefined {
    const busy = this.#busy.get(worker)
    clearTimeout(busy?.timer)
    this.#busy.delete(worker)
    return busy?.job
  }

  #kill(worker: Worker, error: Error): void {
    const job = this.#release(worker)
    worker.terminate().catch(ignore)
    const resting = this.#idle.findIndex((idle) => idle.worker === worker)
    if (resting >= 0) clearTimeout(this.#idle.splice(resting, 1)[0]?.timer)
    job?.reject(error)
    this.#next()
  }

  #rest(worker: Worker): void {
    const timer = setTimeout(() => this.#kill(worker, new ParseCrash('no longer needed')), idleMs)
    timer.unref()
    this.#idle.push({ worker, timer })
  }
}

/** JSON to objects, with a breath every few milliseconds: nothing else waits for a large file. */
async function readPieces(pieces: ParseAnswer['objects']): Promise<FileContent['objects']> {
  const objects: FileContent['objects'] = []
  let since = performance.now()
  for (const { json, line, column } of pieces) {
    objects.push({ object: JSON.parse(json) as Record<string, unknown>, line, column })
    if (performance.now() - since > 8) {
      await new Promise((resolve) => setImmediate(resolve))
      since = performance.now()
    }
  }
  return objects
}

function ignore(): void {}
