import type { Application, ApplicationSet, ApplicationSetTree, ApplicationSetWatchEvent } from '@plimsoll/api'
import type { Repositories, GitHost } from '@plimsoll/git'
import type { Clock, KubeObject } from '@plimsoll/kube'
import type { NetworkPolicy } from '@plimsoll/network'
import type { Templates } from '@plimsoll/render'
import type { Clusters } from '../clusters/contract.ts'
import type { Actor, Log, TargetCluster } from '../contract.ts'
import type { PullRequestEntry } from './forges/contract.ts'
import type { GeneratorKind } from './generate/generator.ts'

export interface ApplicationSetsContext {
  home: TargetCluster
  clusters: Clusters
  repositories: Repositories & Pick<GitHost, 'hosted' | 'history'>
  templates: Templates
  /** Where sets live, and all that they make; `argocd` by default. */
  namespace: string
  clock: Clock
  log: Log
  /** What generators may dial. */
  network: NetworkPolicy
  /** What the project of an Application has against it. Absent: nothing is asked. */
  projectProblems?: (application: Application, cluster: TargetCluster) => readonly string[]
  /** Open pull requests of a repository that lives here. Absent: none are kept here. */
  pullRequests?: (repository: string) => Promise<PullRequestEntry[]>
  /** Addresses of providers that sets may ask; none given: any. */
  allowedProviders?: readonly string[]
  /** False: no set asks a provider elsewhere. Default true. */
  asksProviders?: boolean
  /** Sets worked on at the same time. Default 4. */
  concurrency?: number
}

export interface SetRef {
  name: string
  namespace: string
}

/**
 * ApplicationSets: what makes Applications by template. Reads answer from memory; writes go to the home cluster's API. Failures are `PlimsollError`.
 * Authorisation and audit are the caller's.
 */
export interface ApplicationSets {
  start(): Promise<void>
  stop(): Promise<void>

  list(filter?: { selector?: string; projects?: readonly string[]; namespace?: string }): ApplicationSet[]
  /** Rejects with `not-found`. */
  get(ref: SetRef): ApplicationSet
  /** Every change of a set, after it is visible in `get`. Returns the way to stop. */
  subscribe(listener: (event: ApplicationSetWatchEvent) => void): () => void

  /** Validates (`invalid-application-set` with the field) and creates. `dryRun`: what it would make is in the status, and nothing is written. */
  create(set: ApplicationSet, options: { upsert?: boolean; dryRun?: boolean }): Promise<ApplicationSet>
  /** Its Applications go with it, as its policy and their finalizers say. */
  delete(ref: SetRef): Promise<void>
  /** What a set would make now. Nothing is written. */
  generate(set: ApplicationSet): Promise<Application[]>
  tree(ref: SetRef): ApplicationSetTree
  events(ref: SetRef): Promise<KubeObject[]>

  /** Says that a deletion that waits is meant: exactly that of `digest`. Rejects with `conflict` when it is another one by now. */
  confirmDeletion(ref: SetRef, digest: string, by: Actor): Promise<ApplicationSet>
  /** Asks every generator again, now. */
  refresh(ref: SetRef): Promise<ApplicationSet>
  /** Something has happened elsewhere: sets with such generators look again. */
  lookAgain(kinds: readonly GeneratorKind[]): void
  /** Repositories that generators read, as sets write them. */
  repositoryURLs(): string[]
}
