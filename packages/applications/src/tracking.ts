import { annotations } from '@plimsoll/api'
import { type KubeObject, type ObjectKey, splitApiVersion } from '@plimsoll/kube'
import type { ApplicationRef } from './contract.ts'

/**
 * Which Application an object belongs to. The annotation is Argo CD's: `INSTANCE:GROUP/KIND:NAMESPACE/NAME`, where INSTANCE is the
 * Application's name, or `NAMESPACE_NAME` when it lives outside the control plane's namespace
 * (argo-cd docs/user-guide/resource_tracking.md). An annotation that names another object was copied along by
 * somebody (a Deployment copies its own to its ReplicaSets) and counts for nothing.
 */
export function instanceName(ref: ApplicationRef, controlPlaneNamespace: string): string {
  return ref.namespace === controlPlaneNamespace ? ref.name : `${ref.namespace}_${ref.name}`
}

/** The Application that an instance stands for. Neither a namespace nor a name has an underscore. */
export function refOfInstance(instance: string, controlPlaneNamespace: string): ApplicationRef {
  const at = instance.indexOf('_')
  return at < 0 ? { namespace: controlPlaneNamespace, name: instance } : { namespace: instance.slice(0, at), name: instance.slice(at + 1) }
}

export function trackingId(instance: string, key: ObjectKey): string {
  return `${instance}:${key.group}/${key.kind}:${key.namespace}/${key.name}`
}

/** The instance that an object says it belongs to, or undefined when it says nothing or means another object. */
export function instanceOf(object: KubeObject): string | undefined {
  const id = object.metadata.annotations?.[annotations.trackingId]
  if (id === undefined) return undefined
  const match = /^([^:]+):([^/]*)\/([^:]+):([^/]*)\/(.+)$/.exec(id)
  if (!match) return undefined
  const [, instance, group, kind, namespace, name] = match
  const isSelf =
    kind === object.kind &&
    name === object.metadata.name &&
    namespace === (object.metadata.namespace ?? '') &&
    group === splitApiVersion(object.apiVersion).group
  return isSelf ? instance : undefined
}

/** The key under which the cluster cache files what an instance manages. */
export function instanceIndexKey(instance: string): string {
  return `applications/${instance}`
}

export function indexKeysOf(object: KubeObject): string[] {
  const instance = instanceOf(object)
  return instance === undefined ? [] : [instanceIndexKey(instance)]
}
