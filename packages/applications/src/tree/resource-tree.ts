import type { ApplicationTree, HealthStatus, ResourceNode } from '@plimsoll/api'
import { type ClusterCache, type KubeObject, type ObjectKey, objectKey, splitApiVersion } from '@plimsoll/kube'
import type { HealthSource } from '../health/health-source.ts'
import type { ManagedResource } from '../reconcile/evaluation.ts'
import { externalUrls, imagesOf, infoOf } from './resource-info.ts'

/** Deeper than this no controller owns: a circle of owners ends here. */
const maxDepth = 12

/** What an application manages, and what those objects own, down to the pods; beside it what belongs to nobody, and what that owns. */
export function resourceTree(
  resources: readonly ManagedResource[],
  cache: ClusterCache,
  health: HealthSource,
  orphans: readonly KubeObject[] | undefined,
  isPermitted: (object: KubeObject) => boolean,
): ApplicationTree {
  const nodes: ResourceNode[] = []
  const seen = new Set<string>()
  const nodeOf = (object: KubeObject, parent: KubeObject | undefined): ResourceNode => nodeWith(object, parent, health.of(object))
  for (const resource of resources) {
    if (resource.live) nodes.push(nodeOf(resource.live, undefined))
    else nodes.push(missingNode(resource))
    if (resource.live?.metadata.uid) seen.add(resource.live.metadata.uid)
  }
  for (const resource of resources) {
    if (resource.live) collectOwned(resource.live, { cache, nodes, seen, nodeOf, isPermitted }, 0)
  }
  if (!orphans) return { nodes }
  const orphanedNodes: ResourceNode[] = orphans.map((orphan) => nodeOf(orphan, undefined))
  for (const orphan of orphans) collectOwned(orphan, { cache, nodes: orphanedNodes, seen, nodeOf, isPermitted }, 0)
  return { nodes, orphanedNodes }
}

interface Collected {
  cache: ClusterCache
  nodes: ResourceNode[]
  seen: Set<string>
  nodeOf(object: KubeObject, parent: KubeObject): ResourceNode
  /** What the project does not permit is not shown, nor what it owns. */
  isPermitted(object: KubeObject): boolean
}

function collectOwned(owner: KubeObject, collected: Collected, depth: number): void {
  const { cache, nodes, seen } = collected
  const uid = owner.metadata.uid
  if (uid === undefined || depth >= maxDepth) return
  for (const child of cache.ownedBy(uid)) {
    const childUid = child.metadata.uid
    if (childUid === undefined || seen.has(childUid) || !collected.isPermitted(child)) continue
    seen.add(childUid)
    nodes.push(collected.nodeOf(child, owner))
    collectOwned(child, collected, depth + 1)
  }
}

/** Objects below these, and themselves. What is not permitted is left out, with what it owns. */
export function descendantsOf(
  roots: readonly KubeObject[],
  cache: ClusterCache,
  isPermitted: (object: KubeObject) => boolean,
): KubeObject[] {
  const found: KubeObject[] = []
  const seen = new Set<string>()
  const visit = (object: KubeObject, depth: number): void => {
    const uid = object.metadata.uid
    if (uid === undefined || seen.has(uid) || depth > maxDepth || !isPermitted(object)) return
    seen.add(uid)
    found.push(object)
    for (const child of cache.ownedBy(uid)) visit(child, depth + 1)
  }
  for (const root of roots) visit(root, 0)
  return found
}

/** What owns an object, directly and further up, as far as it is there. */
export function ownersOf(object: KubeObject, cache: ClusterCache): KubeObject[] {
  const owners: KubeObject[] = []
  let level: KubeObject[] = [object]
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    const next: KubeObject[] = []
    for (const current of level) {
      for (const owner of current.metadata.ownerReferences ?? []) {
        const { group } = splitApiVersion(owner.apiVersion)
        const key: ObjectKey = { group, kind: owner.kind, namespace: current.metadata.namespace ?? '', name: owner.name }
        const found = cache.get(key) ?? cache.get({ ...key, namespace: '' })
        if (found?.metadata.uid === owner.uid && !owners.includes(found)) {
          owners.push(found)
          next.push(found)
        }
      }
    }
    level = next
  }
  return owners
}

function refFields(
  key: ObjectKey,
  apiVersion: string,
): { group?: string; version: string; kind: string; namespace?: string; name: string } {
  return {
    ...(key.group !== '' && { group: key.group }),
    version: splitApiVersion(apiVersion).version,
    kind: key.kind,
    ...(key.namespace !== '' && { namespace: key.namespace }),
    name: key.name,
  }
}

function nodeWith(object: KubeObject, parent: KubeObject | undefined, health: HealthStatus | undefined): ResourceNode {
  const info = infoOf(object)
  const images = imagesOf(object)
  const urls = externalUrls(object)
  return {
    ...refFields(objectKey(object), object.apiVersion),
    ...(object.metadata.uid && { uid: object.metadata.uid }),
    ...(parent && {
      parentRefs: [{ ...refFields(objectKey(parent), parent.apiVersion), ...(parent.metadata.uid && { uid: parent.metadata.uid }) }],
    }),
    ...(info.length > 0 && { info }),
    ...(urls.length > 0 && { networkingInfo: { externalURLs: urls } }),
    ...(images.length > 0 && { images }),
    ...(object.metadata.resourceVersion && { resourceVersion: object.metadata.resourceVersion }),
    ...(object.metadata.creationTimestamp && { createdAt: object.metadata.creationTimestamp }),
    ...(health && { health }),
  }
}

function missingNode(resource: ManagedResource): ResourceNode {
  return { ...refFields(resource.key, resource.target?.object.apiVersion ?? 'v1'), health: { status: 'Missing' } }
}
