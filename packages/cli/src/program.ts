import { Command } from 'commander'
import { addAdminCommands } from './commands/admin.ts'
import { addAppCommands } from './commands/app.ts'
import { addAppsetCommands } from './commands/appset.ts'
import { addCertificateCommands } from './commands/cert.ts'
import { addCiCommands } from './commands/ci.ts'
import { addClusterCommands } from './commands/cluster.ts'
import { addDataCommands } from './commands/data.ts'
import { addDemoCommands } from './commands/demo.ts'
import { addDeliveryCommands } from './commands/delivery.ts'
import { addGateCommands } from './commands/gate.ts'
import { addGpgCommands } from './commands/gpg.ts'
import { addImageCommands } from './commands/image.ts'
import { addMigrateCommands } from './commands/migrate.ts'
import { addProjectCommands } from './commands/project.ts'
import { addPullCommands } from './commands/pr.ts'
import { addReleaseCommands } from './commands/release.ts'
import { addRenderCommands } from './commands/render.ts'
import { addRepositoryCommands } from './commands/repo.ts'
import { addCredentialTemplateCommands } from './commands/repocreds.ts'
import { addServerCommands } from './commands/server.ts'
import { addSessionCommands, ownVersion } from './commands/session.ts'

/** The whole command line: every verb with its flags, and nothing of what they do is loaded yet. */
export function createProgram(): Command {
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
      '\nExit codes: 0 done; 1 it is not so (a difference, a failed operation, time is up); 2 the command line is wrong; 3 a gate could not tell; 20 the server refused or cannot be reached.',
    )
    .showHelpAfterError('(add --help for what can be given)')
    .exitOverride()

  addServerCommands(program)
  addSessionCommands(program)
  addAppCommands(program)
  addAppsetCommands(program)
  addClusterCommands(program)
  addProjectCommands(program)
  addPullCommands(program)
  addRepositoryCommands(program)
  addGpgCommands(program)
  addCredentialTemplateCommands(program)
  addCertificateCommands(program)
  addAdminCommands(program)
  addRenderCommands(program)
  addGateCommands(program)
  addDeliveryCommands(program)
  addReleaseCommands(program)
  addImageCommands(program)
  addDemoCommands(program)
  addDataCommands(program)
  addCiCommands(program)
  addMigrateCommands(program)
  for (const command of allCommands(program)) command.exitOverride().showHelpAfterError('(add --help for what can be given)')
  return program
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)])
}
