import { cloneJson, isEqualJson, KubeApiError, type KubeClient, type KubeObject } from '@plimsoll/kube'
import { isMap, textsOf, titleOf } from './argo-object.ts'

export interface WriteResult {
  title: string
  outcome: 'created' | 'changed' | 'unchanged' | 'left'
  /** Why it was left as it is. */
  why?: string
}

const fieldManager = 'plimsoll-migrate'
/** What `default` is as long as nobody has changed it, here and in Argo CD. */
const openSpec = {
  sourceRepos: ['*'],
  destinations: [{ server: '*', namespace: '*' }],
  clusterResourceWhitelist: [{ group: '*', kind: '*' }],
}

/**
 * Makes one object, or brings the one that is there to it. What is there and says something else is left, unless `upsert` is set: this can be run again and
 * again. Of settings and Secrets each key counts by itself, and other keys stay.
 */
export async function writeObject(client: KubeClient, object: KubeObject, { upsert }: { upsert: boolean }): Promise<WriteResult> {
  const title = titleOf(object)
  const type = await client.typeOf(object.apiVersion, object.kind)
  if (!type) return { title, outcome: 'left', why: `the cluster does not serve ${object.apiVersion} ${object.kind}` }
  const { name, namespace = '' } = object.metadata
  try {
    const live = await client.get(type, { name, namespace })
    if (!live) {
      await client.create(type, object, { fieldManager })
      return { title, outcome: 'created' }
    }
    const { next, conflicts } = mergedWith(live, object)
    if (conflicts.length > 0 && !upsert)
      return { title, outcome: 'left', why: `it is there, and ${conflicts.join(', ')} is different: --upsert changes it` }
    if (isEqualJson(next, live)) return { title, outcome: 'unchanged' }
    await client.update(type, next, { fieldManager })
    return { title, outcome: 'changed' }
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error
    // What an API server says of a Secret may quote it.
    const said = object.kind === 'Secret' ? `status ${error.code}, ${error.reason}` : error.message
    return { title, outcome: 'left', why: `the cluster refuses it: ${said}` }
  }
}

function mergedWith(live: KubeObject, wanted: KubeObject): { next: KubeObject; conflicts: string[] } {
  const next = cloneJson(live)
  const conflicts: string[] = []
  next.metadata.labels = { ...live.metadata.labels, ...wanted.metadata.labels }
  next.metadata.annotations = { ...live.metadata.annotations, ...wanted.metadata.annotations }
  for (const field of ['labels', 'annotations'] as const)
    if (Object.keys(next.metadata[field] ?? {}).length === 0) delete next.metadata[field]
  if (wanted.kind === 'ConfigMap' || wanted.kind === 'Secret') {
    const encoded = Object.entries(textsOf(wanted['stringData'])).map(([key, text]) => [key, Buffer.from(text).toString('base64')] as const)
    const there = textsOf(live['data'])
    for (const [key, text] of [...Object.entries(textsOf(wanted['data'])), ...encoded])
      if (Object.hasOwn(there, key) && there[key] !== text) conflicts.push(key)
    next['data'] = { ...there, ...textsOf(wanted['data']), ...Object.fromEntries(encoded) }
    return { next, conflicts }
  }
  const finalizers = wanted.metadata.finalizers ?? []
  if (!isEqualJson(live.metadata.finalizers ?? [], finalizers)) {
    conflicts.push('metadata.finalizers')
    next.metadata.finalizers = [...finalizers]
  }
  const isUntouched = wanted.kind === 'AppProject' && wanted.metadata.name === 'default' && isEqualJson(live['spec'], openSpec)
  if (!isEqualJson(live['spec'], wanted['spec'])) {
    if (!isUntouched) conflicts.push(...differingFields(live['spec'], wanted['spec']))
    next['spec'] = wanted['spec']
  }
  return { next, conflicts }
}

function differingFields(live: unknown, wanted: unknown): string[] {
  if (!isMap(live) || !isMap(wanted)) return ['spec']
  const names = [...new Set([...Object.keys(live), ...Object.keys(wanted)])]
  return names.filter((name) => !isEqualJson(live[name] ?? null, wanted[name] ?? null)).map((name) => `spec.${name}`)
}
