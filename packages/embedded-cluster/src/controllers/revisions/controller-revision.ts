import { controllerOf, type KubeObject } from '@plimsoll/kube'
import type { NewObject } from '../kinds.ts'
import { contentHash } from '../machinery/content-hash.ts'
import { isSemanticallyEqual } from '../machinery/semantic-equal.ts'
import { controllerReference } from '../pods/pod-from-template.ts'
import type { PodTemplate } from '../pods/pod.ts'

/** apps/v1 ControllerRevision: one template a StatefulSet or DaemonSet has had. `data` is a strategic merge patch, which is how kubectl undoes. */
export interface ControllerRevision extends KubeObject {
  data?: { spec?: { template?: PodTemplate & { $patch?: string } } }
  revision: number
}

export const revisionHashLabel = 'controller-revision-hash'
const hashLabel = 'controller.kubernetes.io/hash'

interface RevisionOwner extends KubeObject {
  spec: { template?: PodTemplate }
  status?: { collisionCount?: number }
}

/** The revision of what the owner's template is now. */
export function buildRevision(
  owner: RevisionOwner,
  revision: number,
): NewObject & { data: NonNullable<ControllerRevision['data']>; revision: number } {
  const template = structuredClone(owner.spec.template ?? {})
  const hash = contentHash(template, owner.status?.collisionCount)
  return {
    metadata: {
      name: `${owner.metadata.name.slice(0, 223)}-${hash}`,
      namespace: owner.metadata.namespace ?? '',
      labels: { ...template.metadata?.labels, [hashLabel]: hash, [revisionHashLabel]: hash },
      ...(owner.metadata.annotations === undefined ? {} : { annotations: withoutLastApplied(owner.metadata.annotations) }),
      ownerReferences: [controllerReference(owner)],
    },
    data: { spec: { template: { ...template, $patch: 'replace' } } },
    revision,
  }
}

function withoutLastApplied(annotations: Record<string, string>): Record<string, string> {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...rest } = annotations
  return rest
}

export function templateOf(revision: ControllerRevision | undefined): PodTemplate | undefined {
  if (revision?.data?.spec?.template === undefined) return undefined
  const { $patch: _, ...template } = revision.data.spec.template
  return template
}

export function hashOf(revision: KubeObject): string {
  return revision.metadata.labels?.[revisionHashLabel] ?? revision.metadata.labels?.[hashLabel] ?? revision.metadata.name
}

/** The newest of the revisions that have the owner's template. */
export function revisionWithTemplate(owner: RevisionOwner, revisions: readonly ControllerRevision[]): ControllerRevision | undefined {
  return revisions.filter((one) => isSemanticallyEqual(templateOf(one), owner.spec.template)).sort((a, b) => b.revision - a.revision)[0]
}

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid
}

/** Revisions nothing runs with any more, beyond the limit, oldest first. */
export function surplusRevisions(
  revisions: readonly ControllerRevision[],
  inUse: ReadonlySet<string>,
  limit: number,
): ControllerRevision[] {
  const unused = revisions.filter((one) => !inUse.has(one.metadata.name) && !inUse.has(hashOf(one))).sort((a, b) => a.revision - b.revision)
  return unused.slice(0, Math.max(0, unused.length - limit))
}
