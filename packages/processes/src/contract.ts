/**
 * Child processes that outlive their parent. A process is known by pid and start time, its output and exit code go to files,
 * and whoever starts anew adopts it. No shell ever sees a word of the command.
 */
export interface ProcessSpec {
  /** Directory of this process's files: output, pid, exit. Made when it is missing. */
  stateDir: string
  command: string
  args: string[]
  /** The whole environment; nothing is inherited. */
  env: Record<string, string>
  workingDir: string
}

export interface ProcessHandle {
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Both streams, in the order in which they were written. */
  readonly logFile: string
  /** Resolves when it has ended, also for an adopted one. */
  readonly exited: Promise<ProcessExit>
  /** To the whole process group. */
  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): void
}

export interface ProcessExit {
  /** 128 + signal number when a signal ended it; undefined when nobody could see it end. */
  code: number | undefined
  finishedAt: number
}
