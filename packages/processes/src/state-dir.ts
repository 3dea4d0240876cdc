import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessExit } from './contract.ts'
import { identityFromRecord, type ProcessIdentity } from './identity.ts'

export const fileOf = {
  process: (stateDir: string) => join(stateDir, 'process'),
  /** Where there is no `/proc`, the starter writes down the identity itself. */
  identity: (stateDir: string) => join(stateDir, 'identity'),
  exit: (stateDir: string) => join(stateDir, 'exit'),
  killed: (stateDir: string) => join(stateDir, 'killed'),
  input: (stateDir: string) => join(stateDir, 'input'),
  output: (stateDir: string) => join(stateDir, 'output.log'),
} as const

/** What the shim wrote when it began, or undefined when it never did. */
export function readProcessRecord(stateDir: string): { identity: ProcessIdentity; startedAt: number } | undefined {
  const file = fileOf.process(stateDir)
  let text: string
  let startedAt: number
  try {
    text = readFileSync(file, 'latin1')
    startedAt = Math.round(statSync(file).mtimeMs)
  } catch {
    return undefined
  }
  const lines = text.split('\n')
  const [pid, stat, boot] = lines
  if (lines.length < 4 || pid === undefined || stat === undefined || boot === undefined || !/^\d+$/.test(pid)) return undefined
  const identity = stat === '' ? readIdentity(stateDir, Number(pid)) : identityFromRecord(Number(pid), stat, boot)
  return identity && { identity, startedAt }
}

/** What the shim wrote when the command had ended. A record counts once it is whole, that is, ends with a line break. */
export function readExitRecord(stateDir: string): ProcessExit | undefined {
  try {
    const file = fileOf.exit(stateDir)
    const match = /^(\d{1,3})\n$/.exec(readFileSync(file, 'latin1'))
    return match ? { code: Number(match[1]), finishedAt: Math.round(statSync(file).mtimeMs) } : undefined
  } catch {
    return undefined
  }
}

/** SIGKILL to the group ends the shim too, so that nobody is left to write an exit record: 137 if it was us, unknown otherwise. */
export function exitWithoutRecord(stateDir: string, now: number): ProcessExit {
  try {
    return { code: 137, finishedAt: Math.max(Math.round(statSync(fileOf.killed(stateDir)).mtimeMs), 0) }
  } catch {
    return { code: undefined, finishedAt: now }
  }
}

function readIdentity(stateDir: string, pid: number): ProcessIdentity | undefined {
  try {
    return { pid, started: readFileSync(fileOf.identity(stateDir), 'utf8') }
  } catch {
    return undefined
  }
}
