import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { RunState, WorkflowRun } from '@plimsoll/api'
import { lazy, Suspense, useState } from 'react'
import { canWrite } from '../../facts/may.ts'
import { runWord } from '../../facts/run-look.ts'
import { toMs } from '../../facts/moment.ts'
import { without } from '../../facts/without.ts'
import { short } from '../../facts/why.ts'
import { repositoriesQuery } from '../../loaders/pulls.ts'
import { runListQuery, useRunListStream } from '../../loaders/runs.ts'
import { useSession } from '../../loaders/session.ts'
import { Ago } from '../../parts/ago.tsx'
import { Button } from '../../parts/button.tsx'
import { Bones, Empty } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { useLanguage } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { toRunFilter, type RunsSearch } from './run-search.ts'
import { PullLink, RunStatus, Took } from './run-status.tsx'

const DispatchDialog = lazy(() => import('./dispatch-dialog.tsx').then((one) => ({ default: one.DispatchDialog })))
const route = getRouteApi('/runs')
/** Where the server cannot say that something is new. */
const whileNotLiveMs = 5_000

export function Runs() {
  const { words } = useLanguage()
  const w = words.runs
  usePageTitle(w.title)
  const session = useSession()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [isStarting, setStarting] = useState(false)
  const change = (next: (before: RunsSearch) => RunsSearch) => void navigate({ search: next, replace: true })
  const filter = toRunFilter(search)
  const stream = useRunListStream(filter)
  const query = useInfiniteQuery({ ...runListQuery(filter), refetchInterval: stream.name === 'live' ? false : whileNotLiveMs })
  const { data, error, isPending, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = query
  const runs = (data?.pages ?? []).flatMap(({ items }) => items)
  const wanted = (search.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const shown = runs.filter((run) => {
    const text = [run.title, run.workflow.name, run.workflow.path, run.branch, run.ref, run.actor, run.repository, `#${run.number}`]
      .join(' ')
      .toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
  const mayStart = session.name === 'in' && canWrite(session.identity)
  return (
    <>
      <PageHead title={w.title} lede={w.lede}>
        <Button icon="i-play" reason={mayStart ? undefined : w.notAllowed} onClick={() => setStarting(true)}>
          {w.dispatch}
        </Button>
      </PageHead>
      <RunsToolbar search={search} runs={runs} onChange={change} />
      {error && !data ? (
        <Failure title={words.failure.title.load(w.theRuns)} error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Bones lines={10} />
      ) : runs.length === 0 && Object.keys(filter).length === 0 ? (
        <Empty icon="i-runs" title={w.none}>
          <p>
            <Prose of={w.noneText} />
          </p>
        </Empty>
      ) : shown.length === 0 ? (
        <Empty title={w.noMatch}>
          <div className="buttons">
            <Button onClick={() => change(() => ({}))}>{words.fleet.clear}</Button>
          </div>
        </Empty>
      ) : (
        <>
          <div className="panel fleet">
            <table className="table block-table runs-table" role="table" aria-label={w.title}>
              <thead role="rowgroup">
                <tr role="row">
                  <th role="columnheader" scope="col">
                    {w.columns.state}
                  </th>
                  <th role="columnheader" scope="col">
                    {w.columns.run}
                  </th>
                  <th role="columnheader" scope="col">
                    {w.columns.from}
                  </th>
                  <th role="columnheader" scope="col">
                    {w.columns.by}
                  </th>
                  <th role="columnheader" scope="col" className="right">
                    {w.columns.took}
                  </th>
                  <th role="columnheader" scope="col" className="right">
                    {w.columns.at}
                  </th>
                </tr>
              </thead>
              <tbody role="rowgroup">
                {shown.map((run) => (
                  <RunRow key={run.id} run={run} />
                ))}
              </tbody>
            </table>
          </div>
          <div className="list-foot">
            <span>{w.shown(shown.length)}</span>
            {hasNextPage ? (
              <Button small busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {w.older}
              </Button>
            ) : (
              <span>{w.end}</span>
            )}
          </div>
        </>
      )}
      <Suspense>
        {isStarting && (
          <DispatchDialog {...(search.repository !== undefined && { first: search.repository })} onClose={() => setStarting(false)} />
        )}
      </Suspense>
    </>
  )
}

function RunRow({ run }: { run: WorkflowRun }) {
  const { words } = useLanguage()
  const w = words.runs
  const word = runWord(run)
  const why = run.why ?? run.problems?.[0]?.message
  return (
    <tr role="row">
      <td role="cell" className="nowrap">
        <RunStatus of={run} />
      </td>
      <td role="cell" className="c-main">
        <Link className="row-title" to="/runs/$id" params={{ id: run.id }}>
          {run.title || run.workflow.name}
        </Link>
        <span className="line muted small dotted">
          <span>
            {run.workflow.name} {w.number(run.number)}
          </span>
          {run.attempt > 1 && <span>{w.attempt(run.attempt)}</span>}
          <span>{w.event(run.event)}</span>
        </span>
        {why && (word === 'waiting' || word === 'failure' || word === 'interrupted') && <span className="line small said">{why}</span>}
      </td>
      <td role="cell">
        <code>{run.repository}</code>
        <span className="line muted small dotted">
          {run.pullRequest !== undefined && (
            <span>
              <PullLink run={run} />
            </span>
          )}
          {run.branch !== undefined && (
            <span>
              <code>{run.branch}</code>
            </span>
          )}
          <span>
            <code className="hash">{short(run.commit)}</code>
          </span>
          {run.trust === 'outside' && (
            <span className="tag" title={w.outsideTitle}>
              {w.outside}
            </span>
          )}
        </span>
      </td>
      <td role="cell" className="soft">
        {run.actor}
      </td>
      <td role="cell" className="right soft nowrap">
        <Took of={run} />
      </td>
      <td role="cell" className="right muted nowrap">
        <Ago at={toMs(run.startedAt ?? run.createdAt)} long />
      </td>
    </tr>
  )
}

function RunsToolbar({
  search,
  runs,
  onChange,
}: {
  search: RunsSearch
  runs: readonly WorkflowRun[]
  onChange: (next: (before: RunsSearch) => RunsSearch) => void
}) {
  const { words } = useLanguage()
  const w = words.runs
  const { data } = useQuery(repositoriesQuery)
  const repositories = [...new Set([...(data?.items ?? []).map(({ name }) => name), ...(search.repository ? [search.repository] : [])])]
  const workflows = [...new Set([...runs.map((run) => run.workflow.path), ...(search.workflow ? [search.workflow] : [])])].toSorted()
  const set = (field: 'repository' | 'workflow' | 'q', value: string) =>
    onChange((before) => (value === '' ? without(before, field) : { ...before, [field]: value }))
  return (
    <div className="toolbar" role="search">
      <label className="input grow">
        <span className="visually-hidden">{w.filter}</span>
        <Icon name="i-search" />
        <input
          type="search"
          placeholder={w.filterHint}
          data-key="/"
          value={search.q ?? ''}
          onChange={(event) => set('q', event.target.value)}
        />
        <kbd>/</kbd>
      </label>
      <select
        className="input"
        aria-label={w.state}
        value={search.state ?? ''}
        onChange={(event) => {
          const state = event.target.value
          onChange((before) => (state === '' ? without(before, 'state') : { ...before, state: state as RunState }))
        }}
      >
        {Object.entries(w.states).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <select
        className="input"
        aria-label={w.repository}
        value={search.repository ?? ''}
        onChange={(event) => set('repository', event.target.value)}
      >
        <option value="">{w.everywhere}</option>
        {repositories.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      {workflows.length > 0 && (
        <select
          className="input"
          aria-label={w.workflow}
          value={search.workflow ?? ''}
          onChange={(event) => set('workflow', event.target.value)}
        >
          <option value="">{w.anyWorkflow}</option>
          {workflows.map((one) => (
            <option key={one} value={one}>
              {one.slice(one.lastIndexOf('/') + 1)}
            </option>
          ))}
        </select>
      )}
      {search.pull !== undefined && (
        <Chip text={w.about.pull(String(search.pull))} onRemove={() => onChange((before) => without(before, 'pull'))} />
      )}
      {search.commit !== undefined && (
        <Chip text={w.about.commit(short(search.commit))} onRemove={() => onChange((before) => without(before, 'commit'))} />
      )}
    </div>
  )
}

function Chip({ text, onRemove }: { text: string; onRemove: () => void }) {
  const { words } = useLanguage()
  return (
    <button type="button" className="chip on" aria-label={words.common.remove(text)} onClick={onRemove}>
      {text}
      <Icon name="i-x" />
    </button>
  )
}
