import type { ClusterCache, KubeClient, KubeObject } from '@plimsoll/kube'
import { allContainers, type Pod } from './pod.ts'

/** How a pod's containers and volumes learn what other objects say. */
export interface ConfigReader {
  configMap(namespace: string, name: string): Promise<KubeObject | undefined>
  secret(namespace: string, name: string): Promise<KubeObject | undefined>
  claim(namespace: string, name: string): Promise<KubeObject | undefined>
  services(namespace: string): KubeObject[]
}

/**
 * Reads from the cache, and asks the API before it says that something is not there: a pod can be seen before
 * the ConfigMap that was written ahead of it, because each kind is watched on its own.
 */
export function createConfigReader(client: KubeClient, cache: ClusterCache): ConfigReader {
  const read = async (kind: string, namespace: string, name: string) => {
    const cached = cache.get({ group: '', kind, namespace, name })
    if (cached) return cached
    const type = await client.typeOf('v1', kind)
    const object = type && (await client.get(type, { namespace, name }))
    if (object) cache.observe(object)
    return object
  }
  return {
    configMap: (namespace, name) => read('ConfigMap', namespace, name),
    secret: (namespace, name) => read('Secret', namespace, name),
    claim: (namespace, name) => read('PersistentVolumeClaim', namespace, name),
    services: (namespace) => cache.ofKind({ group: '', kind: 'Service' }, namespace),
  }
}

/** A ConfigMap's or Secret's values as bytes, by key. */
export function valuesOf(object: KubeObject): Map<string, Buffer> {
  const values = new Map<string, Buffer>()
  const isSecret = object.kind === 'Secret'
  for (const [key, value] of entriesOf(object['data'])) values.set(key, Buffer.from(value, isSecret ? 'base64' : 'utf8'))
  for (const [key, value] of entriesOf(object['binaryData'])) values.set(key, Buffer.from(value, 'base64'))
  return values
}

/** `ConfigMap/NAME`, `Secret/NAME` and so on: whatever may change what a pod's containers see or whether they can start. */
export function configNamesOf(pod: Pod): Set<string> {
  const names = new Set<string>()
  const add = (kind: string, name: string | undefined) => name !== undefined && names.add(`${kind}/${name}`)
  for (const container of allContainers(pod)) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add('ConfigMap', configMapRef?.name)
      add('Secret', secretRef?.name)
    }
    for (const { valueFrom } of container.env ?? []) {
      add('ConfigMap', valueFrom?.configMapKeyRef?.name)
      add('Secret', valueFrom?.secretKeyRef?.name)
    }
  }
  for (const volume of pod.spec.volumes ?? []) {
    add('ConfigMap', volume.configMap?.name)
    add('Secret', volume.secret?.secretName)
    add('PersistentVolumeClaim', volume.persistentVolumeClaim?.claimName)
    for (const source of volume.projected?.sources ?? []) {
      add('ConfigMap', source.configMap?.name)
      add('Secret', source.secret?.name)
    }
  }
  return names
}

function entriesOf(field: unknown): [string, string][] {
  if (typeof field !== 'object' || field === null) return []
  return Object.entries(field).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}
