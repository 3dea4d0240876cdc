/** What a sync would do, found out without touching the cluster. */
export interface ApplicationPlan {
  application: string
  /** One for each source. */
  revisions: string[]
  /** In the order in which a sync would go about it. */
  changes: PlannedChange[]
  unchanged: number
  /** Why a part of it cannot be told: a kind that the cluster does not know yet, a source that cannot be rendered. */
  problems: string[]
}

export interface PlannedChange {
  /** `run`: a hook, which a sync makes anew each time. */
  action: 'create' | 'change' | 'prune' | 'keep' | 'run'
  group: string
  kind: string
  namespace?: string
  name: string
  phase: 'PreSync' | 'Sync' | 'PostSync' | 'SyncFail'
  wave: number
  /** Why something is kept, or how it is done when not as everything else: by which sync option, by which delete policy of a hook. */
  why?: string
  /** Fields that differ; JSON texts, secrets masked. Absent on either side where there is no such field. */
  differences: { path: string; live?: string; target?: string }[]
  /** YAML of both sides, secrets masked; absent where there is none. */
  live?: string
  target?: string
}
