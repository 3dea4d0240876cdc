import type { Readable } from 'node:stream'

/** Where MLflow keeps runs and models: a tracking server, or a folder. */
export interface MlflowStore {
  run(runId: string): Promise<StoredRun>
  version(name: string, wanted: { version: string } | { alias: string }): Promise<StoredVersion>
  loggedModel(modelId: string): Promise<StoredModel>
  /** What is in a folder of artefacts; empty for one that is none. */
  list(place: ArtifactPlace): Promise<StoredFile[]>
  /** Undefined for what is no file. */
  read(place: ArtifactPlace): Promise<Readable | undefined>
  /** The page of a run, for people. */
  pageOf(run: StoredRun): string | undefined
}

export interface StoredRun {
  runId: string
  experimentId: string
  name?: string | undefined
  /** RUNNING, SCHEDULED, FINISHED, FAILED, KILLED. */
  status?: string | undefined
  isDeleted: boolean
  user?: string | undefined
  /** Milliseconds. */
  endedAt?: number | undefined
  metrics: Map<string, unknown>
  parameters: Map<string, string>
  tags: Map<string, string>
  artifacts: string | undefined
  /** Of MLflow 3: models that it has logged. */
  modelIds: string[]
}

export interface StoredVersion {
  version: string
  runId?: string | undefined
  modelId?: string | undefined
  artifacts(): Promise<string | undefined>
}

export interface StoredModel {
  modelId: string
  name: string
  runId?: string | undefined
  metrics: Map<string, unknown>
  artifacts: string | undefined
}

/** A folder or file below the address at which a run or model has its artefacts. */
export interface ArtifactPlace {
  artifacts: string
  path: string
}

export interface StoredFile {
  /** Its name alone. */
  name: string
  isFolder: boolean
}
