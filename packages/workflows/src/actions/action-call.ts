import type { Readable } from 'node:stream'
import type { ArtifactStore, CacheStore, JobSpec } from '../job/job-spec.ts'
import type { LineKind } from '../log/job-log.ts'
import type { JobFolders, Sandbox } from '../sandbox/sandbox.ts'

/** What went wrong with a step, in words for its log. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure'
}

export interface ExecOptions {
  env?: Iterable<readonly [string, string]>
  /** As the step sees it; the workspace by default. */
  workingDirectory?: string
  input?: Buffer | Readable
  /** Nothing of it into the log. */
  isQuiet?: boolean
}

/** One call of a built-in action: what it may do. Everything it starts runs as a step does, and sees no more. */
export interface ActionCall {
  readonly spec: JobSpec
  /** Where everything here runs: beside the steps, when those run in an image. */
  readonly sandbox: Sandbox
  readonly artifacts: ArtifactStore
  readonly caches: CacheStore
  readonly signal: AbortSignal
  /** Where the steps run, for what is about their programs. `image`: whose those are; undefined: this machine's. */
  readonly steps: { readonly inside: JobFolders; readonly place: string; readonly capture: ActionCall['capture'] }
  /** Environment of the step. */
  readonly env: ReadonlyMap<string, string>
  /** `''` for one that is not given. */
  input(name: string): string
  /** `true` of YAML 1.2's core schema, as `getBooleanInput` reads it; anything else but `false` is refused. */
  flag(name: string): boolean
  say(text: string, kind?: LineKind): void
  /** Runs a program, and gives its exit code. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<number>
  /** Runs a program that speaks to us as a step's does: by commands in what it prints, and by files. */
  heard(argv: readonly string[], options?: ExecOptions): Promise<number>
  /** Runs a program for what it prints: at most `maxBytes`, else it is a failure. Standard error goes nowhere. */
  capture(argv: readonly string[], options?: ExecOptions & { maxBytes?: number }): Promise<{ code: number; stdout: Buffer }>
  /** Runs a program whose output is taken as it comes. `done` resolves with its exit code. */
  pipe(argv: readonly string[], options?: ExecOptions): Promise<{ stdout: Readable; done: Promise<number> }>
  setOutput(name: string, value: string): void
  setEnvironment(name: string, value: string): void
  addPath(folder: string): void
  /** For the step's end: what it is told after the job. */
  readonly state: Map<string, string>
  mask(secret: string): void
  warn(text: string): void
}

export interface BuiltinAction {
  inputs: Readonly<Record<string, string>>
  main(call: ActionCall): Promise<void>
  /** After all steps of the job, in reverse order. `hasSucceeded`: the job so far. */
  post?(call: ActionCall, hasSucceeded: boolean): Promise<void>
}
