import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { fleet, streamError } from '../../client/fleet.ts'
import { useFleet, useFleetList } from '../../loaders/fleet.ts'
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
import { isFiltering, toFilter, toQuery, type FleetSearch } from './fleet-search.ts'
import { Meters } from './meters.tsx'
import { Toolbar } from './toolbar.tsx'

export function Applications() {
  const language = useLanguage()
  const { words } = language
  usePageTitle(words.fleet.title)
  const { counts, stream, lastChangeAt } = useFleet()
  const search = useSearch({ from: '/applications' })
  const navigate = useNavigate({ from: '/applications' })
  const query = useMemo(() => toQuery(search), [search])
  const { list, look } = useFleetList(query)
  const [isSlowList, setSlowList] = useState(false)

  const setSearch = useCallback(
    (change: (search: FleetSearch) => FleetSearch) => void navigate({ search: change, replace: true, resetScroll: false }),
    [navigate],
  )

  const filter = useMemo(() => toFilter(search), [search])
  useEffect(() => {
    const timer = setTimeout(() => setSlowList(true), 300)
    return () => clearTimeout(timer)
  }, [])

  const error = streamError(stream)
  const by = search.order ?? 'attention'
  return (
    <>
      <div className="page-head">
        <div className="titles">
          <div className="title">
            <h1>
              {words.fleet.title} {counts && <span className="number">{language.format.number(counts.all)}</span>}
            </h1>
          </div>
        </div>
        <div className="actions">
          <Button
            icon="i-sync"
            onClick={() => ask({ name: 'several', query })}
            reason={counts?.outOfSync === 0 ? words.fleet.several.none : undefined}
          >
            {words.fleet.syncSeveral}
          </Button>
          <Link className="button primary" to="/applications/new">
            <Icon name="i-plus" />
            {words.fleet.newApplication}
          </Link>
        </div>
      </div>
      {!list && error && stream.name === 'refused' ? (
        <Failure title={words.failure.title.load(words.fleet.theApplications)} error={error} onRetry={fleet.tryNow} />
      ) : counts?.all === 0 ? (
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
          <Meters counts={list?.counts} filter={filter} onToggle={setSearch} />
          <Toolbar search={search} onSearch={setSearch} />
          {!list ? (
            <LoadingTable shown={isSlowList} />
          ) : list.counts.total === 0 ? (
            <Empty title={words.fleet.noMatch(list.counts.all)}>
              <p>
                <FilterInWords search={search} />
              </p>
              <div className="buttons">
                <Button onClick={() => setSearch(({ order, view }) => ({ ...(order && { order }), ...(view && { view }) }))}>
                  {words.fleet.clear}
                </Button>
              </div>
            </Empty>
          ) : search.view === 'tiles' ? (
            <FleetTiles list={list} isGrouped={by === 'attention'} onLook={look} />
          ) : (
            <FleetTable list={list} isGrouped={by === 'attention'} order={by} onSearch={setSearch} onLook={look} />
          )}
          {list && (
            <div className="list-foot">
              <span>
                {words.fleet.count(list.counts.total, list.counts.all)}
                {lastChangeAt !== undefined && (
                  <>
                    , <AsOf at={lastChangeAt} />
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
