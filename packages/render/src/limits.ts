/** How much one source may cost. Above any of them it is refused by name. */
export interface RenderLimits {
  /** One file. */
  fileBytes: number
  /** All files of a source together; Argo CD's `reposerver.max.combined.directory.manifests.size` is 10 MB as well. */
  totalBytes: number
  files: number
  objects: number
  /** Values in one file once every alias is written out, and the text in them. */
  values: number
  textBytes: number
  depth: number
}

export const defaultLimits: RenderLimits = {
  fileBytes: 5_000_000,
  totalBytes: 10_000_000,
  files: 5_000,
  objects: 10_000,
  values: 1_000_000,
  textBytes: 20_000_000,
  depth: 200,
}

/** JSON of one object. API servers take requests of 3 MiB (`--max-request-bytes` of etcd is half of it), and one is read here in one go. */
export const maxObjectBytes = 4_000_000

/** Problems told of one source; the rest is counted. */
export const maxProblems = 50
