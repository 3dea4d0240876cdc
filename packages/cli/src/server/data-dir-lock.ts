import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { CommandFailure } from '../exit-code.ts'
import { readReadyFile } from './data-dir.ts'

/** Who works in a data directory: a process by its id and, as ids are given anew, its start time. */
export interface LockHolder {
  pid: number
  startedAt: string
}

export interface DataDirLock {
  /** Throws when somebody else has taken the lock at the same moment: both found one that a killed server had left behind. */
  check(): void
  release(): void
}

const fileOf = (dataDir: string): string => join(dataDir, 'server.lock')

/** One server for one data directory. A lock that a killed server has left behind holds nobody up. */
export function lockDataDir(dataDir: string): DataDirLock {
  const file = fileOf(dataDir)
  const own: LockHolder = { pid: process.pid, startedAt: startTimeOf(process.pid) }
  const isOurs = (): boolean => readHolder(file)?.pid === own.pid
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = openSync(file, 'wx', 0o600)
      try {
        writeSync(handle, JSON.stringify(own))
      } finally {
        closeSync(handle)
      }
      return {
        check() {
          if (!isOurs()) throw alreadyRuns(dataDir)
        },
        release() {
          if (isOurs()) rmSync(file, { force: true })
        },
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (attempt > 3 || lockHolder(dataDir)) throw alreadyRuns(dataDir)
      rmSync(file, { force: true })
    }
  }
}

/** The process that works in a data directory now, if there is one. */
export function lockHolder(dataDir: string): LockHolder | undefined {
  const holder = readHolder(fileOf(dataDir))
  return holder && isRunning(holder) ? holder : undefined
}

function alreadyRuns(dataDir: string): CommandFailure {
  const where = readReadyFile(dataDir)?.url
  const pid = lockHolder(dataDir)?.pid
  return new CommandFailure(
    `Plimsoll already runs on ${dataDir}: ${where ? `open ${where}` : 'it is still starting'}${pid === undefined ? '' : ` (process ${pid})`}.`,
    {
      remedy:
        'To end it, press Ctrl-C where it was started, or run `npx plimsoll server stop`. To start another one: `npm start -- --data-dir DIR --port 0`.',
    },
  )
}

function readHolder(file: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as Partial<LockHolder>
    return typeof holder.pid === 'number' && holder.pid > 0 && typeof holder.startedAt === 'string' ? (holder as LockHolder) : undefined
  } catch {
    return undefined
  }
}

function isRunning(holder: LockHolder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return holder.startedAt === startTimeOf(holder.pid)
}

/** Field 22 of /proc/PID/stat (proc(5)); '' where there is no /proc, and then the pid alone decides. */
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
