import type { Application, ApplicationPlan } from '@plimsoll/api'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import { print, requireOutput } from '../../output/print.ts'
import {
  addSwitch,
  type ApplicationArgument,
  applicationPath,
  calledName,
  collect,
  collectCounts,
  readApplicationName,
  readCount,
  readLimit,
  readPairs,
  readSeconds,
} from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { confirm } from '../confirm.ts'
import { printState, stateFormats } from './get.ts'
import { localFiles } from './local-files.ts'
import { changesSomething, printPlan } from './plan.ts'
import { isSelected, readResourceSelectors, type ResourceSelector } from './resource-selector.ts'
import { namesOf, requireApplication, showsProgress } from './wait.ts'
import { waitUntil } from './wait-until.ts'

interface SyncOptions {
  selector?: string
  project?: string[]
  appNamespace?: string
  revision?: string
  revisions?: string[]
  sourcePositions?: number[]
  resource?: string[]
  label?: string[]
  sourceNames?: string[]
  local?: string
  localRepoRoot?: string
  previewChanges?: boolean
  assumeYes?: boolean
  prune?: boolean
  dryRun?: boolean
  force?: boolean
  replace?: boolean
  serverSide?: boolean
  applyOutOfSyncOnly?: boolean
  strategy?: string
  retryLimit?: number
  retryRefresh?: boolean
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
    .option('--revisions <revision>', 'of one of several sources; can be repeated, with as many --source-positions', collect)
    .option('--source-positions <place>', 'which source each of --revisions is for, from 1; can be repeated', collectCounts)
    .option('--source-names <name>', 'the same by the names of the sources; can be repeated', collect)
    .option('--local <path>', 'the manifests in a folder on this disk, instead of those in Git')
    .option('--local-repo-root <path>', 'the repository that --local lies in; what is outside of it is not read')
    .option('--resource <resource>', 'only resources GROUP:KIND:NAME, or all but !GROUP:KIND:NAME; can be repeated', collect)
    .option('--label <label>', 'only resources with the label KEY=VALUE; can be repeated', collect)
    .option('--strategy <strategy>', 'apply or hook')
    .option('--retry-limit <count>', 'how often a failed sync is tried again; -1: without end', readLimit)
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
  addSwitch(command, '--retry-refresh', 'a retry takes the newest revision')
  addSwitch(command, '--async', 'ask for it, and do not wait')
  addSwitch(command, '--preview-changes', 'show what would be changed first, and ask')
  addSwitch(command, '--assumeYes', 'do not ask')
  command.action(async (names: string[], options: SyncOptions) => {
    requireOutput(options.output, stateFormats)
    if (names.length === 0 && options.selector === undefined && options.project === undefined) {
      throw usageFailure('Name an application, or select some with -l or --project.')
    }
    if (options.local !== undefined && (options.revision ?? options.revisions) !== undefined)
      throw usageFailure('--local is what is on this disk, --revision what is in Git: give one of the two.')
    if (options.local === undefined && options.localRepoRoot !== undefined) throw usageFailure('--local-repo-root needs --local.')
    if (options.sourceNames && options.sourcePositions) throw usageFailure('Give --source-names or --source-positions, not both.')
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
  const sourcePositions = options.sourceNames ? positionsOf(before, options.sourceNames) : options.sourcePositions
  const given = { ...options, ...(sourcePositions && { sourcePositions }) }
  const local = options.local === undefined ? undefined : await localFiles(options.local, options.localRepoRoot)
  if (options.previewChanges && !(await isWanted(client, argument, given, local))) return
  const all = [...selectors, ...(await withLabels(client, argument, options.revision, labels))]
  const resources = (before.status?.resources ?? []).filter((resource) => isSelected(resource, all))
  if (all.length > 0 && resources.length === 0) {
    throw new CommandFailure('No matching app resources found for the resource filter.', {
      remedy: `\`plimsoll app get ${calledName(argument)}\` lists its resources.`,
    })
  }
  const asked = await client.send<Application>('POST', applicationPath(argument, '/sync'), {
    query: { appNamespace },
    body: { ...requestBody(argument, given), ...(local && { local }), ...(all.length > 0 && { resources: resources.map(identityOf) }) },
  })
  if (options.async) {
    if (options.output !== 'wide' && options.output !== '')
      await printState(client, argument, asked, { output: options.output, operation: false })
    else print(`application '${calledName(argument)}' is being synced`)
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
    ...(options.revisions && { revisions: options.revisions, sourcePositions: options.sourcePositions ?? null }),
    prune: options.prune ?? false,
    dryRun: options.dryRun ?? false,
    strategy: strategy === 'apply' ? { apply: { force } } : { hook: { force } },
    ...(items.length > 0 && { syncOptions: { items } }),
    ...(infos.length > 0 && { infos }),
    ...(limit !== undefined &&
      limit !== 0 && {
        retryStrategy: { limit, backoff: { duration, maxDuration, factor }, ...(options.retryRefresh && { refresh: true }) },
      }),
  }
}

/** Places of sources by their names, from 1. */
function positionsOf({ metadata, spec }: Application, names: readonly string[]): number[] {
  return names.map((name) => {
    const index = (spec.sources ?? []).findIndex((source) => source.name === name)
    if (index < 0) throw usageFailure(`Application '${metadata.name}' has no source that is called '${name}'.`)
    return index + 1
  })
}

/** Shows what the sync would do; without a difference there is nothing to be asked. */
async function isWanted(
  client: ApiClient,
  argument: ApplicationArgument,
  options: SyncOptions,
  local: Awaited<ReturnType<typeof localFiles>> | undefined,
): Promise<boolean> {
  print(`====== Previewing differences between live and desired state of application ${calledName(argument)} ======`)
  const plan = await client.send<ApplicationPlan>('POST', applicationPath(argument, '/plan'), {
    query: { appNamespace: argument.appNamespace },
    body: {
      prune: options.prune ?? false,
      ...(options.revision !== undefined && { revision: options.revision }),
      ...(options.revisions && { revisions: options.revisions, sourcePositions: options.sourcePositions ?? null }),
      ...(local && { local }),
    },
  })
  printPlan(plan, true)
  if (!plan.changes.some(changesSomething)) {
    print('====== No Differences found ======')
    return false
  }
  if (options.assumeYes) return true
  if (!process.stdin.isTTY) throw new CommandFailure('Nobody can be asked here.', { remedy: 'Add --assumeYes.' })
  return confirm('Do you want to continue? [y/n] ')
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
