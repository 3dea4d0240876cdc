import { writeFileSync } from 'node:fs'
import { identify, membersOfSession } from './identity.ts'
import { fileOf } from './state-dir.ts'

/** Sends a signal to a group that is known to be ours. SIGKILL ends the shim as well, so it is written down first. */
export function signalGroup(stateDir: string, pid: number, name: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): void {
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
