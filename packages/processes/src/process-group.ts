import { readFileSync, writeFileSync } from 'node:fs'
import { identify, membersOfSession } from './identity.ts'
import { fileOf } from './state-dir.ts'

/** A shim that takes longer than this to start its command is stuck. */
const mostStartMs = 2000
const lookEveryMs = 10

/**
 * Sends a signal to a group that is known to be ours. What ends it can be lost between the shim's fork and its exec, where a shell handles
 * signals neither in the old way nor in the new: of a process that is that young, it waits until the command has begun.
 */
export function signalGroup(
  stateDir: string,
  shim: { pid: number; startedAt: number; isThere: () => boolean },
  name: 'SIGTERM' | 'SIGKILL' | 'SIGINT',
): void {
  if (!shim.isThere()) return
  if (name === 'SIGKILL' || Date.now() - shim.startedAt > mostStartMs || hasBegun(shim.pid)) return sendToGroup(stateDir, shim.pid, name)
  setTimeout(() => signalGroup(stateDir, shim, name), lookEveryMs)
}

/** Until it becomes the command, what the shim has forked has the shim's own command line. True where nobody can say. */
function hasBegun(shim: number): boolean {
  const own = commandLine(shim)
  return own === undefined || membersOfSession(shim).some((pid) => pid !== shim && commandLine(pid) !== own)
}

function commandLine(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return undefined
  }
}

/** SIGKILL ends the shim as well, so it is written down first. */
function sendToGroup(stateDir: string, pid: number, name: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): void {
  if (name === 'SIGKILL') writeFileSync(fileOf.killed(stateDir), '', { mode: 0o600 })
  sendSignal(-pid, name)
}

/**
 * Ends what a shim left behind that was itself killed. While anything lives in a session, its number goes to no other process; so if
 * no process has the leader's pid now, the members are the leader's.
 */
export function killLeftovers(leader: number): void {
  if (identify(leader) !== undefined) return
  for (const pid of membersOfSession(leader)) sendSignal(pid, 'SIGKILL')
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
