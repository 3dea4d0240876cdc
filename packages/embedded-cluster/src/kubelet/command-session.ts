import { spawn } from 'node:child_process'
import { KubeApiError } from '@plimsoll/kube'
import { findExecutable, ProcessStartError } from '@plimsoll/processes'
import type { ExecSession } from '../contract.ts'
import { inTerminal, resizeTerminal } from './terminal.ts'

export interface CommandPlace {
  command: string[]
  env: Record<string, string>
  workingDir: string
}

/**
 * Runs a command beside a container, as `kubectl exec` asks. It is a child of ours in a group of its own and ends with us: nobody would read
 * its output any more. With `tty`, the system's `script` gives it a terminal where there is one; else its streams are plain pipes.
 */
export function startSession(place: CommandPlace, tty: boolean): ExecSession {
  const [command, ...args] = place.command
  if (command === undefined) throw new KubeApiError(400, 'BadRequest', 'you must specify at least one command for the container')
  let words: string[]
  try {
    words = [findExecutable(command, place.env['PATH'], place.workingDir), ...args]
    if (tty) words = inTerminal(words) ?? words
  } catch (error) {
    if (!(error instanceof ProcessStartError)) throw error
    throw new KubeApiError(500, 'InternalError', `error executing command in container: failed to exec in container: ${error.message}`)
  }
  const child = spawn(words[0] ?? command, words.slice(1), {
    cwd: place.workingDir,
    env: tty ? { TERM: 'xterm', ...place.env } : place.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // Whoever writes to a command that has ended gets no answer; that is no failure of ours.
  child.stdin.on('error', () => {})
  const exited = new Promise<number>((resolve) => {
    child.once('error', () => resolve(126))
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)))
  })
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    resize: (size) => child.pid !== undefined && tty && resizeTerminal(child.pid, size),
    kill() {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has just ended.
      }
    },
  }
}

/** Runs a command to its end. Output beyond `mostBytes` is dropped. */
export async function runCommand(
  place: CommandPlace,
  signal: AbortSignal,
  mostBytes = 10 * 1024,
): Promise<{ code: number; output: string }> {
  const session = startSession(place, false)
  session.stdin.end()
  const chunks: Buffer[] = []
  let size = 0
  for (const stream of [session.stdout, session.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      if (size < mostBytes) chunks.push(chunk)
      size += chunk.length
    })
  }
  const abort = () => session.kill()
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    const code = await session.exited
    return { code, output: Buffer.concat(chunks).subarray(0, mostBytes).toString() }
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
