import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { RunArtifact, RunLogLine, WorkflowRun } from '@plimsoll/api'
import type { Command } from 'commander'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure, exitCodes, usageFailure } from '../../exit-code.ts'
import { print, printStructured, requireOutput } from '../../output/print.ts'
import { printable, table } from '../../output/table.ts'
import { addSwitch, collect, readCount, readPairs } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { JobLogPrinter, logLine, summaryOf, took } from './show-run.ts'

const formats = ['text', 'json', 'yaml']

/** `plimsoll run …`: the runs of a server. */
export function addRunCommands(program: Command): void {
  const run = program.command('run').description('runs of workflows on the server')
  addList(run)
  addGet(run)
  addStart(run)
  addWatch(run)
  addLogs(run)
  addChanges(run)
  addDownload(run)
}

function pathOf(id: string, below = ''): string {
  if (!/^\d{1,20}$/.test(id)) throw usageFailure(`'${printable(id)}' is no id of a run.`, 'See `plimsoll run list`.')
  return `/api/v1/runs/${id}${below}`
}

function addList(run: Command): void {
  const command = run
    .command('list')
    .description('newest first')
    .option('-r, --repository <name>', 'of this repository')
    .option('-w, --workflow <path>', 'of this workflow')
    .option('--pull-request <number>', 'of this pull request', readCount)
    .option('--commit <commit>', 'of this commit')
    .option('--state <state>', 'queued, waiting, inProgress or completed')
    .option('-n, --limit <number>', 'so many', readCount, 20)
    .option('-o, --output <format>', 'text, json or yaml', 'text')
  command.action(async (options: Record<string, string | number | undefined> & { output: string }) => {
    const { output, ...query } = options
    requireOutput(output, formats)
    await withClient(command, async (client) => {
      const { items } = await client.get<{ items: WorkflowRun[] }>('/api/v1/runs', query)
      if (printStructured(items, output)) return
      print(
        table(
          ['ID', 'STATE', 'REPOSITORY', 'WORKFLOW', 'EVENT', 'BRANCH', 'TITLE', 'STARTED'],
          items.map((one) => [one.id, one.conclusion ?? one.state, one.repository, `${one.workflow.name} #${one.number}`, one.event, one.branch, one.title, one.createdAt]), // prettier-ignore
        ),
      )
    })
  })
}

function addGet(run: Command): void {
  const command = run
    .command('get <ID>')
    .description('one run, with its jobs and steps')
    .option('-o, --output <format>', 'text, json or yaml', 'text')
  command.action(async (id: string, options: { output: string }) => {
    requireOutput(options.output, formats)
    await withClient(command, async (client) => {
      const found = await client.get<WorkflowRun>(pathOf(id))
      if (printStructured(found, options.output)) return
      print(
        printable(
          `${found.title} (${found.event} of ${found.repository}, ${found.ref}, ${found.commit.slice(0, 7)}, by ${found.actor}, attempt ${found.attempt})`,
        ),
      )
      for (const line of summaryOf(found)) print(line)
      for (const job of found.jobs) {
        print(`${printable(job.name)} (${job.id})${job.isolation === undefined ? '' : `, isolation: ${job.isolation}`}`)
        for (const step of job.steps) print(`  ${step.conclusion ?? step.state}: ${printable(step.name)}${took(step)}`)
      }
    })
  })
}

function addStart(run: Command): void {
  const command = run
    .command('start <REPOSITORY> <WORKFLOW>')
    .description('start a workflow by hand (workflow_dispatch)')
    .option('--ref <ref>', 'branch, tag or commit', 'HEAD')
    .option('--input <key=value>', 'input; can be given again', collect)
  command.action(async (repository: string, workflow: string, options: { ref: string; input?: string[] }) => {
    await withClient(command, async (client) => {
      const body = { workflow, ref: options.ref, inputs: readPairs(options.input, 'input') }
      const { items } = await client.send<{ items: WorkflowRun[] }>('POST', `/api/v1/repositories/${encodeURIComponent(repository)}/workflows/dispatch`, { body }) // prettier-ignore
      for (const one of items) print(`Run ${one.id} of ${printable(one.workflow.name)} was started`)
    })
  })
}

function addWatch(run: Command): void {
  const command = run.command('watch <ID>').description('follow a run with its logs until it ends; the exit code says how')
  command.action(async (id: string) => {
    await withClient(command, async (client) => {
      const printer = new JobLogPrinter((jobId, after) => client.get(`/api/v1/jobs/${jobId}/log`, { after, limit: 1000 }))
      let last: WorkflowRun | undefined
      for await (const now of client.stream<WorkflowRun>(pathOf(id, '/stream'), {})) {
        last = now
        if (now.state === 'waiting' && now.why !== undefined) print(printable(now.why))
        // Asked again and again: a stream for each job would be many.
        for (const job of now.jobs) if (job.startedAt !== undefined) printer.follow(job.id, job.name, () => () => undefined)
      }
      await printer.end()
      if (last) for (const line of summaryOf(last)) print(line)
      if (last?.conclusion !== 'success')
        throw new CommandFailure(`Run ${id}: ${last?.conclusion ?? 'the server ended the stream'}.`, { exitCode: exitCodes.notSo })
    })
  })
}

function addLogs(run: Command): void {
  const command = run.command('logs <ID>').description('logs of a run').option('--job <job>', 'of one job: its id, key or name')
  addSwitch(command, '-f, --follow', 'go on as lines are written')
  command.action(async (id: string, options: { job?: string; follow?: boolean }) => {
    await withClient(command, async (client) => {
      const found = await client.get<WorkflowRun>(pathOf(id))
      const jobs = found.jobs.filter((job) => options.job === undefined || [job.id, job.key, job.name].includes(options.job))
      if (jobs.length === 0)
        throw new CommandFailure(`Run ${id} has no such job.`, {
          remedy: `It has ${found.jobs.map((job) => printable(job.name)).join(', ')}.`,
        })
      for (const job of jobs) {
        if (jobs.length > 1) print(`== ${printable(job.name)}`)
        if (options.follow)
          for await (const lines of client.stream<RunLogLine[]>(`/api/v1/jobs/${job.id}/log/stream`, {})) printLines(lines)
        else await printAll(client, job.id)
      }
    })
  })
}

async function printAll(client: ApiClient, jobId: string): Promise<void> {
  for (let after = 0; ;) {
    const { lines } = await client.get<{ lines: RunLogLine[] }>(`/api/v1/jobs/${jobId}/log`, { after, limit: 5000 })
    if (lines.length === 0) return
    printLines(lines)
    after = lines.at(-1)?.n ?? after
  }
}

function printLines(lines: readonly RunLogLine[]): void {
  for (const line of lines) {
    const text = logLine(line)
    if (text !== undefined) print(text)
  }
}

function addChanges(run: Command): void {
  const cancel = run.command('cancel <ID>').description('stop a run')
  cancel.action(async (id: string) => {
    await withClient(cancel, async (client) => {
      await client.send('POST', pathOf(id, '/cancel'))
      print(`Run ${id} is being cancelled`)
    })
  })
  const rerun = run.command('rerun <ID>').description('run it again, as another attempt')
  addSwitch(rerun, '--failed', 'only the jobs that have failed, and what needs them')
  rerun.action(async (id: string, options: { failed?: boolean }) => {
    await withClient(rerun, async (client) => {
      const next = await client.send<WorkflowRun>('POST', pathOf(id, '/rerun'), { body: { failedOnly: options.failed ?? false } })
      print(`Attempt ${next.attempt} of run ${id} was started`)
    })
  })
  const approve = run
    .command('approve <ID>')
    .description("let an outside pull request's run go on, or a job that waits for its environment")
    .option('--job <id>', 'the job that waits')
    .option('--comment <text>', 'why')
  addSwitch(approve, '--reject', 'do not let it')
  approve.action(async (id: string, options: { job?: string; comment?: string; reject?: boolean }) => {
    await withClient(approve, async (client) => {
      const isApproved = !options.reject
      const body = {
        isApproved,
        ...(options.job !== undefined && { jobId: options.job }),
        ...(options.comment !== undefined && { comment: options.comment }),
      }
      await client.send('POST', pathOf(id, '/decide'), { body })
      print(`Run ${id} was ${isApproved ? 'approved' : 'rejected'}`)
    })
  })
}

function addDownload(run: Command): void {
  const command = run
    .command('download <ID> [NAME]')
    .description('download what a run has left, as zips; all of it when nothing is named')
    .option('-d, --directory <dir>', 'where to', '.')
  command.action(async (id: string, name: string | undefined, options: { directory: string }) => {
    await withClient(command, async (client) => {
      const { items } = await client.get<{ items: RunArtifact[] }>(pathOf(id, '/artifacts'))
      const wanted = items.filter((one) => name === undefined || one.name === name)
      if (wanted.length === 0)
        throw new CommandFailure(`Run ${id} has no such artifact.`, {
          remedy: `It has ${items.map((one) => printable(one.name)).join(', ') || 'none'}.`,
        })
      await mkdir(options.directory, { recursive: true })
      for (const one of wanted) {
        const file = join(options.directory, `${one.name.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.zip`)
        await pipeline(await client.download(pathOf(id, `/artifacts/${encodeURIComponent(one.name)}`)), createWriteStream(file))
        print(file)
      }
    })
  })
}
