import type { ApplicationPlan, PlannedChange } from '@plimsoll/api'
import type { Command } from 'commander'
import { usageFailure } from '../../exit-code.ts'
import { unifiedDiff } from '../../output/line-diff.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { addSwitch, applicationPath, collect, collectCounts, readApplicationName, readCount } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { localFiles } from './local-files.ts'
import { stateText } from './state-text.ts'

interface PlanCommandOptions {
  revision?: string
  revisions?: string[]
  sourcePositions?: number[]
  local?: string
  localRepoRoot?: string
  prune?: boolean
  diff?: boolean
  exitCode: boolean
  planExitCode: number
  output: string
  appNamespace?: string
}

export function addPlan(app: Command): void {
  const command = app
    .command('plan <APPNAME>')
    .description('what a sync would create, change and prune, in its order, without touching the cluster')
    .option('--revision <revision>', 'of another revision than the one that is followed')
    .option('--revisions <revision>', 'of one of several sources; can be repeated, with as many --source-positions', collect)
    .option('--source-positions <place>', 'which source each of --revisions is for, from 1; can be repeated', collectCounts)
    .option('--local <path>', 'of the manifests in a folder on this disk, instead of those in Git')
    .option('--local-repo-root <path>', 'the repository that --local lies in; what is outside of it is not read')
    .option('--plan-exit-code <code>', 'another exit code when something would change', readCount, 1)
    .option('-o, --output <format>', 'text, json, yaml', 'text')
    .option('-N, --app-namespace <namespace>', 'namespace of the application')
  addSwitch(command, '--prune', 'as a sync with --prune would do it; default: as automated sync does')
  addSwitch(command, '--diff', 'show both sides of each object as a difference')
  addSwitch(command, '--exit-code', 'exit with another code than 0 when something would change', false)
  command.action(async (name: string, options: PlanCommandOptions) => {
    requireOutput(options.output, ['text', 'json', 'yaml'])
    if (options.local !== undefined && (options.revision ?? options.revisions) !== undefined)
      throw usageFailure('--local is what is on this disk, --revision what is in Git: give one of the two.')
    if (options.local === undefined && options.localRepoRoot !== undefined) throw usageFailure('--local-repo-root needs --local.')
    const argument = readApplicationName(name, options.appNamespace)
    await withClient(command, async (client) => {
      const plan = await client.send<ApplicationPlan>('POST', applicationPath(argument, '/plan'), {
        query: { appNamespace: argument.appNamespace },
        body: {
          ...(options.revision !== undefined && { revision: options.revision }),
          ...(options.revisions && { revisions: options.revisions, sourcePositions: options.sourcePositions ?? null }),
          ...(options.prune !== undefined && { prune: options.prune }),
          ...(options.local !== undefined && { local: await localFiles(options.local, options.localRepoRoot) }),
        },
      })
      if (!printStructured(plan, options.output)) printPlan(plan, options.diff === true)
      if (options.exitCode && plan.changes.some(changesSomething)) process.exitCode = options.planExitCode
    })
  })
}

const signs = { create: '+', change: '~', prune: '-', keep: '=', run: '>' } as const satisfies Record<PlannedChange['action'], string>

/** A hook runs with every sync: by itself it is no reason for one. */
export function changesSomething({ action }: PlannedChange): boolean {
  return action !== 'keep' && action !== 'run'
}

export function printPlan(plan: ApplicationPlan, withDiff: boolean): void {
  print(`Plan of ${plan.application} at ${plan.revisions.join(', ')}`)
  for (const change of plan.changes) {
    const place = `${change.namespace === undefined ? '' : `${change.namespace}/`}${change.name}`
    const steps = [...(change.phase === 'Sync' ? [] : [change.phase]), ...(change.wave === 0 ? [] : [`wave ${change.wave}`])]
    const wave = steps.length === 0 ? '' : `  (${steps.join(', ')})`
    print(
      `  ${signs[change.action]} ${change.action.padEnd(6)}  ${change.kind} ${place}${wave}${change.why === undefined ? '' : `: ${change.why}`}`,
    )
    if (change.action === 'change' && !withDiff)
      for (const { path, live, target } of change.differences) print(`      ${path}: ${live ?? '(absent)'} → ${target ?? '(absent)'}`)
    if (withDiff && change.action !== 'keep') {
      const text = unifiedDiff(stateText(change.live), change.action === 'prune' ? '' : stateText(change.target), {
        before: 'live',
        after: 'plan',
      })
      for (const line of text.split('\n')) print(`      ${line}`)
    }
  }
  for (const problem of plan.problems) print(`  ! ${problem}`)
  const count = (action: PlannedChange['action']): number => plan.changes.filter((change) => change.action === action).length
  const hooks = count('run') > 0 ? `, ${count('run')} hooks to run` : ''
  const left = count('keep') + plan.unchanged
  print(`${count('create')} to create, ${count('change')} to change, ${count('prune')} to prune${hooks}; ${left} left as they are.`)
}
