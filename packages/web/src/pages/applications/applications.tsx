import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react'
import { fleet, streamError } from '../../client/fleet.ts'
import { clusterOf, isFiltering, matches, matchesBesidesStatus, order, type ClusterNames } from '../../facts/fleet-filter.ts'
import type { AppSummary } from '../../facts/summary.ts'
import { explainState, mostUrgent, type Urgency, type Why } from '../../facts/why.ts'
import { useFleet } from '../../loaders/fleet.ts'
import { clustersQuery } from '../../loaders/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Icon } from '../../parts/icon.tsx'
import { useTicking } from '../../parts/now.ts'
import { usePageTitle } from '../../parts/page-title.ts'
import { Failure } from '../../parts/problem.tsx'
import { useLanguage, useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { ask } from '../dialogs/ask.ts'
import { FleetTable, LoadingTable } from './fleet-table.tsx'
import { FleetTiles } from './fleet-tiles.tsx'
import { toFilter, type FleetSearch } from './fleet-search.ts'
import { Meters } from './meters.tsx'
import { Toolbar } from './toolbar.tsx'

export interface ExplainedApp {
  app: AppSummary
  urgency: Urgency
  why: Why | undefined
  cluster: string
}

/** A sentence of the list holds times only as moments; how long something takes is refreshed this often. */
const explainAgainMs = 15_000

export function Applications() {
  const language = useLanguage()
  const { words } = language
  usePageTitle(words.fleet.title)
  const snapshot = useFleet()
  const search = useSearch({ from: '/applications' })
  const navigate = useNavigate({ from: '/applications' })
  const clusterNames = useClusterNames()
  const tick = useTicking((now) => Math.floor(now / explainAgainMs))
  const [isSlowList, setSlowList] = useState(false)

  const setSearch = useCallback(
    (change: (search: FleetSearch) => FleetSearch) => void navigate({ search: change, replace: true, resetScroll: false }),
    [navigate],
  )

  const filter = useMemo(() => toFilter(search), [search])
  const deferredFilter = useDeferredValue(filter)
  const explained = useMemo(() => {
    void tick
    return explainAll(snapshot.apps, language, clusterNames)
  }, [snapshot.apps, language, clusterNames, tick])
  const counted = useMemo(
    () => snapshot.apps.filter((one) => matchesBesidesStatus(one, deferredFilter, clusterNames)),
    [snapshot.apps, deferredFilter, clusterNames],
  )
  const shown = useMemo(
    () =>
      order(
        explained.filter((one) => matches(one.app, deferredFilter, clusterNames)),
        search.order ?? 'attention',
      ) as ExplainedApp[],
    [explained, deferredFilter, clusterNames, search.order],
  )

  useEffect(() => {
    const timer = setTimeout(() => setSlowList(true), 300)
    return () => clearTimeout(timer)
  }, [])

  const all = snapshot.apps.length
  const error = streamError(snapshot.stream)
  const view = search.view ?? 'table'
  const outOfSync = snapshot.apps.filter((one) => one.sync === 'OutOfSync').length
  return (
    <>
      <div className="page-head">
        <div className="titles">
          <div className="title">
            <h1>
              {words.fleet.title} {snapshot.isKnown && <span className="number">{language.format.number(all)}</span>}
            </h1>
          </div>
        </div>
        <div className="actions">
          <Button
            icon="i-sync"
            onClick={() => ask({ name: 'several' })}
            reason={snapshot.isKnown && outOfSync === 0 ? words.fleet.several.none : undefined}
          >
            {words.fleet.syncSeveral}
          </Button>
          <Link className="button primary" to="/applications/new">
            <Icon name="i-plus" />
            {words.fleet.newApplication}
          </Link>
        </div>
      </div>
      {!snapshot.isKnown && error && snapshot.stream.name === 'refused' ? (
        <Failure title={words.failure.title.load(words.fleet.theApplications)} error={error} onRetry={fleet.tryNow} />
      ) : snapshot.isKnown && all === 0 ? (
        <Empty icon="i-mark" title={words.fleet.noneYet}>
          <p>{words.fleet.noneYetText}</p>
          <div className="buttons">
            <Link className="button primary" to="/applications/new">
              <Icon name="i-plus" />
              {words.fleet.newApplication}
            </Link>
            <Link className="button" to="/applications/new" hash="yaml">
              {words.fleet.fromYaml}
            </Link>
          </div>
          <p className="muted small">
            <Prose of={words.fleet.orCommand} />
          </p>
        </Empty>
      ) : (
        <>
          <Meters apps={counted} filter={filter} onToggle={setSearch} isKnown={snapshot.isKnown} />
          <Toolbar apps={snapshot.apps} clusterNames={clusterNames} search={search} onSearch={setSearch} />
          {!snapshot.isKnown ? (
            <LoadingTable shown={isSlowList} />
          ) : shown.length === 0 ? (
            <Empty title={words.fleet.noMatch(all)}>
              <p>
                <FilterInWords search={search} />
              </p>
              <div className="buttons">
                <Button onClick={() => setSearch(({ order: by, view: as }) => ({ ...(by && { order: by }), ...(as && { view: as }) }))}>
                  {words.fleet.clear}
                </Button>
              </div>
            </Empty>
          ) : view === 'tiles' ? (
            <FleetTiles shown={shown} isGrouped={(search.order ?? 'attention') === 'attention'} />
          ) : (
            <FleetTable
              shown={shown}
              isGrouped={(search.order ?? 'attention') === 'attention'}
              order={search.order ?? 'attention'}
              onSearch={setSearch}
            />
          )}
          {snapshot.isKnown && (
            <div className="list-foot">
              <span>
                {words.fleet.count(shown.length, all)}
                {snapshot.lastChangeAt !== undefined && (
                  <>
                    , <AsOf at={snapshot.lastChangeAt} />
                  </>
                )}
              </span>
              <span className="keys">
                <kbd>J</kbd>
                <kbd>K</kbd> {words.fleet.keys.move} <kbd>↵</kbd> {words.fleet.keys.open} <kbd>S</kbd> {words.fleet.keys.sync} <kbd>?</kbd>{' '}
                {words.fleet.keys.all}
              </span>
            </div>
          )}
        </>
      )}
    </>
  )
}

/** Summaries never change once made, so neither does what is said about them, but for the time. */
function explainAll(apps: readonly AppSummary[], language: Parameters<typeof explainState>[1], names: ClusterNames): ExplainedApp[] {
  const now = Date.now()
  return apps.map((app) => {
    const why = mostUrgent(explainState(app, language, now))
    return { app, why, urgency: why?.urgency ?? 'steady', cluster: clusterOf(app, names) }
  })
}

export function useClusterNames(): ClusterNames {
  const { data } = useQuery(clustersQuery)
  return useMemo(() => new Map((data?.items ?? []).map((one) => [one.server, one.name])), [data])
}

function AsOf({ at }: { at: number }) {
  const { words, format } = useLanguage()
  return <>{useTicking((now) => words.fleet.asOf(format.duration(Math.max(0, now - at))))}</>
}

function FilterInWords({ search }: { search: FleetSearch }) {
  const words = useWords()
  const filter = toFilter(search)
  if (!isFiltering(filter)) return null
  const { filterParts } = words.fleet
  const parts = [
    ...(filter.text.trim() ? [filterParts.text(filter.text.trim())] : []),
    ...filter.health.map(filterParts.health),
    ...filter.sync.map(filterParts.sync),
    ...filter.project.map(filterParts.project),
    ...filter.cluster.map(filterParts.cluster),
    ...filter.label.map(filterParts.label),
  ]
  return parts.map((part, index) => (
    <span key={index}>
      {index > 0 && ', '}
      <Prose of={part} />
    </span>
  ))
}
