import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'

/** A container engine of this machine that answers. It is spoken to by its command line, with lists of arguments: no shell sees them. */
export interface ContainerEngine {
  readonly kind: 'docker' | 'podman'
  /** Absolute path. */
  readonly program: string
  readonly version: string
  /** Why root of a container is nobody on this machine. Undefined: it is root. */
  readonly confinedBy?: 'rootless' | 'user namespaces'
  /** Folders have to be labelled before a container may read them. */
  readonly hasSelinux: boolean
  /** What the engine keeps containers to. */
  readonly keeps: { readonly memory: boolean; readonly processes: boolean }
  /** Of its command line. Nothing that a step has set ever gets here. */
  readonly environment: Readonly<Record<string, string>>
  /** Marks all that this installation makes. */
  readonly instance: string
}

export interface EngineEnd {
  code: number
  stdout: string
  stderr: string
}

interface EngineCall {
  timeoutMs?: number
  signal?: AbortSignal
  environment?: Readonly<Record<string, string>>
}

const answerMs = 60_000
const mostOutput = 16 * 1024 * 1024

/** A command that answers soon: to its end, whatever that is. */
export function askEngine(
  engine: Pick<ContainerEngine, 'program' | 'environment'>,
  argv: readonly string[],
  call: EngineCall = {},
): Promise<EngineEnd> {
  return new Promise((resolve) => {
    const { timeoutMs = answerMs, signal, environment } = call
    const options = {
      env: { ...engine.environment, ...environment },
      cwd: '/',
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: mostOutput,
      ...(signal && { signal }),
    }
    execFile(engine.program, argv, options, (error, stdout, stderr) => {
      const isLate = error?.killed === true && !signal?.aborted
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 125
      const why = stderr.trim() !== '' || error === null ? stderr : isLate ? `no answer within ${timeoutMs / 1000} s` : error.message
      resolve({ code, stdout, stderr: why })
    })
  })
}

/** A command that takes its time, or whose output is wanted as it comes. It has to be given a listener of `error`. */
export function startEngine(
  engine: ContainerEngine,
  argv: readonly string[],
  options: { environment?: Readonly<Record<string, string>>; input?: Buffer | Readable } = {},
): ChildProcess {
  const child = spawn(engine.program, argv, {
    env: { ...engine.environment, ...options.environment },
    cwd: '/',
    // Ctrl-C in our terminal is for us: what becomes of containers is ours to say.
    detached: true,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  const { input } = options
  if (child.stdin && input !== undefined) {
    const { stdin } = child
    stdin.on('error', () => undefined)
    if (Buffer.isBuffer(input)) stdin.end(input)
    else input.on('error', () => stdin.destroy()).pipe(stdin)
  }
  return child
}

/** Exit code as a shell gives it; 125, which both engines use for failures of their own, when it could not be started. */
export function codeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(125))
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}

/** Of the command line, and what it has started to do its work. */
export function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

/** How an engine is told to people. */
export function describeEngine(engine: ContainerEngine): string {
  const name = engine.kind === 'podman' ? 'Podman' : 'Docker'
  const rights = engine.confinedBy === undefined ? 'as root' : engine.confinedBy === 'rootless' ? 'rootless' : 'with user namespaces'
  return `${name} ${engine.version}, ${rights}`
}

/** The last words of a failure, without the prefix that engines give all of theirs. */
export function whyOf(end: { code: number; stderr: string; stdout?: string }): string {
  const lines = `${end.stderr}\n${end.stdout ?? ''}`.split('\n').map((line) => line.trim()).filter(Boolean) // prettier-ignore
  const last = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1)
  return (last ?? `exit code ${end.code}`).replace(/^Error:\s*/, '').slice(0, 1000)
}
