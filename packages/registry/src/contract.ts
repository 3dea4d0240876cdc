import type { Access, AccessSource, NetworkPolicy } from '@plimsoll/network'

/**
 * What the house sees of chart repositories and OCI registries: charts as archives by digest. Failures are `PlimsollError`:
 * `repository-unreachable`, `revision-not-found` for a chart or version that is not there (with what was found), `manifest-too-large`.
 */
export interface ChartRegistry {
  /**
   * The version that a constraint names now (semver as Helm reads it: '', '*', '^1.2', '>= 1, < 3', an exact version, with `v` or without).
   * Answers at most `maxAgeMs` old are used again; calls for the same share one look.
   */
  resolve(request: ChartRequest, options?: { maxAgeMs?: number; signal?: AbortSignal }): Promise<ResolvedChart>
  /** The chart's `.tgz`, verified against its digest and kept on disk by it. */
  archive(chart: ResolvedChart, options?: { signal?: AbortSignal }): Promise<{ digest: string; bytes: Buffer }>
  /** Whether a repository or registry answers when it is reached this way. Rejects with what is wrong. */
  probe(repoURL: string, access: Access, signal?: AbortSignal): Promise<void>
}

export interface ChartRegistryOptions extends NetworkPolicy {
  /** Archives are kept below it, by digest. */
  dataDir: string
  /** How repositories and registries are reached: credentials, certificates, proxies. */
  access?: AccessSource
  /** For what is kept on disk; 1 GB by default. The least recently used goes first. */
  diskBytes?: number
  /** Milliseconds since 1970. */
  now?: () => number
}

export interface ChartRequest {
  /** `https://charts.example.org`, `oci://registry.example.org/team`; Argo CD's form of an OCI registry without `oci://` too. */
  repoURL: string
  /** May have slashes in an OCI registry. */
  chart: string
  /** A version or a range. */
  version: string
  /** Of the Application that it is for; absent: what is given for all of them. */
  project?: string
  /** As anybody may read it: for charts that content names, where a stranger may have written it. */
  isAnonymous?: true
}

export interface ResolvedChart {
  repoURL: string
  chart: string
  /** As the repository spells it. */
  version: string
  /** `sha256:…` of the archive; undefined where a repository's index tells none: then what was read first counts for as long as it is kept. */
  digest: string | undefined
  /** The archive's URL: of a file, or of a registry's blob. */
  location: string
  /** Names what its repository was read with. */
  accessKey?: string
}
