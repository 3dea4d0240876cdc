import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { ProcessStartError } from './contract.ts'
import { findExecutable } from './executable.ts'
import { membersOfSession, processesWith } from './identity.ts'

/** A program that is run to its end: what it prints is its result. */
export interface ProgramRun {
  /** The program, by a path or as it is found on the PATH of the given environment; then its arguments. No shell sees them. */
  command: readonly string[]
  folder: string
  /** Nothing of our own environment is handed on. `PLIMSOLL_RUN` is added: what begins a session of its own is known by it. */
  environment: Readonly<Record<string, string>>
  timeoutMs: number
  /** Of standard output; above it the program is killed. */
  outputBytes: number
  /** Resident memory of all its processes together, looked at ten times a second; above it they are killed. Linux only. */
  memoryBytes: number
}

export interface ProgramEnd {
  /** `not-started`: there is no such program, or it may not be executed. */
  end: 'exited' | 'signalled' | 'timeout' | 'output-limit' | 'memory-limit' | 'not-started'
  exitCode: number | undefined
  stdout: Buffer
  /** The last 64 KB. */
  stderr: string
}

const keptErrorBytes = 64 * 1024
const lookEveryMs = 100
/** Each time so many looks have gone by, those that have left the session are looked for as well: that reads more of `/proc`. */
const wideLookEvery = 10
const pageBytes = 4096
/** Times that the dying are looked for again: each may have started another. */
const maxKills = 5
/** What a program has written is in the pipes when it ends. Who still holds them then has left the session and hides. */
const drainMs = 2_000

/**
 * Runs a program in a session of its own. However it ends, and whatever it has started, nothing of it is left when this resolves; but for a process that
 * has left the session and put away its environment, which nothing here can tell from others. Always ends soon after its time.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  const [command = '', ...args] = run.command
  let program: string
  try {
    program = findExecutable(command, run.environment['PATH'], run.folder)
    if ([command, ...args, ...Object.values(run.environment)].some((text) => text.includes('\0')))
      throw new ProcessStartError(127, 'a zero byte')
  } catch (error) {
    if (!(error instanceof ProcessStartError)) throw error
    return { end: 'not-started', exitCode: undefined, stdout: Buffer.alloc(0), stderr: error.message }
  }
  const mark = randomUUID()
  const child = spawn(program, args, {
    cwd: run.folder,
    env: { ...run.environment, [markName]: mark },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  })
  let cause: ProgramEnd['end'] | undefined
  const chunks: Buffer[] = []
  let size = 0
  let stderr = Buffer.alloc(0)

  const end = (why: ProgramEnd['end']): void => {
    cause ??= why
    killAll(child.pid, mark)
  }
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= run.outputBytes) chunks.push(chunk)
    else end('output-limit')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-keptErrorBytes)
  })
  const timeout = setTimeout(() => end('timeout'), run.timeoutMs)
  let looks = 0
  const watch = setInterval(() => {
    const pids = ++looks % wideLookEvery === 0 ? membersOf(child.pid, mark) : membersOfSession(child.pid ?? 0)
    if (residentBytes(pids) > run.memoryBytes) end('memory-limit')
  }, lookEveryMs)

  const exit = await new Promise<{ code: number | null; problem?: string }>((resolve) => {
    child.once('error', (error) => {
      cause ??= child.pid === undefined ? 'not-started' : cause
      resolve({ code: null, problem: error.message })
    })
    // What it has started may hold the pipes for ever: the program's own end is the end.
    child.once('exit', (code) => resolve({ code }))
  })
  clearTimeout(timeout)
  clearInterval(watch)
  killAll(child.pid, mark)
  if (child.pid !== undefined) await drained(child.stdout, child.stderr)
  return {
    end: cause ?? (exit.code === null ? 'signalled' : 'exited'),
    exitCode: exit.code ?? undefined,
    stdout: Buffer.concat(chunks),
    stderr: exit.problem ?? stderr.toString('utf8'),
  }
}

const markName = 'PLIMSOLL_RUN'

/** What was written before the end is still in the pipes. */
async function drained(...streams: Readable[]): Promise<void> {
  const timer = setTimeout(() => {
    for (const stream of streams) stream.destroy()
  }, drainMs)
  await Promise.all(
    streams.map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.closed) resolve()
          else stream.once('close', () => resolve())
        }),
    ),
  )
  clearTimeout(timer)
}

/** The session, and what has left it with the environment that it was given. */
function membersOf(leader: number | undefined, mark: string): number[] {
  return leader === undefined ? [] : [...new Set([...membersOfSession(leader), ...processesWith(markName, mark)])]
}

function killAll(leader: number | undefined, mark: string): void {
  if (leader === undefined) return
  kill(-leader)
  for (let round = 0; round < maxKills; round++) {
    const alive = membersOf(leader, mark)
    if (alive.length === 0) return
    for (const pid of alive) kill(pid)
  }
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

function residentBytes(pids: readonly number[]): number {
  if (process.platform !== 'linux') return 0
  let bytes = 0
  for (const pid of pids) {
    try {
      bytes += Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes
    } catch {
      // It has ended meanwhile.
    }
  }
  return bytes
}
