import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { WorkflowRun } from '@plimsoll/api'
import { useMemo } from 'react'
import { runsApi } from '../../client/runs.ts'
import { toMs } from '../../facts/moment.ts'
import { canWrite } from '../../facts/may.ts'
import { isBad, jobToShow, runLooks, runWord } from '../../facts/run-look.ts'
import { short } from '../../facts/why.ts'
import { jobGraph } from '../../graph/job-graph.ts'
import { queryClient } from '../../loaders/queries.ts'
import { runQuery, useRunStream } from '../../loaders/runs.ts'
import { useSession } from '../../loaders/session.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button, Reason } from '../../parts/button.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Menu, MenuItem } from '../../parts/menu.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure, Problem } from '../../parts/problem.tsx'
import { toast } from '../../parts/toasts.tsx'
import { Icon } from '../../parts/icon.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { failed } from '../dialogs/actions.ts'
import { Annotations, Artifacts, Summary } from './run-below.tsx'
import { JobCanvas } from './job-canvas.tsx'
import { JobSteps } from './job-steps.tsx'
import { JobLog } from './job-log.tsx'
import { PullLink, RunBadge, Took } from './run-status.tsx'
import { RunWaits } from './run-waits.tsx'

const route = getRouteApi('/runs/$id')

export function RunPage() {
  const words = useWords()
  const { id } = route.useParams()
  const { data: run, error, refetch } = useQuery(runQuery(id))
  useRunStream(id, run === undefined || run.state === 'completed')
  usePageTitle(run ? `${run.title || run.workflow.name} #${run.number}` : words.runs.theRun)
  if (!run)
    return (
      <>
        <div className="page-head">
          <h1 className="visually-hidden">{words.runs.theRun}</h1>
        </div>
        {error ? (
          <Failure title={words.failure.title.load(words.runs.theRun)} error={error} onRetry={() => void refetch()} />
        ) : (
          <Bones lines={8} />
        )}
      </>
    )
  return <Run run={run} />
}

function Run({ run }: { run: WorkflowRun }) {
  const words = useWords()
  const w = words.runs
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const graph = useMemo(() => jobGraph(run.jobs), [run.jobs])
  const job = run.jobs.find((one) => one.id === search.job) ?? jobToShow(run.jobs)
  const choose = (id: string) => void navigate({ search: { job: id }, replace: true, resetScroll: false })
  return (
    <>
      <RunHead run={run} />
      {run.conclusion === 'interrupted' && (
        <Problem title={w.words.interrupted} tone="bad" icon="g-aborted" role="status">
          <p>{run.why ?? w.interrupted}</p>
        </Problem>
      )}
      {run.problems && run.problems.length > 0 && (
        <Problem title={<Prose of={w.problems(run.workflow.path)} />}>
          <ul className="problem-places">
            {run.problems.map((one, index) => (
              <li key={index}>
                <code>
                  {one.path}:{one.line}
                  {one.column !== undefined && `:${one.column}`}
                </code>{' '}
                <span className="muted">{w.problemAt(one.line, one.column)}</span>
                <span className="line said">{one.message}</span>
              </li>
            ))}
          </ul>
        </Problem>
      )}
      <RunWaits run={run} />
      {run.why && run.conclusion !== 'interrupted' && run.state !== 'waiting' && (
        <p className={`why tone-${runLooks[runWord(run)].tone}`}>
          <Icon name={runLooks[runWord(run)].glyph} className="glyph" />
          <span>{run.why}</span>
        </p>
      )}
      {job === undefined ? (
        (run.problems ?? []).length === 0 && <Empty icon="i-runs" title={w.noJobs} />
      ) : (
        <div className="panel run-panel">
          {run.jobs.length > 1 && <JobCanvas graph={graph} current={job.key} onChoose={choose} />}
          <div className="run-body">
            <JobSteps job={job} siblings={run.jobs.filter((one) => one.key === job.key)} onChoose={choose} />
            <JobLog
              key={`${job.id} ${run.attempt}`}
              job={job}
              line={search.line}
              onLine={(line) =>
                void navigate({ search: { job: job.id, ...(line !== undefined && { line }) }, replace: true, resetScroll: false })
              }
            />
          </div>
        </div>
      )}
      <Annotations run={run} />
      {run.jobs.length > 0 && (
        <div className="run-below">
          <Artifacts run={run} />
          <Summary run={run} />
        </div>
      )}
    </>
  )
}

function RunHead({ run }: { run: WorkflowRun }) {
  const { words, format } = useLanguage()
  const w = words.runs
  const session = useSession()
  const may = session.name === 'in' && canWrite(session.identity)
  const isOver = run.state === 'completed'
  const hasFailed = run.jobs.some((job) => isBad(runWord(job)) || job.conclusion === 'cancelled')
  const reason = !may ? w.notAllowed : isOver ? undefined : w.againReason
  const take = (next: WorkflowRun) => queryClient.setQueryData(runQuery(run.id).queryKey, next)
  const again = async (failedOnly: boolean) => {
    try {
      const next = await runsApi.rerun(run.id, failedOnly)
      take(next)
      toast({ look: { glyph: 'i-refresh', tone: 'run' }, title: w.toast.again(next.number, next.attempt) })
    } catch (error) {
      failed(w.failed.again, error, words)
    }
  }
  const cancel = async () => {
    try {
      take(await runsApi.cancel(run.id))
      toast({ look: { glyph: 'g-cancelled', tone: 'none' }, title: w.toast.cancelled(run.number) })
    } catch (error) {
      failed(w.failed.cancel, error, words)
    }
  }
  return (
    <>
      <div className="page-head">
        <div className="titles">
          <div className="title">
            <h1>
              {run.title || run.workflow.name} <span className="number">{w.number(run.number)}</span>
            </h1>
            <RunBadge of={run} />
            {run.trust === 'outside' && (
              <span className="tag" title={w.outsideTitle}>
                {w.outside}
              </span>
            )}
          </div>
          <p className="lede dotted">
            <span>
              <code title={run.workflow.path}>{run.workflow.path.slice(run.workflow.path.lastIndexOf('/') + 1)}</code>
            </span>
            <span>
              <code>{run.repository}</code>
            </span>
            <span>
              {w.event(run.event)}
              {run.pullRequest !== undefined && ' '}
              <PullLink run={run} />
            </span>
            <span>{run.actor}</span>
            {run.branch !== undefined && (
              <span>
                <code>{run.branch}</code>
              </span>
            )}
            <span>
              <Prose of={w.head(short(run.commit))} />
            </span>
            <span>
              {run.startedAt === undefined
                ? w.created(format.inSentence(new Date(run.createdAt)))
                : w.started(format.inSentence(new Date(run.startedAt)))}
              {run.startedAt !== undefined && ', '}
              <Took of={run} />
            </span>
            {run.attempt > 1 && <span>{w.attempt(run.attempt)}</span>}
            {isOver && (
              <span>
                <Ago at={toMs(run.finishedAt)} long />
              </span>
            )}
          </p>
        </div>
        <div className="actions">
          <span className="joined">
            <Button icon="i-refresh" reason={reason} onClick={() => void again(false)}>
              {w.again}
            </Button>
            <Menu
              label={w.again}
              trigger={
                <button type="button" className="button square" aria-label={words.common.more}>
                  <Icon name="i-down" />
                </button>
              }
            >
              <MenuItem icon="i-refresh" reason={reason} onSelect={() => void again(false)}>
                {w.againAll}
              </MenuItem>
              <MenuItem
                icon="i-refresh"
                reason={reason ?? (hasFailed ? undefined : w.noFailed)}
                hint={w.againFailedHint}
                onSelect={() => void again(true)}
              >
                {w.againFailed}
              </MenuItem>
            </Menu>
          </span>
          <Button icon="i-stop" reason={!may ? w.notAllowed : isOver ? w.cancelReason : undefined} onClick={() => void cancel()}>
            {w.cancel}
          </Button>
        </div>
      </div>
      {reason !== undefined && (
        <div className="run-reason">
          <Reason>{reason}</Reason>
        </div>
      )}
    </>
  )
}
