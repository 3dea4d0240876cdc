import { killGit, startGit, type GitProcess } from './git-command.ts'

/** What `git cat-file` says of one object. `content` is absent where only the header was asked for. */
export interface ObjectAnswer {
  hash: string
  type: string
  size: number
  content?: Buffer
}

interface Query {
  object: string
  maxBytes: number
  resolve(answer: ObjectAnswer | undefined): void
  reject(error: Error): void
}

/** The object is larger than whoever asked was ready to take. */
export class ObjectTooLarge extends Error {
  override readonly name = 'ObjectTooLarge'
  readonly size: number

  constructor(size: number) {
    super(`object of ${size} bytes`)
    this.size = size
  }
}

/**
 * One long-lived `git cat-file` over one repository: questions go in as lines and are answered in their order, so many can be under way at
 * once without a process each (git-cat-file(1), BATCH OUTPUT). `check` asks for headers only. A process that dies is
 * replaced and asked again; a question that kills it twice is rejected.
 */
export class ObjectProcess {
  readonly #gitDir: string
  readonly #mode: 'contents' | 'check'
  readonly #answerTimeoutMs: number
  #child: GitProcess | undefined
  #queue: Query[] = []
  #chunks: Buffer[] = []
  #buffered = 0
  /** The answer whose content is being read; `end` is where it is complete. */
  #reading: { header: ObjectAnswer; end: number } | undefined
  #watchdog: NodeJS.Timeout | undefined
  #deaths = 0
  #closed = false

  constructor(gitDir: string, mode: 'contents' | 'check', answerTimeoutMs = 30_000) {
    this.#gitDir = gitDir
    this.#mode = mode
    this.#answerTimeoutMs = answerTimeoutMs
  }

  get pending(): number {
    return this.#queue.length
  }

  /** Undefined when the repository has no such object. The name must have passed the grammar: it becomes a line. */
  ask(object: string, maxBytes: number): Promise<ObjectAnswer | undefined> {
    return new Promise((resolve, reject) => {
      if (object.includes('\n') || this.#closed) {
        reject(new Error(this.#closed ? 'the object reader is closed' : 'an object name has no line break'))
        return
      }
      this.#queue.push({ object, maxBytes, resolve, reject })
      if (this.#child === undefined) this.#start()
      else if (this.#queue.length === 1) this.#arm()
      this.#write(`${object}\n`)
    })
  }

  /** What is asked in one turn of the loop goes out together: a question alone costs a call of the system. */
  #write(line: string): void {
    const stdin = this.#child?.stdin
    if (!stdin) return
    if (stdin.writableCorked === 0) {
      stdin.cork()
      setImmediate(() => stdin.uncork())
    }
    stdin.write(line)
  }

  close(): void {
    this.#closed = true
    this.#fail(new Error('the object reader is closed'))
    this.#stop()
  }

  #start(): void {
    const flag = this.#mode === 'check' ? '--batch-check' : '--batch'
    const child = startGit(['--git-dir', this.#gitDir, 'cat-file', flag])
    this.#child = child
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.#child === child) this.#take(chunk)
    })
    child.stderr.resume()
    child.on('error', () => this.#died(child))
    child.on('close', () => this.#died(child))
    // What was asked before the death of the last process is asked again, all but the newest: that is written by `ask`.
    for (const query of this.#queue.slice(0, -1)) child.stdin.write(`${query.object}\n`)
    this.#arm()
  }

  #stop(): void {
    const child = this.#child
    this.#child = undefined
    clearTimeout(this.#watchdog)
    this.#watchdog = undefined
    this.#chunks = []
    this.#buffered = 0
    this.#reading = undefined
    if (child !== undefined) killGit(child)
  }

  #died(child: GitProcess): void {
    if (this.#child !== child) return
    this.#stop()
    this.#deaths = this.#queue.length === 0 ? 0 : this.#deaths + 1
    if (this.#deaths > 1) this.#queue.shift()?.reject(new Error('git cat-file ended while it was answering'))
    this.#restart()
  }

  #restart(): void {
    if (this.#queue.length === 0 || this.#closed) return
    this.#start()
    const last = this.#queue.at(-1)
    if (last !== undefined) this.#child?.stdin.write(`${last.object}\n`)
  }

  #arm(): void {
    clearTimeout(this.#watchdog)
    this.#watchdog = setTimeout(() => {
      if (this.#queue.length === 0) return
      this.#stop()
      this.#queue.shift()?.reject(new Error('git cat-file did not answer in time'))
      this.#restart()
    }, this.#answerTimeoutMs)
    this.#watchdog.unref()
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    if (this.#reading !== undefined && this.#buffered < this.#reading.end) return
    let data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    for (;;) {
      if (this.#reading === undefined) {
        const lineEnd = data.indexOf(10)
        if (lineEnd < 0) break
        const line = data.toString('utf8', 0, lineEnd)
        data = data.subarray(lineEnd + 1)
        if (!this.#takeHeader(line)) return
      } else {
        if (data.length < this.#reading.end) break
        const { header, end } = this.#reading
        this.#reading = undefined
        // A copy: the slice would keep the whole chunk alive in the cache.
        const content = Buffer.from(data.subarray(0, end - 1))
        data = data.subarray(end)
        this.#answer({ ...header, content })
      }
    }
    this.#chunks = data.length === 0 ? [] : [data]
    this.#buffered = data.length
  }

  /** False when the process was replaced, and what is left of its output is of no use. */
  #takeHeader(line: string): boolean {
    const match = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(line)
    if (match === null) {
      // `… missing`, `… ambiguous`.
      this.#answer(undefined)
      return true
    }
    // The expression has these three groups wherever it matches.
    const header: ObjectAnswer = { hash: match[1]!, type: match[2]!, size: Number(match[3]) }
    if (this.#mode === 'check') {
      this.#answer(header)
      return true
    }
    const maxBytes = this.#queue[0]?.maxBytes ?? 0
    if (header.size > maxBytes) {
      // Cheaper than reading what nobody wants: a new process takes a few milliseconds.
      this.#stop()
      this.#queue.shift()?.reject(new ObjectTooLarge(header.size))
      this.#restart()
      return false
    }
    this.#reading = { header, end: header.size + 1 }
    return true
  }

  #answer(answer: ObjectAnswer | undefined): void {
    this.#deaths = 0
    this.#queue.shift()?.resolve(answer)
    if (this.#queue.length > 0) this.#arm()
    else clearTimeout(this.#watchdog)
  }

  #fail(error: Error): void {
    const queue = this.#queue
    this.#queue = []
    for (const query of queue) query.reject(error)
  }
}
