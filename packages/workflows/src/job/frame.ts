import type { WorkflowStep } from '@plimsoll/api'
import type { JobContainers } from '../engine/job-containers.ts'
import type { Scope, Step, StrangerKnowledge, TemplateTree, Value, ValueMap } from '../language/contract.ts'
import type { JobLogWriter } from '../log/job-log.ts'
import type { Masker } from '../log/masker.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { ActionOrigin, ActionSource, ArtifactStore, CacheStore, JobLimits, JobNews } from './job-spec.ts'

export interface JobTools {
  sandbox: Sandbox
  containers: JobContainers
  log: JobLogWriter
  masker: Masker
  actions: ActionSource
  artifacts: ArtifactStore
  caches: CacheStore
  limits: JobLimits
  news: JobNews
  now: () => number
  /** Aborted when somebody cancels. */
  cancelled: AbortSignal
  /** Aborted when the server ends: nothing waits for steps that want to end well. */
  stopped: AbortSignal
}

/** Steps that belong together: those of the job, or of one call of a composite action. */
export interface Frame {
  /** `inputs` of a composite action; those of the job otherwise. */
  inputs?: ValueMap
  /** What leads back to strangers' text here: variables of all levels around its steps among them. */
  knowledge: StrangerKnowledge
  steps: Map<string, ValueMap>
  /** What `github` says otherwise in here. */
  github: [string, Value][]
  /** Of the steps around it. */
  env: ReadonlyMap<string, string>
  depth: number
  /** Of the file whose steps these are. */
  origin: ActionOrigin
  /** Where what goes wrong in here is shown: the file of its steps, or the step that called an action of another repository. */
  place: { path: string; line?: number }
  hasFailed: boolean
  /** The step that the log counts it to. */
  record: WorkflowStep
  /** The step that is at work here: what expressions call it, and the id of its files. */
  current?: { action: string; files: string }
}

export interface PostStep {
  name: string
  frame: Frame
  run: (call: StepCall) => Promise<void>
  condition: Step['if']
}

/** One step that runs: what its processes are given and what they have said. */
export interface StepCall {
  frame: Frame
  step: Step | undefined
  scope: Scope
  env: Map<string, string>
  outputs: Map<string, string>
  state: Map<string, string>
  summary: string
  /** Aborted when the step's time is up. */
  signal: AbortSignal
  commandsStoppedBy?: string
  actionId: string
}

/** What is known within a step, or within what it calls: its variables were written with the inputs of its own frame. */
export function knowledgeIn(frame: Frame, env: TemplateTree | undefined): StrangerKnowledge {
  const { knowledge } = frame
  if (!env) return knowledge
  return { ...knowledge, env: [...(knowledge.env ?? []), { tree: env, inputs: knowledge.inputs ?? new Set() }] }
}
