import type { NewObject } from '../kinds.ts'
import { podFromTemplate } from '../pods/pod-from-template.ts'
import type { PodSpec, Toleration } from '../pods/pod.ts'
import { revisionHashLabel } from '../revisions/controller-revision.ts'
import type { DaemonSet } from './daemon-set.ts'

/** What a daemon tolerates in any case (`util.AddOrUpdateDaemonPodTolerations`). */
const daemonTolerations: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
]

/** The daemon's pod for one node: the scheduler takes it there and nowhere else. */
export function buildDaemonPod(set: DaemonSet, node: string, revision: string): NewObject {
  const pod = podFromTemplate(set.spec.template ?? {}, set)
  pod.metadata.labels = {
    ...pod.metadata.labels,
    [revisionHashLabel]: revision,
    'pod-template-generation': set.metadata.annotations?.['deprecated.daemonset.template.generation'] ?? '1',
  }
  pod['spec'] = forNode(pod['spec'] as PodSpec, node)
  return pod
}

function forNode(spec: PodSpec, node: string): PodSpec {
  const toThisNode = [{ key: 'metadata.name', operator: 'In', values: [node] }]
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const terms = required?.nodeSelectorTerms ?? []
  return {
    ...spec,
    tolerations: withDaemonTolerations(spec),
    affinity: {
      ...spec.affinity,
      nodeAffinity: {
        ...spec.affinity?.nodeAffinity,
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms:
            terms.length === 0 ? [{ matchFields: toThisNode }] : terms.map((term) => ({ ...term, matchFields: toThisNode })),
        },
      },
    },
  }
}

export function withDaemonTolerations(spec: PodSpec): Toleration[] {
  const network: Toleration[] =
    spec.hostNetwork === true ? [{ key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' }] : []
  return [...(spec.tolerations ?? []), ...daemonTolerations, ...network]
}
