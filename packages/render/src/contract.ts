import type { ApplicationSource, SourcePosition } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'

/**
 * A source becomes manifests. The renderer sees a `Tree` whose `read` and `list` are synchronous and recorded; what is not there yet
 * suspends the render, is fetched, and the render starts again. Work is done in worker threads that can be killed.
 */
export interface Renderer {
  /** Never rejects for bad input: that is a `RenderFailure`. */
  render(request: RenderRequest): Promise<RenderResult | RenderFailure>
  /** What the renderer has done since it was made, for metrics and tests. */
  statistics?(): RenderStatistics
  close(): Promise<void>
}

export interface RenderRequest {
  /** For a chart of a registry (`source.chart`) the tree holds the unpacked chart, at its root or in one folder. */
  source: ApplicationSource
  tree: SourceTree
  /** Name and namespace of the Application's destination, for the tools that want them. */
  applicationName: string
  destinationNamespace: string
  /** Of the target cluster, part of the cache key where it was asked for. */
  capabilities: { kubeVersion: string; apiVersions: readonly string[] }
  /** Other sources of the Application by their `ref`, without `$`: `$values/a.yaml` is `a.yaml` of `values`. */
  refs?: ReadonlyMap<string, SourceTree>
  /** What random values are made from, together with the secret of the installation. The name where it is missing. */
  applicationUid?: string
  /** Another `id` makes other random values; `at` is what `now` says, so that certificates begin then. */
  rotation?: { id: string; at: Date }
  /**
   * Argo CD's build environment, as far as the caller knows it: `ARGOCD_APP_REVISION`, `ARGOCD_APP_PROJECT_NAME`. Name,
   * source path, repository URL, target revision, short revisions, `KUBE_VERSION` and `KUBE_API_VERSIONS` are added where they are missing.
   * Part of the cache key only as far as it was used.
   */
  environment?: Readonly<Record<string, string>>
  /** Charts that dependencies and `helmCharts` name; the tree has the chart's files at its root. Rejects with `PlimsollError`. */
  charts?(request: { repository: string; name: string; version: string }): Promise<SourceTree>
  /** Remote bases of a kustomization, where the policy allows them. Rejects with `PlimsollError`. */
  git?(url: string, revision: string): Promise<SourceTree>
  /** Value files by URL, where the policy allows their scheme. Rejects with `PlimsollError`. */
  remoteFile?(url: string): Promise<Buffer>
  /** Starts foreign programs: plugins, jsonnet, the real helm and kubectl. Without it they are refused. */
  programs?: Programs
  policy?: Partial<RenderPolicy>
  /** Render anew, although the result is known, or a worker was lost for it a while ago. */
  isFresh?: boolean
  /** Also say where each parameter comes from, and the text of each document: for the console. */
  details?: boolean
  /**
   * `compare`: render by the real tool too, and report what differs. `use`: the real tool's manifests are the result, for what only it can do
   * (KRM functions, exec plugins). Needs `policy.binaries`. An Application asks for it by the annotation `plimsoll.dev/render-with-binary`.
   */
  binary?: 'compare' | 'use'
}

/** What a render may do. */
export interface RenderPolicy {
  /** Bases of a kustomization in other repositories. */
  remoteBases: boolean
  /** Schemes of URLs that may be value files; none by default. */
  valueFileSchemes: readonly string[]
  /** Config management plugins, by their names; `*` for all that are declared. */
  plugins: readonly string[]
  jsonnet: boolean
  /** The real helm and kubectl. */
  binaries: boolean
  /** Argo CD's `kustomize.buildOptions`: `--enable-helm` and `--load-restrictor LoadRestrictionsNone` are known. */
  kustomizeBuildOptions: string
  /** `stable`: the same values for the same application, place and call. `helm`: new ones at each render, as Helm does; never cached. */
  randomness: 'stable' | 'helm'
}

/**
 * Reads by content. Implemented over Git (`GitTree`) and over a directory on disk. Every path is relative to the repository's root, those of listed
 * entries too. Links in a path are followed inside the repository; one that leaves rejects with `path-outside-repository`.
 */
export interface SourceTree {
  /** Hash of the subtree at `path`; undefined when there is none. Equal hash, equal content. */
  hashOf(path: string): Promise<string | undefined>
  /** Every file below a folder, however deep. */
  list(path: string): Promise<readonly SourceEntry[]>
  /** The file or link at a path, where that is cheaper than to list its folder. */
  entry?(path: string): Promise<SourceEntry | undefined>
  read(hash: string, maxBytes: number): Promise<Buffer>
}

export interface SourceEntry {
  path: string
  kind: 'file' | 'executable' | 'symlink' | 'submodule'
  hash: string
  size: number
}

/** Runs foreign programs. What it starts has no environment but the given one. */
export interface Programs {
  /** Absolute path of a program that the operator has enabled (`jsonnet`, `helm3`, `helm4`, `kubectl`, `kustomize`, `node` …); undefined where it has not. */
  find(name: string): Promise<string | undefined>
  /** Resolves however the program ends; its whole process group is gone then. */
  run(request: ProgramRequest): Promise<ProgramResult>
}

export interface ProgramRequest {
  command: readonly string[]
  /** An existing private folder. */
  folder: string
  environment: Readonly<Record<string, string>>
  limits: ProgramLimits
}

export interface ProgramLimits {
  timeoutMs: number
  /** Of standard output; above it the program is killed. */
  outputBytes: number
  /** Resident memory of the whole process group. */
  memoryBytes: number
}

export interface ProgramResult {
  /** Why it ended. `not-started`: there is no such program, or it may not be executed. */
  end: 'exited' | 'signalled' | 'timeout' | 'output-limit' | 'memory-limit' | 'not-started'
  exitCode: number | undefined
  stdout: Buffer
  /** The last 64 KB. */
  stderr: string
}

export interface RenderResult {
  ok: true
  /** In the order of the source. Each carries where it came from. */
  manifests: RenderedManifest[]
  sourceType: 'Directory' | 'Helm' | 'Kustomize' | 'Plugin'
  /** Everything it was made from, as one digest: equal key, equal manifests. */
  cacheKey: string
  fromCache: boolean
  /** How long this answer took; `renderMs` of it in a worker, when it was made. */
  durationMs: number
  renderMs?: number
  /** `helm/3.18`, `kustomize/5.6`: whose semantics, and which of ours. */
  engine?: string
  chart?: { name: string; version: string; appVersion?: string }
  warnings?: readonly string[]
  /** What is random by nature and was called: `randAlphaNum`, `genCA` … */
  randomFunctions?: readonly string[]
  details?: RenderDetails
  comparedWithBinary?: BinaryComparison
}

export interface RenderedManifest {
  /** Frozen, since the cache shares it: copy before you change it. */
  object: KubeObject
  at: SourcePosition
}

export interface RenderDetails {
  /** Values of a chart, leaf by leaf. */
  parameters: readonly RenderParameter[]
  /** What would be applied, document by document. */
  documents: readonly { source: string; text: string }[]
  /** NOTES.txt of a chart. */
  notes?: string
}

export interface RenderParameter {
  /** `image.tag`, `hosts[0].name`. */
  name: string
  /** As JSON. */
  value: string
  /** The last that set it. `file`: the path of a value file. */
  origin: 'chart' | 'file' | 'values' | 'parameter' | 'file-parameter'
  file?: string
}

export interface BinaryComparison {
  /** `helm v3.18.0`. */
  tool: string
  isEqual: boolean
  /** One line for each object that differs, at most 50. */
  differences: readonly string[]
  durationMs: number
}

export interface RenderStatistics {
  /** Renders that an engine did, of any kind. */
  renders: number
  /** Answers that needed none. */
  fromCache: number
  /** Times that a render was started again, because something had to be fetched first. */
  restarts: number
  workersStarted: number
  workersKilled: number
  cachedBytes: number
}

export interface RenderFailure {
  ok: false
  code:
    | 'path-not-found'
    | 'path-outside-repository'
    | 'manifest-invalid'
    | 'manifest-too-large'
    | 'render-timeout'
    | 'render-failed'
    | 'source-not-supported'
    | 'repository-unreachable'
    | 'revision-not-found'
  /** What happened to which file; every problem of the source, not only the first. */
  message: string
  remedy: string
  at?: SourcePosition
}
