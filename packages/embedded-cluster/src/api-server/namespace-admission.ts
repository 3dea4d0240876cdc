import type { Store } from '../storage/index.ts'
import { failure, forbidden } from './api-failure.ts'
import type { KindDefinition } from './kind-registry.ts'

export const initialNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const
/** The NamespaceLifecycle admission plug-in refuses to delete these. */
export const immortalNamespaces: ReadonlySet<string> = new Set(['default', 'kube-public', 'kube-system'])

/** Nothing is made in a namespace that does not exist or is going away. Throws 404 or 403. */
export function admitToNamespace(store: Store, definition: KindDefinition, namespace: string, name: string): void {
  if (!definition.type.namespaced) return
  const stored = store.get('/namespaces', '', namespace)
  if (stored === undefined) {
    throw failure(404, 'NotFound', `namespaces "${namespace}" not found`, { name: namespace, kind: 'namespaces' })
  }
  if (stored.object.metadata.deletionTimestamp === undefined) return
  throw forbidden(definition, name, `unable to create new content in namespace ${namespace} because it is being terminated`, [
    { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' },
  ])
}
