import { fileURLToPath } from 'node:url'
import type { EvaluationDocument } from '../contract.ts'
import { mlflowFolder } from './mlflow-folder.ts'
import { type MlflowReference, readMlflowReference, refused } from './mlflow-reference.ts'
import { mlflowServer } from './mlflow-server.ts'
import type { MlflowStore, StoredModel, StoredRun, StoredVersion } from './mlflow-store.ts'

/** What a run of MLflow has logged. */
export interface MlflowRun {
  runId: string
  metrics: EvaluationDocument['metrics']
  parameters: Record<string, string>
  tags: Record<string, string>
  /** Of the run, or name and version of the registered model that was asked for. */
  name?: string
  /** Who started it. */
  user?: string
  /** RFC 3339. */
  endedAt?: string
  /** Of the source that it was started from, where MLflow could tell: 40 hex digits. */
  commit?: string
  /** Its page at the server; else `mlflow:RUN_ID`. */
  origin: string
  /** What a reader of its figures should know: it has failed, it still runs, it was deleted. */
  warnings: string[]
}

export interface MlflowAccess {
  /** `http(s)://…`, a folder, or `file:…`: as MLFLOW_TRACKING_URI has it. */
  trackingUri: string
  /** `Bearer …` or `Basic …`, for a server. */
  authorization?: string
}

/**
 * Reads a run by its id (`mlflow:RUN_ID`) or a version of a registered model (`models:/NAME/VERSION`, `models:/NAME@ALIAS`), from a tracking server
 * (MLflow REST API 2.0) or a folder (`mlruns`). Figures are the last that were logged; of a model of MLflow 3 those that were logged for that very
 * model, where there are any. Throws `invalid-request` and `repository-unreachable`.
 */
export async function readMlflowRun(reference: string, access: MlflowAccess): Promise<MlflowRun> {
  const store = openMlflow(reference, access)
  const { run, version, model, wanted } = await findMlflow(store, readMlflowReference(reference), reference)
  if (!run) throw refused(reference, 'it names no run')
  const metrics = model && model.metrics.size > 0 ? model.metrics : run.metrics
  const name = version && 'name' in wanted ? `${wanted.name} ${version.version}` : run.name
  const user = run.tags.get('mlflow.user') ?? run.user
  const commit = run.tags.get('mlflow.source.git.commit')
  return {
    runId: run.runId,
    metrics: nullPrototype([...metrics].map(([key, value]) => [key, { value }])),
    parameters: nullPrototype([...run.parameters]),
    tags: nullPrototype([...run.tags]),
    ...(name && { name }),
    ...(user && { user }),
    ...(run.endedAt !== undefined && Math.abs(run.endedAt) < 8.64e15 && { endedAt: new Date(run.endedAt).toISOString() }),
    ...(commit !== undefined && /^[0-9a-f]{40}$/.test(commit) && { commit }),
    origin: store.pageOf(run) ?? `mlflow:${run.runId}`,
    warnings: warningsOf(run),
  }
}

export function openMlflow(reference: string, { trackingUri, authorization }: MlflowAccess): MlflowStore {
  if (/^https?:\/\//i.test(trackingUri)) return mlflowServer(trackingUri, authorization)
  if (/^[a-z][a-z0-9+.-]+:/i.test(trackingUri) && !trackingUri.startsWith('file:')) {
    throw refused(
      reference,
      `MLFLOW_TRACKING_URI is ${trackingUri.split(':')[0]}:…, which only MLflow itself can read`,
      'Start `mlflow server` on it, and name the server.',
    )
  }
  return mlflowFolder(trackingUri.startsWith('file:') ? fileURLToPath(trackingUri) : trackingUri)
}

interface FoundInMlflow {
  wanted: MlflowReference
  run?: StoredRun | undefined
  version?: StoredVersion | undefined
  model?: StoredModel | undefined
}

export async function findMlflow(store: MlflowStore, wanted: MlflowReference, reference: string): Promise<FoundInMlflow> {
  if (wanted.kind === 'run') return { wanted, run: await store.run(wanted.runId) }
  const version =
    wanted.kind === 'model'
      ? undefined
      : await store.version(wanted.name, wanted.kind === 'alias' ? { alias: wanted.alias } : { version: wanted.version })
  const modelId = wanted.kind === 'model' ? wanted.modelId : version?.modelId
  const model = modelId === undefined ? undefined : await store.loggedModel(modelId)
  const runId = version?.runId ?? model?.runId
  if (runId === undefined && model === undefined) throw refused(reference, 'that version of the model names no run')
  return { wanted, version, model, run: runId === undefined ? undefined : await store.run(runId) }
}

function warningsOf({ runId, status, isDeleted }: StoredRun): string[] {
  return [
    ...(isDeleted ? [`MLflow's run ${runId} was deleted.`] : []),
    ...(status === 'FAILED' || status === 'KILLED' ? [`MLflow's run ${runId} did not end well: ${status}.`] : []),
    ...(status === 'RUNNING' || status === 'SCHEDULED'
      ? [`MLflow's run ${runId} has not ended (${status}): its figures may still change.`]
      : []),
  ]
}

function nullPrototype<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  const record = Object.create(null) as Record<string, T>
  for (const [key, value] of entries) record[key] = value
  return record
}
