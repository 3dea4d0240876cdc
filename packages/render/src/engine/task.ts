import type { ApplicationSource } from '@plimsoll/api'
import type { RenderDetails, RenderPolicy } from '../contract.ts'
import type { FileProblem } from '../problem.ts'
import type { RenderLimits } from '../limits.ts'
import type { ReadLimits } from './recorded-tree.ts'

/** What an engine is asked for, as far as it is known before the render. */
export interface EngineTask {
  kind: 'Helm' | 'Kustomize'
  /** With the overrides of `.argocd-source.yaml`. */
  source: ApplicationSource
  /** Folder of the chart or kustomization. */
  path: string
  refs: readonly string[]
  /** The Application has several sources, so that `$name/…` must name one. */
  hasRefs: boolean
  policy: RenderPolicy
  details: boolean
  /** The real tool is run as well, or instead. */
  binary?: 'compare' | 'use'
  limits: RenderLimits & ReadLimits & { outputBytes: number }
}

/** What a render may ask for beside its trees. What it asked for is part of its cache key, and nothing else is. */
export interface TaskInputs {
  applicationName: string
  destinationNamespace: string
  kubeVersion: string
  apiVersions: readonly string[]
  applicationUid: string
  rotation: { id: string; at: number }
  environment: readonly (readonly [string, string])[]
}

export interface EngineResult {
  objects: readonly EngineObject[]
  problems: readonly (FileProblem & { file: string })[]
  engine: string
  chart?: { name: string; version: string; appVersion?: string }
  warnings: readonly string[]
  randomFunctions: readonly string[]
  details?: RenderDetails
}

export interface EngineObject {
  json: string
  file: string
  /** Of the file itself, not of rendered text. */
  line?: number
  column?: number
}
