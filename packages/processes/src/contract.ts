import type { Writable } from 'node:stream'

/**
 * Child processes that outlive their parent. A process is known by pid and start time, its output and exit code go to files,
 * and whoever starts anew adopts it. No shell ever sees a word of the command.
 */
export interface ProcessSpec {
  /** Directory of this process's files: output, pid, exit. Made when it is missing. One directory serves one process, once. */
  stateDir: string
  /** Looked for in `env.PATH` unless it contains a slash; then relative to `workingDir`. */
  command: string
  args: string[]
  /** The whole environment; nothing is inherited. */
  env: Record<string, string>
  workingDir: string
  /** Whether anything can be typed in. Without it the process reads from nothing. */
  hasInput?: boolean
}

export interface ProcessHandle {
  /** Leader of the process's own session and group. */
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Both streams, in the order in which they were written. */
  readonly logFile: string
  /** Its standard input, when it was started with one. Ends for the process when this is ended, or when we are. */
  readonly input: Writable | undefined
  /** Resolves when it has ended, also for an adopted one. */
  readonly exited: Promise<ProcessExit>
  /** To the whole process group. Without effect once the process is gone, also when its pid belongs to another one by now. */
  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): void
}

export interface ProcessExit {
  /** 128 + signal number when a signal ended it; undefined when nobody could see it end. */
  code: number | undefined
  finishedAt: number
}

/** The process could not be started. `exitCode` is what a shell would answer: 127 not found, 126 not executable, 128 anything else. */
export class ProcessStartError extends Error {
  override readonly name = 'ProcessStartError'
  readonly exitCode: 126 | 127 | 128

  constructor(exitCode: 126 | 127 | 128, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}
