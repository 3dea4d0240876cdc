import type { KubeObject } from '@plimsoll/kube'
import type { NewObject } from '../kinds.ts'
import { contentHash } from '../machinery/content-hash.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { controllerReference } from '../pods/pod-from-template.ts'
import type { PodTemplate } from '../pods/pod.ts'
import type { ReplicaSet } from '../replica-set/replica-set.ts'
import {
  byCreation,
  desiredReplicasAnnotation,
  integerAnnotation,
  maxReplicasAnnotation,
  maxReplicasOf,
  podTemplateHash,
  replicasOf,
  revisionAnnotation,
  revisionHistoryAnnotation,
  type Deployment,
} from './deployment.ts'

/** Annotations of a Deployment that are not handed on to its ReplicaSets (`annotationsToSkip` of the deployment controller). */
const ownAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
])

/** The ReplicaSet that has the Deployment's template; the oldest, should there be several. */
export function findNewReplicaSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return [...sets].sort(byCreation).find((set) => hasTemplateOf(set, deployment))
}

export function hasTemplateOf(set: ReplicaSet, deployment: Deployment): boolean {
  return isSemanticallyEqual(withoutHash(set.spec.template), withoutHash(deployment.spec.template))
}

function withoutHash(template: PodTemplate | undefined): PodTemplate {
  const { [podTemplateHash]: _, ...labels } = template?.metadata?.labels ?? {}
  return { ...template, metadata: { ...template?.metadata, labels } }
}

export function templateHashOf(deployment: Deployment): string {
  return contentHash(deployment.spec.template, deployment.status?.collisionCount)
}

export function revisionOf(object: KubeObject): number {
  return integerAnnotation(object, revisionAnnotation) ?? 0
}

/** One more than the highest revision of the older ones. */
export function nextRevision(oldSets: readonly ReplicaSet[]): number {
  return Math.max(0, ...oldSets.map(revisionOf)) + 1
}

/** The ReplicaSet to make for the Deployment's template. */
export function buildReplicaSet(deployment: Deployment, replicas: number, revision: number): NewObject & { spec: ReplicaSet['spec'] } {
  const hash = templateHashOf(deployment)
  const template = structuredClone(deployment.spec.template ?? {})
  const labels = { ...template.metadata?.labels, [podTemplateHash]: hash }
  return {
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? '',
      labels,
      annotations: {
        ...inheritedAnnotations(deployment),
        [revisionAnnotation]: String(revision),
        ...scaleAnnotations(deployment),
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(deployment.spec.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
      selector: {
        ...deployment.spec.selector,
        matchLabels: { ...deployment.spec.selector?.matchLabels, [podTemplateHash]: hash },
      },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
}

/** What a ReplicaSet says about the size it was made for, so that a later change of size can be told and shared out. */
export function scaleAnnotations(deployment: Deployment): Record<string, string> {
  return { [desiredReplicasAnnotation]: String(replicasOf(deployment)), [maxReplicasAnnotation]: String(maxReplicasOf(deployment)) }
}

function inheritedAnnotations(deployment: Deployment): Record<string, string> {
  return Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !ownAnnotations.has(key)))
}

/**
 * Annotations that the current ReplicaSet should have and has not. A ReplicaSet that becomes current again (a rollback) gets a new
 * revision, and the one it had goes to its history.
 */
export function staleAnnotations(deployment: Deployment, set: ReplicaSet, revision: number): Record<string, string> {
  const wanted = inheritedAnnotations(deployment)
  const had = revisionOf(set)
  if (had < revision) {
    wanted[revisionAnnotation] = String(revision)
    if (had > 0) {
      const history = (set.metadata.annotations?.[revisionHistoryAnnotation] ?? '').split(',').filter((one) => one !== '')
      if (!history.includes(String(had))) wanted[revisionHistoryAnnotation] = [...history, String(had)].join(',')
    }
  }
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => set.metadata.annotations?.[key] !== value))
}
