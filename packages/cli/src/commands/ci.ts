import type { Command } from 'commander'
import { addCiLint } from './ci/lint.ts'
import { addLocalRun } from './ci/run.ts'
import { addRunCommands } from './ci/runs.ts'

/** `plimsoll ci …` works on the working copy alone, `plimsoll run …` with the runs of a server. */
export function addCiCommands(program: Command): void {
  const ci = program.command('ci').description('workflows of the working copy, on this machine: no server is needed')
  addLocalRun(ci)
  addCiLint(ci)
  addRunCommands(program)
}
