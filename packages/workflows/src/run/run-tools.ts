import type { RunsSurroundings, WorkflowEvent } from '../contract.ts'
import type { EngineSource } from '../engine/probe-engine.ts'
import type { ActionSource, ArtifactStore, CacheStore, JobLimits } from '../job/job-spec.ts'
import type { Sandboxes } from '../sandbox/probe.ts'
import type { ConcurrencyGroups } from './concurrency-groups.ts'
import type { EmptiedFolders } from './emptied-folders.ts'
import type { Places } from './places.ts'
import type { KeptRun } from './run-store.ts'

/** What all runs share. */
export interface RunTools {
  surroundings: RunsSurroundings
  sandboxes: Sandboxes
  engines: EngineSource
  outsideContainers: boolean
  actions: ActionSource
  artifacts: ArtifactStore
  caches: CacheStore
  limits: JobLimits
  places: Places
  groups: ConcurrencyGroups
  now: () => number
  /** Folder of jobs that run; each gets one below it. */
  jobsFolder: string
  /** Of jobs that have ended. */
  emptied: EmptiedFolders
  logFileOf(jobId: string): string
  /** Durable when it resolves. */
  save(kept: KeptRun): Promise<void>
  changed(kept: KeptRun): void
  logChanged(jobId: string): void
  logClosed(jobId: string): Promise<void>
  /** Of the run's own repository, or a default branch of it. */
  cacheScopes(event: WorkflowEvent, isOutside: boolean): { write: string; read: string[] }
  isDebug: boolean
  selection: { jobs?: readonly string[]; matrix?: Readonly<Record<string, string>> }
}
