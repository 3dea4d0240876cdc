import type { Sources } from '../engine/tree.ts'

/** Which Helm's semantics: the newest of its line that the conformance tests run against. */
export type HelmVersion = '3' | '4'

/** What `helm template` is told. */
export interface HelmRequest {
  version: HelmVersion
  /** Folder of the chart in `sources.tree`; '' for its root. */
  chartPath: string
  release: { name: string; namespace: string; isUpgrade?: boolean; revision?: number }
  /** In the order of the command line: later ones win, within the order that Helm gives the kinds of flags. */
  values: readonly ValuesInput[]
  capabilities: { kubeVersion?: string; apiVersions: readonly string[] }
  includeCrds: boolean
  skipTests?: boolean
  noHooks?: boolean
  skipSchemaValidation?: boolean
  /** Template files to show; all when absent. */
  showOnly?: readonly string[]
  /** Missing dependencies that Chart.yaml or Chart.lock names are taken from `sources.chart`, as `helm dependency build` would. */
  resolveDependencies: boolean
  random: RandomSource
  /** Entropy and time for what is random by nature are the caller's; this says what `now` is. */
  now: Date
}

export type ValuesInput =
  /** `--values`: YAML text of the file at `name`. */
  | { kind: 'file'; name: string; text: Uint8Array }
  /** `valuesObject`, already parsed JSON; it counts as a file. */
  | { kind: 'object'; name: string; value: unknown }
  | { kind: 'set' | 'set-string' | 'set-json' | 'set-literal'; text: string }
  /** `--set-file key=path`: the content is fetched by the caller's `readFile`. */
  | { kind: 'set-file'; text: string; readFile(path: string): Uint8Array }

/**
 * Where random values come from. Deterministic: HMAC-SHA-256 with a secret of the installation over application UID, template, function and the
 * number of the call; random: what Helm does.
 */
export interface RandomSource {
  /** `count` bytes for the `call`-th call of `functionName` in `template`. */
  bytes(place: { template: string; functionName: string; call: number }, count: number): Uint8Array
}

export interface HelmOutput {
  /** Manifests in Helm's order of installation, then hooks; each document's text as Helm prints it, without `---`. */
  documents: { source: string; text: string; isHook: boolean; isCrd: boolean }[]
  notes: string
  /** What `helm template` writes to standard output for these documents. */
  text: string
  chart: { name: string; version: string; appVersion?: string }
  /** Values after coalescing, and where each leaf comes from: for the console. */
  values: unknown
  warnings: string[]
  /** Kube version or API versions were asked for: the result depends on the target cluster. */
  usesCapabilities: boolean
  /** Functions that are random by nature and were called. */
  randomFunctions: string[]
}

/** Throws `RenderError` for what is wrong with the chart or its values. */
export type RenderHelm = (sources: Sources, request: HelmRequest) => HelmOutput
