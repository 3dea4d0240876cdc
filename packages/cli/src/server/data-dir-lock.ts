import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { readReadyFile } from './data-dir.ts'

/**
 * One server for one data directory. The lock names its holder by pid and start time, so that one that a killed server has left
 * behind, even when its pid was given to another program since, holds nobody up.
 */
export function lockDataDir(dataDir: string): { release(): void } {
  const file = join(dataDir, 'server.lock')
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = openSync(file, 'wx', 0o600)
      writeSync(handle, JSON.stringify({ pid: process.pid, startedAt: startTimeOf(process.pid) }))
      closeSync(handle)
      return { release: () => rmSync(file, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = readHolder(file)
      if (attempt > 3 || (holder && isRunning(holder))) {
        const where = readReadyFile(dataDir)?.url
        throw new Error(
          `Plimsoll already runs on ${dataDir}${where ? ` at ${where}` : ''} (process ${holder?.pid ?? 'unknown'}). ` +
            'Stop it with Ctrl-C where it was started, or choose another directory with --data-dir.',
        )
      }
      rmSync(file, { force: true })
    }
  }
}

interface Holder {
  pid: number
  startedAt: string
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function isRunning(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return holder.startedAt === startTimeOf(holder.pid)
}

/** Field 22 of /proc/PID/stat; '' where there is no /proc, and then the pid alone decides. */
function startTimeOf(pid: number): string {
  try {
    return (
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19] ?? ''
    )
  } catch {
    return ''
  }
}
