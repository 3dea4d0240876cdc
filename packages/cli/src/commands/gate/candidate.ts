import type { ModelGate, ReportedModel } from '@plimsoll/api'
import type { EvaluationDocument, MlflowRun } from '@plimsoll/models'
import { usageFailure } from '../../exit-code.ts'
import { digestOfData } from './data-digest.ts'
import { mlflowAccess, modelOfRun } from './mlflow-source.ts'

type Models = typeof import('@plimsoll/models')
export type LocalArtifact = Awaited<ReturnType<Models['localArtifact']>>

export interface GateRunOptions {
  model?: string
  metrics?: string
  predictions?: string
  data?: string
  trainedOn?: string
  name?: string
  trainedBy?: string
  repository?: string
  commit?: string
  pullRequest?: number
  baselineMetrics?: string
  baselinePredictions?: string
  report?: string
  output: string
  offline?: boolean
}

export interface Candidate {
  artifact: LocalArtifact
  model: ReportedModel
  evaluation: EvaluationDocument
  /** Of the evaluation data, where the incumbent can be scored again. */
  dataPath: string | undefined
  warnings: string[]
}

/** What is judged: by the flags, and what the gate says beside them. What comes from elsewhere is put into `scratch`, a folder of its own. */
export async function readCandidate(models: Models, { spec }: ModelGate, options: GateRunOptions, scratch: string): Promise<Candidate> {
  const modelName = options.model ?? spec.candidate?.model
  if (modelName === undefined) throw usageFailure('No model was named.', 'Give --model, or candidate.model in the gate.')
  const isInMlflow = models.isMlflowReference(modelName)
  const artifact = await models.localArtifact(isInMlflow ? await models.fetchMlflowArtifact(modelName, mlflowAccess(), scratch) : modelName)
  const dataPath = options.data ?? spec.candidate?.data
  const trainedOnPath = options.trainedOn ?? spec.candidate?.trainedOn
  const warnings: string[] = []
  const metrics = options.metrics ?? spec.candidate?.metrics
  const run = await trainingRun(models, isInMlflow ? modelName : undefined, metrics, warnings)
  const data = dataPath === undefined ? undefined : await digestOfData(models, dataPath)
  if (data?.why !== undefined) warnings.push(data.why)
  const evaluation = await readEvaluation(models, { spec } as ModelGate, {
    modelDigest: artifact.digest,
    dataDigest: data?.digest,
    metrics,
    predictions: options.predictions ?? spec.candidate?.predictions,
    problems: warnings,
  })
  if (trainedOnPath !== undefined) {
    try {
      // Of what DVC keeps the rows are in the file beside.
      const rows = trainedOnPath.endsWith('.dvc') ? trainedOnPath.slice(0, -'.dvc'.length) : trainedOnPath
      evaluation.trainedOn = models.readRowIds(rows, await models.readTextFile(rows, models.maxRowsBytes), spec.columns ?? {})
    } catch (error) {
      warnings.push(`Whether the candidate was trained on evaluation rows cannot be told: ${messageOf(error)}`)
    }
  }
  const { GITHUB_ACTOR: actor, GITHUB_SHA: commit } = process.env
  const told = run === undefined ? {} : modelOfRun(run)
  const trainedBy = options.trainedBy ?? told.trainedBy ?? actor
  const name = options.name ?? told.name
  const madeFrom = options.commit ?? told.commit ?? commit
  const trainedOn = trainedOnPath === undefined ? undefined : await digestOfData(models, trainedOnPath)
  return {
    artifact,
    evaluation,
    dataPath: data?.path,
    warnings,
    model: {
      digest: artifact.digest,
      size: artifact.size,
      trainedAt: new Date().toISOString(),
      ...told,
      ...(name !== undefined && { name }),
      ...(trainedBy !== undefined && { trainedBy }),
      ...(madeFrom !== undefined && { commit: madeFrom }),
      ...(trainedOn?.digest !== undefined && { trainingDataDigest: trainedOn.digest }),
    },
  }
}

/** The run of MLflow that the figures or the artefact come from. A model of another run than the figures is said, and never taken for theirs. */
async function trainingRun(
  models: Models,
  modelName: string | undefined,
  metrics: string | undefined,
  warnings: string[],
): Promise<MlflowRun | undefined> {
  const ofModel = modelName === undefined ? undefined : await models.readMlflowRun(modelName, mlflowAccess())
  const ofMetrics =
    metrics === undefined || !models.isMlflowReference(metrics)
      ? undefined
      : await attempt([], () => models.readMlflowRun(metrics, mlflowAccess()))
  if (ofModel && ofMetrics && ofModel.runId !== ofMetrics.runId)
    warnings.push(`The model is of MLflow's run ${ofModel.runId}, its figures are of run ${ofMetrics.runId}.`)
  for (const warning of new Set([...(ofModel?.warnings ?? []), ...(ofMetrics?.warnings ?? [])])) warnings.push(warning)
  return ofModel ?? ofMetrics
}

/** A file that is missing or cannot be read leaves the evaluation without what it would have held: the gate is inconclusive then, never passed. */
export async function readEvaluation(
  models: Models,
  { spec }: ModelGate,
  from: {
    modelDigest: string
    dataDigest?: string | undefined
    metrics?: string | undefined
    predictions?: string | undefined
    problems?: string[]
  },
): Promise<EvaluationDocument> {
  const { modelDigest, dataDigest, metrics, predictions, problems = [] } = from
  const evaluation: EvaluationDocument = { modelDigest, metrics: {}, ...(dataDigest !== undefined && { dataDigest }) }
  if (metrics !== undefined) {
    const read = await attempt(problems, async () =>
      models.isMlflowReference(metrics)
        ? (await models.readMlflowRun(metrics, mlflowAccess())).metrics
        : models.readMetrics(metrics, await models.readTextFile(metrics)),
    )
    if (read) evaluation.metrics = read
  }
  if (predictions !== undefined) {
    const read = await attempt(problems, async () =>
      models.readPredictions(predictions, await models.readTextFile(predictions, models.maxRowsBytes), spec.columns ?? {}),
    )
    if (read) evaluation.predictions = read
    const doubled = read && models.doubledRowId(read)
    if (doubled !== undefined) problems.push(`${predictions}: ${doubled}`)
  }
  if (metrics === undefined && predictions === undefined) problems.push('Neither metrics nor predictions were given.')
  return evaluation
}

async function attempt<T>(problems: string[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    problems.push(messageOf(error))
    return undefined
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
