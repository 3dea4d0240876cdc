import type { GoMap } from '../go/value.ts'
import type { ChartMetadata } from './metadata.ts'

/** A chart as it was loaded: shared by renders, never changed. Names and texts are strings of bytes. */
export interface Chart {
  metadata: ChartMetadata
  /** Chart.lock or requirements.lock. */
  lock: readonly { name: string; version: string; repository: string }[] | undefined
  templates: readonly ChartFile[]
  values: GoMap
  /** values.schema.json */
  schema: string | undefined
  /** What `.Files` holds. */
  files: readonly ChartFile[]
  dependencies: readonly Chart[]
  /** Digest of everything in it but its values and their schema: where it is the same, so are the templates and all that they see besides values. */
  digest: string
  warnings: readonly string[]
}

export interface ChartFile {
  /** Relative to the chart. */
  name: string
  data: Uint8Array
}
