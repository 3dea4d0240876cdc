import type { KubeObject } from '@plimsoll/kube'
import { badRequest } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'
import { cloneTree, isRecord } from './tree.ts'
import type { PatchBody } from './write-request.ts'

/** The object after a patch, as a private copy. `current` is frozen. Throws 400 or 422 for a patch that does not fit. */
export function patchObject(definition: KindDefinition, current: KubeObject, body: Exclude<PatchBody, { type: 'apply' }>): unknown {
  void definition
  if (body.type === 'json') throw badRequest('not yet')
  if (!isRecord(body.patch)) throw badRequest('the patch must be an object')
  return merge(cloneTree(current), body.patch)
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return cloneTree(patch)
  const result: Record<string, unknown> = isRecord(target) ? target : {}
  for (const key of Object.keys(patch)) {
    if (patch[key] === null) delete result[key]
    else result[key] = merge(Object.hasOwn(result, key) ? result[key] : undefined, patch[key])
  }
  return result
}
