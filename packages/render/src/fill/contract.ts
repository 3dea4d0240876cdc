/**
 * Texts of templates, filled in from parameters: the two dialects of an ApplicationSet.
 *
 * - filling: a template with every text of it filled in from one set of parameters. - dialect: Go's `text/template` with sprig, or Argo CD's older
 *   `{{name}}`, which puts in texts and knows nothing else (fasttemplate). - tag: what stands between `{{` and `}}`.
 */
export interface Templates {
  /**
   * For each set of parameters, in their order, the template filled in from it. What is wrong with one filling is its `problem`. Rejects with
   * `PlimsollError` (`render-timeout`, `manifest-too-large`) where the work takes too long or makes too much.
   */
  fill(request: FillRequest): Promise<Filling[]>
  /** The first document of each text, YAML or JSON, as sigs.k8s.io/yaml reads it into JSON. */
  read(texts: readonly string[]): Promise<ReadDocument[]>
  close(): Promise<void>
}

export interface FillRequest {
  /** Anything that JSON can say. Keys of maps are filled in as well; what is null in a map goes. */
  template: unknown
  /** A further text, whose result is read as a document. */
  patch?: string
  parameters: readonly Parameters[]
  dialect: Dialect
  /** Go's options: `missingkey=error`. */
  options?: readonly string[]
  /**
   * `generator`: the template is a generator of a matrix. Its `values` see parameters of its own later: keys of theirs stay as they are, and so does a
   * text that asks for what is not there.
   */
  as?: 'template' | 'generator'
  /** The template is of a notification: it sees `time`, `strings`, `sync` and `repo` as well, and these commits. */
  commits?: Readonly<Record<string, KnownCommit>>
}

/** What `repo.GetCommitMetadata` answers, by what it is asked for. */
export type KnownCommit = { author: string; date: string; message: string; tags: readonly string[] } | { problem: string }

export type Dialect = 'go' | 'fast'

/** A `Map` is a `map[string]string` to Go, everything else what JSON makes of it. */
export type Parameters = Readonly<Record<string, unknown>>

/** `commits`: it asks for these, which are not among those known. */
export type Filling = { value: unknown; patch?: unknown } | { problem: string; commits?: readonly string[] }

export type ReadDocument = { value: unknown } | { problem: string }

/** For one piece of work, which is a few hundred fillings at most. */
export interface FillLimits {
  outputBytes: number
  steps: number
  depth: number
  timeoutMs: number
}
