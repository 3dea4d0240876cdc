import type { RunArtifact, RunLogLine, RunState, WorkflowRun } from '@plimsoll/api'
import { call, join } from './http.ts'

/** Requests about runs of workflows: one function for each. */

export interface RunFilter {
  repository?: string
  workflow?: string
  pullRequest?: number
  commit?: string
  state?: RunState
}

export interface DispatchInput {
  description?: string
  required?: boolean
  default?: unknown
  /** `string`, `boolean`, `number`, `choice`, `environment`. */
  type?: string
  options?: string[]
}

export interface WorkflowFile {
  path: string
  name: string
  problems: { message: string; line: number; column: number }[]
  events: string[]
  /** Absent: it cannot be started by hand. */
  dispatch?: { inputs: Record<string, DispatchInput> }
}

export interface LogPage {
  lines: RunLogLine[]
  isComplete: boolean
}

const run = (id: string, ...rest: string[]) => join('runs', id, ...rest)

export const runsApi = {
  list: (filter: RunFilter, limit: number, before?: string) =>
    call<{ items: WorkflowRun[] }>('GET', join('runs'), { query: { ...filter, limit, before } }),
  get: (id: string) => call<WorkflowRun>('GET', run(id)),
  cancel: (id: string) => call<WorkflowRun>('POST', run(id, 'cancel'), { body: {} }),
  rerun: (id: string, failedOnly: boolean) => call<WorkflowRun>('POST', run(id, 'rerun'), { body: { failedOnly } }),
  decide: (id: string, body: { jobId?: string; isApproved: boolean; comment?: string }) =>
    call<WorkflowRun>('POST', run(id, 'decide'), { body }),
  artifacts: (id: string) => call<{ items: RunArtifact[] }>('GET', run(id, 'artifacts')),
  artifactPath: (id: string, name: string) => run(id, 'artifacts', name),
  listStreamPath: join('stream', 'runs'),
  streamPath: (id: string) => run(id, 'stream'),
  log: (jobId: string, after: number, limit: number, signal?: AbortSignal) =>
    call<LogPage>('GET', join('jobs', jobId, 'log'), { query: { after, limit }, ...(signal && { signal }) }),
  rawLogPath: (jobId: string) => join('jobs', jobId, 'log', 'raw'),
  logStreamPath: (jobId: string) => join('jobs', jobId, 'log', 'stream'),
  workflows: (repository: string, ref?: string) =>
    call<{ commit: string; items: WorkflowFile[] }>('GET', join('repositories', repository, 'workflows'), { query: { ref } }),
  dispatch: (repository: string, body: { workflow: string; ref?: string; inputs: Record<string, string | number | boolean> }) =>
    call<{ items: WorkflowRun[] }>('POST', join('repositories', repository, 'workflows', 'dispatch'), { body }),
}
