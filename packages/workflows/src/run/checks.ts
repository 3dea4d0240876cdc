import type { Check, CheckConclusion, RunConclusion, WorkflowRun } from '@plimsoll/api'
import type { WorkflowEvent } from '../contract.ts'

const conclusions: Record<RunConclusion, CheckConclusion> = {
  success: 'success',
  failure: 'failure',
  cancelled: 'cancelled',
  skipped: 'skipped',
  timedOut: 'timedOut',
  // It satisfies no requirement, and nobody has failed.
  interrupted: 'cancelled',
}

/** What a run says about its commit: a check for each job (`WORKFLOW / JOB`), and one of its own while it has none. */
export function checksOf(run: WorkflowRun, event: WorkflowEvent): Check[] {
  const commit = event.pullRequest?.head ?? run.commit
  const detailsUrl = `/runs/${run.id}`
  const source = { workflow: run.workflow.path, event: run.event, trust: run.trust }
  const ofRun: Check = {
    name: run.workflow.name,
    commit,
    ...(run.state === 'completed'
      ? { status: 'completed', conclusion: conclusions[run.conclusion ?? 'cancelled'] }
      : { status: run.state === 'inProgress' ? 'inProgress' : 'queued' }),
    title: (run.why ?? (run.state === 'completed' ? wordsFor(run.conclusion) : 'Queued')).slice(0, 300),
    detailsUrl,
    source,
    ...(run.finishedAt !== undefined && { completedAt: run.finishedAt }),
    ...(run.problems && run.problems.length > 0 && { annotations: run.problems }),
  }
  // One that has waited for a maintainer, or never came to its jobs, has something to say that is no job's.
  const own = run.trust === 'outside' || (run.jobs.length === 0 && run.state === 'completed') ? [ofRun] : []
  const ofJobs = run.jobs.map((job): Check => {
    const done = job.steps.filter((step) => step.state === 'completed').length
    return {
      name: `${run.workflow.name} / ${job.name}`,
      commit,
      status: job.state === 'completed' ? 'completed' : job.state === 'inProgress' ? 'inProgress' : 'queued',
      ...(job.state === 'completed' && { conclusion: conclusions[job.conclusion ?? 'cancelled'] }),
      title: (job.why ?? (job.state === 'completed' ? wordsFor(job.conclusion) : job.state === 'inProgress' ? `Step ${Math.min(done + 1, job.steps.length)} of ${job.steps.length}` : 'Queued')).slice(0, 300), // prettier-ignore
      detailsUrl: `${detailsUrl}?job=${job.id}`,
      source,
      ...(job.startedAt !== undefined && { startedAt: job.startedAt }),
      ...(job.finishedAt !== undefined && { completedAt: job.finishedAt }),
      ...(job.annotations && job.annotations.length > 0 && { annotations: job.annotations.slice(0, 50) }),
    }
  })
  return [...own, ...ofJobs]
}

function wordsFor(conclusion: RunConclusion | undefined): string {
  switch (conclusion) {
    case 'success':
      return 'Successful'
    case 'failure':
      return 'Failed'
    case 'skipped':
      return 'Skipped'
    case 'timedOut':
      return 'Timed out'
    case 'interrupted':
      return 'Interrupted: the server ended while it ran'
    default:
      return 'Cancelled'
  }
}
