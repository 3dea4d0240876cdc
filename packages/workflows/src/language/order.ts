import type { Workflow } from './contract.ts'
import { foldCase } from './expression/coercion.ts'

/** Each job after what it needs, otherwise in the order of the file. The needs of a parsed workflow have no circle. */
export function orderJobs(workflow: Workflow): string[] {
  const ids = [...workflow.jobs.keys()]
  const byFolded = new Map(ids.map((id) => [foldCase(id), id]))
  const waitsFor = new Map<string, number>()
  const neededBy = new Map<string, string[]>()
  for (const [id, job] of workflow.jobs) {
    const needs = new Set(job.needs.flatMap((need) => byFolded.get(foldCase(need.value)) ?? []))
    waitsFor.set(id, needs.size)
    for (const need of needs) neededBy.set(need, [...(neededBy.get(need) ?? []), id])
  }
  const order: string[] = []
  const place = new Map(ids.map((id, at) => [id, at]))
  let ready = ids.filter((id) => waitsFor.get(id) === 0)
  while (ready.length > 0) {
    order.push(...ready)
    const next: string[] = []
    for (const done of ready) {
      for (const id of neededBy.get(done) ?? []) {
        const left = (waitsFor.get(id) ?? 0) - 1
        waitsFor.set(id, left)
        if (left === 0) next.push(id)
      }
    }
    ready = next.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0))
  }
  return order
}
