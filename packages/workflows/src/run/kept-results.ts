import type { WorkflowJob } from '@plimsoll/api'
import type { MatrixCombination } from '../language/contract.ts'
import type { JobList } from './job-list.ts'
import type { GroupEnd, Result } from './level.ts'
import type { KeptRun } from './run-store.ts'

/** Of one matrix, by member. */
export interface KeptMembers {
  /** One that ended well before, put at its place in the list. */
  take(combination: MatrixCombination, place: readonly number[]): GroupEnd | undefined
  keep(combination: MatrixCombination, end: GroupEnd): void
}

/** What the attempt before this one has done well is not done again, unless it builds on what is. */
export class KeptResults {
  readonly #kept: KeptRun
  readonly #jobs: JobList

  constructor(kept: KeptRun, jobs: JobList) {
    this.#kept = kept
    this.#jobs = jobs
  }

  /** `mayKeep`: nothing that it builds on runs again. */
  takeOver(key: string, placeholder: WorkflowJob, mayKeep: boolean): GroupEnd | undefined {
    const result = this.#kept.results[key]
    if (!this.#kept.keeps?.includes(key) || !result) return undefined
    if (!mayKeep) {
      for (const job of this.#jobsOf(result.jobs)) this.#jobs.remove(job)
      return undefined
    }
    this.#jobs.remove(placeholder)
    const place = this.#jobs.placeOf(placeholder)
    for (const job of this.#jobsOf(result.jobs)) this.#jobs.place(job, place)
    return { result: result.result as Result, outputs: new Map(Object.entries(result.outputs)), jobs: result.jobs }
  }

  keep(key: string, { result, outputs, jobs }: GroupEnd): void {
    this.#kept.results[key] = { result, outputs: Object.fromEntries(outputs), jobs }
  }

  members(key: string, { mayKeep, isMatrix }: { mayKeep: boolean; isMatrix: boolean }): KeptMembers {
    const known = new Map(Object.entries(this.#kept.members?.[key] ?? {}))
    if (!mayKeep) {
      for (const { jobs } of known.values()) for (const job of this.#jobsOf(jobs)) this.#jobs.remove(job)
      known.clear()
    }
    const own = Object.fromEntries(known)
    if (mayKeep && isMatrix) this.#kept.members = { ...this.#kept.members, [key]: own }
    return {
      take: ({ values }, place) => {
        const found = known.get(JSON.stringify(values))
        if (!found) return undefined
        for (const job of this.#jobsOf(found.jobs)) this.#jobs.place(job, place)
        return { result: 'success', outputs: new Map(Object.entries(found.outputs)), jobs: found.jobs }
      },
      keep({ values }, { result, outputs, jobs }) {
        if (result === 'success') own[JSON.stringify(values)] = { outputs: Object.fromEntries(outputs), jobs }
      },
    }
  }

  #jobsOf(ids: readonly string[]): WorkflowJob[] {
    return this.#kept.run.jobs.filter((job) => ids.includes(job.id))
  }
}
