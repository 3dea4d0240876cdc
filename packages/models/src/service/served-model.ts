import type { ResourceDiff } from '@plimsoll/api'

/** Names under which manifests say which model they serve. */
const annotation = 'plimsoll.dev/model'
const variables = new Set(['MODEL_DIGEST', 'MODEL_URI', 'STORAGE_URI'])
const digestIn = /\bsha256:[0-9a-f]{64}\b/

/**
 * The digests that live objects of an Application name as their model: the annotation `plimsoll.dev/model` of an object or its pods, an entry
 * `MODEL_DIGEST`, `MODEL_URI` or `STORAGE_URI` of a ConfigMap or a container's environment, and `storageUri` of an InferenceService.
 */
export function servedModels(resources: readonly Pick<ResourceDiff, 'liveState'>[]): string[] {
  const found = new Set<string>()
  for (const { liveState } of resources) {
    if (liveState === undefined || !liveState.includes('sha256:')) continue
    visit(JSON.parse(liveState) as unknown, found)
  }
  return [...found]
}

function visit(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, found)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const { name, value: text } = value as { name?: unknown; value?: unknown }
  if (typeof name === 'string' && variables.has(name)) take(text, found)
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    if (key === annotation || key === 'storageUri' || variables.has(key)) take(item, found)
    // What other tools keep of earlier states is not what serves.
    else if (key !== 'managedFields' && key !== 'kubectl.kubernetes.io/last-applied-configuration') visit(item, found)
  }
}

function take(text: unknown, found: Set<string>): void {
  const digest = typeof text === 'string' ? digestIn.exec(text)?.[0] : undefined
  if (digest !== undefined) found.add(digest)
}
