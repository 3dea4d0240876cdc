import { groupBy } from './group-by.ts'
import type { HealthStatusCode, SyncStatusCode } from '@plimsoll/api'
import { rootId, type GraphNode, type ResourceGraph } from './resource-graph.ts'

export interface TreeFilter {
  text: string
  kinds: readonly string[]
  states: readonly (HealthStatusCode | SyncStatusCode)[]
}

/** An object in sight, or several of a kind that are drawn as one. */
export interface ShownNode {
  id: string
  node: GraphNode
  /** Ids of what it stands for. */
  folded?: readonly string[]
  isOldRevisions?: boolean
  parent?: string
  depth: number
  position: number
  siblings: number
  /** Undefined where there is nothing below. */
  isExpanded?: boolean
  hidden: number
}

export interface ShownTree {
  nodes: readonly ShownNode[]
  edges: readonly { from: string; to: string }[]
}

/** So many of a kind under one owner are drawn; more become one node. What Git holds is never folded. */
const most = 9
const keptOfMany = 6

/** What is in sight of a graph: without what the reader folded, what is folded by itself, and what does not match. */
export function showTree(
  graph: ResourceGraph,
  { collapsed, unfolded, filter }: { collapsed: ReadonlySet<string>; unfolded: ReadonlySet<string>; filter: TreeFilter },
): ShownTree {
  const matching = findMatching(graph, filter)
  const nodes: ShownNode[] = []
  const shownIds = new Set<string>()

  const visit = (id: string, parent: string | undefined, depth: number, position: number, siblings: number) => {
    const node = graph.nodes.get(id)
    if (!node || shownIds.has(id)) return
    shownIds.add(id)
    const below = node.children.filter((one) => !matching || matching.has(one))
    const isExpanded = below.length === 0 ? undefined : matching !== undefined || !collapsed.has(id)
    nodes.push({
      id,
      node,
      ...(parent !== undefined && { parent }),
      depth,
      position,
      siblings,
      ...(isExpanded !== undefined && { isExpanded }),
      hidden: isExpanded === false ? countBelow(node, graph) : 0,
    })
    if (!isExpanded) return
    const entries: Entry[] = matching || id === rootId ? below.map((one) => ({ id: one })) : fold(id, below, graph, unfolded)
    entries.forEach((entry, index) => {
      if (!entry.members) return visit(entry.id, id, depth + 1, index + 1, entries.length)
      const first = graph.nodes.get(entry.members[0] ?? '')
      if (!first) return
      nodes.push({
        id: entry.id,
        node: first,
        folded: entry.members,
        isOldRevisions: entry.isOldRevisions === true,
        parent: id,
        depth: depth + 1,
        position: index + 1,
        siblings: entries.length,
        hidden: entry.members.length,
      })
      shownIds.add(entry.id)
    })
  }
  visit(rootId, undefined, 0, 1, 1)

  const edges = nodes.flatMap((one) => {
    const owners = one.folded ? [one.parent] : one.node.parents
    return owners.filter((owner) => owner !== undefined && shownIds.has(owner)).map((owner) => ({ from: owner as string, to: one.id }))
  })
  return { nodes, edges }
}

interface Entry {
  id: string
  /** What it stands for, where it stands for several. */
  members?: readonly string[]
  isOldRevisions?: boolean
}

function fold(parent: string, children: readonly string[], graph: ResourceGraph, unfolded: ReadonlySet<string>): Entry[] {
  const entries: Entry[] = []
  const newest = new Map<string, number>()
  for (const id of children) {
    const node = graph.nodes.get(id)
    if (node?.revision !== undefined) newest.set(node.kind, Math.max(newest.get(node.kind) ?? 0, node.revision))
  }
  const isOld = (id: string) => {
    const node = graph.nodes.get(id)
    return node?.revision !== undefined && node.children.length === 0 && node.revision < (newest.get(node.kind) ?? 0)
  }
  const byKind = groupBy(children, (id) => graph.nodes.get(id)?.kind ?? '')
  for (const [kind, ids] of byKind) {
    const old = ids.filter(isOld)
    const oldId = `group:old:${parent}:${kind}`
    const current = old.length > 0 && !unfolded.has(oldId) ? ids.filter((id) => !isOld(id)) : ids
    const manyId = `group:many:${parent}:${kind}`
    const isMany = current.length > most && !unfolded.has(manyId)
    const drawn = isMany ? troubledFirst(current, graph).slice(0, keptOfMany) : current
    for (const id of current) if (drawn.includes(id)) entries.push({ id })
    if (isMany) entries.push({ id: manyId, members: current.filter((id) => !drawn.includes(id)), isOldRevisions: false })
    if (old.length > 0 && !unfolded.has(oldId)) entries.push({ id: oldId, members: old, isOldRevisions: true })
  }
  return entries
}

/** Of many, those that are not well are the ones to see. */
function troubledFirst(ids: readonly string[], graph: ResourceGraph): readonly string[] {
  const weight = (id: string) => {
    const health = graph.nodes.get(id)?.health
    return health === 'Degraded' ? 2 : health !== undefined && health !== 'Healthy' ? 1 : 0
  }
  return ids.toSorted((a, b) => weight(b) - weight(a))
}

function countBelow(node: GraphNode, graph: ResourceGraph): number {
  let count = 0
  const seen = new Set<string>()
  const walk = (one: GraphNode) => {
    for (const id of one.children) {
      const child = graph.nodes.get(id)
      if (!child || seen.has(id)) continue
      seen.add(id)
      count += 1
      walk(child)
    }
  }
  walk(node)
  return count
}

/** Ids of what matches, and of all above them. Undefined: nothing is filtered. */
function findMatching(graph: ResourceGraph, { text, kinds, states }: TreeFilter): Set<string> | undefined {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 && kinds.length === 0 && states.length === 0) return undefined
  const found = new Set([rootId])
  for (const [id, node] of graph.nodes) {
    if (id === rootId) continue
    if (kinds.length > 0 && !kinds.includes(node.kind)) continue
    if (states.length > 0 && !states.some((one) => one === node.health || one === node.sync)) continue
    const searched = `${node.kind} ${node.name} ${node.statusReason ?? ''} ${node.images.join(' ')}`.toLowerCase()
    if (!words.every((word) => searched.includes(word))) continue
    for (let at: string | undefined = id; at !== undefined && !found.has(at); at = graph.nodes.get(at)?.parent) found.add(at)
  }
  return found
}
