import { isMap } from '../schema/json-value.ts'

/** Where each item, or each item's merge key, is in a list; the first place counts. */
export function positionsIn(order: readonly unknown[], mergeKey: string | undefined): Map<unknown, number> {
  const positions = new Map<unknown, number>()
  for (const [index, item] of order.entries()) {
    const key = keyOf(item, mergeKey)
    if (!positions.has(key)) positions.set(key, index)
  }
  return positions
}

export function keyOf(item: unknown, mergeKey: string | undefined): unknown {
  return mergeKey === undefined ? item : isMap(item) && Object.hasOwn(item, mergeKey) ? item[mergeKey] : undefined
}

/**
 * Orders a merged list: what the patch names in the patch's order, the rest in the server's, and the two put together so
 * that the server's order holds between them (apimachinery strategicpatch, normalizeElementOrder).
 */
export function orderItems(
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const inPatch = positionsIn(patchOrder, mergeKey)
  const onServer = positionsIn(serverOrder, mergeKey)
  const named = sortBy(
    merged.filter((item) => inPatch.has(keyOf(item, mergeKey))),
    inPatch,
    mergeKey,
  )
  const others = sortBy(
    merged.filter((item) => !inPatch.has(keyOf(item, mergeKey))),
    onServer,
    mergeKey,
  )
  const ordered: unknown[] = []
  let left = 0
  let right = 0
  while (left < others.length || right < named.length) {
    if (left >= others.length) ordered.push(named[right++])
    else if (right >= named.length) ordered.push(others[left++])
    else {
      const l = onServer.get(keyOf(others[left], mergeKey))
      const r = onServer.get(keyOf(named[right], mergeKey))
      if (l !== undefined && r !== undefined && l < r) ordered.push(others[left++])
      else ordered.push(named[right++])
    }
  }
  return ordered
}

/** By place in an order; what is not in it comes first. */
export function sortBy(items: readonly unknown[], positions: ReadonlyMap<unknown, number>, mergeKey: string | undefined): unknown[] {
  const place = (item: unknown): number => positions.get(keyOf(item, mergeKey)) ?? -1
  return [...items].sort((a, b) => place(a) - place(b))
}
