import type { Application, ApplicationTree, HealthStatusCode, ResourceNode, SyncStatusCode } from '@plimsoll/api'

/** One object, as tree and inspector show it. */
export interface GraphNode {
  /** `group/kind/namespace/name`; `application` for the root; `group:…` for what is folded into one. */
  id: string
  kind: string
  group: string
  version: string
  namespace: string
  name: string
  uid?: string
  resourceVersion: string
  createdAt?: string
  health?: HealthStatusCode
  healthMessage?: string
  /** Only what Git holds, or held, has one. */
  sync?: SyncStatusCode
  toPrune: boolean
  isManaged: boolean
  /** Made by a sync or a deletion for its own sake. */
  isHook?: boolean
  /** In Git, and not in the cluster. */
  isMissing: boolean
  wave?: number
  images: readonly string[]
  urls: readonly string[]
  /** The owner that it is drawn under; the root has none. */
  parent?: string
  /** All owners, for the edges. */
  parents: readonly string[]
  children: readonly string[]
  depth: number
  /** Pods below it, itself included. */
  pods: number
  readyPods: number
  /** What the cluster says in few words: `Running`, `CrashLoopBackOff`. */
  statusReason?: string
  containers?: string
  restarts: number
  revision?: number
  simulated?: string
}

export interface ResourceGraph {
  nodes: ReadonlyMap<string, GraphNode>
  /** From top to bottom, as a list shows it; parents before children. */
  order: readonly string[]
}

export const rootId = 'application'

export function idOf(one: { group?: string | undefined; kind: string; namespace?: string | undefined; name: string }): string {
  return [one.group ?? '', one.kind, one.namespace ?? '', one.name].join('/')
}

/** What a reader looks for first stands first; the rest by name. */
const kindOrder = [
  'Namespace', 'CustomResourceDefinition', 'Rollout', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod',
  'InferenceService', 'Service', 'EndpointSlice', 'Endpoints', 'Ingress', 'HTTPRoute', 'Gateway', 'HorizontalPodAutoscaler',
  'PodDisruptionBudget', 'ConfigMap', 'Secret', 'ServiceAccount', 'PersistentVolumeClaim',
] // prettier-ignore
const rankOf = new Map(kindOrder.map((kind, index) => [kind, index]))

interface Draft extends GraphNode {
  parents: string[]
  children: string[]
}

/** Joins what Git says (the status) with what the cluster says (the tree). A cycle of owners, or an owner that is not there, hangs under the root. */
export function buildGraph(application: Application, tree: ApplicationTree | undefined): ResourceGraph {
  const drafts = new Map<string, Draft>()
  const managed = new Map((application.status?.resources ?? []).map((one) => [idOf(one), one]))
  const byUid = new Map<string, string>()

  for (const node of tree?.nodes ?? []) {
    const id = idOf(node)
    if (drafts.has(id)) continue
    drafts.set(id, fromTree(id, node))
    if (node.uid) byUid.set(node.uid, id)
  }
  for (const [id, status] of managed) {
    if (status.hook === true) {
      const hook = drafts.get(id)
      if (hook) hook.isHook = true
      continue
    }
    const draft = drafts.get(id) ?? empty(id, status.kind, status.group ?? '', status.version ?? '', status.namespace ?? '', status.name)
    draft.isManaged = true
    if (!drafts.has(id)) draft.isMissing = status.requiresPruning !== true && tree !== undefined
    if (status.status) draft.sync = status.status
    draft.toPrune = status.requiresPruning === true
    draft.version ||= status.version ?? ''
    if (status.syncWave !== undefined) draft.wave = status.syncWave
    const health = status.health?.status
    if (health) draft.health = health
    if (status.health?.message) draft.healthMessage = status.health.message
    drafts.set(id, draft)
  }

  for (const node of tree?.nodes ?? []) {
    const id = idOf(node)
    const draft = drafts.get(id)
    if (!draft || draft.isManaged) continue
    for (const reference of node.parentRefs ?? []) {
      const parent = (reference.uid && byUid.get(reference.uid)) || idOf(reference)
      if (parent !== id && drafts.has(parent) && !draft.parents.includes(parent)) draft.parents.push(parent)
    }
  }

  const root = empty(rootId, 'Application', 'argoproj.io', 'v1alpha1', application.metadata.namespace ?? '', application.metadata.name)
  root.uid = application.metadata.uid ?? ''
  root.resourceVersion = application.metadata.resourceVersion ?? ''
  root.health = application.status?.health?.status ?? 'Unknown'
  root.sync = application.status?.sync?.status ?? 'Unknown'
  if (application.metadata.creationTimestamp) root.createdAt = application.metadata.creationTimestamp
  for (const draft of drafts.values()) {
    const [parent] = draft.parents
    if (parent !== undefined && !leadsBack(draft.id, parent, drafts)) draft.parent = parent
    else {
      draft.parent = rootId
      draft.parents = [rootId, ...draft.parents.filter((one) => one !== parent)]
    }
  }
  drafts.set(rootId, root)
  for (const draft of drafts.values()) if (draft.parent !== undefined) drafts.get(draft.parent)?.children.push(draft.id)
  const compare = (a: string, b: string) => compareNodes(drafts.get(a), drafts.get(b))
  for (const draft of drafts.values()) draft.children.sort(compare)

  const order: string[] = []
  const walk = (id: string, depth: number): { pods: number; ready: number } => {
    const draft = drafts.get(id)
    if (!draft) return { pods: 0, ready: 0 }
    order.push(id)
    draft.depth = depth
    let pods = draft.kind === 'Pod' ? 1 : 0
    let ready = draft.kind === 'Pod' && draft.health === 'Healthy' ? 1 : 0
    for (const child of draft.children) {
      const below = walk(child, depth + 1)
      pods += below.pods
      ready += below.ready
    }
    draft.pods = pods
    draft.readyPods = ready
    return { pods, ready }
  }
  walk(rootId, 0)
  return { nodes: drafts, order }
}

/** Whether going up from `parent` leads back to `id`. */
function leadsBack(id: string, parent: string, drafts: ReadonlyMap<string, Draft>): boolean {
  const seen = new Set([id])
  for (let at: string | undefined = parent; at !== undefined; at = drafts.get(at)?.parents[0]) {
    if (seen.has(at)) return true
    seen.add(at)
  }
  return false
}

function compareNodes(a: Draft | undefined, b: Draft | undefined): number {
  if (!a || !b) return 0
  const byKind = (rankOf.get(a.kind) ?? kindOrder.length) - (rankOf.get(b.kind) ?? kindOrder.length)
  if (byKind !== 0) return byKind
  // The newest revision of a workload stands on top.
  if (a.revision !== undefined && b.revision !== undefined && a.revision !== b.revision) return b.revision - a.revision
  return a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

function empty(id: string, kind: string, group: string, version: string, namespace: string, name: string): Draft {
  return {
    id, kind, group, version, namespace, name,
    resourceVersion: '', toPrune: false, isManaged: false, isMissing: false,
    images: [], urls: [], parents: [], children: [], depth: 0, pods: 0, readyPods: 0, restarts: 0,
  } // prettier-ignore
}

function fromTree(id: string, node: ResourceNode): Draft {
  const draft = empty(id, node.kind, node.group ?? '', node.version ?? '', node.namespace ?? '', node.name)
  const info = new Map((node.info ?? []).map((one) => [one.name.toLowerCase(), one.value]))
  if (node.uid) draft.uid = node.uid
  draft.resourceVersion = node.resourceVersion ?? ''
  if (node.createdAt) draft.createdAt = node.createdAt
  if (node.health?.status) draft.health = node.health.status
  if (node.health?.message) {
    const simulated = /(?:^|; )simulated: (.*)$/s.exec(node.health.message)
    if (simulated) draft.simulated = simulated[1] ?? ''
    const message = simulated ? node.health.message.slice(0, simulated.index) : node.health.message
    if (message) draft.healthMessage = message
  }
  draft.images = node.images ?? []
  draft.urls = node.networkingInfo?.externalURLs ?? []
  const reason = info.get('status reason')
  if (reason) draft.statusReason = reason
  const containers = info.get('containers')
  if (containers) draft.containers = containers
  draft.restarts = Number(info.get('restart count') ?? info.get('restarts') ?? 0) || 0
  const revision = /(\d+)$/.exec(info.get('revision') ?? '')?.[1]
  if (revision) draft.revision = Number(revision)
  const simulated = info.get('simulated')
  if (simulated !== undefined) draft.simulated = simulated
  return draft
}

/** The part of a name that its owner does not say already. */
export function shortName(node: GraphNode, graph: ResourceGraph): { isCut: boolean; text: string } {
  const owner = node.parent === undefined || node.parent === rootId ? undefined : graph.nodes.get(node.parent)
  if (owner && node.name.startsWith(`${owner.name}-`) && node.name.length > owner.name.length + 1) {
    return { isCut: true, text: node.name.slice(owner.name.length + 1) }
  }
  return { isCut: false, text: node.name }
}
