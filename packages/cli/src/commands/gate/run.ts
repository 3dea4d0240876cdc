import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GateReport, ModelGate } from '@plimsoll/api'
import type { Command } from 'commander'
import { parse } from 'yaml'
import type { ApiClient } from '../../client/api-client.ts'
import { CommandFailure, exitCodes } from '../../exit-code.ts'
import { note, print, printStructured, requireOutput } from '../../output/print.ts'
import { addSwitch, readCount } from '../arguments.ts'
import { withClient } from '../with-client.ts'
import { type GateRunOptions, readCandidate, readEvaluation } from './candidate.ts'
import { scoreIncumbent } from './incumbent.ts'
import { printReport } from './report-text.ts'
import { sendModel } from './send-model.ts'

type Models = typeof import('@plimsoll/models')

/** `plimsoll gate run`: the same verdict and report as in a run of ours, from any other CI. */
export function addGateRun(gate: Command): void {
  const command = gate
    .command('run [GATE]')
    .description('judge a model against the one that serves; exits with 0 for pass, 1 for fail, 3 for inconclusive')
    .option(
      '--model <path>',
      'the artefact: the file or folder that training wrote; or of MLflow: mlflow:RUN_ID/PATH, models:/NAME/VERSION',
    )
    .option('--metrics <file>', 'its figures: JSON, YAML, CSV; or of MLflow: mlflow:RUN_ID, models:/NAME/VERSION, models:/NAME@ALIAS')
    .option('--predictions <file>', 'its answers row by row: CSV, JSON, JSON lines')
    .option('--data <file>', 'the evaluation data: their digest binds what is compared')
    .option('--trained-on <file>', 'the training data, whose rows must not be in the evaluation')
    .option('--name <name>', 'name and version of the model, for people')
    .option('--trained-by <who>', 'who or what trained it')
    .option('--repository <name>', 'repository that it belongs to (default: $GITHUB_REPOSITORY)')
    .option('--commit <commit>', 'commit that it was made from (default: $GITHUB_SHA; of a pull request its head)')
    .option('--pull-request <number>', 'pull request that is told', readCount)
    .option('--baseline-metrics <file>', "the incumbent's figures, instead of asking a server")
    .option('--baseline-predictions <file>', "the incumbent's answers, instead of asking a server")
    .option('--report <file>', 'also write the report as Markdown')
    .option('-o, --output <format>', 'text, markdown, json', 'text')
  addSwitch(command, '--offline', 'ask no server and tell none')
  command.action(async (file: string | undefined, options: GateRunOptions) => {
    requireOutput(options.output, ['text', 'markdown', 'json'])
    const { gate: specification, text, path } = await readGate(file ?? 'gate.yaml')
    const models = await import('@plimsoll/models')
    const isAlone = options.offline === true || options.baselineMetrics !== undefined || options.baselinePredictions !== undefined
    const scratch = await mkdtemp(join(tmpdir(), 'plimsoll-gate-'))
    try {
      const run = { specification, text, path, options, scratch }
      if (isAlone) await judgeAlone(models, run)
      else await withClient(command, (client) => judgeThere(client, models, run))
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  })
}

interface Run {
  specification: ModelGate
  text: string
  path: string
  options: GateRunOptions
  /** Where what comes from elsewhere is put, until it is judged. */
  scratch: string
}

async function judgeThere(client: ApiClient, models: Models, { specification, text, path, options, scratch }: Run): Promise<void> {
  const candidate = await readCandidate(models, specification, options, scratch)
  const repository = options.repository ?? process.env['GITHUB_REPOSITORY']
  const query = { repository }
  const sent = await sendModel(client, candidate.artifact, query)
  const incumbent = await scoreIncumbent(client, models, specification, candidate, query)
  const pullRequest = options.pullRequest ?? pullRequestOf(process.env['GITHUB_REF'])
  const commit = options.commit ?? (await headOf(process.env['GITHUB_EVENT_PATH'])) ?? process.env['GITHUB_SHA']
  const report = await client.send<GateReport>('POST', '/api/v1/gates/runs', {
    query,
    body: {
      gateText: text,
      gatePath: path,
      candidate: {
        model: { ...candidate.model, digest: sent },
        evaluation: JSON.parse(models.documentText(candidate.evaluation)) as unknown,
      },
      ...(incumbent && { incumbent: JSON.parse(models.documentText(incumbent)) as unknown }),
      ...query,
      ...(commit !== undefined && /^[0-9a-f]{40}$/.test(commit) && { commit }),
      ...(pullRequest !== undefined && { pullRequest }),
      ...(process.env['GITHUB_RUN_ID'] !== undefined && { runId: process.env['GITHUB_RUN_ID'] }),
      reproduce: reproduceText(path, options),
      warnings: candidate.warnings,
    },
  })
  await tell(models, report, options, `${client.connection.url}/gates/${report.id}`)
}

/** Without a server: what is compared comes from files, and nothing is kept. */
async function judgeAlone(models: Models, { specification, text, path, options, scratch }: Run): Promise<void> {
  const candidate = await readCandidate(models, specification, options, scratch)
  const hasBaseline = options.baselineMetrics !== undefined || options.baselinePredictions !== undefined
  const baseline = hasBaseline
    ? await readEvaluation(models, specification, {
        modelDigest: 'baseline',
        dataDigest: candidate.evaluation.dataDigest,
        metrics: options.baselineMetrics,
        predictions: options.baselinePredictions,
      })
    : undefined
  const { result, plots } = models.judge(specification.spec, candidate.evaluation, baseline)
  const { createHash } = await import('node:crypto')
  await tell(
    models,
    {
      id: 'local',
      gate: specification.metadata.name,
      gateDigest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
      createdAt: new Date().toISOString(),
      verdict: result.verdict,
      by: 'local',
      result: { ...result, warnings: [...candidate.warnings, ...result.warnings] },
      candidate: candidate.model,
      plots,
      reproduce: reproduceText(path, options),
    },
    options,
  )
}

async function tell(models: Models, report: GateReport, options: GateRunOptions, url?: string): Promise<void> {
  const markdown = models.reportMarkdown(report, url === undefined ? {} : { url })
  if (options.report !== undefined) await writeFile(options.report, markdown)
  const summary = process.env['GITHUB_STEP_SUMMARY']
  if (summary !== undefined && summary !== '') await writeFile(summary, markdown, { flag: 'a' })
  if (options.output === 'markdown') print(markdown.trimEnd())
  else if (!printStructured(report, options.output)) printReport(report, url)
  const verdict = report.override?.verdict ?? report.verdict
  process.exitCode = verdict === 'pass' ? exitCodes.done : verdict === 'fail' ? exitCodes.notSo : exitCodes.inconclusive
}

async function readGate(file: string): Promise<{ gate: ModelGate; text: string; path: string }> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch {
    throw new CommandFailure(`There is no gate at '${file}'.`, { remedy: 'Write one (docs/spec/gates.md), or name its file.' })
  }
  let value: unknown
  try {
    value = parse(text, { maxAliasCount: 100 })
  } catch (error) {
    throw new CommandFailure(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const { ModelGate: Shape } = await import('@plimsoll/api')
  const read = Shape.safeParse(value)
  if (read.success) return { gate: read.data, text, path: file }
  for (const { path, message } of read.error.issues) note(`${file}: ${path.join('.') || 'the file'}: ${message}`)
  throw new CommandFailure(`${file} is no ModelGate that can be used.`, { remedy: 'docs/spec/gates.md shows every field.' })
}

/** `refs/pull/12/merge`. */
function pullRequestOf(ref: string | undefined): number | undefined {
  const number = /^refs\/pull\/(\d+)\//.exec(ref ?? '')?.[1]
  return number === undefined ? undefined : Number(number)
}

/** What a pull request proposes: checks belong to its head, not to the merge that is tested. */
async function headOf(eventPath: string | undefined): Promise<string | undefined> {
  if (eventPath === undefined) return undefined
  try {
    const event = JSON.parse(await readFile(eventPath, 'utf8')) as { pull_request?: { head?: { sha?: unknown } } }
    const sha = event.pull_request?.head?.sha
    return typeof sha === 'string' ? sha : undefined
  } catch {
    return undefined
  }
}

function reproduceText(path: string, options: GateRunOptions): string {
  const flags: [string, string | undefined][] = [
    ['--model', options.model],
    ['--metrics', options.metrics],
    ['--predictions', options.predictions],
    ['--data', options.data],
    ['--trained-on', options.trainedOn],
  ]
  return ['plimsoll', 'gate', 'run', path, ...flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]))]
    .map(quoted)
    .join(' ')
}

function quoted(word: string): string {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
