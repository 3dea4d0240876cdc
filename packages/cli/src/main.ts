import { Command } from 'commander'
import { addServerCommands } from './commands/server.ts'

const program = new Command('plimsoll').description('From a pull request to production by GitOps').showHelpAfterError()
addServerCommands(program)
try {
  await program.parseAsync()
} catch (error) {
  console.error(`Error: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
