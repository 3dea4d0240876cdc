import { compareRenderedTexts } from '@plimsoll/render/engines'
import { findExecutable, ProcessStartError, runProgram } from '@plimsoll/processes'
import { CommandFailure, exitCodes } from '../../exit-code.ts'
import { note } from '../../output/print.ts'

/** The first of these programs that is on the PATH of whoever runs this. */
export async function findTool(names: readonly string[]): Promise<string> {
  for (const name of names) {
    try {
      return findExecutable(name, process.env.PATH, process.cwd())
    } catch (error) {
      if (!(error instanceof ProcessStartError)) throw error
    }
  }
  throw new CommandFailure(`--with-binary: none of ${names.join(', ')} is on the PATH.`, {
    remedy: 'Install it, or leave out --with-binary.',
  })
}

/** Runs the real tool on the same input, says on standard error what differs, and fails when something does. */
export async function compareWithTool(ours: string, program: string, args: readonly string[], isRandom: boolean): Promise<void> {
  const theirs = await runTool(program, args)
  const differences = compareRenderedTexts(ours, theirs, isRandom ? await runTool(program, args) : undefined)
  if (differences.length === 0) return note(`${program} renders the same${isRandom ? ', but for what is random by nature' : ''}.`)
  for (const line of differences) note(`  ${line}`)
  throw new CommandFailure(`${program} renders it differently (${differences.length} differences).`, { exitCode: exitCodes.notSo })
}

async function runTool(program: string, args: readonly string[]): Promise<string> {
  const environment = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
  const theirs = await runProgram({
    command: [program, ...args],
    folder: process.cwd(),
    environment,
    timeoutMs: 120_000,
    outputBytes: 256_000_000,
    memoryBytes: 8_000_000_000,
  })
  if (theirs.end !== 'exited' || theirs.exitCode !== 0) {
    throw new CommandFailure(`${program} failed where Plimsoll did not: ${theirs.stderr.trim() || theirs.end}`, {
      exitCode: exitCodes.notSo,
    })
  }
  return theirs.stdout.toString('utf8')
}
