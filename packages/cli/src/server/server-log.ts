import { renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'

export interface ServerLog {
  log: Logger
  close(): void
}

const limitBytes = 10 * 1024 * 1024
const lookEveryMs = 30_000

/** `server.log` in the data directory, and the one before it as `server.log.1`. A disk that is full costs lines, never the server. */
export function openServerLog(dataDir: string, level = 'info'): ServerLog {
  const file = join(dataDir, 'server.log')
  rotate(file)
  const destination = pino.destination({ dest: file, sync: false, mkdir: true, mode: 0o600 })
  destination.on('error', () => undefined)
  const timer = setInterval(() => {
    if (rotate(file)) destination.reopen()
  }, lookEveryMs)
  timer.unref()
  return {
    log: pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, destination),
    close() {
      clearInterval(timer)
      try {
        destination.flushSync()
      } catch {
        // Not opened yet, or nowhere to write to.
      }
    },
  }
}

function rotate(file: string): boolean {
  try {
    if (statSync(file).size < limitBytes) return false
    renameSync(file, `${file}.1`)
    return true
  } catch {
    return false
  }
}
