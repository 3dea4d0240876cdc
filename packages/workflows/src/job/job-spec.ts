import type { CheckAnnotation, WorkflowStep } from '@plimsoll/api'
import type { Readable } from 'node:stream'
import type { AskedContainers } from './asked-containers.ts'
import type { JobFiles } from '../sandbox/sandbox.ts'
import type {
  ActionDefinition,
  Contexts,
  FileOrigin,
  StepsJob,
  StrangerKnowledge,
  UsesReference,
  ValueMap,
  Workflow,
} from '../language/contract.ts'

/** All that one job needs to run; nothing of it is asked for again later. */
export interface JobSpec {
  runId: string
  jobId: string
  attempt: number
  /** Of the job alone: everything in it may be taken away afterwards. */
  folder: string
  logFile: string
  workflow: Workflow
  job: StepsJob
  /** What it asks for by `container` and `services`. */
  asked: AskedContainers
  /** Of the job's level: `github`, `vars`, `needs`, `strategy`, `matrix`, `inputs`, `secrets`. */
  contexts: Contexts
  event: Record<string, unknown>
  /** Values to hide. */
  secrets: ReadonlyMap<string, string>
  token: string
  repository: string
  commit: string
  ref: string
  /** Of the workflow's file. */
  origin: ActionOrigin
  isOutside: boolean
  /** Why a stranger's text inside a script is refused; undefined: it has nothing that is worth stealing. */
  power?: string
  /** What leads back to strangers' text at the job's level. */
  knowledge: StrangerKnowledge
  /** As people reach it. */
  serverUrl: string
  /** As steps reach it. */
  stepsServerUrl: string
  cloneUrl: string
  /** Of a repository elsewhere. Absent for a job from outside. */
  connectedUrl?: (repository: string, server: string) => Promise<string | undefined>
  /** Whose caches it may read and write: branches, the own first. */
  cacheScopes: { write: string; read: string[] }
  isDebug: boolean
  /** Of `pull_request_target`: heads of pull requests are never checked out. */
  refusesHeads: boolean
}

export interface JobEnd {
  conclusion: 'success' | 'failure' | 'cancelled' | 'timedOut'
  why?: string
  outputs: Map<string, string>
  environmentUrl?: string
}

/** Told as it happens. */
export interface JobNews {
  steps(steps: WorkflowStep[]): void
  annotations(annotations: CheckAnnotation[]): void
  logChanged(): void
}

export interface JobLimits {
  memoryBytes: number
  processes: number
  diskBytes: number
  logBytes: number
  /** Of all outputs of a job, in characters (GitHub: 1 MB). */
  outputs: number
}

/** An action's files, and where they are put. */
export interface ActionFiles {
  definition: ActionDefinition
  /** As steps see it. */
  path: string
  repository?: string
  ref?: string
}

/** Where a file is from: `uses: $/path` in it means this. */
export type ActionOrigin = FileOrigin

export interface ActionSource {
  /**
   * Puts an action from Git where steps can read it, under a new name, and says which. Rejects with a sentence for the log. For a job from outside
   * only what anybody may read.
   */
  fetch(
    reference: (UsesReference & { kind: 'repository' }) | (ActionOrigin & { path: string }),
    files: Pick<JobFiles, 'putAction'>,
    job: { isOutside: boolean },
  ): Promise<{ name: string; definition: ActionDefinition; origin: ActionOrigin }>
}

export interface StoredArtifact {
  name: string
  digest: string
  size: number
  files: number
}

export interface ArtifactStore {
  /** Rejects when this attempt has left one of that name and `overwrite` is not set. The zip is checked before it is kept. */
  put(
    runId: string,
    name: string,
    zip: Readable,
    options: { attempt: number; overwrite: boolean; retentionDays?: number },
  ): Promise<StoredArtifact>
  list(runId: string): Promise<StoredArtifact[]>
  read(digest: string): Readable
}

export interface CacheStore {
  /** The newest of the first key that has one, in the first of the scopes that has it: exact keys before prefixes, as GitHub. */
  find(
    repository: string,
    scopes: readonly string[],
    version: string,
    keys: readonly string[],
  ): Promise<{ key: string; digest: string } | undefined>
  /** False when the key is taken: a cache never changes. */
  put(repository: string, scope: string, version: string, key: string, archive: Readable): Promise<boolean>
  read(digest: string): Readable
}

export type { ValueMap }
