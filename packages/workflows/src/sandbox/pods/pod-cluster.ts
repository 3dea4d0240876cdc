import type { Duplex } from 'node:stream'
import { type HttpKubeClient, KubeApiError, type KubeClient, type KubeObject, type ResourceType } from '@plimsoll/kube'
import { networkPolicies } from './network-policies.ts'

/** What pods of jobs need of a cluster. Rejections are those of a `KubeClient`: `KubeApiError` when the cluster has refused. */
export interface PodCluster {
  readonly namespace: string
  /** Sees to it that there is a place for pods. */
  prepare(): Promise<void>
  create(pod: KubeObject): Promise<KubeObject>
  get(name: string): Promise<KubeObject | undefined>
  list(labelSelector: string): Promise<KubeObject[]>
  /** Well when it is not there. */
  delete(pod: KubeObject): Promise<void>
  /** Input and output of a command in a container; destroyed with the reason when it fails. */
  connect(name: string, container: string, command: readonly string[]): Promise<Duplex>
}

export interface PodClusterOptions {
  client: KubeClient & Pick<HttpKubeClient, 'exec'>
  namespace: string
  log: { warn(fields: object, message: string): void }
}

/** A pod of Kubernetes ends its processes so long after it was asked to. */
const graceSeconds = 1
/** A server that stops does not wait for a cluster that does not answer. */
const deleteTimeoutMs = 5_000

export function openPodCluster({ client, namespace, log }: PodClusterOptions): PodCluster {
  let prepared: Promise<void> | undefined
  const typeOf = async (apiVersion: string, kind: string): Promise<ResourceType> => {
    const type = await client.typeOf(apiVersion, kind)
    if (!type) throw new Error(`The cluster serves no ${kind} (${apiVersion}).`)
    return type
  }
  const pods = (): Promise<ResourceType> => typeOf('v1', 'Pod')

  async function prepare(): Promise<void> {
    const namespaces = await typeOf('v1', 'Namespace')
    if (!(await client.get(namespaces, { name: namespace }))) {
      // No pod here may have more rights than a service of a job needs.
      const labels = { 'app.kubernetes.io/managed-by': 'plimsoll', 'pod-security.kubernetes.io/enforce': 'baseline' }
      await unlessThere(client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }))
    }
    for (const policy of networkPolicies(namespace)) {
      try {
        const type = await typeOf('networking.k8s.io/v1', 'NetworkPolicy')
        if (!(await client.get(type, policy.metadata))) await unlessThere(client.create(type, policy))
      } catch (error) {
        log.warn(
          { policy: policy.metadata.name, error: String(error) },
          'a network policy for jobs could not be made: their network is open',
        )
      }
    }
  }

  return {
    namespace,
    prepare() {
      prepared ??= prepare().catch((error: unknown) => {
        prepared = undefined
        throw error
      })
      return prepared
    },
    create: async (pod) => client.create(await pods(), pod),
    get: async (name) => client.get(await pods(), { namespace, name }),
    list: async (labelSelector) => (await client.list(await pods(), { namespace, labelSelector })).items,
    async delete({ metadata }) {
      const preconditions = metadata.uid === undefined ? {} : { preconditions: { uid: metadata.uid } }
      try {
        await client.delete(
          await pods(),
          { namespace, name: metadata.name },
          { gracePeriodSeconds: graceSeconds, signal: AbortSignal.timeout(deleteTimeoutMs), ...preconditions },
        )
      } catch (error) {
        // Gone, or another one of that name by now.
        if (!(error instanceof KubeApiError && (error.code === 404 || error.code === 409))) throw error
      }
    },
    async connect(name, container, command) {
      const { streams, ended } = await client.exec({ namespace, name }, { container, command })
      ended.then(
        ({ code, stderr }) => streams.destroy(new Error(stderr.trim() || `it ended with exit code ${code}`)),
        (error: Error) => streams.destroy(error),
      )
      return streams
    },
  }
}

async function unlessThere(creating: Promise<unknown>): Promise<void> {
  try {
    await creating
  } catch (error) {
    if (!(error instanceof KubeApiError && error.code === 409)) throw error
  }
}
