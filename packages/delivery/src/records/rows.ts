import type { ReleaseImage, StagePhase, Verdict, VerificationView } from '@plimsoll/api'

/** A release as it was made: none of it changes but what it is superseded by. Times are milliseconds since 1970. */
export interface ReleaseRecord {
  name: string
  delivery: string
  number: number
  repoURL: string
  branch: string
  revision: string
  title: string
  author: string
  createdAt: number
  model?: { digest: string; name?: string; version?: string }
  images: ReleaseImage[]
  verdict?: Verdict
  pullRequest?: { repository: string; number: number; url?: string }
  reviewers: string[]
  /** What the version fields are set to, by `valueKey`. */
  values: Record<string, string>
  supersededBy?: string
}

/** A release in a stage: what brought it there, how far it is, how it ended. */
export interface Placement {
  id: string
  /** Counts up over all of them. */
  seq: number
  delivery: string
  stage: string
  application: string
  release: string
  /** `found`: it was there before the delivery. */
  kind: 'pin' | 'promotion' | 'revert' | 'found'
  by: string
  why?: string
  approvedBy: string[]
  repoURL: string
  ref: string
  /** What the ref pointed at when the write was begun. */
  expected?: string
  /** Of the commit, when one was made. */
  parent?: string
  commit?: string
  phase: PlacementPhase
  text: string
  startedAt: number
  /** Of the phase. */
  since: number
  placedAt?: number
  /** When something else took its place. */
  endedAt?: number
  soakFrom?: number
  steps: VerificationView[]
  pull?: { repository: string; number: number; url?: string; branch: string }
}

export type PlacementPhase = Exclude<StagePhase, 'Empty' | 'Finished' | 'Held'>

export interface Approval {
  stage: string
  release: string
  by: string
  groups: string[]
  at: number
  comment?: string
}

export interface Override {
  stage: string
  release: string
  requirement: string
  by: string
  why: string
  at: number
}
