import type { ApplicationSet, SetGenerator } from '@plimsoll/api'
import type { Templates } from '@plimsoll/render'
import type { ForgeReader } from '../forges/contract.ts'
import type { Parameters } from './parameters.ts'

/** Kinds of generators by the field that they stand in, in the order in which Argo CD looks. */
export const generatorKinds = [
  'list',
  'clusters',
  'git',
  'scmProvider',
  'clusterDecisionResource',
  'pullRequest',
  'matrix',
  'merge',
  'plugin',
] as const
export type GeneratorKind = (typeof generatorKinds)[number]

/** One kind of generator. Failures are `PlimsollError`: what was asked, what it said, what to do. */
export interface Generator<Spec> {
  /** Everything that it gives, in an order that stays the same. Whatever is partial, stale or in doubt is a failure. */
  generate(spec: Spec, asked: Asked): Promise<Parameters[]>
  /** How soon it is asked again by the clock. Undefined: it tells when it has changed. */
  requeueAfterMs?(spec: Spec): number | undefined
}

/** What a generator is asked in. */
export interface Asked {
  set: ApplicationSet
  /** `spec.generators[0].git`. */
  where: string
  sources: Sources
  /** Nothing that was remembered will do. */
  isFresh: boolean
  /** The generators below a matrix or merge. */
  below(generator: SetGenerator, where: string, interpolated?: Parameters): Promise<Parameters[]>
}

/** What generators ask, each through its own door. */
export interface Sources {
  templates: Templates
  git: GitSource
  /** Clusters of the home cluster's Secrets, and the home cluster itself. Rejects while they are not known for sure. */
  clusters(): Promise<ClusterEntry[]>
  /** Objects of a kind in the control plane's namespace. Rejects while they are not known for sure. */
  objects(query: { apiVersion: string; kindOrPlural: string }): Promise<Readonly<Record<string, unknown>>[]>
  /** Data of a ConfigMap in the control plane's namespace. Undefined: there is none. */
  configMap(name: string): Promise<ReadonlyMap<string, string> | undefined>
  secret(name: string): Promise<SecretEntry | undefined>
  forges: ForgeReader
  /** Asks a plugin; the answer's status and text. */
  post(request: PluginCall): Promise<{ status: number; text: string }>
}

export interface GitSource {
  /** Every folder of a repository at a revision; hidden ones are left out. */
  directories(repoURL: string, revision: string, isFresh: boolean): Promise<readonly string[]>
  /** Paths of its files. */
  files(repoURL: string, revision: string, isFresh: boolean): Promise<GitFiles>
}

export interface GitFiles {
  paths: readonly string[]
  read(path: string): Promise<string>
}

export interface ClusterEntry {
  name: string
  server: string
  project: string | undefined
  labels: ReadonlyMap<string, string>
  annotations: ReadonlyMap<string, string>
  /** It has no Secret: the home cluster that nobody has described. */
  isImplicit?: true
}

export interface SecretEntry {
  labels: ReadonlyMap<string, string>
  data: ReadonlyMap<string, string>
}

export interface PluginCall {
  url: string
  token: string
  body: string
  timeoutMs: number
}
