import { Worker } from 'node:worker_threads'
import type { WorkflowEvent, WorkflowFile } from '../contract.ts'
import type { ActionDefinition, EventMatch, Problem, Workflow } from '../language/contract.ts'
import { putTogether, type WorkflowPieces } from './pieces.ts'

/** A megabyte that was made to be slow takes two to three seconds on a machine that does nothing else. */
const longestMs = 10_000
const idleMs = 5 * 60_000
const largestHeap = 256

export interface Question {
  kind: 'workflow' | 'description' | 'schedules' | 'action'
  text: string
  path: string
  /** Whether it starts the workflow is told as well. */
  event?: WorkflowEvent
}

export interface Answer {
  problems: Problem[]
  pieces?: WorkflowPieces
  calls?: boolean
  match?: EventMatch
  description?: WorkflowFile
  schedules?: string[]
  action?: ActionDefinition
  /** Of the thread, without the wait for others. */
  tookMs?: number
}

/** Workflow and action files that others wrote, read in a thread of their own that is ended when it takes too long. */
export class FileReader {
  readonly #longest: number
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #last: Promise<unknown> = Promise.resolve()
  #answered: (answer: Answer) => void = () => undefined
  #failed: (message: string) => void = () => undefined

  constructor(options: { longestMs?: number } = {}) {
    this.#longest = options.longestMs ?? longestMs
  }

  async workflow(text: string, path: string): Promise<{ workflow?: Workflow; problems: Problem[] }> {
    const { problems, pieces } = await this.#ask({ kind: 'workflow', text, path })
    return { problems, ...(pieces && { workflow: await putTogether(pieces) }) }
  }

  /** Without `workflow` it has errors, or it neither starts nor calls others: then nothing more has to be known of it. */
  async started(
    text: string,
    path: string,
    event: WorkflowEvent,
  ): Promise<{ workflow?: Workflow; isMatch: boolean; problems: Problem[]; tookMs: number }> {
    const { problems, pieces, match, calls, tookMs = 0 } = await this.#ask({ kind: 'workflow', text, path, event })
    const isMatch = match?.isMatch ?? false
    return { problems, isMatch, tookMs, ...(pieces && (isMatch || calls) && { workflow: await putTogether(pieces) }) }
  }

  async description(text: string, path: string): Promise<WorkflowFile> {
    const { description, problems } = await this.#ask({ kind: 'description', text, path })
    return description ?? { path, name: path, problems, events: [] }
  }

  /** Cron expressions; of a file with errors none. */
  async schedules(text: string, path: string): Promise<string[]> {
    return (await this.#ask({ kind: 'schedules', text, path })).schedules ?? []
  }

  async action(text: string, path: string): Promise<{ action?: ActionDefinition; problems: Problem[] }> {
    const { action, problems } = await this.#ask({ kind: 'action', text, path })
    return { problems, ...(action && { action }) }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = undefined
    this.#failed('file was not read: its reader was closed')
    await worker?.terminate()
  }

  /** One after the other: the clock of each runs from when the thread has begun with it. */
  #ask(question: Question): Promise<Answer> {
    const answer = this.#last.then(async () => {
      const before = performance.now()
      const found = await this.#askNow(question)
      return { ...found, tookMs: performance.now() - before }
    })
    this.#last = answer
    return answer
  }

  async #askNow(question: Question): Promise<Answer> {
    clearTimeout(this.#idle)
    const worker = (this.#worker ??= this.#startThread())
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<Answer>((resolve) => {
        this.#answered = resolve
        this.#failed = (message) => {
          if (this.#worker === worker) this.#worker = undefined
          void worker.terminate()
          resolve({ problems: [{ message, severity: 'error', line: 1, column: 1 }] })
        }
        timer = setTimeout(() => this.#failed(`file takes longer than ${this.#longest} ms to read`), this.#longest)
        worker.ref()
        worker.postMessage(question)
      })
    } finally {
      clearTimeout(timer)
      worker.unref()
      this.#idle = setTimeout(() => void this.close(), idleMs)
      this.#idle.unref()
    }
  }

  #startThread(): Worker {
    // Tests run the sources, and threads what was built of them.
    const built = new URL('./reader-thread.js', import.meta.url.replace(/\/src\/(reader\/[^/]*)\.ts$/, '/dist/$1.js'))
    const worker = new Worker(built, { resourceLimits: { maxOldGenerationSizeMb: largestHeap } })
    // What comes of one that was given up is nobody's answer.
    const isCurrent = (): boolean => this.#worker === worker
    worker.on('message', (answer: Answer) => isCurrent() && this.#answered(answer))
    worker.on('error', (error: Error) => isCurrent() && this.#failed(`file cannot be read: ${error.message}`))
    worker.on('exit', () => isCurrent() && this.#failed('file cannot be read: its reader has ended'))
    return worker
  }
}

/** Of this process. */
export const fileReader = new FileReader()
