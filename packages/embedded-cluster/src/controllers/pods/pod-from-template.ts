import type { KubeObject, OwnerReference } from '@plimsoll/kube'
import type { NewObject } from '../kinds.ts'
import type { PodTemplate } from './pod.ts'

export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** A pod as the template says, named by the server after its owner unless `name` is given. */
export function podFromTemplate(template: PodTemplate, owner: KubeObject, name?: string): NewObject {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  const metadata = {
    ...(name === undefined ? { generateName: `${owner.metadata.name}-` } : { name }),
    namespace: owner.metadata.namespace ?? '',
    ...(labels === undefined ? {} : { labels: { ...labels } }),
    ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
    ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
    ownerReferences: [controllerReference(owner)],
  }
  // The name is the server's to give.
  return { metadata: metadata as KubeObject['metadata'], spec: structuredClone(template.spec ?? {}) }
}
