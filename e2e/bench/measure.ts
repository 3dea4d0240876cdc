import { readdirSync, readFileSync } from 'node:fs'

/** Milliseconds. */
export interface Sample {
  median: number
  p90: number
  max: number
  count: number
}

export function summarize(values: readonly number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { median: at(0.5), p90: at(0.9), max: sorted.at(-1) ?? Number.NaN, count: sorted.length }
}

/** One line of the report: the figure, its goal, and how it stands to a peer where there is one. */
export function report(
  name: string,
  value: number,
  unit: string,
  goal: { atMost?: number; peer?: { name: string; value: number } } = {},
): boolean {
  const isMet = goal.atMost === undefined || value <= goal.atMost
  const parts = [`${name.padEnd(58)} ${format(value).padStart(9)} ${unit}`]
  if (goal.atMost !== undefined) parts.push(`goal ${format(goal.atMost)} ${unit}: ${isMet ? 'met' : 'MISSED'}`)
  if (goal.peer) parts.push(`${format(goal.peer.value / value)} times as fast as ${goal.peer.name} (${format(goal.peer.value)} ${unit})`)
  console.log(parts.join('  '))
  return isMet
}

function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** CPU time that a process and its descendants have used, and the memory they hold now. Linux only: NaN elsewhere. */
export function usageOf(pids: readonly number[]): { cpuMs: number; rssMb: number } {
  let ticks = 0
  let pages = 0
  for (const pid of pids) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
      pages += Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
    } catch {
      return { cpuMs: Number.NaN, rssMb: Number.NaN }
    }
  }
  // Linux counts in 100 ticks a second and pages of 4 KiB on the machines that this runs on.
  return { cpuMs: ticks * 10, rssMb: (pages * 4096) / 1e6 }
}

/** The processes whose command line names this data directory: the server, and the cluster that outlives it. */
export function processesOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return words[0]?.endsWith('node') === true && words.some((word) => word.includes(dataDir))
      } catch {
        return false
      }
    })
}
