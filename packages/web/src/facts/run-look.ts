import type { RunConclusion, RunState, WorkflowJob, WorkflowRun } from '@plimsoll/api'
import type { Look } from './tone.ts'

export type RunWord = Exclude<RunState, 'completed'> | RunConclusion

export const runLooks: Record<RunWord, Look> = {
  queued: { glyph: 'g-queued', tone: 'none' },
  waiting: { glyph: 'g-person', tone: 'hold' },
  inProgress: { glyph: 'g-progress', tone: 'run', turning: true },
  success: { glyph: 'g-ok', tone: 'ok' },
  failure: { glyph: 'g-failed', tone: 'bad' },
  cancelled: { glyph: 'g-cancelled', tone: 'none' },
  skipped: { glyph: 'g-skipped', tone: 'none' },
  timedOut: { glyph: 'g-failed', tone: 'bad' },
  interrupted: { glyph: 'g-aborted', tone: 'bad' },
}

/** One word for state and end. What is over without an end that we know has not gone well. */
export function runWord({ state, conclusion }: { state: RunState; conclusion?: RunConclusion }): RunWord {
  return state === 'completed' ? (conclusion ?? 'failure') : state
}

export function isBad(word: RunWord): boolean {
  return word === 'failure' || word === 'timedOut' || word === 'interrupted'
}

/** What a reader comes for: the job that failed, then the one that runs or waits, then the first. */
export function jobToShow(jobs: readonly WorkflowJob[]): WorkflowJob | undefined {
  const rank = (job: WorkflowJob) => {
    const word = runWord(job)
    return isBad(word) ? 0 : word === 'inProgress' ? 1 : word === 'waiting' ? 2 : word === 'success' ? 3 : 4
  }
  return jobs.toSorted((a, b) => rank(a) - rank(b))[0]
}

/** Jobs and the run itself that wait for somebody's word. */
export function waitsIn(run: WorkflowRun): { jobId?: string; name: string; why: string; environment?: string }[] {
  if (run.state === 'completed') return []
  const jobs = run.jobs
    .filter((job) => job.state === 'waiting' && job.environment !== undefined)
    .map((job) => ({
      jobId: job.id,
      name: job.name,
      why: job.why ?? '',
      ...(job.environment && { environment: job.environment.name }),
    }))
  if (jobs.length > 0) return jobs
  return run.state === 'waiting' && run.trust === 'outside' ? [{ name: run.workflow.name, why: run.why ?? '' }] : []
}

/** From the start to the end, or so far; undefined before the start. */
export function tookMs(one: { startedAt?: string; finishedAt?: string }, now: number): number | undefined {
  const from = one.startedAt === undefined ? Number.NaN : Date.parse(one.startedAt)
  if (Number.isNaN(from)) return undefined
  const to = one.finishedAt === undefined ? now : Date.parse(one.finishedAt)
  return Math.max(0, to - from)
}
