import type { ApplicationSource, SourcePosition } from '@plimsoll/api'
import type { KubeObject } from '@plimsoll/kube'

/**
 * A source becomes manifests. The renderer sees a `Tree` whose `read` and `list` are synchronous and recorded; what is not there yet
 * suspends the render, is fetched, and the render starts again. Work is done in worker threads that can be killed.
 */
export interface Renderer {
  /** Never rejects for bad input: that is a `RenderFailure`. */
  render(request: RenderRequest): Promise<RenderResult | RenderFailure>
  close(): Promise<void>
}

export interface RenderRequest {
  source: ApplicationSource
  tree: SourceTree
  /** Name and namespace of the Application's destination, for the tools that want them. */
  applicationName: string
  destinationNamespace: string
  /** Of the target cluster, part of the cache key where it was asked for. */
  capabilities: { kubeVersion: string; apiVersions: string[] }
}

/**
 * Reads by content. Implemented over Git (`GitTree`) and over a directory on disk. Every path is relative to the repository's root, those of listed
 * entries too. Links in a path are followed inside the repository; one that leaves rejects with `path-outside-repository`.
 */
export interface SourceTree {
  /** Hash of the subtree at `path`; undefined when there is none. Equal hash, equal content. */
  hashOf(path: string): Promise<string | undefined>
  /** Every file below a folder, however deep. */
  list(
    path: string,
  ): Promise<readonly { path: string; kind: 'file' | 'executable' | 'symlink' | 'submodule'; hash: string; size: number }[]>
  read(hash: string, maxBytes: number): Promise<Buffer>
}

export interface RenderResult {
  ok: true
  /** In the order of the source. Each carries where it came from. */
  manifests: RenderedManifest[]
  sourceType: 'Directory' | 'Helm' | 'Kustomize' | 'Plugin'
  /** Everything it was made from, as one digest: equal key, equal manifests. */
  cacheKey: string
  fromCache: boolean
  durationMs: number
}

export interface RenderedManifest {
  /** Frozen, since the cache shares it: copy before you change it. */
  object: KubeObject
  at: SourcePosition
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
  /** What happened to which file; every problem of the source, not only the first. */
  message: string
  remedy: string
  at?: SourcePosition
}
