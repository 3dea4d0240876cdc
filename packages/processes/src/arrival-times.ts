import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** Beyond this many entries every second one goes, so that the file stays small beside the log it is about. */
const mostEntries = 20_000

/** When which part of an output log arrived: the log had grown to `size` bytes at `time` (milliseconds since 1970). */
export interface ArrivalTimes {
  add(size: number, time: number): void
  /** When the byte at `offset` arrived; `otherwise` for one that came after the last entry. */
  at(offset: number, otherwise: number): number
  lastSize(): number
  /** The log starts anew: what was known so far moves to `olderFile`. */
  rotate(olderFile: string): void
}

export function openArrivalTimes(file: string): ArrivalTimes {
  let entries = read(file)
  const write = () => writeFileSync(file, entries.map(lineOf).join(''), { mode: 0o600 })
  return {
    add(size, time) {
      const last = entries.at(-1)
      if (last && size <= last.size) return
      entries.push({ size, time })
      if (entries.length <= mostEntries) return appendFileSync(file, lineOf({ size, time }), { mode: 0o600 })
      // An entry that goes leaves its bytes to the next one, so that a line can only seem younger.
      entries = entries.filter((_, index) => index % 2 === 1 || index === entries.length - 1)
      write()
    },
    at(offset, otherwise) {
      let low = 0
      let high = entries.length
      while (low < high) {
        const middle = (low + high) >> 1
        const entry = entries[middle]
        if (entry && entry.size > offset) high = middle
        else low = middle + 1
      }
      return entries[low]?.time ?? otherwise
    },
    lastSize: () => entries.at(-1)?.size ?? 0,
    rotate(olderFile) {
      rmSync(olderFile, { force: true })
      if (entries.length > 0) renameSync(file, olderFile)
      entries = []
    },
  }
}

interface Entry {
  size: number
  time: number
}

function lineOf(entry: Entry): string {
  return `${entry.size} ${entry.time}\n`
}

function read(file: string): Entry[] {
  let text: string
  try {
    text = readFileSync(file, 'latin1')
  } catch {
    return []
  }
  const entries: Entry[] = []
  for (const line of text.split('\n')) {
    const match = /^(\d{1,15}) (\d{1,15})$/.exec(line)
    if (match && Number(match[1]) > (entries.at(-1)?.size ?? 0)) entries.push({ size: Number(match[1]), time: Number(match[2]) })
  }
  return entries
}
