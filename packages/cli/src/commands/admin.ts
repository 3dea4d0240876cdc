import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { Argument, type Command } from 'commander'
import { CommandFailure } from '../exit-code.ts'
import { print } from '../output/print.ts'
import { addAction } from './admin/action.ts'
import { addHealth } from './admin/health.ts'
import { addRbac } from './admin/rbac.ts'
import { addIgnoreDifferences } from './admin/ignore-differences.ts'
import { addNotifications } from './admin/notifications.ts'
import { defaultDataDir, readReadyFile } from '../server/data-dir.ts'

/** What is done on the machine itself, by whoever may read its data directory. */
export function addAdminCommands(program: Command): void {
  const admin = program.command('admin').description('on this machine, beside the server')
  admin
    .command('password')
    .description('set a new password for admin, and end every session; without an option one is made and printed')
    .option('--data-dir <dir>', 'of the server (default: $PLIMSOLL_DATA_DIR, or .plimsoll beside this clone)')
    .option('--password-stdin', 'read the new password from standard input')
    .action(async (options: { dataDir?: string; passwordStdin?: boolean }) => {
      const dataDir = options.dataDir ?? defaultDataDir()
      const given = options.passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined
      if (given !== undefined && given.length < 8) throw new CommandFailure('A password has at least 8 characters.')
      // The whole server comes with it: only this command waits for that.
      const { setAdminPassword } = await import('@plimsoll/server')
      const password = await setAdminPassword(dataDir, given)
      print(given === undefined ? `New password of admin: ${password}` : 'The password of admin is set.')
      const ready = readReadyFile(dataDir)
      if (ready !== undefined) print(`Sign in at ${ready.url}`)
    })
  admin
    .command('webhook-secret')
    .description('set the secret by which webhooks of a provider are known; without an option one is made and printed')
    .addArgument(new Argument('<provider>', 'who sends them').choices(['github', 'gitlab', 'gitea']))
    .option('--data-dir <dir>', 'of the server (default: $PLIMSOLL_DATA_DIR, or .plimsoll beside this clone)')
    .option('--secret-stdin', 'read the secret from standard input')
    .action(async (provider: 'github' | 'gitlab' | 'gitea', options: { dataDir?: string; secretStdin?: boolean }) => {
      const dataDir = options.dataDir ?? defaultDataDir()
      const given = options.secretStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined
      if (given !== undefined && given.length < 16) throw new CommandFailure('A webhook secret has at least 16 characters.')
      const secret = given ?? randomBytes(24).toString('base64url')
      const { setWebhookSecret } = await import('@plimsoll/server')
      await setWebhookSecret(dataDir, provider, secret)
      print(given === undefined ? `Secret for webhooks of ${provider}: ${secret}` : `The secret for webhooks of ${provider} is set.`)
      const ready = readReadyFile(dataDir)
      if (ready !== undefined) print(`Payload URL: ${ready.url}/api/webhook (content type application/json)`)
    })
  addIgnoreDifferences(admin)
  addHealth(admin)
  addAction(admin)
  addNotifications(admin)
  addRbac(admin)
}
