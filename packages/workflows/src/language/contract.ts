import type { WorkflowEvent, WorkflowFile } from '../contract.ts'
import type { Expression } from './expression/syntax.ts'

/*
 * Terminology
 * - Template: a scalar of a file that may hold `${{ … }}`. One that is nothing but one expression keeps the type of its value.
 * - Scope: what a template is evaluated with: contexts, functions of the job's state, and a way to hash files.
 * - Problem: what GitHub would refuse a file for (`error`), or what is surely not meant (`warning`).
 * - Stranger: anybody who can open an issue or a pull request. Text of theirs inside a script is code of theirs.
 */

/** Both count from 1, as editors show them. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Problem extends Position {
  readonly message: string
  /** A file with an error does not run. */
  readonly severity: 'error' | 'warning'
}

/** Values of expressions. Maps have no prototype; those from the functions here never do. */
export type Value = null | boolean | number | string | readonly Value[] | ValueMap
export interface ValueMap {
  readonly [key: string]: Value
}

export interface Template extends Position {
  /** As the file has it, after YAML has taken off quotes and folding. */
  readonly source: string
  /** What YAML says it is, when it holds no expression. */
  readonly literal: null | boolean | number | string
  /** Empty without expressions: then `literal` counts. */
  readonly parts: readonly (string | Expression)[]
  /** Where each part begins in the file, and in `source`: `offset` of an expression's nodes counts from there, too. */
  readonly places: readonly (Position & { readonly offset: number })[]
  /** Nothing but one `${{ … }}`: its value keeps its type. */
  readonly isWhole: boolean
}

/** A tree whose leaves are templates: `env`, `with`, `matrix`, `container` … */
export type TemplateTree = Template | TemplateList | TemplateMap
export interface TemplateList extends Position {
  readonly items: readonly TemplateTree[]
}
export interface TemplateMap extends Position {
  /** Keys as written, in their order. */
  readonly entries: ReadonlyMap<string, TemplateTree>
  /** Entries whose keys are expressions. */
  readonly computed?: readonly { readonly key: Template; readonly value: TemplateTree }[]
  /** Where each key stands. */
  readonly keys: ReadonlyMap<string, Position>
}

/** An `if`. Without a status function in it, it holds only while nothing has failed: `evaluateCondition` adds that. */
export interface Condition extends Position {
  readonly source: string
  readonly expression: Expression
  /** Calls `success`, `failure`, `cancelled` or `always`. */
  readonly hasStatusFunction: boolean
}

export interface Located<T> extends Position {
  readonly value: T
}

export interface Workflow {
  readonly path: string
  /** `name`, else the path. */
  readonly name: string
  readonly runName?: Template
  readonly events: ReadonlyMap<string, EventTrigger>
  /** A map of strings, or one expression that yields such a map. */
  readonly env?: TemplateTree
  readonly defaults?: RunDefaults
  readonly permissions?: Permissions
  readonly concurrency?: Concurrency
  /** In the order of the file. */
  readonly jobs: ReadonlyMap<string, Job>
}

/** `push`, `pull_request`, …; `workflow_dispatch` and `workflow_call` bring their inputs. */
export interface EventTrigger extends Position {
  readonly name: string
  readonly types?: readonly string[]
  readonly branches?: readonly string[]
  readonly branchesIgnore?: readonly string[]
  readonly tags?: readonly string[]
  readonly tagsIgnore?: readonly string[]
  readonly paths?: readonly string[]
  readonly pathsIgnore?: readonly string[]
  /** Of `workflow_run`. */
  readonly workflows?: readonly string[]
  /** Cron expressions; without a time zone in UTC. */
  readonly schedule?: readonly (Located<string> & { readonly timezone?: string })[]
  /** Of `workflow_dispatch` and `workflow_call`. */
  readonly inputs?: ReadonlyMap<string, WorkflowInput>
  /** Of `workflow_call`. */
  readonly secrets?: ReadonlyMap<string, { readonly required: boolean; readonly description?: string }>
  readonly outputs?: ReadonlyMap<string, { readonly value: Template; readonly description?: string }>
}

export interface WorkflowInput extends Position {
  readonly type: 'string' | 'boolean' | 'number' | 'choice' | 'environment'
  readonly required: boolean
  readonly description?: string
  /** Of `workflow_call` it may hold expressions. */
  readonly default?: Template
  readonly options?: readonly string[]
}

export interface RunDefaults {
  readonly shell?: Template
  readonly workingDirectory?: Template
}

export type PermissionLevel = 'read' | 'write' | 'none'
/** `{}` is an empty map: nothing is allowed. */
export type Permissions = 'read-all' | 'write-all' | ReadonlyMap<string, PermissionLevel>

export interface Concurrency extends Position {
  readonly group: Template
  readonly cancelInProgress?: Template
  /** `single`: one run waits, a newer one takes its place. `max`: all wait. Default: `single`. */
  readonly queue?: 'single' | 'max'
}

interface JobBase extends Position {
  readonly id: string
  readonly name?: Template
  readonly needs: readonly Located<string>[]
  readonly if?: Condition
  readonly permissions?: Permissions
  readonly concurrency?: Concurrency
  readonly strategy?: Strategy
}

export interface StepsJob extends JobBase {
  readonly kind: 'steps'
  readonly runsOn: { readonly labels?: TemplateTree; readonly group?: Template }
  /** `name` may hold expressions; `url` is evaluated after the last step (it may read `steps`). */
  readonly environment?: { readonly name: Template; readonly url?: Template } & Position
  readonly outputs: ReadonlyMap<string, Template>
  readonly env?: TemplateTree
  readonly defaults?: RunDefaults
  readonly continueOnError?: Template
  readonly timeoutMinutes?: Template
  /** A string (the image), a map (`image`, `credentials`, `env`, `ports`, `volumes`, `options`), or an expression of either. */
  readonly container?: TemplateTree
  /** A map of such, or an expression of one. */
  readonly services?: TemplateTree
  readonly steps: readonly Step[]
}

/** A job that is another workflow. */
export interface CallJob extends JobBase {
  readonly kind: 'call'
  readonly uses: UsesReference & Position
  readonly with: ReadonlyMap<string, Template>
  readonly secrets: 'inherit' | ReadonlyMap<string, Template>
}

export type Job = StepsJob | CallJob

export interface Strategy extends Position {
  /** A map of lists with `include` and `exclude`, or an expression of one. */
  readonly matrix?: TemplateTree
  readonly failFast?: Template
  readonly maxParallel?: Template
}

interface StepBase extends Position {
  /** As written: steps without one are not in the `steps` context. */
  readonly id?: string
  readonly name?: Template
  readonly if?: Condition
  readonly env?: TemplateTree
  readonly continueOnError?: Template
  readonly timeoutMinutes?: Template
}

export interface RunStep extends StepBase {
  readonly kind: 'run'
  readonly run: Template
  readonly shell?: Template
  readonly workingDirectory?: Template
}

export interface UsesStep extends StepBase {
  readonly kind: 'uses'
  readonly uses: UsesReference & Position
  readonly with: ReadonlyMap<string, Template>
}

export type Step = RunStep | UsesStep

export type UsesReference =
  /** `./path`, relative to the repository's root, without `.` and `..`. */
  | {
      readonly kind: 'local'
      readonly source: string
      readonly path: string
      /** `$/path`: of the repository and commit that the file with this reference is from, never of the workspace. */
      readonly isOfFile?: true
    }
  /** `owner/repository[/path]@ref`. */
  | {
      readonly kind: 'repository'
      readonly source: string
      readonly owner: string
      readonly repository: string
      /** `''` for the root. */
      readonly path: string
      readonly ref: string
    }
  /** `docker://image`. */
  | { readonly kind: 'docker'; readonly source: string; readonly image: string }

/** `action.yml`. */
export interface ActionDefinition {
  readonly path: string
  readonly name: string
  readonly description?: string
  readonly inputs: ReadonlyMap<string, ActionInput>
  readonly outputs: ReadonlyMap<string, { readonly description?: string; readonly value?: Template }>
  readonly runs: ActionRuns
}

export interface ActionInput {
  readonly required: boolean
  readonly description?: string
  /** May read `github`, `runner`, `job`, `matrix`, `strategy`, `vars`. */
  readonly default?: Template
  readonly deprecationMessage?: string
}

export type ActionRuns =
  | { readonly using: 'composite'; readonly steps: readonly Step[] }
  | {
      readonly using: 'node'
      /** 12, 16, 20, 24. */
      readonly version: number
      /** Paths inside the action. `preIf` and `postIf` default to `always()`. */
      readonly main: string
      readonly pre?: string
      readonly preIf?: Condition
      readonly post?: string
      readonly postIf?: Condition
    }
  | {
      readonly using: 'docker'
      /** `Dockerfile`, a path, or `docker://image`. */
      readonly image: string
      readonly args: readonly Template[]
      readonly env: ReadonlyMap<string, Template>
      readonly entrypoint?: string
      readonly preEntrypoint?: string
      readonly preIf?: Condition
      readonly postEntrypoint?: string
      readonly postIf?: Condition
    }

export type ContextName =
  | 'github'
  | 'env'
  | 'vars'
  | 'job'
  | 'jobs'
  | 'steps'
  | 'runner'
  | 'secrets'
  | 'strategy'
  | 'matrix'
  | 'needs'
  | 'inputs'

/** A context that is not given is an empty map. Names are looked up without regard to case, but those of `env` with. */
export type Contexts = Partial<Readonly<Record<ContextName, ValueMap | null>>>

export interface Scope {
  readonly contexts: Contexts
  /**
   * Of a step: the job so far. Of a job: its needs (`success`: all have succeeded, none was skipped; `failure`: one of all
   * that came before has failed; names given as arguments narrow it). Without it: all is well.
   */
  readonly status?: {
    success(...jobs: readonly string[]): boolean
    failure(...jobs: readonly string[]): boolean
    cancelled(): boolean
  }
  /** The digest of the files that match, `''` of none. Called once for the same patterns within one evaluation. */
  readonly hashFiles?: (patterns: readonly string[]) => Promise<string>
}

/** How an evaluation failed: the value of the promise is a rejection with this. Its message is meant for the run's log. */
export interface EvaluationFailure extends Error, Position {}

export type EventMatch =
  | { readonly isMatch: true }
  /** In words: `push to 'topic' matches none of branches: main`. */
  | { readonly isMatch: false; readonly why: string }

/** `problems` are sentences that name the input; without any, `inputs` holds each declared input with its type, defaults filled in. */
export interface ResolvedInputs {
  readonly inputs: ValueMap
  readonly problems: readonly string[]
}

export interface MatrixCombination {
  /** What `matrix` is in this job. */
  readonly values: ValueMap
  /** `(18, linux)` without parentheses: `18, linux`. Empty for a job without a matrix. */
  readonly label: string
}

export interface MatrixExpansion {
  /** One with no values when there is no matrix. */
  readonly combinations: readonly MatrixCombination[]
  readonly failFast: boolean
  readonly maxParallel?: number
}

/** A workflow with those that its jobs call. */
export interface LinkedWorkflow {
  readonly workflow: Workflow
  /** Of jobs with `uses`, by job id. */
  readonly calls: ReadonlyMap<string, LinkedWorkflow>
  /** Where the file itself is from: `$/path` in its steps means this. Undefined: where the run's own workflows are from. */
  readonly origin?: FileOrigin
}

/** A repository to clone, at a commit. */
export interface FileOrigin {
  readonly url: string
  readonly commit: string
}

export interface LoadedWorkflow {
  readonly text: string
  /** For messages: `owner/repository/.github/workflows/x.yml@ref`, or the path. */
  readonly path: string
  /** The same for two references to the same file at the same commit: cycles are found by it. */
  readonly identity: string
  readonly origin?: FileOrigin
  /**
   * Loads what this workflow refers to: a path `./…` in it is of its own repository and commit. Undefined: it cannot be looked at
   * here and is left out of `calls`, without a problem; only for a look at the files, never for a run.
   */
  load(reference: UsesReference): Promise<LoadedWorkflow | { problem: string } | undefined>
}

/** Reads one file: here, or in another thread. */
export type WorkflowParser = (
  text: string,
  path: string,
) => Promise<{ workflow?: Workflow; problems: Problem[] }> | { workflow?: Workflow; problems: Problem[] }

export interface StrangerUse extends Position {
  /** `github.event.pull_request.title`, `github.head_ref`, `env.TITLE` … */
  readonly context: string
  /** For people: what is wrong, and the way that is safe. */
  readonly message: string
}

/** What a template is read in: which names lead back to a stranger's text. */
export interface StrangerKnowledge {
  /** Of workflow, job and step, the inner last: variables whose value is a template with a stranger's text taint `env.X`. */
  readonly env?: readonly (TemplateTree | EnvLevel | undefined)[]
  /** Names of inputs whose value comes from a stranger's text: of a called workflow or a composite action. */
  readonly inputs?: ReadonlySet<string>
  /** `job.output` of jobs that are needed (of any, where `jobs` is read), lower case; `job.*` is all outputs of one. */
  readonly needs?: ReadonlySet<string>
  /** Names in the matrix; `*` is all. */
  readonly matrix?: ReadonlySet<string>
}

/** Variables that were written where other inputs were known: those around a composite action. */
export interface EnvLevel {
  readonly tree: TemplateTree
  readonly inputs: ReadonlySet<string>
}

/** A use in a `run`, or in the `script` of actions/github-script. */
export interface StrangerScript extends StrangerUse {
  readonly job?: string
  /** Counts from 0 within the job, or the composite action. */
  readonly step: number
  readonly where: 'run' | 'script' | 'shell'
}

/** All that this folder does. `index.ts` exports these functions. */
export interface WorkflowLanguage {
  /** `workflow` only without errors. Never throws for what a file holds. */
  parseWorkflow(text: string, path: string): { workflow?: Workflow; problems: Problem[] }
  parseAction(text: string, path: string): { action?: ActionDefinition; problems: Problem[] }
  /** Of `uses:` of a step. A sentence when it is none. */
  parseUses(source: string): UsesReference | { problem: string }
  describeWorkflow(text: string, path: string): WorkflowFile

  /** Rejects with an EvaluationFailure. */
  evaluate(template: Template, scope: Scope): Promise<Value>
  /** Text, as GitHub writes values into it. */
  interpolate(template: Template, scope: Scope): Promise<string>
  evaluateTree(tree: TemplateTree, scope: Scope): Promise<Value>
  /** `env` and `with`: a map of strings. `undefined` is an empty one. */
  evaluateStrings(tree: TemplateTree | ReadonlyMap<string, Template> | undefined, scope: Scope): Promise<Map<string, string>>
  /** `continue-on-error`, `fail-fast`, `cancel-in-progress`. */
  evaluateBoolean(template: Template | undefined, scope: Scope, otherwise: boolean): Promise<boolean>
  /** `timeout-minutes`, `max-parallel`. */
  evaluateNumber<T extends number | undefined>(template: Template | undefined, scope: Scope, otherwise: T): Promise<number | T>
  /** No condition is `success()`. */
  evaluateCondition(condition: Condition | undefined, scope: Scope): Promise<boolean>
  /** Of text that is not in a file: an input's default in tests, a command line. */
  parseTemplate(text: string): Template | { problem: string }

  /** Is the event one that starts the workflow? */
  matchEvent(workflow: Workflow, event: WorkflowEvent): EventMatch
  /** `[skip ci]` and its kin in the head commit's message (push, pull_request). */
  skipsRuns(message: string): boolean
  /** What `workflow_dispatch` was given, typed and checked. */
  resolveDispatchInputs(workflow: Workflow, given: Readonly<Record<string, unknown>>): ResolvedInputs
  /** What a job gives to the workflow that it calls, after evaluation. Scope: of the called one (`github`, `vars`), for defaults. */
  resolveCallInputs(called: Workflow, given: ValueMap, scope: Scope): Promise<ResolvedInputs>
  /** `problems`: secrets that are required and missing. `available`: all of the caller, for `inherit`. */
  resolveCallSecrets(
    called: Workflow,
    given: 'inherit' | ReadonlyMap<string, string>,
    available: ReadonlyMap<string, string>,
  ): { secrets: Map<string, string>; problems: string[] }
  /** Outputs of `workflow_call`; the scope has `jobs`, `github`, `inputs`, `vars`. */
  evaluateCallOutputs(called: Workflow, scope: Scope): Promise<Map<string, string>>
  /** The first `count` times after `after`; of a time zone's clock when one is given, else UTC. Fewer when there are none within eight years. Throws a PlimsollError `invalid-request` for what is no such expression. */
  nextTimes(cron: string, after: Date, count?: number, timezone?: string): Date[]

  /** Rejects with an EvaluationFailure, also for more than 256 jobs. */
  expandMatrix(strategy: Strategy | undefined, scope: Scope): Promise<MatrixExpansion>
  /** `build (18, linux)`, or the job's `name`. Scope: with `matrix` and `strategy`. */
  jobName(job: Job, combination: MatrixCombination, scope: Scope): Promise<string>
  /** Each job after what it needs, otherwise in the order of the file. */
  orderJobs(workflow: Workflow): string[]
  /** Loads what the jobs call, all the way down: at most 10 levels, 50 workflows. Problems are those of the calling file. */
  linkWorkflows(
    workflow: Workflow,
    identity: string,
    load: LoadedWorkflow['load'],
    parse?: WorkflowParser,
  ): Promise<{ linked?: LinkedWorkflow; problems: (Problem & { path: string })[] }>
  /**
   * What the job's token may do, every known scope named. `defaults`: of the repository, where the file says nothing.
   * Called workflows never get more than their caller: pass the caller's as `ceiling`.
   */
  effectivePermissions(
    workflow: Workflow,
    job: Job,
    options: { defaults: 'read' | 'write'; ceiling?: Readonly<Record<string, PermissionLevel>> },
  ): Record<string, PermissionLevel>

  /** Which contexts that a stranger controls occur in it, in any form. */
  strangerContexts(template: Template, knowledge?: StrangerKnowledge): StrangerUse[]
  /** Every script of a workflow that holds such text. `inputs`: names that a caller has tainted. */
  strangerScripts(workflow: Workflow, inputs?: ReadonlySet<string>): StrangerScript[]
  /** The same for a composite action. */
  strangerScriptsOfAction(action: ActionDefinition, inputs?: ReadonlySet<string>): StrangerScript[]
  /** All that can be told of one file, by its path a workflow or an action: problems, and scripts that hold a stranger's text as warnings. */
  lintFile(text: string, path: string): Problem[]
  /** What leads back to strangers' text inside a job's steps: variables of workflow and job, its matrix, outputs of what it needs. */
  jobKnowledge(workflow: Workflow, jobId: string, inputs?: ReadonlySet<string>): StrangerKnowledge
  /** The same of every job of a workflow, with what the workflows that it calls give back. */
  levelKnowledge(linked: LinkedWorkflow, inputs?: ReadonlySet<string>): Map<string, StrangerKnowledge>
  /** Inputs of a called workflow that hold a stranger's text: given by the caller, or its own defaults where nothing is given. */
  calledInputs(called: Workflow, given: ReadonlyMap<string, Template>, knowledge: StrangerKnowledge): Set<string>
  /** Which entries of `with` hold a stranger's text: the `inputs` of what is called. */
  strangerInputs(given: ReadonlyMap<string, Template>, knowledge?: StrangerKnowledge): Set<string>
}
