import type { ProcessExit, ProcessHandle } from './contract.ts'
import { isSameProcess, type ProcessIdentity } from './identity.ts'
import { reopenInputPipe } from './input-pipe.ts'
import { killLeftovers, signalGroup } from './process-group.ts'
import { exitWithoutRecord, fileOf, readExitRecord, readProcessRecord } from './state-dir.ts'

/** How often the processes that are not our children are looked at. One look costs about ten microseconds. */
const lookEveryMs = 250

interface Watched {
  stateDir: string
  identity: ProcessIdentity
  resolve: (exit: ProcessExit) => void
}

const watched = new Set<Watched>()
let timer: NodeJS.Timeout | undefined

/**
 * Takes over the process of a state directory, running or ended. Undefined when none was ever started there.
 * Of a process that ended unseen, `exited` is resolved already.
 */
export function adoptProcess(stateDir: string): ProcessHandle | undefined {
  const record = readProcessRecord(stateDir)
  if (record === undefined) return undefined
  const { identity, startedAt } = record
  const seen = exitOf(stateDir, identity)
  return {
    pid: identity.pid,
    startedAt,
    logFile: fileOf.output(stateDir),
    input: seen ? undefined : reopenInputPipe(fileOf.input(stateDir)),
    exited: seen ? Promise.resolve(seen) : new Promise((resolve) => watch({ stateDir, identity, resolve })),
    signal(name) {
      signalGroup(stateDir, { pid: identity.pid, startedAt, isThere: () => isSameProcess(identity) }, name)
    },
  }
}

function watch(entry: Watched): void {
  watched.add(entry)
  timer ??= setInterval(look, lookEveryMs).unref()
}

function look(): void {
  for (const entry of watched) {
    const exit = exitOf(entry.stateDir, entry.identity)
    if (exit === undefined) continue
    watched.delete(entry)
    entry.resolve(exit)
  }
  if (watched.size === 0 && timer) {
    clearInterval(timer)
    timer = undefined
  }
}

function exitOf(stateDir: string, identity: ProcessIdentity): ProcessExit | undefined {
  const isRunning = isSameProcess(identity)
  // In this order: a shim that was gone before the record is read has written it, or never will.
  const exit = readExitRecord(stateDir)
  if (exit || isRunning) return exit
  killLeftovers(identity.pid)
  return exitWithoutRecord(stateDir, Date.now())
}
