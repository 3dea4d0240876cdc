import { createInterface } from 'node:readline/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApplicationSet } from '@plimsoll/api'
import type { Command } from 'commander'
import { ApiFailure, type ApiClient } from '../../client/api-client.ts'
import { CommandFailure } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { addSwitch } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { addNamespaceOption, readSetName, type SetArgument, setPath } from './set-argument.ts'

const pollMs = 500

export function addDelete(appset: Command): void {
  const command = appset
    .command('delete <APPSETNAMES...>')
    .description('delete application sets, with the applications that they have made')
  addSwitch(command, '-y, --yes', 'do not ask')
  addSwitch(command, '--wait', 'until it is gone')
  addNamespaceOption(command).action(async (names: string[], options: { yes?: boolean; wait?: boolean; appsetNamespace?: string }) => {
    await withClient(command, async (client) => {
      for (const name of names) {
        const argument = readSetName(name, options.appsetNamespace)
        if (!options.yes && process.stdin.isTTY && !(await isMeant(client, argument))) throw new CommandFailure(`'${name}' is kept.`)
        await client.send('DELETE', setPath(argument), { query: { appsetNamespace: argument.appsetNamespace } })
        while (options.wait && (await find(client, argument)) !== undefined) await sleep(pollMs)
        print(`applicationset '${name}' deleted`)
      }
    })
  })
}

async function isMeant(client: ApiClient, argument: SetArgument): Promise<boolean> {
  const count = (await find(client, argument))?.status?.resourcesCount ?? 0
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`Are you sure you want to delete '${argument.name}' and all its ${count} applications? [y/n] `)
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}

async function find(client: ApiClient, argument: SetArgument): Promise<ApplicationSet | undefined> {
  try {
    return await client.get<ApplicationSet>(setPath(argument), { appsetNamespace: argument.appsetNamespace })
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return undefined
    throw error
  }
}
