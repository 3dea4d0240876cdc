import { groupBy } from './group-by.ts'
import type { ShownTree } from './shown-tree.ts'

export interface Place {
  x: number
  y: number
  width: number
}

export interface Layout {
  places: ReadonlyMap<string, Place>
  width: number
  height: number
}

export const nodeHeight = 40
export const rowGap = 10
export const columnGap = 28

/** Widths by depth: the application, what Git holds, and what came of it. */
const widths = [138, 216, 188, 188]

export function widthAt(depth: number): number {
  return widths[Math.min(depth, widths.length - 1)] ?? 188
}

/**
 * A column per depth, owners in the middle of what they own. Takes no time and needs no worker: it stands in where the layered
 * layout cannot run, and is what that one is compared with in the tests.
 */
export function layoutInColumns(tree: ShownTree): Layout {
  const children = groupBy(
    tree.nodes.filter((one) => one.parent !== undefined),
    (one) => one.parent ?? '',
  )
  const places = new Map<string, Place>()
  let nextRow = 0
  let deepest = 0

  const place = (id: string, depth: number): number => {
    deepest = Math.max(deepest, depth)
    const below = children.get(id) ?? []
    const width = widthAt(depth)
    const x = columnStart(depth)
    if (below.length === 0) {
      const y = nextRow * (nodeHeight + rowGap)
      nextRow += 1
      places.set(id, { x, y, width })
      return y
    }
    const ys = below.map((one) => place(one.id, depth + 1))
    const y = ((ys[0] ?? 0) + (ys.at(-1) ?? 0)) / 2
    places.set(id, { x, y, width })
    return y
  }
  const root = tree.nodes[0]
  if (root) place(root.id, 0)
  return {
    places,
    width: columnStart(deepest) + widthAt(deepest),
    height: Math.max(nodeHeight, nextRow * (nodeHeight + rowGap) - rowGap),
  }
}

function columnStart(depth: number): number {
  let x = 0
  for (let at = 0; at < depth; at += 1) x += widthAt(at) + columnGap
  return x
}

/** From the right side of the owner to the left side of what it owns, with round corners. */
export function edgePath(from: Place, to: Place): string {
  const y1 = Math.round(from.y + nodeHeight / 2)
  const y2 = Math.round(to.y + nodeHeight / 2)
  const x1 = Math.round(from.x + from.width)
  const x2 = Math.round(to.x)
  const height = Math.abs(y2 - y1)
  if (height < 1) return `M${x1} ${y1}H${x2}`
  const bus = x2 - columnGap / 2
  const radius = Math.min(6, height / 2)
  const down = y2 > y1 ? radius : -radius
  return `M${x1} ${y1}H${bus - radius}q${radius} 0 ${radius} ${down}V${y2 - down}q0 ${down} ${radius} ${down}H${x2}`
}
