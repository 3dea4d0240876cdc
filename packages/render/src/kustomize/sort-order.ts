import { RenderError } from '../engine/tree.ts'
import { compareBytes, firstKinds, gvkSortText, kindRanks, lastKinds } from './kind-order.ts'
import { texts, type SortOptions } from './kustomization.ts'
import { describeGvk, type ResourceId } from './resource-id.ts'
import type { ResourceList } from './resource-list.ts'

/** The order in which resources are printed: by `sortOptions`, or by kind as kustomize always did. */
export function sortResources(resources: ResourceList, options: SortOptions | undefined): void {
  const { order = '', legacySortOptions } = options ?? { order: 'legacy' }
  if (order !== 'fifo' && order !== 'legacy') throw new RenderError("the field 'sortOptions.order' must be one of [fifo, legacy]")
  if (order === 'fifo') {
    if (legacySortOptions === undefined) return
    throw new RenderError("the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'")
  }
  const ranks =
    legacySortOptions === undefined
      ? kindRanks(firstKinds, lastKinds)
      : kindRanks(texts(legacySortOptions.orderFirst), texts(legacySortOptions.orderLast))
  const keyed = resources.items.map((resource) => ({ resource, id: resource.currentId }))
  keyed.sort((left, right) => compareIds(left.id, right.id, ranks))
  resources.reset(keyed.map(({ resource }) => resource))
}

function compareIds(left: ResourceId, right: ResourceId, ranks: ReadonlyMap<string, number>): number {
  const isSameKind = left.kind === right.kind && left.group === right.group && left.version === right.version
  if (isSameKind) return compareBytes(sortText(left), sortText(right))
  const rank = (ranks.get(left.kind) ?? 0) - (ranks.get(right.kind) ?? 0)
  if (rank !== 0) return rank
  const order = compareBytes(gvkSortText(left), gvkSortText(right))
  // A `Namespace` of no group comes before those of others, whose text would be smaller.
  return left.kind === 'Namespace' && right.kind === 'Namespace' && (left.group === '' || right.group === '') ? -order : order
}

function sortText(id: ResourceId): string {
  return `${describeGvk(id)}|${id.namespace || '~X'}|${id.name || '~N'}`
}
