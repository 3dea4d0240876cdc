import type { Application, RevisionHistory } from '@plimsoll/api'
import type { Command } from 'commander'
import { CommandFailure, usageFailure } from '../../exit-code.ts'
import { goTime } from '../../output/application.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { table } from '../../output/table.ts'
import { addSwitch, applicationPath, calledName, readApplicationName, readSeconds } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { printState, stateFormats } from './get.ts'
import { requireSuccess } from './sync.ts'
import { requireApplication, showsProgress } from './wait.ts'
import { waitUntil } from './wait-until.ts'

export function addHistory(app: Command): void {
  const command = app
    .command('history <APPNAME>')
    .description('show which revisions were deployed')
    .option('-o, --output <format>', 'wide, id, json, yaml', 'wide')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  command.action(async (name: string, options: { output: string; appNamespace?: string }) => {
    requireOutput(options.output, ['wide', 'id', 'json', 'yaml', ''])
    await withClient(command, async (client) => {
      const application = await requireApplication(client, readApplicationName(name, options.appNamespace))
      const history = application.status?.history ?? []
      if (printStructured(history, options.output)) return
      if (options.output === 'id') for (const { id } of history) print(String(id))
      else if (history.length > 0) print(historyTables(history))
    })
  })
}

/** One table for each repository, in the order in which they were first deployed from. */
function historyTables(history: readonly RevisionHistory[]): string {
  const byRepository = new Map<string, { id: number; deployedAt: string; revision: string; target: string }[]>()
  for (const entry of history) {
    const sources = entry.sources?.length ? entry.sources : [entry.source]
    const revisions = entry.revisions?.length ? entry.revisions : [entry.revision ?? '']
    for (const [index, source] of sources.entries()) {
      const repository = source?.repoURL ?? ''
      const row = { id: entry.id, deployedAt: entry.deployedAt, revision: revisions[index] ?? '', target: source?.targetRevision ?? '' }
      byRepository.set(repository, [...(byRepository.get(repository) ?? []), row])
    }
  }
  const tables = [...byRepository].map(([repository, entries]) => {
    const rows = entries.map(({ id, deployedAt, revision, target }) => [
      String(id),
      goTime(deployedAt),
      revision.length >= 7 ? `${target} (${revision.slice(0, 7)})`.trimStart() : target,
    ])
    return `SOURCE  ${repository}\n${table(['ID', 'DATE', 'REVISION'], rows)}`
  })
  return tables.join('\n\n')
}

export function addRollback(app: Command): void {
  const command = app
    .command('rollback <APPNAME> [ID]')
    .description('go back to an entry of the history, or to the one before; automated sync is then on hold until `app resume`')
    .option('--timeout <seconds>', 'give up waiting after so many seconds; 0: never', readSeconds, 0)
    .option('-o, --output <format>', 'wide, tree, json, yaml', 'wide')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSwitch(command, '--prune', 'delete what that revision does not have')
  addSwitch(command, '--async', 'ask for it, and do not wait')
  command.action(
    async (
      name: string,
      id: string | undefined,
      options: { timeout: number; output: string; appNamespace?: string; prune?: boolean; async?: boolean },
    ) => {
      requireOutput(options.output, stateFormats)
      if (id !== undefined && !/^\d{1,15}$/.test(id))
        throw usageFailure(`'${id}' is not the id of an entry.`, `See \`plimsoll app history ${name}\`.`)
      const argument = readApplicationName(name, options.appNamespace)
      await withClient(command, async (client) => {
        const before = await requireApplication(client, argument)
        const asked = await client.send<Application>('POST', applicationPath(argument, '/rollback'), {
          query: { appNamespace: argument.appNamespace },
          body: { name: argument.name, id: entryOf(before, id), prune: options.prune ?? false },
        })
        if (options.async) {
          print(`application '${calledName(argument)}' is being rolled back`)
          return
        }
        const application = await waitUntil(client, argument, {
          conditions: { operation: true },
          timeoutSeconds: options.timeout,
          notBefore: asked,
          progress: showsProgress(options.output),
        })
        if (application === undefined) return
        await printState(client, argument, application, { output: options.output, operation: true })
        requireSuccess(application, { dryRun: false, whole: false })
      })
    },
  )
}

function entryOf({ metadata, status }: Application, id: string | undefined): number {
  const history = status?.history ?? []
  if (id === undefined) {
    const previous = history.at(-2)
    if (previous === undefined) {
      throw new CommandFailure(`application '${metadata.name}' should have at least two successful deployments`)
    }
    return previous.id
  }
  if (!history.some((entry) => entry.id === Number(id))) {
    throw new CommandFailure(`application '${metadata.name}' does not have deployment id '${id}' in history`, {
      remedy: `\`plimsoll app history ${metadata.name}\` lists them.`,
    })
  }
  return Number(id)
}
