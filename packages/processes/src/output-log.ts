import { closeSync, copyFileSync, fstatSync, openSync, readSync, statSync, truncateSync, watch, writeSync, type FSWatcher } from 'node:fs'
import { openArrivalTimes } from './arrival-times.ts'

const megabyte = 1024 * 1024
const chunkBytes = 64 * 1024

/** The log is looked at no more often than this, however much a process writes. */
const lookEveryMs = 50
/** Where the system cannot tell us about a change. */
const pollEveryMs = 1000

export interface OutputLogOptions {
  /** The log keeps between one and two times this many bytes. */
  limitBytes?: number
  now?: () => number
}

export interface ReadOutputOptions {
  /** Go on until the log is closed or `signal` aborts. */
  follow?: boolean
  /** Only the last so many lines. */
  tailLines?: number
  /** Only lines that arrived at this time (milliseconds since 1970) or later. */
  since?: number
  signal?: AbortSignal
}

/** One line as it was written, with its line break where it has one. `time` is when it arrived, milliseconds since 1970. */
export interface OutputLine {
  bytes: Buffer
  time: number
}

/**
 * The output of one process, while it runs and after. It is written by the process itself through a descriptor in append mode; we look on,
 * note when what arrived, and when it is full copy it to `FILE.1` and cut it to nothing, so that the process never has to know.
 * What is written between the copy and the cut, some microseconds, would be lost; the copy is repeated until it has caught up.
 */
export interface OutputLog {
  lines(options?: ReadOutputOptions): AsyncGenerator<OutputLine, void, undefined>
  /** The process has ended: nothing more will come. Those who follow get the rest and then their end. */
  close(): void
}

export function openOutputLog(file: string, options: OutputLogOptions = {}): OutputLog {
  const limit = options.limitBytes ?? 10 * megabyte
  const now = options.now ?? Date.now
  const older = `${file}.1`
  const times = openArrivalTimes(`${file}.times`)
  let olderTimes = openArrivalTimes(`${older}.times`)
  /** Counts the cuts: a reader that finds another number than it began with has the rest of its file in `older`. */
  let cuts = 0
  let isOpen = true
  let wake = signalOf()
  let watcher: FSWatcher | undefined
  let pending: NodeJS.Timeout | undefined

  function look(time: number): void {
    const size = sizeOf(file)
    if (size > times.lastSize()) times.add(size, time)
    if (size > limit) cut()
  }

  function cut(): void {
    copyTail(file, older, limit)
    truncateSync(file, 0)
    times.rotate(`${older}.times`)
    olderTimes = openArrivalTimes(`${older}.times`)
    cuts++
  }

  function notice(): void {
    pending ??= setTimeout(() => {
      pending = undefined
      try {
        look(now())
      } catch {
        // The directory is gone, or the disk is full: the next look tries again.
      }
      wake.fire()
      wake = signalOf()
    }, lookEveryMs).unref()
  }

  // What came while nobody looked on is as old as the file says.
  if (sizeOf(file) > times.lastSize()) times.add(sizeOf(file), Math.round(modifiedAt(file) ?? now()))
  let poll: NodeJS.Timeout | undefined
  try {
    watcher = watch(file, { persistent: false }, notice)
    watcher.on('error', () => watcher?.close())
  } catch {
    poll = setInterval(notice, pollEveryMs).unref()
  }

  async function* lines(read: ReadOutputOptions = {}): AsyncGenerator<OutputLine, void, undefined> {
    const start = read.tailLines === undefined ? undefined : tailStart(older, file, read.tailLines)
    let epoch = cuts
    let offset = start?.file === 'current' ? start.offset : 0
    let inOlder = start?.file !== 'current'
    if (inOlder) offset = start?.offset ?? 0
    let rest: Buffer[] = []
    let restAt = 0
    let restOlder = false
    const abort = aborted(read.signal)

    for (;;) {
      const waiting = wake.fired
      if (cuts !== epoch) {
        // Our file was cut. If it was the current one, its remainder is in `older`; if we are further behind than that, the gap is lost.
        if (cuts === epoch + 1 && !inOlder) inOlder = true
        else {
          inOlder = true
          offset = 0
        }
        epoch = cuts
      }
      const from = inOlder ? older : file
      const chunk = readAt(from, offset)
      if (chunk.length > 0) {
        // So that a line never seems younger to the next reader than to this one.
        if (!inOlder && offset + chunk.length > times.lastSize()) times.add(offset + chunk.length, now())
        let begin = 0
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, begin)) {
          const piece = chunk.subarray(begin, at + 1)
          const time = rest.length > 0 ? timeOf(restOlder, restAt) : timeOf(inOlder, offset + begin)
          const bytes = rest.length > 0 ? Buffer.concat([...rest, piece]) : piece
          rest = []
          begin = at + 1
          if (read.since === undefined || time >= read.since) yield { bytes, time }
          if (read.signal?.aborted) return
        }
        if (begin < chunk.length) {
          if (rest.length === 0) {
            restAt = offset + begin
            restOlder = inOlder
          }
          rest.push(chunk.subarray(begin))
          // A line without an end is handed out in parts.
          if (rest.length * chunkBytes > megabyte) yield* flush()
        }
        offset += chunk.length
        continue
      }
      if (inOlder) {
        inOlder = false
        offset = 0
        continue
      }
      if (!read.follow || !isOpen || read.signal?.aborted) break
      await Promise.race([waiting, abort])
    }
    yield* flush()

    function* flush(): Generator<OutputLine> {
      if (rest.length === 0) return
      const time = timeOf(restOlder, restAt)
      const bytes = Buffer.concat(rest)
      rest = []
      if (read.since === undefined || time >= read.since) yield { bytes, time }
    }
  }

  function timeOf(isOlder: boolean, offset: number): number {
    return (isOlder ? olderTimes : times).at(offset, now())
  }

  return {
    lines,
    close() {
      if (!isOpen) return
      isOpen = false
      watcher?.close()
      clearInterval(poll)
      clearTimeout(pending)
      try {
        look(now())
      } catch {
        // Nothing to note any more.
      }
      wake.fire()
    },
  }
}

function signalOf(): { fired: Promise<void>; fire: () => void } {
  let fire = () => {}
  const fired = new Promise<void>((resolve) => (fire = resolve))
  return { fired, fire }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function modifiedAt(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs
}

function readAt(file: string, offset: number): Buffer {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return Buffer.alloc(0)
  }
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    return buffer.subarray(0, readSync(descriptor, buffer, 0, chunkBytes, offset))
  } finally {
    closeSync(descriptor)
  }
}

/** Where the last `count` lines begin, looking from the end. */
function tailStart(older: string, current: string, count: number): { file: 'older' | 'current'; offset: number } {
  let wanted = count
  // The line break at the very end belongs to the last line.
  let isEnd = true
  for (const [name, file] of [
    ['current', current],
    ['older', older],
  ] as const) {
    let end = sizeOf(file)
    if (wanted === 0) return { file: 'current', offset: end }
    while (end > 0) {
      const begin = Math.max(0, end - chunkBytes)
      const chunk = readAt(file, begin).subarray(0, end - begin)
      for (let at = chunk.length - 1; at >= 0; at--) {
        const isBreak = chunk[at] === 10
        if (isBreak && !isEnd && --wanted === 0) return { file: name, offset: begin + at + 1 }
        isEnd = false
      }
      end = begin
    }
  }
  return { file: 'older', offset: 0 }
}

/** Copies the last `limit` bytes, until nothing new has come meanwhile. */
function copyTail(from: string, to: string, limit: number): void {
  const size = sizeOf(from)
  const source = openSync(from, 'r')
  let target: number | undefined
  try {
    let offset = size
    if (size <= limit * 2) {
      copyFileSync(from, to)
      offset = sizeOf(to)
      target = openSync(to, 'a', 0o600)
    } else {
      offset = size - limit
      target = openSync(to, 'w', 0o600)
    }
    const buffer = Buffer.allocUnsafe(megabyte)
    // Bounded: a process that writes faster than we read must not hold us here.
    for (let turn = 0; turn < 64 && offset < fstatSync(source).size; turn++) {
      const count = readSync(source, buffer, 0, megabyte, offset)
      writeSync(target, buffer, 0, count)
      offset += count
    }
  } finally {
    closeSync(source)
    if (target !== undefined) closeSync(target)
  }
}
