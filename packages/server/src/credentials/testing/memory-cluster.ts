import { type CacheChange, KubeApiError, type KubeObject, type ObjectKey } from '@plimsoll/kube'
import type { TargetCluster } from '@plimsoll/applications'

/** Objects in memory, as an API server keeps them. For tests. */
export interface MemoryCluster {
  home: Pick<TargetCluster, 'cache' | 'client'>
  /** As `kubectl apply` of a manifest; `stringData` becomes `data`. */
  put(object: KubeObject): KubeObject
  remove(kind: string, name: string, namespace?: string): void
  get(kind: string, name: string, namespace?: string): KubeObject | undefined
}

export function createMemoryCluster(): MemoryCluster {
  const all = new Map<string, KubeObject>()
  const listeners = new Set<(change: CacheChange) => void>()
  let version = 0
  const tell = (kind: string, namespace: string, name: string): void => {
    const group = kind === 'AppProject' ? 'argoproj.io' : ''
    for (const listener of listeners) listener({ key: { group, kind, namespace, name }, previous: undefined, current: undefined })
  }
  const idOf = (kind: string, namespace: string, name: string): string => `${kind}/${namespace}/${name}`

  function put(object: KubeObject): KubeObject {
    const { stringData, ...rest } = object
    const id = idOf(object.kind, object.metadata.namespace ?? '', object.metadata.name)
    const data = Object.fromEntries(
      Object.entries((stringData ?? {}) as Record<string, string>).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    )
    const kept: KubeObject = {
      ...rest,
      ...(stringData !== undefined && { data: { ...(rest['data'] as object | undefined), ...data } }),
      metadata: { ...object.metadata, uid: all.get(id)?.metadata.uid ?? `uid-${++version}`, resourceVersion: String(++version) },
    }
    all.set(id, kept)
    tell(object.kind, object.metadata.namespace ?? '', object.metadata.name)
    return kept
  }

  const cache = {
    get: ({ kind, namespace, name }: ObjectKey) => all.get(idOf(kind, namespace, name)),
    ofKind: ({ kind }: { kind: string }, namespace?: string) =>
      [...all.values()].filter((object) => object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace)),
    observe: (object: KubeObject) => void all.set(idOf(object.kind, object.metadata.namespace ?? '', object.metadata.name), object),
    observeDeletion: () => undefined,
    subscribe(listener: (change: CacheChange) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const client = {
    typeOf: async (apiVersion: string, kind: string) => ({ group: '', version: apiVersion, kind }),
    get: async ({ kind }: { kind: string }, { namespace = '', name }: { namespace?: string; name: string }) =>
      all.get(idOf(kind, namespace, name)),
    list: async ({ kind }: { kind: string }) => ({ items: [...all.values()].filter((object) => object.kind === kind) }),
    async create({ kind }: { kind: string }, object: KubeObject) {
      if (all.has(idOf(kind, object.metadata.namespace ?? '', object.metadata.name)))
        throw new KubeApiError(409, 'AlreadyExists', 'it is there')
      return put(object)
    },
    async update({ kind }: { kind: string }, object: KubeObject) {
      const live = all.get(idOf(kind, object.metadata.namespace ?? '', object.metadata.name))
      if (!live) throw new KubeApiError(404, 'NotFound', 'it is not there')
      if (object.metadata.resourceVersion !== live.metadata.resourceVersion) throw new KubeApiError(409, 'Conflict', 'it has changed')
      return put(object)
    },
    async delete({ kind }: { kind: string }, { namespace = '', name }: { namespace?: string; name: string }) {
      if (!all.delete(idOf(kind, namespace, name))) throw new KubeApiError(404, 'NotFound', 'it is not there')
      tell(kind, namespace, name)
      return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
    },
  }

  return {
    home: { cache, client } as unknown as MemoryCluster['home'],
    put,
    remove(kind, name, namespace = 'argocd') {
      all.delete(idOf(kind, namespace, name))
      tell(kind, namespace, name)
    },
    get: (kind, name, namespace = 'argocd') => all.get(idOf(kind, namespace, name)),
  }
}
