/**
 * What a script can tell from the exit code. 1 and 20 as `argocd` has them.
 * - `notSo` what was asked about is not so: `app diff` found a difference, an operation failed, a wait ran out of time.
 * - `inconclusive` a gate could not tell.
 * - `usage` the command line cannot be understood. - `failed` the server refused, or cannot be reached.
 */
export const exitCodes = { done: 0, notSo: 1, usage: 2, inconclusive: 3, failed: 20 } as const

/** Ends a command with a message for people, what to do about it, and an exit code. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number
  readonly remedy: string | undefined

  constructor(message: string, options: { exitCode?: number; remedy?: string | undefined } = {}) {
    super(message)
    this.exitCode = options.exitCode ?? exitCodes.failed
    this.remedy = options.remedy
  }
}

export function usageFailure(message: string, remedy?: string): CommandFailure {
  return new CommandFailure(message, { exitCode: exitCodes.usage, remedy })
}
