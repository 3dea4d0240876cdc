import type { Application } from '@plimsoll/api'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import { print, requireOutput } from '../../output/print.ts'
import {
  addSwitch,
  applicationPath,
  collect,
  readApplicationName,
  readCount,
  readPairs,
  readSeconds,
  type ApplicationArgument,
} from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { printState, stateFormats } from './get.ts'
import { isSelected, readResourceSelectors, type ResourceSelector } from './resource-selector.ts'
import { namesOf, requireApplication, showsProgress } from './wait.ts'
import { waitUntil } from './wait-until.ts'

interface SyncOptions {
  selector?: string
  project?: string[]
  appNamespace?: string
  revision?: string
  resource?: string[]
  label?: string[]
  prune?: boolean
  dryRun?: boolean
  force?: boolean
  replace?: boolean
  serverSide?: boolean
  applyOutOfSyncOnly?: boolean
  strategy?: string
  retryLimit?: number
  retryBackoffDuration: string
  retryBackoffMaxDuration: string
  retryBackoffFactor: number
  info?: string[]
  async?: boolean
  timeout: number
  output: string
}

export function addSync(app: Command): void {
  const command = app
    .command('sync [APPNAMES...]')
    .description('bring applications to what Git says')
    .option('-l, --selector <selector>', 'applications by label')
    .option('--project <name>', 'applications of a project; can be repeated', collect)
    .option('--revision <revision>', 'to another revision than the one that is followed')
    .option('--resource <resource>', 'only resources GROUP:KIND:NAME, or all but !GROUP:KIND:NAME; can be repeated', collect)
    .option('--label <label>', 'only resources with the label KEY=VALUE; can be repeated', collect)
    .option('--strategy <strategy>', 'apply or hook')
    .option('--retry-limit <count>', 'how often a failed sync is tried again', readCount)
    .option('--retry-backoff-duration <duration>', 'first wait before a retry', '5s')
    .option('--retry-backoff-max-duration <duration>', 'longest wait before a retry', '3m0s')
    .option('--retry-backoff-factor <factor>', 'each wait is so many times the one before', readCount, 2)
    .option('--info <info>', 'KEY=VALUE that is kept with the operation; can be repeated', collect)
    .option('--timeout <seconds>', 'give up waiting after so many seconds; 0: never', readSeconds, 0)
    .option('-o, --output <format>', 'wide, tree, json, yaml', 'wide')
    .option('-N, --app-namespace <namespace>', 'namespace of the applications')
  addSwitch(command, '--prune', 'delete what Git has dropped')
  addSwitch(command, '--dry-run', 'say what would be done, and do nothing')
  addSwitch(command, '--force', 'replace what cannot be changed')
  addSwitch(command, '--replace', 'replace instead of apply')
  addSwitch(command, '--server-side', 'apply server-side')
  addSwitch(command, '--apply-out-of-sync-only', 'only what differs')
  addSwitch(command, '--async', 'ask for it, and do not wait')
  addSwitch(command, '--assumeYes', 'kept for scripts; nothing is asked')
  command.action(async (names: string[], options: SyncOptions) => {
    requireOutput(options.output, stateFormats)
    if (names.length === 0 && options.selector === undefined && options.project === undefined) {
      throw usageFailure('Name an application, or select some with -l or --project.')
    }
    const selectors = readResourceSelectors(options.resource)
    const labels = readPairs(options.label, 'label')
    await withClient(command, async (client) => {
      for (const name of await namesOf(client, names, options)) {
        await syncOne(client, readApplicationName(name, options.appNamespace), options, selectors, labels)
      }
    })
  })
}

async function syncOne(
  client: ApiClient,
  argument: ApplicationArgument,
  options: SyncOptions,
  selectors: ResourceSelector[],
  labels: Record<string, string>,
): Promise<void> {
  const { appNamespace } = argument
  const before = await requireApplication(client, argument)
  const all = [...selectors, ...(await withLabels(client, argument, options.revision, labels))]
  const resources = (before.status?.resources ?? []).filter((resource) => isSelected(resource, all))
  if (all.length > 0 && resources.length === 0) {
    throw new CommandFailure('No matching app resources found for the resource filter.', {
      remedy: `\`plimsoll app get ${argument.name}\` lists its resources.`,
    })
  }
  const asked = await client.send<Application>('POST', applicationPath(argument, '/sync'), {
    query: { appNamespace },
    body: { ...requestBody(argument, options), ...(all.length > 0 && { resources: resources.map(identityOf) }) },
  })
  if (options.async) {
    if (options.output !== 'wide' && options.output !== '')
      await printState(client, argument, asked, { output: options.output, operation: false })
    else print(`application '${argument.name}' is being synced`)
    return
  }
  const application = await waitUntil(client, argument, {
    conditions: { operation: true },
    timeoutSeconds: options.timeout,
    resources: all,
    notBefore: asked,
    progress: showsProgress(options.output),
  })
  if (application === undefined) return
  await printState(client, argument, application, { output: options.output, operation: true })
  requireSuccess(application, { dryRun: options.dryRun ?? false, whole: all.length === 0 })
}

function requestBody(argument: ApplicationArgument, options: SyncOptions): Record<string, unknown> {
  const force = options.force ?? false
  const { strategy = '' } = options
  if (!['', 'apply', 'hook'].includes(strategy)) throw usageFailure(`Unknown sync strategy: '${strategy}'`, 'Use apply or hook.')
  const items = [
    ...(options.replace ? ['Replace=true'] : []),
    ...(options.serverSide ? ['ServerSideApply=true'] : []),
    ...(options.applyOutOfSyncOnly ? ['ApplyOutOfSyncOnly=true'] : []),
  ]
  const infos = Object.entries(readPairs(options.info, 'info')).map(([name, value]) => ({ name, value }))
  const { retryLimit: limit, retryBackoffDuration: duration, retryBackoffMaxDuration: maxDuration, retryBackoffFactor: factor } = options
  return {
    name: argument.name,
    ...(argument.appNamespace && { appNamespace: argument.appNamespace }),
    ...(options.revision && { revision: options.revision }),
    prune: options.prune ?? false,
    dryRun: options.dryRun ?? false,
    strategy: strategy === 'apply' ? { apply: { force } } : { hook: { force } },
    ...(items.length > 0 && { syncOptions: { items } }),
    ...(infos.length > 0 && { infos }),
    ...(limit !== undefined && limit > 0 && { retryStrategy: { limit, backoff: { duration, maxDuration, factor } } }),
  }
}

function identityOf({ group, kind, namespace, name }: { group?: string; kind: string; namespace?: string; name: string }) {
  return { group: group ?? '', kind, name, ...(namespace && { namespace }) }
}

/** Labels choose among what Git holds. */
async function withLabels(
  client: ApiClient,
  argument: ApplicationArgument,
  revision: string | undefined,
  labels: Record<string, string>,
): Promise<ResourceSelector[]> {
  const wanted = Object.entries(labels)
  if (wanted.length === 0) return []
  const { appNamespace } = argument
  const { manifests } = await client.get<{ manifests: string[] }>(applicationPath(argument, '/manifests'), { appNamespace, revision })
  const objects = manifests.map(
    (text) => JSON.parse(text) as { apiVersion: string; kind: string; metadata: { name: string; labels?: Record<string, string> } },
  )
  const found = objects.filter(({ metadata }) => wanted.some(([key, value]) => metadata.labels?.[key] === value))
  if (found.length === 0)
    throw new CommandFailure(`No matching resources found for labels: ${wanted.map((pair) => pair.join('=')).join(', ')}`)
  return found.map(({ apiVersion, kind, metadata }) => {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
    return { group, kind, namespace: undefined, name: metadata.name, exclude: false }
  })
}

/** A script must see that a sync did not do what it was for. */
export function requireSuccess(application: Application, { dryRun, whole }: { dryRun: boolean; whole: boolean }): void {
  const state = application.status?.operationState
  if (state !== undefined && state.phase !== 'Succeeded') {
    throw new CommandFailure(`Operation has completed with phase: ${state.phase}${state.message ? `: ${state.message}` : ''}`, {
      exitCode: exitCodes.notSo,
    })
  }
  if (dryRun || !whole || application.status?.sync?.status === 'Synced') return
  const skipped = (state?.syncResult?.resources ?? []).filter((resource) => resource.status === 'PruneSkipped').length
  if (skipped > 0)
    throw new CommandFailure(`${skipped} resources require pruning`, { exitCode: exitCodes.notSo, remedy: 'Sync again with --prune.' })
}
