import { readFile } from 'node:fs/promises'
import type { Application } from '@plimsoll/api'
import type { Command } from 'commander'
import { parse } from 'yaml'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import { note, print, requireOutput, toYaml } from '../../output/print.ts'
import { addSwitch, applicationPath, collect, collectCounts, readApplicationName } from '../arguments.ts'
import { withClient } from '../with-client.ts'

interface RenderAppOptions {
  revision?: string
  revisions?: string[]
  sourcePositions?: number[]
  withBinary?: boolean
  output: string
  appNamespace?: string
}

interface Rendered {
  manifests: string[]
  comparedWithBinary?: { tool: string; isEqual: boolean; differences: string[] }[]
}

/** `plimsoll render app NAME|FILE`: by the server, which has the repositories, the target cluster and the secret that random values come from. */
export function addRenderApp(render: Command): void {
  const command = render
    .command('app <NAME|FILE>')
    .description('an application that is there, or an Application in a file (.yaml, .yml, .json, or -); the values of Secrets are masked')
    .option('--revision <revision>', 'of another revision than the one that is followed')
    .option('--revisions <revision>', 'of one of several sources; can be repeated, with as many --source-positions', collect)
    .option('--source-positions <place>', 'which source each of --revisions is for, from 1; can be repeated', collectCounts)
    .option('-o, --output <format>', 'yaml, json', 'yaml')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSwitch(command, '--with-binary', 'let the server run the real tool too, and show any difference')
  command.action(async (target: string, options: RenderAppOptions) => {
    requireOutput(options.output, ['yaml', 'json'])
    const isFile = target === '-' || /\.(ya?ml|json)$/i.test(target)
    await withClient(command, async (client) => {
      const asked = {
        ...(options.revision && { revision: options.revision }),
        ...(options.revisions && { revisions: options.revisions, sourcePositions: options.sourcePositions ?? null }),
        ...(options.withBinary && { withBinary: true }),
      }
      const argument = isFile ? undefined : readApplicationName(target, options.appNamespace)
      const rendered = argument
        ? await client.send<Rendered>('POST', applicationPath(argument, '/render'), {
            query: { appNamespace: argument.appNamespace },
            body: asked,
          })
        : await client.send<Rendered>('POST', '/api/v1/render', { body: { ...asked, application: await readApplication(target) } })
      const objects = rendered.manifests.map((text) => JSON.parse(text) as unknown)
      if (options.output === 'json') print(JSON.stringify(objects, null, 2))
      else for (const object of objects) print(`---\n${toYaml(object).trimEnd()}`)
      reportComparison(rendered.comparedWithBinary ?? [], options.withBinary === true)
    })
  })
}

async function readApplication(file: string): Promise<Application> {
  let value: unknown
  try {
    value = parse(await readFile(file === '-' ? '/dev/stdin' : file, 'utf8'), { version: '1.1', merge: true, maxAliasCount: 100 })
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof value !== 'object' || value === null || Reflect.get(value, 'kind') !== 'Application')
    throw usageFailure(`${file} holds no Application.`, 'It needs apiVersion argoproj.io/v1alpha1 and kind Application.')
  return value as Application
}

function reportComparison(comparisons: NonNullable<Rendered['comparedWithBinary']>, wasAsked: boolean): void {
  if (wasAsked && comparisons.length === 0)
    throw new CommandFailure('The server has no real tool to compare with.', {
      remedy: 'Start it with --program helm3=PATH, helm4=PATH, kubectl=PATH or kustomize=PATH.',
    })
  const different = comparisons.filter(({ isEqual }) => !isEqual)
  for (const { tool, differences } of different)
    note(`${tool} renders it differently:\n${differences.map((line) => `  ${line}`).join('\n')}`)
  for (const { tool, isEqual } of comparisons) if (isEqual) note(`${tool} renders the same.`)
  if (different.length > 0) throw new CommandFailure('The real tool renders it differently.', { exitCode: exitCodes.notSo })
}
