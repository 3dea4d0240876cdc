import type { ResourceKey } from '../../../client/api.ts'
import type { GraphNode } from '../../../graph/resource-graph.ts'

export function keyOf(node: GraphNode): ResourceKey {
  return {
    group: node.group,
    version: node.version,
    kind: node.kind,
    namespace: node.namespace,
    name: node.name,
    ...(node.uid && { uid: node.uid }),
  }
}
