import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ModelGate } from '@plimsoll/api'
import type { EvaluationDocument, Incumbent } from '@plimsoll/models'
import type { ApiClient, Query } from '../../client/api-client.ts'
import { note } from '../../output/print.ts'
import { type Candidate, readEvaluation } from './candidate.ts'

type Models = typeof import('@plimsoll/models')

const defaultTimeoutSeconds = 1800

/**
 * The model that serves, scored again where it has never been scored on the candidate's data. Undefined where that is not needed, or cannot be
 * done: the gate then says what is missing.
 */
export async function scoreIncumbent(
  client: ApiClient,
  models: Models,
  gate: ModelGate,
  candidate: Candidate,
  query: Query,
): Promise<EvaluationDocument | undefined> {
  const application = gate.spec.baseline?.application
  const { dataDigest } = candidate.evaluation
  const { evaluate } = gate.spec
  if (application === undefined) return undefined
  const incumbent = await client.get<Incumbent>('/api/v1/gates/baseline', { ...query, application, dataDigest })
  if (incumbent.digest === undefined || incumbent.evaluation || dataDigest === undefined || !evaluate || !incumbent.artifact)
    return undefined
  note(`Scoring the incumbent ${incumbent.digest.slice(0, 19)} again: it was never scored on these data.`)
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-incumbent-'))
  try {
    const model = await fetchModel(client, incumbent.artifact, join(folder, 'model'), query)
    const predictions = join(folder, 'predictions.csv')
    await runScorer(evaluate, { MODEL: model, DATA: resolve(candidate.dataPath ?? ''), PREDICTIONS: predictions })
    const problems: string[] = []
    const evaluation = await readEvaluation(models, gate, { modelDigest: incumbent.digest, dataDigest, predictions, problems })
    candidate.warnings.push(...problems.map((problem) => `The incumbent could not be scored again: ${problem}`))
    return problems.length > 0 ? undefined : evaluation
  } catch (error) {
    candidate.warnings.push(`The incumbent could not be scored again: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function fetchModel(
  client: ApiClient,
  { digest, kind, files }: NonNullable<Incumbent['artifact']>,
  folder: string,
  query: Query,
): Promise<string> {
  for (const { path } of files) {
    const target = join(folder, ...path.split('/'))
    await mkdir(dirname(target), { recursive: true })
    await pipeline(await client.download(`/api/v1/models/artifacts/${digest}/file`, { ...query, path }), createWriteStream(target))
  }
  return kind === 'file' ? join(folder, files[0]?.path ?? '') : folder
}

async function runScorer(
  { command, timeoutSeconds = defaultTimeoutSeconds }: NonNullable<ModelGate['spec']['evaluate']>,
  variables: Record<string, string>,
): Promise<void> {
  const { spawn } = await import('node:child_process')
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: timeoutSeconds * 1000,
    killSignal: 'SIGKILL',
  })
  const ended = await new Promise<string>((done) => {
    child.on('error', (error) => done(error.message))
    child.on('exit', (code, signal) => done(code === 0 ? '' : `it ended with ${code ?? signal}`))
  })
  if (ended !== '') throw new Error(`${command.join(' ')}: ${ended}`)
}
