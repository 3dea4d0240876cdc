import { CommanderError } from 'commander'
import { CommandFailure, exitCodes } from './exit-code.ts'
import { printable } from './output/table.ts'

/** Says on standard error what went wrong and what to do, and sets the exit code. */
export function reportFailure(error: unknown): void {
  if (error instanceof CommanderError) {
    // Commander has said it already; help and version are no failures.
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    return
  }
  const message = error instanceof Error ? error.message : String(error)
  const lines = message.split('\n').map(printable)
  process.stderr.write(`Error: ${lines.join('\n  ')}\n`)
  if (error instanceof CommandFailure && error.remedy !== undefined) process.stderr.write(`  ${printable(error.remedy)}\n`)
  process.exitCode = error instanceof CommandFailure ? error.exitCode : exitCodes.failed
}
