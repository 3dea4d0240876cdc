import type { ApplicationSource } from '@plimsoll/api'

/** `GET /api/v1/applications/NAME/rendering`: how one source is rendered. One that only lends its files has no more than the first two. */
export interface SourceRendering {
  source: ApplicationSource
  revision: string
  sourceType?: 'Directory' | 'Helm' | 'Kustomize' | 'Plugin'
  /** `helm/3.18`: whose semantics. */
  engine?: string
  chart?: { name: string; version: string; appVersion?: string }
  /** How long the answer took, and the render behind it, in milliseconds. */
  durationMs?: number
  renderMs?: number
  fromCache?: boolean
  warnings?: readonly string[]
  /** What is random by nature and was called. */
  randomFunctions?: readonly string[]
  comparedWithBinary?: { tool: string; isEqual: boolean; differences: readonly string[]; durationMs: number }
  details?: { parameters: readonly SourceParameter[]; notes?: string }
}

export interface SourceParameter {
  /** `image.tag`, `hosts[0].name`. */
  name: string
  /** As JSON. */
  value: string
  origin: ParameterOrigin
  /** The path of a value file. */
  file?: string
}

export type ParameterOrigin = 'chart' | 'file' | 'values' | 'parameter' | 'file-parameter'
