import {
  applyObject as applyOnServer,
  type FieldSet,
  type KubeObject,
  type ManagedFieldsEntry,
  resetFields,
  updateManagedFields,
} from '@plimsoll/kube'
import { badRequest, failure } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'
import { timestamp } from './object-meta.ts'

/** Who writes, for `metadata.managedFields`. */
export interface Writer {
  manager: string
  /** '' for the main resource. */
  subresource: string
  now: number
}

const statusFields = resetFields(['status'])
/** Writing a status changes nothing else, so that nothing else comes to be owned by it. */
const mainFields = resetFields(
  ['spec'],
  ...['annotations', 'deletionGracePeriodSeconds', 'deletionTimestamp', 'finalizers', 'generateName', 'labels', 'ownerReferences'].map(
    (name) => ['metadata', name],
  ),
)

function contextOf(
  definition: KindDefinition,
  writer: Writer,
): { schema: KindDefinition['schema']; manager: string; subresource?: string; time: string; ignored?: FieldSet } {
  const ignored = writer.subresource === 'status' ? mainFields : definition.hasStatus ? statusFields : undefined
  return {
    schema: definition.schema,
    manager: writer.manager,
    ...(writer.subresource === '' ? {} : { subresource: writer.subresource }),
    time: timestamp(writer.now),
    ...(ignored === undefined ? {} : { ignored }),
  }
}

/**
 * Field ownership after a create, an update or a patch that is not an apply. `object` is at the request's version and holds the managed
 * fields that the request sent; they count only where a client may set or clear them.
 */
export function ownAfterUpdate(
  definition: KindDefinition,
  old: KubeObject | undefined,
  object: KubeObject,
  writer: Writer,
): ManagedFieldsEntry[] {
  return updateManagedFields({ ...contextOf(definition, writer), before: old, after: object })
}

/**
 * Server-side apply: `sent` merged into `current`, with `metadata.managedFields` as they are afterwards. Is `current` itself when nothing changed.
 * Throws 409 with every conflict, 400 for an object that does not fit its schema.
 */
export function applyObject(
  definition: KindDefinition,
  current: KubeObject | undefined,
  sent: KubeObject,
  force: boolean,
  writer: Writer,
): KubeObject {
  const result = applyOnServer({ ...contextOf(definition, writer), live: current, applied: sent, force })
  if (result.outcome === 'applied') return result.isChanged || current === undefined ? result.object : current
  if (result.outcome === 'invalid') throw badRequest(result.message)
  throw failure(409, 'Conflict', result.message, {
    causes: result.conflicts.map(({ field, message }) => ({ reason: 'FieldManagerConflict', message, field })),
  })
}
