import type { CheckAnnotation } from './pull-request.ts'

/** Answers of `/api/v1/runs…`. Times are RFC 3339. */
export interface WorkflowRun {
  id: string
  /** Counts up for each workflow of a repository, as `github.run_number`. */
  number: number
  attempt: number
  repository: string
  workflow: { path: string; name: string }
  /** GitHub's name: `pull_request`, `push`, `schedule`, `workflow_dispatch`, … */
  event: string
  ref: string
  commit: string
  branch?: string
  actor: string
  pullRequest?: number
  /** Commit message's first line, title of the pull request, or `run-name`. */
  title: string
  /** `outside`: of a pull request by somebody without write access. */
  trust: 'trusted' | 'outside'
  state: RunState
  conclusion?: RunConclusion
  /** Why it waits, was cancelled, or could not be told how it ended, in words. */
  why?: string
  createdAt: string
  startedAt?: string
  finishedAt?: string
  jobs: WorkflowJob[]
  /** What is wrong with the workflow file, with line and column. */
  problems?: CheckAnnotation[]
}

/** Of `/api/v1/stream/runs`: something of this run is different. */
export type RunNotice = Pick<WorkflowRun, 'id' | 'repository' | 'state' | 'conclusion'>

/** `waiting`: for a maintainer, an environment's approval, or its concurrency group. */
export type RunState = 'queued' | 'waiting' | 'inProgress' | 'completed'
/** `interrupted`: the server ended in the middle; it can be run again. */
export type RunConclusion = 'success' | 'failure' | 'cancelled' | 'skipped' | 'timedOut' | 'interrupted'

export interface WorkflowJob {
  id: string
  /** Its name in the file; of a reusable workflow `caller/inner`. */
  key: string
  name: string
  needs: string[]
  /** Values of its matrix, when it has one. */
  matrix?: Record<string, unknown>
  state: RunState
  conclusion?: RunConclusion
  why?: string
  startedAt?: string
  finishedAt?: string
  environment?: { name: string; url?: string }
  /** How its steps are kept apart: `user namespaces`, `container`, `pod`, `none`. */
  isolation?: string
  steps: WorkflowStep[]
  annotations?: CheckAnnotation[]
}

export interface WorkflowStep {
  number: number
  name: string
  state: RunState
  conclusion?: RunConclusion
  startedAt?: string
  finishedAt?: string
  /** Markdown that it wrote to GITHUB_STEP_SUMMARY. */
  summary?: string
}

/** One line of a job's log, masked. */
export interface RunLogLine {
  /** Counts up from 1 within the job. */
  n: number
  at: string
  step: number
  /** With ANSI colours, without what was a command to us. */
  text: string
  kind?: 'command' | 'group' | 'endgroup' | 'notice' | 'warning' | 'error' | 'debug'
}

export interface RunArtifact {
  name: string
  /** Bytes, unpacked. */
  size: number
  digest: string
  files: number
  createdAt: string
  expiresAt?: string
}
