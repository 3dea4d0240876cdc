import type { NewObject } from '../kinds.ts'
import { podFromTemplate } from '../pods/pod-from-template.ts'
import type { PodTemplate, Volume } from '../pods/pod.ts'
import { revisionHashLabel } from '../revisions/controller-revision.ts'
import { claimName, type ClaimTemplate, type StatefulSet } from './stateful-set.ts'

/** The pod with this ordinal, of one revision: its name, host name and claims are its own for good. */
export function buildStatefulPod(set: StatefulSet, template: PodTemplate, ordinal: number, revision: string): NewObject {
  const name = `${set.metadata.name}-${ordinal}`
  const pod = podFromTemplate(template, set, name)
  pod.metadata.labels = {
    ...pod.metadata.labels,
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
    [revisionHashLabel]: revision,
  }
  const spec = pod['spec'] as { hostname?: string; subdomain?: string; volumes?: Volume[] }
  spec.hostname = name
  if (set.spec.serviceName) spec.subdomain = set.spec.serviceName
  const templates = set.spec.volumeClaimTemplates ?? []
  const others = (spec.volumes ?? []).filter((volume) => !templates.some((one) => one.metadata.name === volume.name))
  const claims = templates.map((one) => ({ name: one.metadata.name, persistentVolumeClaim: { claimName: claimName(one, set, ordinal) } }))
  if (others.length + claims.length > 0) spec.volumes = [...claims, ...others]
  return pod
}

export function buildClaim(set: StatefulSet, template: ClaimTemplate, ordinal: number): NewObject {
  return {
    metadata: {
      name: claimName(template, set, ordinal),
      namespace: set.metadata.namespace ?? '',
      labels: { ...template.metadata.labels, ...set.spec.selector?.matchLabels },
      ...(template.metadata.annotations === undefined ? {} : { annotations: { ...template.metadata.annotations } }),
    },
    spec: structuredClone(template.spec ?? {}),
  }
}
