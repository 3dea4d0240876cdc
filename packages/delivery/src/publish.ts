import type { DeliveryView } from '@plimsoll/api'
import { isConflict, isNotFound, type KubeObject } from '@plimsoll/kube'
import type { DeliveriesContext } from './contract.ts'
import type { ReleaseRecord } from './records/rows.ts'

const apiVersion = 'plimsoll.dev/v1alpha1'
const keptReleases = 50

/** For `kubectl get deliveries`. What is on record stays what counts: a status that cannot be written is said in the log, and written next time. */
export async function publishStatus({ home, log }: DeliveriesContext, object: KubeObject, view: DeliveryView): Promise<void> {
  const status = {
    observedGeneration: object.metadata.generation ?? 0,
    phase: view.phase,
    message: view.text.slice(0, 1000),
    conditions: view.conditions.map((condition) => ({ ...condition, message: condition.message.slice(0, 1000) })),
    stages: view.stages.map(({ name, phase, release, commit, since, next }) => ({
      name,
      phase,
      release: release?.name ?? null,
      commit: commit ?? null,
      since: since ?? null,
      waiting: next?.release.name ?? null,
    })),
  }
  try {
    const type = await home.client.typeOf(apiVersion, 'Delivery')
    if (type === undefined) return
    const { namespace = '', name } = object.metadata
    await home.client.patch(type, { namespace, name }, { type: 'merge', patch: { status } }, { subresource: 'status' })
  } catch (error) {
    if (isNotFound(error)) return
    log.warn({ delivery: object.metadata.name, error: String(error) }, 'the status of a delivery could not be written')
  }
}

/** The Release as an object of the home cluster, made once. It goes with its Delivery; what is on record stays. */
export async function publishRelease(
  { home, log, namespace }: DeliveriesContext,
  release: ReleaseRecord,
  owner: KubeObject,
): Promise<void> {
  if (home.cache.get({ group: 'plimsoll.dev', kind: 'Release', namespace, name: release.name }) !== undefined) return
  const object: KubeObject = {
    apiVersion,
    kind: 'Release',
    metadata: {
      name: release.name,
      namespace,
      labels: { 'plimsoll.dev/delivery': release.delivery.slice(0, 63) },
      ...(owner.metadata.uid !== undefined && {
        ownerReferences: [{ apiVersion, kind: 'Delivery', name: owner.metadata.name, uid: owner.metadata.uid }],
      }),
    },
    spec: {
      delivery: release.delivery,
      number: release.number,
      source: { repoURL: release.repoURL, branch: release.branch, revision: release.revision },
      author: release.author,
      title: release.title,
      images: release.images,
      ...(release.model && { model: release.model }),
      ...(release.verdict && { verdict: release.verdict }),
      ...(release.pullRequest && { pullRequest: release.pullRequest }),
    },
  }
  try {
    const type = await home.client.typeOf(apiVersion, 'Release')
    if (type === undefined) return
    home.cache.observe(await home.client.create(type, object))
    // All of them are on record; in the cluster only those that somebody may look at.
    for (const old of home.cache.ofKind({ group: 'plimsoll.dev', kind: 'Release' }, namespace)) {
      const { delivery, number } = (old['spec'] ?? {}) as { delivery?: unknown; number?: unknown }
      if (delivery !== release.delivery || typeof number !== 'number' || number > release.number - keptReleases) continue
      await home.client.delete(type, { namespace, name: old.metadata.name }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
    }
  } catch (error) {
    if (!isConflict(error)) log.warn({ release: release.name, error: String(error) }, 'a release could not be shown in the cluster')
  }
}
