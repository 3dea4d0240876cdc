import type { LinkedWorkflow, PermissionLevel, StrangerKnowledge, ValueMap } from '../language/contract.ts'

export type Result = 'success' | 'failure' | 'cancelled' | 'skipped'
export interface GroupEnd {
  result: Result
  outputs: ReadonlyMap<string, string>
  jobs: string[]
}

/** A workflow with what its jobs are given: that of the run itself, or one that a job calls. */
export interface Level {
  linked: LinkedWorkflow
  prefix: string
  namePrefix: string
  place: readonly number[]
  inputs: ValueMap
  /** Undefined: all of the repository's. */
  secrets?: ReadonlyMap<string, string>
  ceiling?: Readonly<Record<string, PermissionLevel>>
  /** Of each job: what leads back to strangers' text in it. */
  knowledge: ReadonlyMap<string, StrangerKnowledge>
  signal: AbortSignal
  /** What an attempt before has done well in here may be kept: nothing that it builds on runs again, and no matrix shares its keys. */
  mayKeep: boolean
}
