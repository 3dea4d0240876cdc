import { execFile } from 'node:child_process'
import type { JobTools } from './frame.ts'

const lookEveryMs = 250
const measureEveryLooks = 40

/** Looks after what a job uses of the machine. Returns the way to stop. */
export function watchLimits(
  { sandbox, containers, limits }: Pick<JobTools, 'sandbox' | 'containers' | 'limits'>,
  folder: string,
  exceeded: (why: string) => void,
): () => void {
  let looks = 0
  let isLooking = false
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    look()
      .catch(() => undefined)
      .finally(() => (isLooking = false))
  }, lookEveryMs)
  timer.unref()

  async function look(): Promise<void> {
    const own = await sandbox.usage()
    const others = containers.usage()
    const processes = (own?.processes ?? 0) + others.processes
    const memoryBytes = (own?.memoryBytes ?? 0) + others.memoryBytes
    if (processes > limits.processes) exceeded(`The job runs ${processes} processes, and ${limits.processes} are the most.`)
    if (memoryBytes > limits.memoryBytes)
      exceeded(`The job uses ${mebibytes(memoryBytes)} of memory, and ${mebibytes(limits.memoryBytes)} are the most.`)
    if (++looks % measureEveryLooks !== 0) return
    const bytes = await diskUsage(folder)
    if (bytes !== undefined && bytes > limits.diskBytes)
      exceeded(`The job's folders hold ${mebibytes(bytes)}, and ${mebibytes(limits.diskBytes)} are the most.`)
  }

  return () => clearInterval(timer)
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`
}

/** du(1) follows no link that it meets. */
function diskUsage(folder: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile('du', ['-skx', '--', folder], { timeout: 20_000, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } }, (_error, stdout) => {
      const kibibytes = Number.parseInt(stdout, 10)
      resolve(Number.isNaN(kibibytes) ? undefined : kibibytes * 1024)
    })
  })
}
