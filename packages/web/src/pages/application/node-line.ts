import { shortKind } from '../../facts/kind.ts'
import { rootId, type GraphNode } from '../../graph/resource-graph.ts'
import type { ShownNode } from '../../graph/shown-tree.ts'
import type { Words } from '../../words/en.ts'

/** The second line of a node: its kind, and what there is to know of it at a glance. */
export function nodeLine(
  { node, folded, isOldRevisions }: Pick<ShownNode, 'node' | 'folded' | 'isOldRevisions'>,
  words: Words,
  outOfSync: number,
  objects: number,
): string {
  const w = words.tree
  if (folded) return isOldRevisions ? shortKind(node.kind) : w.unfold
  if (node.id === rootId) return outOfSync > 0 ? w.differs(outOfSync) : w.objects(objects)
  const said = details(node, words)
  // The picture says pod; its trouble needs the room.
  return words.list(node.kind === 'Pod' && (said[0]?.length ?? 0) > 9 ? said : [shortKind(node.kind), ...said])
}

function details(node: GraphNode, words: Words): string[] {
  const w = words.tree
  if (node.toPrune) return [w.toPrune]
  if (node.kind === 'Pod') {
    return [
      node.statusReason ?? node.health ?? '',
      ...(node.containers && !isAllReady(node.containers) ? [node.containers] : []),
      ...(node.restarts > 0 ? [w.restarts(node.restarts)] : []),
    ].filter(Boolean)
  }
  if (node.pods > 0) return [w.ready(node.readyPods, node.pods)]
  if (node.statusReason) return [node.statusReason]
  const [url] = node.urls
  if (url) return [url.replace(/^[a-z]+:\/\//, '').replace(/\/$/, '')]
  return []
}

function isAllReady(containers: string): boolean {
  const [ready, all] = containers.split('/')
  return ready === all
}
