import { readFileSync } from 'node:fs'
import type { WorkflowRun } from '@plimsoll/api'
import type { LocalRuns } from '@plimsoll/workflows'
import type { Command } from 'commander'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import { note, print } from '../../output/print.ts'
import { printable } from '../../output/table.ts'
import { addSwitch, collect, containerEngineHelp, readCount, readPairs } from '../arguments.ts'
import { JobLogPrinter, summaryOf } from './show-run.ts'

interface LocalOptions {
  event: string
  job?: string[]
  input?: string[]
  secret?: string[]
  var?: string[]
  matrix?: string[]
  dryRun?: boolean
  debug?: boolean
  parallel?: number
  isolation: boolean
  containerEngine?: string
}

/** `plimsoll ci run`. */
export function addLocalRun(ci: Command): void {
  const command = ci
    .command('run [WORKFLOW]')
    .description('run workflows of the working copy here, with what is not committed yet; all that the event starts when none is named')
    .option('--event <name>', 'push, pull_request, pull_request_target, workflow_dispatch or schedule', 'push')
    .option('--job <id>', 'only this job and what it needs; can be given again', collect)
    .option('--input <key=value>', 'input of workflow_dispatch; can be given again', collect)
    .option('--secret <name[=value]>', 'a secret; without a value it is taken from the environment', collect)
    .option('--var <name=value>', 'a variable', collect)
    .option('--matrix <key=value>', 'only these combinations', collect)
    .option('--parallel <jobs>', 'jobs at once (default: cores)', readCount)
    .option('--no-isolation', 'run steps as this user, without namespaces of their own')
    .option('--container-engine <program>', containerEngineHelp)
  addSwitch(command, '--dry-run', 'show what would run, and run nothing')
  addSwitch(command, '--debug', "show steps' debug messages")
  command.action(async (workflow: string | undefined, options: LocalOptions) => {
    const inputs = readPairs(options.input, 'input')
    // Only here: all of it would have to be read at the start of any other command.
    const { openLocalRuns } = await import('@plimsoll/workflows')
    const local = await openLocalRuns({
      folder: process.cwd(),
      secrets: readSecrets(options.secret),
      variables: new Map(Object.entries(readPairs(options.var, 'var'))),
      selection: {
        ...(workflow !== undefined && { workflow }),
        ...(options.job && { jobs: options.job }),
        ...(options.matrix && { matrix: readPairs(options.matrix, 'matrix') }),
      },
      isolation: options.isolation ? 'auto' : 'none',
      ...(options.containerEngine !== undefined && { containerEngine: options.containerEngine }),
      ...(options.parallel !== undefined && { concurrency: Math.max(1, options.parallel) }),
      ...(options.debug && { isDebug: true }),
    })
    const ended = { isOk: false }
    try {
      const event = local.event(options.event, inputs)
      ended.isOk = options.dryRun ? await showPlan(local, event) : await runAll(local, event)
    } finally {
      await local.close()
    }
    if (!ended.isOk) throw new CommandFailure('Not every run was successful.', { exitCode: exitCodes.notSo })
  })
}

async function showPlan(local: LocalRuns, event: Parameters<LocalRuns['plan']>[0]): Promise<boolean> {
  let isFine = true
  for (const one of await local.plan(event)) {
    if (!one.isMatch) {
      if (one.jobs.length === 0) isFine = false
      print(printable(`${one.path}: does not run: ${one.why ?? ''}`))
      continue
    }
    print(printable(`${one.path}: ${one.name}`))
    for (const job of one.jobs) {
      print(printable(`  ${job.id}${job.needs.length > 0 ? ` (needs ${job.needs.join(', ')})` : ''}`))
      for (const step of job.steps) print(printable(`    ${step}`))
    }
  }
  return isFine
}

async function startsNothing(local: LocalRuns, event: Parameters<LocalRuns['plan']>[0]): Promise<CommandFailure> {
  const reasons = (await local.plan(event)).map((one) => `\n  ${printable(`${one.path}: ${one.why ?? ''}`)}`)
  return new CommandFailure(`No workflow is started by ${event.name}.${reasons.join('')}`, {
    exitCode: exitCodes.notSo,
    remedy: 'Try another --event.',
  })
}

async function runAll(local: LocalRuns, event: Parameters<LocalRuns['plan']>[0]): Promise<boolean> {
  const { runs, snapshot } = local
  if (snapshot.hasChanges)
    note(`Running the working copy as it is, with changes that are not committed (on top of ${snapshot.head.slice(0, 7)}).`)
  const started = await runs.trigger(event)
  if (started.length === 0) throw await startsNothing(local, event)
  let stops = 0
  const onStop = (): void => {
    stops++
    if (stops > 1) process.exit(130)
    note('Cancelling; once more to leave at once.')
    for (const run of started) void runs.cancel(run.id, 'Ctrl-C')
  }
  process.on('SIGINT', onStop)
  const printer = new JobLogPrinter(async (jobId, after) => runs.log(jobId, { after, limit: 1000 }))
  try {
    const ended = await Promise.all(
      started.map(
        (run) =>
          new Promise<WorkflowRun>((resolve) => {
            const take = (changed: WorkflowRun): void => {
              for (const job of changed.jobs)
                if (job.startedAt !== undefined) printer.follow(job.id, job.name, (heard) => runs.subscribeLog(job.id, heard))
              if (changed.state === 'completed') resolve(changed)
            }
            runs.subscribe((changed) => changed.id === run.id && take(changed))
            void runs.get(run.id).then(take)
          }),
      ),
    )
    await printer.end()
    for (const run of ended) for (const line of summaryOf(run)) print(line)
    return ended.every((run) => run.conclusion === 'success' || run.conclusion === 'skipped')
  } finally {
    process.off('SIGINT', onStop)
  }
}

function readSecrets(given: readonly string[] | undefined): Map<string, string> {
  const secrets = new Map<string, string>()
  for (const one of given ?? []) {
    const equals = one.indexOf('=')
    const name = equals < 0 ? one : one.slice(0, equals)
    const value = equals < 0 ? process.env[name] : one.slice(equals + 1)
    if (name === '' || value === undefined)
      throw usageFailure(`--secret ${name}: there is no environment variable of that name.`, 'Use NAME=VALUE, or set it.')
    // `@file`, as curl reads it: a command line is seen by everybody on the machine.
    secrets.set(name.toUpperCase(), equals >= 0 && value.startsWith('@') ? readFileSync(value.slice(1), 'utf8').trimEnd() : value)
  }
  return secrets
}
