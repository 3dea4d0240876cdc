import type { ApplicationSet } from '@plimsoll/api'
import type { Command } from 'commander'
import { CommandFailure } from '../../exit-code.ts'
import { pendingDeletionText } from '../../output/application-set.ts'
import { print } from '../../output/print.ts'
import { withClient } from '../with-client.ts'
import { addNamespaceOption, readSetName, setPath } from './set-argument.ts'

/** Without a digest it only shows what waits: whoever confirms has seen what goes. */
export function addConfirmDeletion(appset: Command): void {
  const command = appset
    .command('confirm-deletion <APPSETNAME>')
    .description('let a deletion of applications go on that waits for it; without --digest show what would go')
    .option('--digest <digest>', 'of exactly what would go, as shown')
  addNamespaceOption(command).action(async (name: string, { digest, appsetNamespace }: { digest?: string; appsetNamespace?: string }) => {
    const argument = readSetName(name, appsetNamespace)
    const query = { appsetNamespace: argument.appsetNamespace }
    await withClient(command, async (client) => {
      if (digest === undefined) {
        const pending = pendingDeletionText(await client.get<ApplicationSet>(setPath(argument), query))
        if (pending === undefined) throw new CommandFailure(`No deletion of applications of '${argument.name}' waits.`)
        print(pending)
        return
      }
      await client.send('POST', setPath(argument, '/confirm-deletion'), { query, body: { digest } })
      print(`deletion of applications of '${argument.name}' confirmed`)
    })
  })
}
