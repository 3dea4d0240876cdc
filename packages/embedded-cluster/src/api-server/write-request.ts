import type { KindDefinition } from './kind-registry.ts'

/** One write as both ways in (HTTP and in process) hand it to the verbs. */
export interface WriteRequest {
  definition: KindDefinition
  /** '' for cluster scope. */
  namespace: string
  /** '' on create: the body says it. */
  name: string
  subresource: string
  /** Who is filed as manager of the fields. */
  manager: string
  dryRun: boolean
  fieldValidation: 'Ignore' | 'Warn' | 'Strict'
  /** Unknown or duplicate fields that the decoder of the body saw. */
  decodeProblems?: string[]
  /** Texts for Warning headers, filled by the verbs. */
  warnings: string[]
}

export interface DeleteRequest {
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  gracePeriodSeconds?: number
  preconditions?: { uid?: string; resourceVersion?: string }
}

export type PatchBody =
  | { type: 'json'; patch: unknown }
  | { type: 'merge'; patch: unknown }
  | { type: 'strategic'; patch: unknown }
  | { type: 'apply'; object: unknown; force: boolean }
