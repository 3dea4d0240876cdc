import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { CommandFailure } from '../exit-code.ts'
import { print } from '../output/print.ts'
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
}
