import { Command } from 'commander'
import { addAdminCommands } from './commands/admin.ts'
import { addAppCommands } from './commands/app.ts'
import { fromGoFlags } from './commands/arguments.ts'
import { addServerCommands } from './commands/server.ts'
import { addSessionCommands, ownVersion } from './commands/session.ts'
import { reportFailure } from './report-failure.ts'

const program = new Command('plimsoll')
  .description('From a pull request to production by GitOps')
  .version(ownVersion(), '--version', 'version of this command')
  .option('--server <url>', 'server to talk to (default: $PLIMSOLL_SERVER, the one signed in to, or the one started here)')
  .option('--auth-token <token>', 'token for it (default: $PLIMSOLL_AUTH_TOKEN, or the one that was kept)')
  .option('--plaintext', 'HTTP instead of HTTPS where SERVER has no scheme')
  .option('--insecure', "do not check the server's certificate")
  .option('--grpc-web', 'kept for scripts written for argocd')
  .addHelpText(
    'after',
    '\nExit codes: 0 done; 1 it is not so (a difference, a failed operation, time is up); 2 the command line is wrong; 20 the server refused or cannot be reached.',
  )
  .showHelpAfterError('(add --help for what can be given)')
  .exitOverride()

addServerCommands(program)
addSessionCommands(program)
addAppCommands(program)
addAdminCommands(program)
for (const command of allCommands(program)) command.exitOverride().showHelpAfterError('(add --help for what can be given)')

// A reader such as `head` that has seen enough ends the command, not with a failure.
process.stdout.on('error', () => process.exit(0))

try {
  await program.parseAsync(fromGoFlags(process.argv.slice(2)), { from: 'user' })
} catch (error) {
  reportFailure(error)
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)])
}
