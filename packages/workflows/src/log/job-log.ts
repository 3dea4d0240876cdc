import { createReadStream, existsSync } from 'node:fs'
import { type FileHandle, open, readFile, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { RunLogLine } from '@plimsoll/api'
import type { Masker } from './masker.ts'

/*
 * One file for a job: each line is `TIME STEP KIND text`, time in base 36 milliseconds. Beside it an index: where each 256th line begins, as
 * unsigned 64-bit numbers. Any line is found by one look at the index and at most 255 lines of reading.
 */
const linesOfIndex = 256
const flushAfterMs = 40
const flushBytes = 256 * 1024
/** More than this waits: whoever prints has to wait as well. */
const mostWaiting = 2 * 1024 * 1024

const kinds = ['command', 'group', 'endgroup', 'notice', 'warning', 'error', 'debug'] as const
const letters = 'cgenwxd'
export type LineKind = NonNullable<RunLogLine['kind']>

export class JobLogWriter {
  readonly #file: string
  readonly #masker: Masker
  readonly #now: () => number
  readonly #changed: () => void
  readonly #limit: number
  #pending: string[] = []
  #pendingBytes = 0
  #index: bigint[] = []
  #bytes = 0
  #lines = 0
  #log: FileHandle | undefined
  #indexFile: FileHandle | undefined
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #problem: unknown

  constructor(file: string, options: { masker: Masker; now: () => number; changed: () => void; limitBytes: number }) {
    this.#file = file
    this.#masker = options.masker
    this.#now = options.now
    this.#changed = options.changed
    this.#limit = options.limitBytes
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limit
  }

  /** Waits to be written; resolves at once unless much is waiting. The text is masked here: nothing changes it afterwards. */
  write(step: number, text: string, kind?: LineKind): Promise<void> | undefined {
    if (this.isFull) return undefined
    const letter = kind === undefined ? '-' : letters[kinds.indexOf(kind)]
    for (const line of this.#masker.hide(text).split('\n')) {
      const record = `${this.#now().toString(36)} ${step} ${letter} ${line.replace(/\r/g, '')}\n`
      if (this.#lines % linesOfIndex === 0) this.#index.push(BigInt(this.#bytes))
      this.#lines++
      const size = Buffer.byteLength(record)
      this.#bytes += size
      this.#pendingBytes += size
      this.#pending.push(record)
    }
    if (this.#pendingBytes < flushBytes) {
      this.#timer ??= setTimeout(() => void this.flush(), flushAfterMs)
      return undefined
    }
    const done = this.flush()
    return this.#pendingBytes > mostWaiting ? done : undefined
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#append())
    return this.#writing
  }

  async close(): Promise<void> {
    await this.flush()
    await this.#log?.close()
    await this.#indexFile?.close()
    this.#log = undefined
    this.#indexFile = undefined
  }

  /** Why the log could not be written, if so. */
  get problem(): unknown {
    return this.#problem
  }

  async #append(): Promise<void> {
    if (this.#pending.length === 0) return
    const text = this.#pending.join('')
    const index = BigUint64Array.from(this.#index)
    this.#pending = []
    this.#index = []
    try {
      this.#log ??= await open(this.#file, 'a', 0o600)
      this.#indexFile ??= await open(`${this.#file}.index`, 'a', 0o600)
      await this.#log.writeFile(text)
      if (index.length > 0) await this.#indexFile.writeFile(Buffer.from(index.buffer))
    } catch (error) {
      // A full disk must not stop the job from being told as what it is.
      this.#problem ??= error
    }
    this.#pendingBytes -= Buffer.byteLength(text)
    this.#changed()
  }
}

const readBytes = 256 * 1024

/** Lines after `after`, at most `limit` and about 4 MiB of them. A line that is being written is not there yet. */
export async function readLog(file: string, after: number, limit: number): Promise<RunLogLine[]> {
  if (!existsSync(file)) return []
  const handle = await open(file, 'r')
  try {
    const block = Math.floor(after / linesOfIndex)
    let position = await offsetOfBlock(`${file}.index`, block)
    if (position === undefined) return []
    let n = block * linesOfIndex
    let rest = Buffer.alloc(0)
    let taken = 0
    const lines: RunLogLine[] = []
    const buffer = Buffer.alloc(readBytes)
    while (lines.length < limit && taken < 4 * 1024 * 1024) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
      if (bytesRead === 0) break
      position += bytesRead
      let data = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
      for (let end = data.indexOf(10); end >= 0 && lines.length < limit; end = data.indexOf(10)) {
        n++
        if (n > after) {
          lines.push(parseRecord(n, data.toString('utf8', 0, end)))
          taken += end
        }
        data = data.subarray(end + 1)
      }
      rest = data
    }
    return lines
  } finally {
    await handle.close()
  }
}

async function offsetOfBlock(file: string, block: number): Promise<number | undefined> {
  if (block === 0) return 0
  const handle = await open(file, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    const entry = Buffer.alloc(8)
    const { bytesRead } = await handle.read(entry, 0, 8, block * 8)
    return bytesRead === 8 ? Number(entry.readBigUInt64LE()) : undefined
  } finally {
    await handle.close()
  }
}

function parseRecord(n: number, record: string): RunLogLine {
  const first = record.indexOf(' ')
  const second = record.indexOf(' ', first + 1)
  const kind = kinds[letters.indexOf(record[second + 1] ?? '-')]
  return {
    n,
    at: new Date(Number.parseInt(record.slice(0, first), 36)).toISOString(),
    step: Number(record.slice(first + 1, second)),
    text: record.slice(second + 3),
    ...(kind && { kind }),
  }
}

/** As GitHub shows a log that is downloaded: each line with its time, commands as `##[group]` and the like. */
export function readRawLog(file: string): Readable {
  if (!existsSync(file)) return Readable.from([])
  return Readable.from(rawLines(createReadStream(file)))
}

async function* rawLines(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const chunk of source) {
    const data = Buffer.concat([rest, chunk])
    const end = data.lastIndexOf(10)
    rest = data.subarray(end + 1)
    if (end < 0) continue
    const text = data
      .toString('utf8', 0, end)
      .split('\n')
      .map((record) => {
        const { at, text: line, kind } = parseRecord(0, record)
        return `${at} ${kind && kind !== 'command' ? `##[${kind}]` : kind === 'command' ? '[command]' : ''}${line}\n`
      })
    yield Buffer.from(text.join(''))
  }
}

/** A log that was being written when the server was killed may end in half a line, and its index may be behind: both are put right. */
export async function repairLog(file: string): Promise<void> {
  const size = (await stat(file).catch(() => undefined))?.size
  if (size === undefined) return
  const index: bigint[] = []
  let lines = 0
  let offset = 0
  let complete = 0
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (let at = 0, end = chunk.indexOf(10); end >= 0; at = end + 1, end = chunk.indexOf(10, at)) {
      if (lines % linesOfIndex === 0) index.push(BigInt(complete))
      lines++
      complete = offset + end + 1
    }
    offset += chunk.length
  }
  const handle = await open(file, 'r+')
  try {
    if (complete < size) await handle.truncate(complete)
  } finally {
    await handle.close()
  }
  const wanted = Buffer.from(BigUint64Array.from(index).buffer)
  const present = await readFile(`${file}.index`).catch(() => Buffer.alloc(0))
  if (!present.equals(wanted)) {
    const indexHandle = await open(`${file}.index`, 'w', 0o600)
    await indexHandle.writeFile(wanted)
    await indexHandle.close()
  }
}
