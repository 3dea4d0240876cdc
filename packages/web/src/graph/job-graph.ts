import type { WorkflowJob } from '@plimsoll/api'

/** Jobs of one key: one job, or those of a matrix. */
export interface JobNode {
  key: string
  name: string
  jobs: WorkflowJob[]
  needs: string[]
  x: number
  y: number
}

export interface JobGraph {
  nodes: JobNode[]
  edges: { from: string; to: string; path: string }[]
  width: number
  height: number
}

export const jobWidth = 176
const jobHeight = 40
const columnGap = 44
const rowGap = 14
const bend = 6

/**
 * Columns by what a job needs: each stands right of all that it waits for. Lines that other lines imply are left out. A need that names no
 * job is passed over, and so is one that would go in a circle: the file is refused elsewhere.
 */
export function jobGraph(jobs: readonly WorkflowJob[]): JobGraph {
  const groups = new Map<string, WorkflowJob[]>()
  for (const job of jobs) {
    const group = groups.get(job.key)
    if (group) group.push(job)
    else groups.set(job.key, [job])
  }
  const needsOf = new Map([...groups].map(([key, group]) => [key, known(group, groups)]))
  const columns = columnsOf(needsOf)
  const rows = orderRows(columns, needsOf)
  const nodes = new Map<string, JobNode>()
  rows.forEach((keys, column) => {
    keys.forEach(({ key, row }) => {
      const group = groups.get(key) ?? []
      nodes.set(key, {
        key,
        name: group.length === 1 ? (group[0]?.name ?? key) : key,
        jobs: group,
        needs: needsOf.get(key) ?? [],
        x: column * (jobWidth + columnGap),
        y: row * (jobHeight + rowGap),
      })
    })
  })
  const ancestors = ancestorsOf(columns, needsOf)
  const edges = [...nodes.values()].flatMap((node) =>
    node.needs
      .filter((need) => !node.needs.some((other) => other !== need && ancestors.get(other)?.has(need) === true))
      .flatMap((need) => {
        const from = nodes.get(need)
        return from === undefined || from.x >= node.x ? [] : [{ from: need, to: node.key, path: pathOf(from, node) }]
      }),
  )
  const last = Math.max(-1, ...rows.flatMap((keys) => keys.map(({ row }) => row)))
  return {
    nodes: [...nodes.values()],
    edges,
    width: Math.max(0, rows.length * (jobWidth + columnGap) - columnGap),
    height: Math.max(0, (last + 1) * (jobHeight + rowGap) - rowGap),
  }
}

function known(group: readonly WorkflowJob[], groups: ReadonlyMap<string, unknown>): string[] {
  return [...new Set(group.flatMap((job) => job.needs))].filter((need) => groups.has(need))
}

/** Key to column: the longest way from a job that needs nothing. */
function columnsOf(needsOf: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const columns = new Map<string, number>()
  const visiting = new Set<string>()
  const visit = (key: string): number => {
    const before = columns.get(key)
    if (before !== undefined) return before
    if (visiting.has(key)) return -1
    visiting.add(key)
    const column = Math.max(-1, ...(needsOf.get(key) ?? []).map(visit)) + 1
    visiting.delete(key)
    columns.set(key, column)
    return column
  }
  for (const key of needsOf.keys()) visit(key)
  return columns
}

/** Beside what it needs, so that lines are straight and cross little; otherwise in the order of the file. A row may be between two rows. */
function orderRows(
  columns: ReadonlyMap<string, number>,
  needsOf: ReadonlyMap<string, readonly string[]>,
): { key: string; row: number }[][] {
  const ofColumn: string[][] = []
  for (const [key, column] of columns) (ofColumn[column] ??= []).push(key)
  const place = new Map<string, number>()
  return ofColumn.map((keys, index) => {
    const wanted = new Map(
      keys.map((key, at) => {
        const places = (needsOf.get(key) ?? []).map((need) => place.get(need)).filter((one) => one !== undefined)
        return [key, places.length === 0 ? at : places.reduce((sum, one) => sum + one, 0) / places.length]
      }),
    )
    const ordered = index === 0 ? keys : keys.toSorted((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0))
    let free = 0
    return ordered.map((key) => {
      const row = Math.max(free, wanted.get(key) ?? 0)
      free = row + 1
      place.set(key, row)
      return { key, row }
    })
  })
}

function ancestorsOf(
  columns: ReadonlyMap<string, number>,
  needsOf: ReadonlyMap<string, readonly string[]>,
): Map<string, ReadonlySet<string>> {
  const result = new Map<string, Set<string>>()
  for (const [key] of [...columns].toSorted((a, b) => a[1] - b[1])) {
    const own = new Set<string>()
    for (const need of needsOf.get(key) ?? []) {
      own.add(need)
      for (const far of result.get(need) ?? []) own.add(far)
    }
    result.set(key, own)
  }
  return result
}

/** Out to the right, up or down just before the next column, and in: with round corners. */
function pathOf(from: JobNode, to: JobNode): string {
  const startX = from.x + jobWidth
  const startY = from.y + jobHeight / 2
  const endY = to.y + jobHeight / 2
  if (startY === endY) return `M${startX} ${startY}H${to.x}`
  const turnX = to.x - columnGap / 2
  const step = endY > startY ? bend : -bend
  return `M${startX} ${startY}H${turnX - bend}q${bend} 0 ${bend} ${step}V${endY - step}q0 ${step} ${bend} ${step}H${to.x}`
}
