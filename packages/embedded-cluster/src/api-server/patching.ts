import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  type JsonPatchOperation,
  type KubeObject,
  PatchError,
} from '@plimsoll/kube'
import { badRequest, failure } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'
import { cloneTree, isRecord } from './tree.ts'
import type { PatchBody } from './write-request.ts'

/** As a real server's `maxJSONPatchOperations`. */
const maxOperations = 10_000

/** The object after a patch, as a private copy. `current` is frozen. Throws 400 or 422 for a patch that does not fit. */
export function patchObject(definition: KindDefinition, current: KubeObject, body: Exclude<PatchBody, { type: 'apply' }>): unknown {
  try {
    // The results share parts with `current`, which is frozen.
    return cloneTree(patched(definition, current, body))
  } catch (error) {
    if (!(error instanceof PatchError)) throw error
    if (error.reason === 'malformed') throw badRequest(`error decoding patch: ${error.message}`)
    throw failure(422, 'Invalid', `the server rejected our request due to an error in our request: ${error.message}`)
  }
}

function patched(definition: KindDefinition, current: KubeObject, { type, patch }: Exclude<PatchBody, { type: 'apply' }>): unknown {
  if (type === 'json') {
    if (!Array.isArray(patch)) throw badRequest('error decoding patch: a JSON patch is a list of operations')
    if (patch.length > maxOperations) {
      throw failure(413, 'RequestEntityTooLarge', `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`)
    }
    return applyJsonPatch<unknown>(current, patch as JsonPatchOperation[])
  }
  if (!isRecord(patch)) throw badRequest('error decoding patch: it must be an object')
  if (type === 'merge') return applyMergePatch(current, patch)
  return applyStrategicMergePatch(current, patch, definition.schema)
}
