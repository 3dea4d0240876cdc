import type { Application } from '@plimsoll/api'
import type { Command } from 'commander'
import { parseAllDocuments } from 'yaml'
import { ApiFailure, type ApiClient } from '../../client/api-client.ts'
import { CommandFailure, usageFailure } from '../../exit-code.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { addSwitch, collect, readApplicationName, readPairs } from '../arguments.ts'
import { readSource } from '../read-source.ts'
import { withClient } from '../with-client.ts'
import { addSpecOptions, applySpecOptions, type SpecOptions } from './spec-options.ts'

interface CreateOptions extends SpecOptions {
  name?: string
  file?: string
  label?: string[]
  annotations?: string[]
  setFinalizer?: boolean
  upsert?: boolean
  validate?: boolean
  appNamespace?: string
  output?: string
}

export function addCreate(app: Command): void {
  const command = app
    .command('create [APPNAME]')
    .description('create an application')
    .option('--name <name>', 'name of the application (APPNAME is the better way)')
    .option('-f, --file <file>', 'file, URL or - with the Application to create, as YAML or JSON; several documents make several')
    .option('-l, --label <label>', 'label KEY=VALUE of the application; can be repeated', collect)
    .option('--annotations <annotation>', 'annotation KEY=VALUE of the application; can be repeated', collect)
    .option('-N, --app-namespace <namespace>', 'namespace that the application is made in')
    .option('-o, --output <format>', 'json or yaml: print what was created')
  addSwitch(command, '--upsert', 'change an application of that name that is there already')
  addSwitch(command, '--validate', 'check repository and cluster first', true)
  addSwitch(command, '--set-finalizer', 'deleting the application deletes what it manages')
  addSpecOptions(command)
  command.action(async (name: string | undefined, options: CreateOptions) => {
    if (options.output !== undefined) requireOutput(options.output, ['json', 'yaml'])
    const applications = await applicationsFrom(name, options)
    await withClient(command, async (client) => {
      for (const application of applications) await create(client, application, options)
    })
  })
}

async function create(client: ApiClient, application: Application, options: CreateOptions): Promise<void> {
  const { name, namespace } = application.metadata
  const existing = await client
    .get<Application>(`/api/v1/applications/${encodeURIComponent(name)}`, { appNamespace: namespace })
    .catch((error: unknown) => {
      // What may not be seen is answered as what is not there, or as forbidden; the creation itself tells.
      if (error instanceof ApiFailure && (error.status === 404 || error.status === 403)) return undefined
      throw error
    })
  const query = { upsert: options.upsert ?? false, validate: options.validate ?? true }
  const created = await client.send<Application>('POST', '/api/v1/applications', { query, body: application })
  if (printStructured(created, options.output ?? '')) return
  const unchanged = existing !== undefined && existing.metadata.generation === created.metadata.generation && sameSpec(existing, created)
  print(`application '${name}' ${existing === undefined ? 'created' : unchanged ? 'unchanged' : 'updated'}`)
}

function sameSpec(a: Application, b: Application): boolean {
  return [a, b]
    .map(({ spec, metadata }) => JSON.stringify([spec, metadata.labels, metadata.annotations]))
    .every((value, _, all) => value === all[0])
}

/** From files where they are given, else from flags; flags also change what a file says. */
async function applicationsFrom(name: string | undefined, options: CreateOptions): Promise<Application[]> {
  const named = name ?? options.name
  if (name !== undefined && options.name !== undefined && name !== options.name) {
    throw usageFailure(`--name argument '${options.name}' does not match app name ${name}`)
  }
  const argument = named === undefined ? undefined : readApplicationName(named, options.appNamespace)
  const applications =
    options.file === undefined ? [emptyApplication(argument?.name)] : parseApplications(await readSource(options.file), options.file)
  if (options.file !== undefined && argument && (applications.length > 1 || applications[0]?.metadata.name !== argument.name)) {
    throw usageFailure(`app name '${named}' does not match the name in ${options.file}`)
  }
  for (const application of applications) {
    const { metadata, spec } = application
    applySpecOptions(spec, options)
    if (options.label) metadata.labels = { ...metadata.labels, ...readPairs(options.label, 'label') }
    if (options.annotations) metadata.annotations = { ...metadata.annotations, ...readPairs(options.annotations, 'annotations') }
    if (options.setFinalizer) metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), 'resources-finalizer.argocd.argoproj.io'])]
    const namespace = argument?.appNamespace ?? options.appNamespace
    if (namespace) metadata.namespace = namespace
    if (options.file === undefined) requireFlags(application)
  }
  return applications
}

function emptyApplication(name: string | undefined): Application {
  if (name === undefined) throw usageFailure('The application has no name.', 'Use `plimsoll app create APPNAME …`, or -f FILE.')
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: { project: 'default', source: { repoURL: '' }, destination: {} },
  }
}

function requireFlags({ spec }: Application): void {
  const missing = [
    ...(spec.source?.repoURL ? [] : ['--repo']),
    ...(spec.source?.path || spec.source?.chart ? [] : ['--path (or --helm-chart)']),
    ...(spec.destination.server || spec.destination.name ? [] : ['--dest-server']),
  ]
  if (missing.length > 0) throw usageFailure(`An application needs ${missing.join(', ')}.`, 'See `plimsoll app create --help`.')
}

function parseApplications(content: string, file: string): Application[] {
  const applications: Application[] = []
  for (const document of parseAllDocuments(content, { version: '1.1', merge: true })) {
    const [fault] = document.errors
    if (fault !== undefined) throw new CommandFailure(`${file}: ${fault.message.split('\n')[0] ?? ''}`)
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    if (value === null || value === undefined) continue
    if (!isApplication(value)) {
      throw new CommandFailure(`${file} holds something that is not an Application.`, {
        remedy: 'It needs apiVersion argoproj.io/v1alpha1, kind Application, metadata.name and spec.',
      })
    }
    applications.push(value)
  }
  if (applications.length === 0) throw new CommandFailure(`${file} holds no Application.`)
  return applications
}

function isApplication(value: unknown): value is Application {
  if (typeof value !== 'object' || value === null) return false
  const { kind, metadata, spec } = value as { kind?: unknown; metadata?: { name?: unknown }; spec?: { destination?: unknown } }
  return kind === 'Application' && typeof metadata?.name === 'string' && typeof spec?.destination === 'object' && spec.destination !== null
}
