import type { WorkflowRun } from '@plimsoll/api'
import type { KeptRun } from './run-store.ts'

/** The server ended while it ran: all of it that had not ended says so. `at`: when that was found. */
export function markInterrupted(run: WorkflowRun, at: string): void {
  const why = 'The server ended while this ran. Run it again.'
  for (const job of run.jobs) {
    if (job.state === 'completed') continue
    const hasRun = job.startedAt !== undefined
    job.state = 'completed'
    job.conclusion = hasRun ? 'interrupted' : 'cancelled'
    job.why = hasRun ? why : 'The server ended before this began.'
    if (hasRun) job.finishedAt = at
    for (const step of job.steps) {
      if (step.state === 'completed') continue
      step.conclusion = step.state === 'inProgress' ? 'interrupted' : 'cancelled'
      step.state = 'completed'
    }
  }
  run.state = 'completed'
  run.conclusion = 'interrupted'
  run.why = why
  run.finishedAt = at
}

/**
 * A run that has ended, as it begins again. `failedOnly`: with the jobs, and members of matrices, that ended well. `approvedBy`: of
 * one from outside, that somebody has to look at again; who runs it again has.
 */
export function nextAttempt(kept: KeptRun, options: { failedOnly: boolean; startedBy: string; approvedBy?: string }): KeptRun {
  const { run } = kept
  const keeps = options.failedOnly ? Object.keys(kept.results).filter((key) => kept.results[key]?.result === 'success') : []
  const members = options.failedOnly ? Object.fromEntries(Object.entries(kept.members ?? {}).filter(([key]) => !keeps.includes(key))) : {}
  const keptJobs = new Set([
    ...keeps.flatMap((key) => kept.results[key]?.jobs ?? []),
    ...Object.values(members).flatMap((group) => Object.values(group).flatMap(({ jobs }) => jobs)),
  ])
  const next: KeptRun = {
    event: kept.event,
    startedBy: options.startedBy,
    ...(options.approvedBy !== undefined && { approvedBy: options.approvedBy }),
    results: Object.fromEntries(keeps.map((key) => [key, kept.results[key]])) as KeptRun['results'],
    keeps,
    members,
    run: {
      ...run,
      attempt: run.attempt + 1,
      state: 'queued',
      jobs: run.jobs.filter((job) => keptJobs.has(job.id)),
    },
  }
  for (const name of ['conclusion', 'why', 'startedAt', 'finishedAt', 'problems'] as const) delete next.run[name]
  return next
}
