import type { Command } from 'commander'
import { CommandFailure, usageFailure } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { confirm } from '../confirm.ts'
import { addSwitch, applicationPath, readApplicationName } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { namesOf } from './wait.ts'
import { isGone, waitUntil } from './wait-until.ts'

interface DeleteOptions {
  cascade: boolean
  propagationPolicy: string
  yes?: boolean
  selector?: string
  wait?: boolean
  appNamespace?: string
}

export function addDelete(app: Command): void {
  const command = app
    .command('delete [APPNAMES...]')
    .description('delete applications, with what they manage unless --cascade=false')
    .option('-p, --propagation-policy <policy>', 'foreground or background', 'foreground')
    .option('-l, --selector <selector>', 'applications by label')
    .option('-N, --app-namespace <namespace>', 'namespace of the applications')
  addSwitch(command, '--cascade', 'delete what it manages as well', true)
  addSwitch(command, '-y, --yes', 'do not ask')
  addSwitch(command, '--wait', 'until it is gone')
  command.action(async (names: string[], options: DeleteOptions) => {
    if (names.length === 0 && options.selector === undefined) throw usageFailure('Name an application, or select some with -l.')
    if (!['foreground', 'background'].includes(options.propagationPolicy)) {
      throw usageFailure(`unknown propagation policy: ${options.propagationPolicy}`, 'Use foreground or background.')
    }
    await withClient(command, async (client) => {
      const chosen = await namesOf(client, names, options)
      for (const name of chosen) {
        const argument = readApplicationName(name, options.appNamespace)
        const question = `Are you sure you want to delete '${name}' and all its resources? [y/n] `
        const asks = options.cascade && !options.yes && process.stdin.isTTY
        if (asks && !(await confirm(question))) throw new CommandFailure(`'${name}' is kept.`)
        const { cascade } = options
        const query = { appNamespace: argument.appNamespace, cascade, ...(cascade && { propagationPolicy: options.propagationPolicy }) }
        await client.send('DELETE', applicationPath(argument), { query })
        if (options.wait && !(await isGone(client, argument))) {
          await waitUntil(client, argument, { conditions: { delete: true }, timeoutSeconds: 0, progress: false })
        }
        print(`application '${name}' deleted`)
      }
    })
  })
}
