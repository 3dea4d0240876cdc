import type { GateReport, ModelGate, ReportedModel } from '@plimsoll/api'
import type { Readable } from 'node:stream'

/** A model as it was handed over: one file, or a folder of them. Immutable; its digest is its name. */
export interface Artifact {
  /** Of a file the SHA-256 of its content; of a folder the SHA-256 of its list of files (`folderDigest`). */
  digest: string
  kind: 'file' | 'folder'
  files: ArtifactFile[]
  /** Bytes. */
  size: number
  createdAt: string
  by: string
}

export interface ArtifactFile {
  path: string
  size: number
  digest: string
}

/** An evaluation as it travels and is kept: figures, rows, or both. */
export interface EvaluationDocument {
  modelDigest: string
  dataDigest?: string
  /** As a file had them: anything may stand there, and only finite numbers are used. */
  metrics: Record<string, { value: unknown; n?: unknown }>
  predictions?: {
    rowIds: string[]
    labels: (string | number | boolean)[]
    positive?: string | number | boolean
    scores?: number[]
    classes?: (string | number | boolean)[]
    probabilities?: number[][]
    classNames?: (string | number | boolean)[]
    values?: number[]
    columns?: Record<string, (string | number | boolean)[]>
  }
  trainedOn?: string[]
}

/** What serves, as far as it could be told. */
export interface Incumbent {
  application: string
  /** Absent: the Application names no model, or several; `why` says which. */
  digest?: string
  why?: string
  artifact?: Artifact
  model?: ReportedModel
  /** Of the data that was asked for; absent when nobody has scored it on them yet. */
  evaluation?: EvaluationDocument
}

export interface GateRunRequest {
  gate: ModelGate
  /** The text that it was read from: its digest goes into the report. */
  gateText: string
  candidate: { model: ReportedModel; evaluation: EvaluationDocument }
  /** The incumbent scored again on the candidate's data. */
  incumbent?: EvaluationDocument
  repository?: string
  commit?: string
  pullRequest?: number
  runId?: string
  by: string
  reproduce: string
  /** Said by the caller, shown in the report. */
  warnings?: readonly string[]
  changed?: GateReport['changed']
}

/** Models and their proof. Failures are `PlimsollError`; what is missing or odd in figures is no failure but an inconclusive verdict. */
export interface Models {
  /** Takes the content of one file of an artefact; at most `maxFileBytes`. Resolves when it is durable. */
  putFile(content: Readable): Promise<{ digest: string; size: number }>
  /** Of files that are there already. Equal files make the same artefact. */
  putArtifact(files: readonly ArtifactFile[], kind: Artifact['kind'], by: string): Promise<Artifact>
  artifact(digest: string): Promise<Artifact | undefined>
  /** One file of an artefact; undefined when it has no such file. */
  readFile(digest: string, path: string): Promise<{ stream: Readable; size: number } | undefined>

  /**
   * Data of a repository, by the MD5 that DVC knows them by (`.dir` behind it for a folder's list). `legacy` ones are those of DVC 2, where the MD5 of
   * a text is that with Unix line ends: the same digits may be other content. Throws `invalid-request` when the content is other.
   */
  putData(repository: string, md5: string, content: Readable, kind?: 'legacy'): Promise<{ size: number }>
  data(repository: string, md5: string, kind?: 'legacy'): Promise<{ stream: () => Readable; size: number } | undefined>

  /** What is known of a model that no gate has judged: the one that served before there was a gate. */
  keepModel(model: ReportedModel, evaluation: EvaluationDocument): Promise<void>

  /** The model that an Application serves now, by what is live in its cluster. */
  incumbent(application: string, dataDigest?: string): Promise<Incumbent>
  /** Judges, keeps the report, and tells the listeners. The same request with the same incumbent gives the same verdict. */
  runGate(request: GateRunRequest): Promise<GateReport>
  report(id: string): Promise<GateReport | undefined>
  /** Newest first. */
  reports(filter?: {
    repository?: string
    commit?: string
    pullRequest?: number
    modelDigest?: string
    gate?: string
    limit?: number
    before?: string
  }): Promise<GateReport[]>
  /** Lets a model through that the gate did not, or stops one that it did; on record. */
  override(id: string, override: NonNullable<GateReport['override']>): Promise<GateReport>
  subscribe(listener: (report: GateReport) => void): () => void
}
