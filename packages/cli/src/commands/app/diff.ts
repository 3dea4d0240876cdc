import type { ApplicationPlan, ResourceDiff } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { unifiedDiff } from '../../output/line-diff.ts'
import { print, printStructured, requireOutput, toYaml } from '../../output/print.ts'
import { addSwitch, applicationPath, readApplicationName, readCount } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { localFiles } from './local-files.ts'
import { changesSomething } from './plan.ts'
import { stateOf } from './state-text.ts'

interface DiffOptions {
  refresh?: boolean
  hardRefresh?: boolean
  exitCode: boolean
  diffExitCode: number
  output: string
  local?: string
  localRepoRoot?: string
  revision?: string
  appNamespace?: string
}

export function addDiff(app: Command): void {
  const command = app
    .command('diff <APPNAME>')
    .description('show how the cluster differs from Git; exits with 1 when it does')
    .option('--diff-exit-code <code>', 'another exit code when there is a difference', readCount, 1)
    .option('--local <path>', 'the manifests in a folder on this disk, instead of those in Git')
    .option('--local-repo-root <path>', 'the repository that --local lies in')
    .option('--revision <revision>', 'another revision than the one that is followed')
    .option('-o, --output <format>', 'diff, json, yaml', 'diff')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSwitch(command, '--refresh', 'look at Git and the cluster again first')
  addSwitch(command, '--hard-refresh', 'as --refresh, and render the manifests anew')
  addSwitch(command, '--exit-code', 'exit with another code than 0 when there is a difference', true)
  command.action(async (name: string, options: DiffOptions) => {
    requireOutput(options.output, ['diff', 'json', 'yaml'])
    if (options.local !== undefined && options.revision !== undefined)
      throw usageFailure('--local is what is on this disk, --revision what is in Git: give one of the two.')
    const argument = readApplicationName(name, options.appNamespace)
    const { appNamespace } = argument
    await withClient(command, async (client) => {
      if (options.refresh || options.hardRefresh) {
        await client.get(applicationPath(argument), { appNamespace, refresh: options.hardRefresh ? 'hard' : 'normal' })
      }
      if (options.local !== undefined || options.revision !== undefined) {
        const plan = await client.send<ApplicationPlan>('POST', applicationPath(argument, '/plan'), {
          query: { appNamespace },
          body: {
            prune: true,
            ...(options.revision !== undefined && { revision: options.revision }),
            ...(options.local !== undefined && { local: await localFiles(options.local, options.localRepoRoot) }),
          },
        })
        const changes = plan.changes.filter(changesSomething)
        if (!printStructured(changes, options.output)) for (const change of changes) print(`\n${describe(diffOf(change))}`)
        if (changes.length > 0 && options.exitCode) process.exitCode = options.diffExitCode
        return
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

function diffOf({ group, kind, namespace, name, action, live, target, differences }: ApplicationPlan['changes'][number]): ResourceDiff {
  return {
    group,
    kind,
    name,
    differences,
    ...(namespace !== undefined && { namespace }),
    ...(live !== undefined && { liveState: live }),
    ...(target !== undefined && action !== 'prune' && { targetState: target }),
  }
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
