import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { constants, devNull } from 'node:os'
import { openEnvironment } from './launch-script.ts'
import type { StepCommand, StepProcess } from './sandbox.ts'
import type { OutputPipes } from './step-output.ts'

/** A program on its way into the namespaces cannot be signalled yet. */
const signalTries = 50
const signalEveryMs = 20

/** Starts `argv`, which ends in the launch script's own words. `signalled`: who gets a signal; the process itself unless told otherwise. */
export async function startInPipes(
  argv: readonly string[],
  command: StepCommand,
  options: {
    streams: 'both' | 'stdout'
    pipes: OutputPipes
    folder: string
    leaderOf: (pid: number) => number | undefined
    /** It runs, as this. */
    started?: (pid: number) => void
  },
): Promise<StepProcess> {
  const { reader, writer } = await options.pipes.open()
  const environment = openEnvironment(command.env, options.folder)
  const nothing = openSync(devNull, 'r+')
  let child: ChildProcess
  try {
    child = spawn(argv[0] ?? '', argv.slice(1), {
      cwd: '/',
      // Nothing that a step would inherit: it sets all of its own.
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      detached: true,
      stdio: [command.input ? 'pipe' : nothing, writer, options.streams === 'both' ? writer : nothing, environment],
    })
  } finally {
    for (const one of [writer, environment, nothing]) closeSync(one)
  }
  if (child.pid !== undefined) options.started?.(child.pid)
  if (command.input) {
    child.stdin?.on('error', () => undefined)
    if (Buffer.isBuffer(command.input)) child.stdin?.end(command.input)
    else if (child.stdin) command.input.on('error', () => child.stdin?.destroy()).pipe(child.stdin)
  }
  const ended = new Promise<{ code: number }>((resolve, reject) => {
    child.once('error', (error) => {
      reader.destroy()
      reject(error)
    })
    child.once('exit', (code, signal) => resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0) }))
  })
  ended.catch(() => undefined)
  return {
    output: reader,
    ended,
    signal(name) {
      send(name, signalTries)
    },
  }

  function send(name: NodeJS.Signals, tries: number): void {
    // Until it has been waited for, its pid is its own.
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    const leader = options.leaderOf(child.pid)
    try {
      if (leader !== undefined) {
        process.kill(-leader, name)
        return
      }
    } catch {
      // It leads no group yet, or has just ended.
    }
    if (tries > 0) setTimeout(() => send(name, tries - 1), signalEveryMs).unref()
  }
}

/** proc_tid_children(5). */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
