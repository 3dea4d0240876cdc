import type { Application } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { addSwitch, applicationPath, calledName, readApplicationName } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { addSpecOptions, applySpecOptions, type SpecOptions } from './spec-options.ts'
import { requireApplication } from './wait.ts'

export function addSet(app: Command): void {
  const command = app
    .command('set <APPNAME>')
    .description('change what an application is')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSwitch(command, '--validate', 'check repository and cluster first', true)
  addSpecOptions(command)
  command.action(async (name: string, options: SpecOptions & { appNamespace?: string; validate: boolean }) => {
    const argument = readApplicationName(name, options.appNamespace)
    // Whichever source the flags are about is known when the application is.
    const sources = Array.from({ length: options.sourcePosition ?? 0 }, () => ({ repoURL: '' }))
    if (!applySpecOptions({ destination: {}, sources }, options)) throw usageFailure('Please set at least one option to update.')
    await withClient(command, async (client) => {
      const { spec } = await requireApplication(client, argument)
      applySpecOptions(spec, options)
      const query = { appNamespace: argument.appNamespace, validate: options.validate }
      await client.send('PUT', applicationPath(argument, '/spec'), { query, body: spec })
      print(`application '${calledName(argument)}' updated`)
    })
  })
}

export function addPatch(app: Command): void {
  const command = app
    .command('patch <APPNAME>')
    .description('patch an application, and print it')
    .requiredOption('--patch <patch>', 'the patch, as JSON')
    .option('--type <type>', 'json or merge', 'json')
    .option('-o, --output <format>', 'yaml, json', 'yaml')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  command.action(async (name: string, options: { patch: string; type: string; output: string; appNamespace?: string }) => {
    requireOutput(options.output, ['yaml', 'json'])
    if (!['json', 'merge'].includes(options.type)) throw usageFailure(`Unknown patch type '${options.type}'`, 'Use json or merge.')
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      const body = { name: argument.name, patch: options.patch, patchType: options.type }
      const patched = await client.send<Application>('PATCH', applicationPath(argument), {
        query: { appNamespace: argument.appNamespace },
        body,
      })
      printStructured(patched, options.output)
    })
  })
}

export function addTerminate(app: Command): void {
  const command = app
    .command('terminate-op <APPNAME>')
    .description('end the operation that is under way')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  command.action(async (name: string, options: { appNamespace?: string }) => {
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      await client.send('DELETE', applicationPath(argument, '/operation'), { query: { appNamespace: argument.appNamespace } })
      print(`Application '${calledName(argument)}' operation terminating`)
    })
  })
}

export function addConfirmDeletion(app: Command): void {
  const command = app
    .command('confirm-deletion <APPNAME>')
    .description('say yes to the deletions and prunes that wait for it')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  command.action(async (name: string, options: { appNamespace?: string }) => {
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      await client.send('POST', applicationPath(argument, '/confirm-deletion'), {
        query: { appNamespace: argument.appNamespace },
        body: {},
      })
      print(`Application '${calledName(argument)}' updated successfully`)
    })
  })
}

export function addResume(app: Command): void {
  const command = app
    .command('resume <APPNAME>')
    .description('let automated sync go on after a rollback')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  command.action(async (name: string, options: { appNamespace?: string }) => {
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      await client.send('POST', applicationPath(argument, '/resume'), { query: { appNamespace: argument.appNamespace }, body: {} })
      print(`application '${calledName(argument)}' resumed`)
    })
  })
}

export function addRotate(app: Command): void {
  const command = app
    .command('rotate <APPNAME>')
    .description("make the random values of the application's charts (passwords, certificates) anew with the next sync")
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  command.action(async (name: string, options: { appNamespace?: string }) => {
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      await client.send('POST', applicationPath(argument, '/rotate'), { query: { appNamespace: argument.appNamespace }, body: {} })
      print(`application '${calledName(argument)}': its random values are made anew with the next sync`)
    })
  })
}
