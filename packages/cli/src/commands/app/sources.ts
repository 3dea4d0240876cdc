import type { ApplicationSource, ApplicationSpec } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { print } from '../../output/print.ts'
import { applicationPath, calledName, readApplicationName, readCount } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { addSourceOptions, applySourceOptions, type SourceOptions } from './source-options.ts'
import { requireApplication } from './wait.ts'

/** Which of several sources is meant. */
export interface SourceChoice {
  sourcePosition?: number
  sourceName?: string
}

/** The source that flags are about: the only one, or the one that is named by its place (from 1) or its name. */
export function chosenSource(spec: ApplicationSpec, { sourcePosition, sourceName }: SourceChoice): ApplicationSource {
  const { sources } = spec
  if (!sources || sources.length === 0) {
    if (sourcePosition !== undefined)
      throw usageFailure('--source-position is for an application with several sources; this one has spec.source.')
    return (spec.source ??= { repoURL: '' })
  }
  if (sourcePosition !== undefined) {
    const source = sources[sourcePosition - 1]
    if (!source) throw usageFailure(`There is no source ${sourcePosition}: the application has ${sources.length}.`, 'Places count from 1.')
    return source
  }
  const named = sources.find((source) => source.name !== undefined && source.name === sourceName)
  if (named) return named
  throw usageFailure('The application has several sources.', 'Say which one by --source-position (from 1) or --source-name.')
}

export function addAddSource(app: Command): void {
  const command = app
    .command('add-source <APPNAME>')
    .description('add a source to an application; with its first one, it has several')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSourceOptions(command)
  command.action(async (name: string, options: SourceOptions & { appNamespace?: string }) => {
    const argument = readApplicationName(name, options.appNamespace)
    const source: ApplicationSource = { repoURL: '' }
    applySourceOptions(source, options)
    if (source.repoURL === '') throw usageFailure('A source needs --repo.')
    await withClient(command, async (client) => {
      const { spec } = await requireApplication(client, argument)
      const before = spec.sources && spec.sources.length > 0 ? spec.sources : spec.source ? [spec.source] : []
      const { source: _only, ...rest } = spec
      const body = { ...rest, sources: [...before, source] }
      await client.send('PUT', applicationPath(argument, '/spec'), { query: { appNamespace: argument.appNamespace }, body })
      print(`Application '${calledName(argument)}' updated successfully`)
    })
  })
}

export function addRemoveSource(app: Command): void {
  const command = app
    .command('remove-source <APPNAME>')
    .description('remove one of the sources of an application')
    .option('--source-position <place>', 'place of the source, from 1', readCount)
    .option('--source-name <name>', 'name of the source')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  command.action(async (name: string, options: SourceChoice & { appNamespace?: string }) => {
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      const { spec } = await requireApplication(client, argument)
      if ((spec.sources ?? []).length < 2)
        throw usageFailure('An application keeps at least one source.', 'Use `plimsoll app delete` to remove the application.')
      const source = chosenSource(spec, options)
      const body = { ...spec, sources: spec.sources?.filter((one) => one !== source) }
      await client.send('PUT', applicationPath(argument, '/spec'), { query: { appNamespace: argument.appNamespace }, body })
      print(`Application '${calledName(argument)}' updated successfully`)
    })
  })
}
