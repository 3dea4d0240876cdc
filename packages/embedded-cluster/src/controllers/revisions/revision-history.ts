import { controllerOf, type KubeObject } from '@plimsoll/kube'
import { controllerRevisionKind } from '../kinds.ts'
import { claimObjects } from '../machinery/claim.ts'
import { matchesSelector, type LabelSelector } from '../machinery/label-selector.ts'
import type { Machinery } from '../machinery/machinery.ts'
import { isAlreadyExists } from '../machinery/object-writer.ts'
import type { PodTemplate } from '../pods/pod.ts'
import { buildRevision, revisionWithTemplate, type ControllerRevision } from './controller-revision.ts'

interface Owner extends KubeObject {
  spec: { template?: PodTemplate; selector?: LabelSelector }
  status?: { collisionCount?: number }
}

export interface RevisionState {
  all: ControllerRevision[]
  /** Of the template as it is now. */
  update: ControllerRevision
  /** Another object has the name that this one should have: the next name is tried. */
  collisionCount: number | undefined
}

/** The owner's revisions, with one for its template as it is now: made, or an older one that has become the newest again. */
export async function syncRevisions(machinery: Machinery, owner: Owner): Promise<RevisionState> {
  const { client } = machinery.context
  const { writer, relations } = machinery
  const namespace = owner.metadata.namespace ?? ''
  const all = (await claimObjects<ControllerRevision>({
    writer,
    owner,
    owned: writer.ownedBy(owner.metadata.uid, controllerRevisionKind) as ControllerRevision[],
    orphans: relations.orphans(controllerRevisionKind, namespace) as ControllerRevision[],
    isMatch: (revision) => matchesSelector(owner.spec.selector, revision.metadata.labels),
    async isOwnerAlive() {
      const fresh = await client.get(await writer.typeOf(owner.apiVersion, owner.kind), { namespace, name: owner.metadata.name })
      return fresh?.metadata.uid === owner.metadata.uid && fresh?.metadata.deletionTimestamp === undefined
    },
  })) as ControllerRevision[]
  const newest = Math.max(0, ...all.map((one) => one.revision))
  const existing = revisionWithTemplate(owner, all)
  if (existing !== undefined) {
    if (existing.revision === newest) return { all, update: existing, collisionCount: owner.status?.collisionCount }
    const renewed = (await writer.merge(existing, { revision: newest + 1 }, { sameVersion: true })) as ControllerRevision
    return { all: all.map((one) => (one === existing ? renewed : one)), update: renewed, collisionCount: owner.status?.collisionCount }
  }
  let collisionCount = owner.status?.collisionCount
  for (let attempt = 0; ; attempt++) {
    const wanted = buildRevision(
      { ...owner, status: { ...owner.status, ...(collisionCount === undefined ? {} : { collisionCount }) } },
      newest + 1,
    )
    try {
      const created = (await writer.create(controllerRevisionKind, wanted)) as ControllerRevision
      return { all: [...all, created], update: created, collisionCount }
    } catch (error) {
      if (!isAlreadyExists(error) || attempt >= 5) throw error
      const type = await writer.typeOf(controllerRevisionKind.apiVersion, controllerRevisionKind.kind)
      const found = (await client.get(type, { namespace, name: wanted.metadata.name })) as ControllerRevision | undefined
      if (found !== undefined && controllerOf(found)?.uid === owner.metadata.uid && revisionWithTemplate(owner, [found]) !== undefined) {
        return { all: [...all, found], update: found, collisionCount }
      }
      collisionCount = (collisionCount ?? 0) + 1
    }
  }
}
