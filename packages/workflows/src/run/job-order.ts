import type { Job } from '../language/contract.ts'
import type { Result } from './level.ts'

/** All that came before it, near and far. */
export function ancestorsOf(id: string, jobs: ReadonlyMap<string, Job>): string[] {
  const found = new Set<string>()
  const visit = (one: string): void => {
    for (const { value } of jobs.get(one)?.needs ?? []) {
      if (found.has(value)) continue
      found.add(value)
      visit(value)
    }
  }
  visit(id)
  return [...found]
}

export function worstOf(results: readonly Result[]): Result {
  for (const result of ['failure', 'cancelled'] as const) if (results.includes(result)) return result
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success'
}

export async function inParallel(work: readonly (() => Promise<void>)[], atOnce: number): Promise<void> {
  const left = [...work]
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next()
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.min(atOnce, work.length)) }, worker))
}
