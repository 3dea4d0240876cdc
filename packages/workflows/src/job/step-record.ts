import type { WorkflowStep } from '@plimsoll/api'

/** The steps of a job as everybody sees them. Numbers count up from 1. */
export class StepRecords {
  readonly list: WorkflowStep[] = []
  readonly #now: () => number
  readonly #changed: (steps: WorkflowStep[]) => void

  constructor(now: () => number, changed: (steps: WorkflowStep[]) => void) {
    this.#now = now
    this.#changed = changed
  }

  add(name: string): WorkflowStep {
    const step: WorkflowStep = { number: this.list.length + 1, name: name.slice(0, 300), state: 'queued' }
    this.list.push(step)
    return step
  }

  start(step: WorkflowStep): void {
    step.state = 'inProgress'
    step.startedAt = this.#time()
    this.#changed(this.list)
  }

  finish(step: WorkflowStep, conclusion: NonNullable<WorkflowStep['conclusion']>): void {
    step.state = 'completed'
    step.conclusion = conclusion
    if (conclusion !== 'skipped') step.finishedAt = this.#time()
    this.#changed(this.list)
  }

  #time(): string {
    return new Date(this.#now()).toISOString()
  }
}
