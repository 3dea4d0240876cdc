import type { RenderFailure } from '../contract.ts'

/**
 * What a render may read. Everything is synchronous and recorded: the record is what a result was made from, and so its cache key. What has not
 * been fetched yet throws `NotFetched`, which nobody below the worker catches: the worker asks for it and starts the render again.
 */
export interface Tree {
  /** `undefined`: there is nothing at this path. Links inside the tree are followed; one that leads out throws `path-outside-repository`. */
  stat(path: string): 'file' | 'folder' | undefined
  /** Content of a file; undefined when there is none. Throws above the limit on a file's size. */
  read(path: string): Uint8Array | undefined
  /**
   * Every file below a folder, however deep, sorted by path; paths are relative to the tree's root. Nothing there: an empty list. What is behind a
   * link is listed under the link's path; a link to nothing is listed itself, and `stat` and `read` find nothing there.
   */
  list(path: string): readonly string[]
  /**
   * Where a path leads once every link on it is followed; undefined where `stat` finds nothing. A tree without links need not have it. kustomize judges
   * by this whether a file is below its kustomization.
   */
  realPath?(path: string): string | undefined
  /** Says that all of these will be read, so that they are fetched in one go. */
  expect(paths: readonly string[]): void
}

/** Every tree that a render may see. Each method throws `NotFetched` until it is there, and `RenderError` when it cannot be had. */
export interface Sources {
  /** The Application's source. */
  readonly tree: Tree
  /** Another source of the same Application by its `ref` (`$values/…`); undefined when no source has that name. */
  ref(name: string): Tree | undefined
  /** A chart from a repository (`https://…`, `oci://…`), as dependencies of a chart and `helmCharts` of a kustomization name them. */
  chart(request: { repository: string; name: string; version: string }): Tree
  /** Another Git repository at a revision, for remote bases. */
  git(request: { url: string; revision: string }): Tree
  /** A file by URL, for value files where the policy allows it. Throws as `chart` does. Missing where nothing of the kind can be had. */
  file?(url: string): Uint8Array
}

/** Thrown by a tree for what has to be fetched first. Never caught by an engine. */
export class NotFetched extends Error {
  override readonly name = 'NotFetched'
}

/** Thrown by an engine for what is wrong with the input: the message names file, line and cause in the real tool's words where it has some. */
export class RenderError extends Error {
  override readonly name = 'RenderError'
  readonly remedy: string
  readonly at: { file: string; line?: number; column?: number } | undefined
  readonly code: RenderFailure['code']

  constructor(
    message: string,
    options: { remedy?: string; at?: { file: string; line?: number; column?: number }; code?: RenderFailure['code'] } = {},
  ) {
    super(message)
    this.remedy = options.remedy ?? 'Correct it, and push.'
    this.at = options.at
    this.code = options.code ?? 'render-failed'
  }
}
