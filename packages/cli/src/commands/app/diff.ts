import type { ResourceDiff } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { unifiedDiff } from '../../output/line-diff.ts'
import { print, printStructured, requireOutput, toYaml } from '../../output/print.ts'
import { addSwitch, applicationPath, readApplicationName, readCount } from '../arguments.ts'
import { withClient } from '../with-client.ts'

interface DiffOptions {
  refresh?: boolean
  hardRefresh?: boolean
  exitCode: boolean
  diffExitCode: number
  output: string
  local?: string
  revision?: string
  appNamespace?: string
}

export function addDiff(app: Command): void {
  const command = app
    .command('diff <APPNAME>')
    .description('show how the cluster differs from Git; exits with 1 when it does')
    .option('--diff-exit-code <code>', 'another exit code when there is a difference', readCount, 1)
    .option('--local <path>', 'not in this version: push, and compare')
    .option('--revision <revision>', 'not in this version: the revision that is followed is compared')
    .option('-o, --output <format>', 'diff, json, yaml', 'diff')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSwitch(command, '--refresh', 'look at Git and the cluster again first')
  addSwitch(command, '--hard-refresh', 'as --refresh, and render the manifests anew')
  addSwitch(command, '--exit-code', 'exit with another code than 0 when there is a difference', true)
  command.action(async (name: string, options: DiffOptions) => {
    requireOutput(options.output, ['diff', 'json', 'yaml'])
    if (options.local !== undefined || options.revision !== undefined) {
      throw usageFailure('app diff compares what is followed in Git; --local and --revision are not in this version.')
    }
    const argument = readApplicationName(name, options.appNamespace)
    const { appNamespace } = argument
    await withClient(command, async (client) => {
      if (options.refresh || options.hardRefresh) {
        await client.get(applicationPath(argument), { appNamespace, refresh: options.hardRefresh ? 'hard' : 'normal' })
      }
      const { items } = await client.get<{ items: ResourceDiff[] | null }>(applicationPath(argument, '/managed-resources'), {
        appNamespace,
      })
      const different = (items ?? []).filter(isDifferent)
      if (!printStructured(different, options.output)) for (const item of different) print(`\n${describe(item)}`)
      if (different.length > 0 && options.exitCode) process.exitCode = options.diffExitCode
    })
  })
}

function isDifferent(item: ResourceDiff): boolean {
  if (item.hook) return false
  const target = stateOf(item.targetState)
  const live = stateOf(item.liveState)
  if (target === undefined || live === undefined) return target !== live
  if (item.modified !== undefined) return item.modified
  return toYaml(stateOf(item.normalizedLiveState) ?? live) !== toYaml(stateOf(item.predictedLiveState) ?? target)
}

/** Live above target: what would go has `-`, what would come has `+`. */
function describe(item: ResourceDiff): string {
  const title = `===== ${item.group ?? ''}/${item.kind} ${item.namespace ?? ''}/${item.name} ======`
  const isBoth = stateOf(item.targetState) !== undefined && stateOf(item.liveState) !== undefined
  const live = isBoth ? (stateOf(item.normalizedLiveState) ?? stateOf(item.liveState)) : stateOf(item.liveState)
  const target = isBoth ? (stateOf(item.predictedLiveState) ?? stateOf(item.targetState)) : stateOf(item.targetState)
  const text = unifiedDiff(live === undefined ? '' : toYaml(live), target === undefined ? '' : toYaml(target), {
    before: 'live',
    after: 'target',
  })
  if (text !== '' || !item.differences) return `${title}\n${text}`
  const lines = item.differences.map((one) => `${one.path}: ${one.live ?? '(absent)'} → ${one.target ?? '(absent)'}`)
  return `${title}\n${lines.join('\n')}`
}

function stateOf(json: string | undefined): unknown {
  if (json === undefined || json === '' || json === 'null') return undefined
  const value: unknown = JSON.parse(json)
  return sorted(value)
}

/** In one order on both sides, so that only what differs does. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
