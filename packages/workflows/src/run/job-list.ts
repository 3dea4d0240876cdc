import type { RunConclusion, WorkflowJob, WorkflowRun } from '@plimsoll/api'
import type { Job, MatrixCombination, ValueMap } from '../language/contract.ts'
import { textOf } from '../step/values.ts'

/** The jobs of one attempt as everybody sees them, in the order of their files. */
export class JobList {
  readonly #run: WorkflowRun
  readonly #now: () => number
  readonly #places = new WeakMap<WorkflowJob, readonly number[]>()
  #jobNumber = 0

  constructor(run: WorkflowRun, now: () => number) {
    this.#run = run
    this.#now = now
  }

  placeOf(job: WorkflowJob): readonly number[] {
    return this.#places.get(job) ?? []
  }

  /** Of one that was there before. */
  place(job: WorkflowJob, place: readonly number[]): void {
    this.#places.set(job, place)
    this.#sort()
  }

  add(
    level: { prefix: string; namePrefix: string },
    id: string,
    job: Job,
    place: readonly number[],
    member?: { name: string; combination: MatrixCombination },
  ): WorkflowJob {
    const literal = job.name && job.name.parts.length === 0 ? textOf(job.name.literal) : undefined
    const record: WorkflowJob = {
      id: `${this.#run.id}-${this.#run.attempt}-${++this.#jobNumber}`,
      key: level.prefix + id,
      name: (member?.name ?? level.namePrefix + (literal ?? id)).slice(0, 300),
      needs: job.needs.map((need) => level.prefix + need.value),
      state: 'queued',
      steps: [],
      ...(member && Object.keys(member.combination.values).length > 0 && { matrix: plain(member.combination.values) }),
    }
    this.#places.set(record, place)
    this.#run.jobs.push(record)
    this.#sort()
    return record
  }

  #sort(): void {
    const placeOf = (job: WorkflowJob): readonly number[] => this.placeOf(job)
    this.#run.jobs.sort((a, b) => {
      const [one, other] = [placeOf(a), placeOf(b)]
      for (let at = 0; at < Math.max(one.length, other.length); at++) {
        const order = (one[at] ?? -1) - (other[at] ?? -1)
        if (order !== 0) return order
      }
      return 0
    })
  }

  remove(record: WorkflowJob): void {
    const at = this.#run.jobs.indexOf(record)
    if (at >= 0) this.#run.jobs.splice(at, 1)
  }

  /** `why`: of the run, for those that it has cancelled. */
  finish(record: WorkflowJob, conclusion: RunConclusion, why: string | undefined): void {
    record.state = 'completed'
    record.conclusion = conclusion
    if (record.startedAt !== undefined) record.finishedAt = new Date(this.#now()).toISOString()
    if (conclusion === 'cancelled' && record.why === undefined && why !== undefined) record.why = why
    for (const step of record.steps) {
      if (step.state === 'completed') continue
      step.state = 'completed'
      step.conclusion = 'cancelled'
    }
  }
}

function plain(values: ValueMap): Record<string, unknown> {
  return JSON.parse(JSON.stringify(values)) as Record<string, unknown>
}
