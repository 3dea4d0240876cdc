import { Worker } from 'node:worker_threads'

/** Work in a thread of its own: a job that never ends, or eats all memory, ends that thread and nothing else. */
export interface JobThread<Question, Answer> {
  /** What is urgent goes before what waits. Rejects with what the ways of the thread throw, and when it is closed. */
  ask(question: Question, isUrgent?: boolean): Promise<Answer>
  close(): Promise<void>
}

/** How questions become jobs, and what comes back answers. Whatever throws is the question's rejection. */
export interface JobWays<Question, Job, Reply extends { id: number }, Answer> {
  /** What it is that has ended, when it has. */
  name: string
  workerURL: URL
  memoryMb: number
  /** Answers what need not be asked any more. */
  known(question: Question): Answer | undefined
  /** With texts in the place of objects: cloning those would hold up the thread that asks. `length` is theirs. */
  jobOf(question: Question, id: number): { job: Job; length: number }
  answerOf(question: Question, reply: Reply): Answer
  /** The thread was lost, or ended from outside, while it worked on the question. */
  lost(question: Question, reason: string): Answer
  limitMs(question: Question): number
}

interface Waiting<Question, Answer> {
  question: Question
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** Jobs of one message, and how much text: nobody waits long for the thread that makes it. */
const maxJobs = 64
const maxText = 512 * 1024
const idleMs = 60_000

/** A thread that works off jobs in the order in which it gets them, many with one message. It is there while there is something to do. */
export function createJobThread<Question, Job, Reply extends { id: number }, Answer>(
  ways: JobWays<Question, Job, Reply, Answer>,
): JobThread<Question, Answer> {
  const waiting: Waiting<Question, Answer>[] = []
  let running: Map<number, Waiting<Question, Answer>> | undefined
  let worker: Worker | undefined
  let watchdog: NodeJS.Timeout | undefined
  let idle: NodeJS.Timeout | undefined
  let nextId = 0
  let isClosed = false

  function pump(): void {
    if (running || waiting.length === 0) return
    clearTimeout(idle)
    const jobs: Job[] = []
    const batch = new Map<number, Waiting<Question, Answer>>()
    let size = 0
    while (waiting.length > 0 && jobs.length < maxJobs && size < maxText) {
      const one = waiting.shift() as Waiting<Question, Answer>
      if (settledAlready(one)) continue
      const id = nextId++
      const { job, length } = ways.jobOf(one.question, id)
      size += length
      jobs.push(job)
      batch.set(id, one)
    }
    if (jobs.length === 0) return
    running = batch
    worker ??= start()
    worker.ref()
    watch()
    worker.postMessage(jobs)
  }

  function settledAlready(one: Waiting<Question, Answer>): boolean {
    try {
      const known = ways.known(one.question)
      if (known !== undefined) one.resolve(known)
      return known !== undefined
    } catch (error) {
      one.reject(error)
      return true
    }
  }

  function start(): Worker {
    const started = new Worker(ways.workerURL, {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: ways.memoryMb, stackSizeMb: 4 },
    })
    started.on('message', (reply: Reply) => {
      if (started === worker) take(reply)
    })
    started.on('error', (error) => {
      const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      lose(
        started,
        isMemory ? 'it took too much memory' : `its thread has failed: ${error instanceof Error ? error.message : String(error)}`,
      )
    })
    started.on('exit', () => lose(started, 'its thread has ended'))
    return started
  }

  function take(reply: Reply): void {
    const one = running?.get(reply.id)
    if (!one) return
    running?.delete(reply.id)
    settle(one, () => ways.answerOf(one.question, reply))
    if (running?.size === 0) rest()
    else watch()
  }

  function settle(one: Waiting<Question, Answer>, answer: () => Answer): void {
    try {
      one.resolve(answer())
    } catch (error) {
      one.reject(error)
    }
  }

  function rest(): void {
    running = undefined
    clearTimeout(watchdog)
    worker?.unref()
    idle = setTimeout(() => void end(), idleMs)
    idle.unref()
    pump()
  }

  /** The answers come in order: the first that is missing is what is worked on. */
  function watch(): void {
    clearTimeout(watchdog)
    const [first] = running?.values() ?? []
    if (!first) return
    watchdog = setTimeout(() => worker && lose(worker, 'it ran for too long'), ways.limitMs(first.question))
  }

  /** The thread is gone, or shall be: the job that it worked on is to blame, the others are asked anew. */
  function lose(which: Worker, reason: string): void {
    if (which !== worker) return
    worker = undefined
    void which.terminate()
    const [first, ...others] = running?.values() ?? []
    running = undefined
    clearTimeout(watchdog)
    waiting.unshift(...others)
    if (first) settle(first, () => ways.lost(first.question, reason))
    pump()
  }

  async function end(): Promise<void> {
    const ending = worker
    worker = undefined
    await ending?.terminate()
  }

  return {
    ask: (question, isUrgent = false) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new Error(`${ways.name} has ended`))
        const one = { question, resolve, reject }
        if (isUrgent) waiting.unshift(one)
        else waiting.push(one)
        // Questions of the same moment go together.
        queueMicrotask(pump)
      }),
    async close() {
      isClosed = true
      clearTimeout(idle)
      clearTimeout(watchdog)
      for (const one of [...(running?.values() ?? []), ...waiting.splice(0)]) one.reject(new Error(`${ways.name} has ended`))
      running = undefined
      await end()
    },
  }
}

/** Vitest runs from `src`, and Node.js 20 starts no thread from TypeScript: the compiled file is meant then. */
export function workerOf(path: string, moduleURL: string): URL {
  return new URL(moduleURL.endsWith('.ts') ? `../../dist/${path}` : `../${path}`, moduleURL)
}
