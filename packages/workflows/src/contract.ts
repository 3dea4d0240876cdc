import type { Duplex, Readable } from 'node:stream'
import type { Check, RunArtifact, RunLogLine, WorkflowRun } from '@plimsoll/api'

/** What a run was started by, as the server tells it. `payload` is `github.event`. */
export interface WorkflowEvent {
  /** Of the same event, however often it is told: one that has started its runs starts no others. */
  id: string
  /** GitHub's name: `push`, `pull_request`, `pull_request_target`, `workflow_dispatch`, `schedule`, … */
  name: string
  /** Activity: `opened`, `synchronize`, … */
  action?: string
  repository: string
  /** Where the files are read: for `pull_request` the merge of head and target when there is one, else the head. */
  ref: string
  commit: string
  /** Where workflow files are read from. For `pull_request_target` and outside pull requests' gates: the target's commit. */
  workflowsCommit: string
  baseRef?: string
  headRef?: string
  /** Of a pull request: its number and head. Checks are set on the head. */
  pullRequest?: { number: number; head: string; base: string; isOutside: boolean; isDraft: boolean; title: string }
  actor: string
  payload: Record<string, unknown>
  /** Paths that changed, for `paths` filters; undefined when that cannot be told (then they match). */
  changedPaths?: readonly string[]
  inputs?: Record<string, unknown>
}

/** Runs of workflows: what the server, the command line and the console use. Failures are `PlimsollError`. */
export interface WorkflowRuns {
  /** Takes up what a process before this one left: what was running is `interrupted` unless its job is adopted. */
  start(): Promise<void>
  stop(): Promise<void>

  /** Starts the runs of every workflow that the event matches; a workflow with an error is a run that has failed, with line and column. */
  trigger(event: WorkflowEvent): Promise<WorkflowRun[]>
  list(filter?: {
    repository?: string
    workflow?: string
    pullRequest?: number
    commit?: string
    state?: WorkflowRun['state']
    limit?: number
    before?: string
  }): Promise<WorkflowRun[]>
  /** Rejects with `not-found`. */
  get(id: string): Promise<WorkflowRun>
  cancel(id: string, by: string): Promise<WorkflowRun>
  /** As another attempt: all jobs, or those that have failed and what needs them. */
  rerun(id: string, options: { failedOnly?: boolean }, by: string): Promise<WorkflowRun>
  /** Lets an outside pull request's run, or a job that waits for its environment, go on (or not). Not by whoever the run is of. */
  decide(id: string, decision: { jobId?: string; isApproved: boolean; comment?: string }, by: string): Promise<WorkflowRun>
  /** Workflows of a repository at a commit, with their problems and whether they can be started by hand, and with which inputs. */
  workflows(repository: string, commit: string): Promise<WorkflowFile[]>

  /** Lines after `after`, at most `limit`. Never more than what is asked for is held in memory. */
  log(jobId: string, options?: { after?: number; limit?: number }): Promise<{ lines: RunLogLine[]; isComplete: boolean }>
  rawLog(jobId: string): Promise<Readable>
  artifacts(runId: string): Promise<RunArtifact[]>
  /** A zip. */
  artifact(runId: string, name: string): Promise<{ stream: Readable; size?: number }>

  /** Every change of a run, and of the log of one job. Returns the way to stop. */
  subscribe(listener: (run: WorkflowRun) => void): () => void
  subscribeLog(jobId: string, listener: () => void): () => void
}

export interface WorkflowFile {
  path: string
  name: string
  problems: { message: string; line: number; column: number }[]
  /** Events that start it. */
  events: string[]
  /** Undefined: it cannot be started by hand. */
  dispatch?: { inputs: Record<string, { description?: string; required?: boolean; default?: unknown; type?: string; options?: string[] }> }
}

/** What runs ask of the rest of the house. */
export interface RunsSurroundings {
  /** Told after each change; becomes a check of the forge. */
  setCheck(repository: string, check: Check): Promise<void>
  /** Secrets and variables that a run of this repository and environment may see. Never asked for a run that is not trusted. */
  secrets(repository: string, environment?: string): Promise<Map<string, string>>
  variables(repository: string, environment?: string): Promise<Map<string, string>>
  /** A token for the run (`GITHUB_TOKEN`), with what its `permissions` say; ends with the job. Read-only for one from outside. */
  token(run: {
    repository: string
    id: string
    jobId: string
    permissions: Readonly<Record<string, 'read' | 'write' | 'none'>>
    isOutside: boolean
    /** After which it is of no use to the job: one that nobody could revoke (a kill) ends by then. */
    ttlMs?: number
  }): Promise<{
    token: string
    revoke(): Promise<void>
    /** By which it can be revoked after a kill. It is kept in the records: it must not be the token. */
    handle?: string
  }>
  /** Of a job that a server before this one left behind. */
  revokeToken?(handle: string): Promise<void>
  /** What an environment demands before a job may use it. */
  environment(
    repository: string,
    name: string,
  ): Promise<{ requiredApprovals: number; reviewers: string[]; preventSelfReview: boolean; branches?: string[] } | undefined>
  canWrite(repository: string, account: string): Promise<boolean>
  /** `http://127.0.0.1:7420`. */
  serverUrl(): string
  /** A connection to this server that needs no network. Without it steps elsewhere reach it by its address. */
  connect?(): Duplex
  /** Clone address with the token inside is never written to disk: an extra header is passed. */
  cloneUrl(repository: string): string
  /**
   * Where a trusted run of `by` fetches a repository elsewhere (`owner/name` of `server`, or wherever actions are looked for) with its own token;
   * undefined for one that is not connected here, or lives here.
   */
  connectedUrl?(by: string, repository: string, server: string): Promise<string | undefined>
}
