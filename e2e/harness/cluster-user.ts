import {
  createKubeClient,
  type HttpKubeClient,
  isNotFound,
  type KubeObject,
  type NamespacedName,
  type Patch,
  type ResourceType,
} from '@plimsoll/kube'
import { load, loadAll } from 'js-yaml'
import type { Plimsoll } from './plimsoll.ts'
import { eventually } from './run.ts'

/** The embedded cluster as another client sees it: by its kubeconfig, never through the server. */
export interface Cluster {
  client: HttpKubeClient
  /** Undefined when there is none. `kind` is `v1/ConfigMap`, `apps/v1/Deployment`. */
  get(kind: string, namespace: string, name: string): Promise<KubeObject | undefined>
  list(kind: string, namespace: string): Promise<KubeObject[]>
  create(yaml: string | KubeObject, manager?: string): Promise<KubeObject>
  /** A merge patch unless it is a list. */
  patch(
    kind: string,
    namespace: string,
    name: string,
    patch: object,
    options?: { manager?: string; subresource?: 'status' | 'scale' },
  ): Promise<KubeObject>
  /** As `kubectl apply` did before it applied on the server: an update that carries the last-applied annotation. */
  applyClientSide(yaml: string, manager?: string): Promise<KubeObject>
  remove(kind: string, namespace: string, name: string): Promise<void>
  close(): Promise<void>
}

export async function openCluster(plimsoll: Plimsoll): Promise<Cluster> {
  const client = await createKubeClient({ kubeconfigPath: plimsoll.kubeconfig })

  async function typeOf(kind: string): Promise<ResourceType> {
    const slash = kind.lastIndexOf('/')
    // A definition that was made a moment ago is served a moment later, and a client asks for it no more than once in a while.
    return eventually(`the cluster serves ${kind}`, () => client.typeOf(kind.slice(0, slash), kind.slice(slash + 1)), 5000)
  }
  const ref = (namespace: string, name: string): NamespacedName => ({ name, ...(namespace !== '' && { namespace }) })
  const parse = (yaml: string | KubeObject): KubeObject => (typeof yaml === 'string' ? (load(yaml) as KubeObject) : yaml)

  return {
    client,
    get: async (kind, namespace, name) => client.get(await typeOf(kind), ref(namespace, name)),
    list: async (kind, namespace) => (await client.list(await typeOf(kind), namespace === '' ? {} : { namespace })).items,
    async create(yaml, manager = 'somebody') {
      const object = parse(yaml)
      return client.create(await typeOf(`${object.apiVersion}/${object.kind}`), object, { fieldManager: manager })
    },
    async patch(kind, namespace, name, patch, { manager = 'somebody', subresource } = {}) {
      const body = (Array.isArray(patch) ? { type: 'json', patch } : { type: 'merge', patch }) as Patch
      return client.patch(await typeOf(kind), ref(namespace, name), body, { fieldManager: manager, ...(subresource && { subresource }) })
    },
    async applyClientSide(yaml, manager = 'kubectl-client-side-apply') {
      const object = parse(yaml)
      const annotated = {
        ...object,
        metadata: {
          ...object.metadata,
          annotations: {
            ...object.metadata.annotations,
            'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(object)}\n`,
          },
        },
      }
      return client.create(await typeOf(`${object.apiVersion}/${object.kind}`), annotated, { fieldManager: manager })
    },
    async remove(kind, namespace, name) {
      try {
        await client.delete(await typeOf(kind), ref(namespace, name))
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    },
    close: async () => client.close(),
  }
}

export function documentsOf(yaml: string): KubeObject[] {
  return loadAll(yaml) as KubeObject[]
}
