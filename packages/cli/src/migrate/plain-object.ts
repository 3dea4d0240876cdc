import type { KubeObject } from '@plimsoll/kube'
import { isMap } from './argo-object.ts'

const ours = 'plimsoll.dev/'
/** On an Application: Argo CD neither compares nor syncs it. */
export const skipReconcile = 'argocd.argoproj.io/skip-reconcile'

/** What people wrote of an object: without what a server has set, and without what a controller says of it. */
export function withoutServerFields({ apiVersion, kind, metadata, ...rest }: KubeObject): KubeObject {
  const { status: _status, operation: _operation, ...said } = rest
  const { name, namespace, labels, annotations: notes, finalizers } = metadata
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels && Object.keys(labels).length > 0 && { labels }),
      ...(notes && Object.keys(notes).length > 0 && { annotations: notes }),
      ...(finalizers && finalizers.length > 0 && { finalizers }),
    },
    ...said,
  }
}

/** Without our annotations. */
export function withoutOurNotes(object: KubeObject): KubeObject {
  const notes = object.metadata.annotations
  if (!notes) return object
  const kept = Object.entries(notes).filter(([name]) => !name.startsWith(ours))
  const { annotations: _notes, ...metadata } = object.metadata
  return { ...object, metadata: { ...metadata, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) } }
}

/** Names of our annotations on an object. */
export function ourNotes({ metadata }: KubeObject): string[] {
  return Object.keys(metadata.annotations ?? {}).filter((name) => name.startsWith(ours))
}

export function withNotes(object: KubeObject, notes: Record<string, string>): KubeObject {
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...notes } } }
}

export function automationOf(spec: unknown): Record<string, unknown> | undefined {
  const policy = isMap(spec) && isMap(spec['syncPolicy']) ? spec['syncPolicy'] : {}
  const { automated } = policy
  return isMap(automated) && automated['enabled'] !== false ? automated : undefined
}
