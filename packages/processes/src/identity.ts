import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Who a process is. `started` is opaque: equal for the same process, different for another one with the same pid, also after a reboot. */
export interface ProcessIdentity {
  pid: number
  started: string
}

interface ProcStat {
  state: string
  session: number
  startTicks: string
}

/** Undefined when there is no such process, or only its zombie is left. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (process.platform !== 'linux') return identifyWithPs(pid)
  let line: string
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  const stat = parseProcStat(line)
  return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : { pid, started: startMark(bootId(), stat.startTicks) }
}

export function isSameProcess(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started
}

/** Reads the line a shim wrote about itself: `/proc/PID/stat` and the boot id. */
export function identityFromRecord(pid: number, statLine: string, boot: string): ProcessIdentity | undefined {
  const stat = parseProcStat(statLine)
  return stat === undefined ? undefined : { pid, started: startMark(boot, stat.startTicks) }
}

/** Pids of the living processes in the session that `leader` leads. Empty where there is no `/proc`. */
export function membersOfSession(leader: number): number[] {
  const members: number[] = []
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return members
  }
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = parseProcStat(readFileSync(`/proc/${name}/stat`, 'latin1'))
      if (stat?.session === leader && stat.state !== 'Z') members.push(Number(name))
    } catch {
      // It ended while we were reading.
    }
  }
  return members
}

/** Pids of the living processes that were started with a variable of this value. Empty where there is no `/proc`, and of other users' processes. */
export function processesWith(variable: string, value: string): number[] {
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return []
  }
  const wanted = `\0${variable}=${value}\0`
  return names.filter((name) => /^\d+$/.test(name) && startedWith(name, wanted)).map(Number)
}

function startedWith(pid: string, assignment: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(assignment)
  } catch {
    return false
  }
}

/** proc(5): the command in field 2 may contain spaces and parentheses, so the fields count from its last `)`. */
function parseProcStat(line: string): ProcStat | undefined {
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .trim()
    .split(' ')
  const [state, , , session] = fields
  const startTicks = fields[19]
  if (state === undefined || session === undefined || startTicks === undefined) return undefined
  return { state, session: Number(session), startTicks }
}

let boot: string | undefined
function bootId(): string {
  if (boot === undefined) {
    try {
      boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    } catch {
      boot = ''
    }
  }
  return boot
}

function startMark(bootOf: string, ticks: string): string {
  return `${bootOf}:${ticks}`
}

function identifyWithPs(pid: number): ProcessIdentity | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    const space = line.indexOf(' ')
    return line === '' || line.startsWith('Z') ? undefined : { pid, started: line.slice(space + 1).trim() }
  } catch {
    return undefined
  }
}
