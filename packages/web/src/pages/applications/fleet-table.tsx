import type { FleetOrder, FleetRow } from '@plimsoll/api'
import { Link, useNavigate } from '@tanstack/react-router'
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { calledOf } from '../../facts/application-name.ts'
import type { FleetList } from '../../client/fleet.ts'
import { placeLines, type Line } from '../../facts/fleet-rows.ts'
import { appearance } from '../../facts/summary.ts'
import { without } from '../../facts/without.ts'
import { explainState, mostUrgent, short, type Why } from '../../facts/why.ts'
import { Ago } from '../../parts/ago.tsx'
import { Bone } from '../../parts/empty.tsx'
import { useKeys } from '../../parts/keys.ts'
import { useTicking } from '../../parts/now.ts'
import { Health, Sync } from '../../parts/status.tsx'
import { useVirtualRows } from '../../parts/virtual-rows.ts'
import { useLanguage, useWords } from '../../words/index.tsx'
import { ask } from '../dialogs/ask.ts'
import { AppMenu } from './app-menu.tsx'
import { CommitMessage } from './commit-message.tsx'
import type { FleetSearch } from './fleet-search.ts'
import { RowWhy } from './row-why.tsx'

/** In px: as in the style sheet. */
const estimates = { group: 31, explained: 56, plain: 37 }

export function FleetTable({
  list,
  isGrouped,
  order,
  onSearch,
  onLook,
}: {
  list: FleetList
  isGrouped: boolean
  order: FleetOrder
  onSearch: (change: (search: FleetSearch) => FleetSearch) => void
  /** Told which applications are in sight, by their places in the order. */
  onLook: (first: number, last: number) => void
}) {
  const words = useWords()
  const navigate = useNavigate()
  // The body has no box of its own (`display: contents`), so the table is what is measured from.
  const top = useRef<HTMLTableElement>(null)
  const lines = useMemo(() => placeLines(list, { isGrouped, columns: 1, estimates }), [list, isGrouped])
  const window = useVirtualRows(lines, top)
  useLook(window.rows, onLook)

  const [selectedKey, setSelectedKey] = useState<string>()
  /** Where the last key has led, drawn or not, known or not. */
  const lastPlace = useRef(-1)
  const select = (place: number) => {
    lastPlace.current = place
    setSelectedKey(place < 0 ? undefined : list.keys[place - list.offset])
  }
  const selected = selectedKey === undefined ? undefined : list.rows.get(selectedKey)?.summary
  // What was not known when the key was pressed is chosen once it is.
  const awaited = selectedKey === undefined && lastPlace.current >= 0 ? list.keys[lastPlace.current - list.offset] : undefined
  useEffect(() => {
    if (awaited !== undefined) setSelectedKey(awaited)
  }, [awaited])
  const step = (by: 1 | -1) => {
    const { total } = list.counts
    if (total === 0) return
    const at = (selectedKey === undefined ? undefined : lines.placeOf(selectedKey)) ?? lastPlace.current
    const next = Math.min(Math.max(at + by, 0), total - 1)
    select(next)
    window.scrollTo(lines.indexOf(next))
  }
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: () => (selected ? void navigate({ to: '/applications/$namespace/$name', params: selected }) : false),
    s: () => (selected ? ask({ name: 'sync', app: selected }) : false),
    Escape: () => (lastPlace.current >= 0 ? select(-1) : false),
  })

  const sortBy = (by: FleetOrder) => onSearch((search) => (by === 'attention' ? without(search, 'order') : { ...search, order: by }))
  const { columns } = words.fleet
  const sortable = (label: string, by: FleetOrder) => (
    <button type="button" aria-pressed={order === by} onClick={() => sortBy(by)}>
      {label}
    </button>
  )

  return (
    <div className="panel fleet">
      <table ref={top} className="table fleet-table" role="table" aria-label={words.fleet.title} aria-rowcount={lines.length + 1}>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col" aria-sort={order === 'name' ? 'ascending' : 'none'}>
              {sortable(columns.name, 'name')}
            </th>
            <th role="columnheader" scope="col">
              {sortable(columns.health, 'attention')}
            </th>
            <th role="columnheader" scope="col">
              {sortable(columns.sync, 'attention')}
            </th>
            <th role="columnheader" scope="col" className="right">
              {columns.objects}
            </th>
            <th role="columnheader" scope="col">
              {columns.revision}
            </th>
            <th role="columnheader" scope="col">
              {columns.destination}
            </th>
            <th role="columnheader" scope="col">
              {columns.project}
            </th>
            <th role="columnheader" scope="col" className="right" aria-sort={order === 'changed' ? 'descending' : 'none'}>
              {sortable(columns.changed, 'changed')}
            </th>
            <th role="columnheader" scope="col">
              <span className="visually-hidden">{columns.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {window.before > 0 && <tr className="spacer" aria-hidden="true" style={{ height: window.before }} />}
          {window.rows.map(({ row: line, index }) => {
            if (line.kind === 'group')
              return (
                <tr
                  key={line.key}
                  className="group-row"
                  role="row"
                  aria-rowindex={index + 2}
                  ref={(element) => window.measure(line.key, element)}
                >
                  <th role="rowheader" colSpan={9} scope="rowgroup">
                    {words.fleet.groups[line.urgency]} <span className="count">{line.count}</span>
                  </th>
                </tr>
              )
            const row = line.cells[0]?.row
            if (!row) return <BoneRow key={line.key} index={index + 2} name="9rem" revision="11rem" shown isExplained={line.isExplained} />
            const isSelected = line.key === selectedKey
            return <AppRow key={line.key} row={row} index={index + 2} isSelected={isSelected} measure={window.measure} />
          })}
          {window.after > 0 && <tr className="spacer" aria-hidden="true" style={{ height: window.after }} />}
        </tbody>
      </table>
    </div>
  )
}

/** Tells which applications are drawn, so that they are known by the time that they are in sight. */
export function useLook(drawn: readonly { row: Line }[], onLook: (first: number, last: number) => void): void {
  const lines = drawn.flatMap(({ row }) => (row.kind === 'apps' ? [row] : []))
  const [first, last] = [lines[0], lines.at(-1)]
  const from = first?.place
  const to = last && last.place + last.cells.length - 1
  useEffect(() => {
    if (from !== undefined && to !== undefined) onLook(from, to)
  }, [from, to, onLook])
}

/** A sentence holds times only as moments; how long something takes is refreshed this often. */
const explainAgainMs = 15_000

/** Rows never change once made, so neither does what is said about them, but for the time. */
export function useWhy({ summary }: FleetRow): Why | undefined {
  const language = useLanguage()
  const tick = useTicking((now) => Math.floor(now / explainAgainMs))
  return useMemo(() => {
    void tick
    return mostUrgent(explainState(summary, language))
  }, [summary, language, tick])
}

interface AppRowProps {
  row: FleetRow
  index: number
  isSelected: boolean
  measure: (key: string, element: HTMLElement | null) => void
}

/** One row of the grid: its cells, and under them the sentence. Both are one row to a reader. */
const AppRow = memo(function AppRow({ row, index, isSelected, measure }: AppRowProps) {
  const words = useWords()
  const { summary: app, cluster } = row
  const why = useWhy(row)
  const wash = useWash(appearance(app))
  const measured = useCallback((element: HTMLElement | null) => measure(app.key, element), [measure, app.key])
  return (
    <tr
      className={`link-row${why ? ' explained' : ''}${wash}`}
      role="row"
      aria-rowindex={index}
      aria-selected={isSelected || undefined}
      ref={measured}
    >
      <td role="cell" className="c-name">
        <Link className="name row-link" to="/applications/$namespace/$name" params={app} title={calledOf(app)}>
          {calledOf(app)}
        </Link>
      </td>
      <td role="cell" className="c-health">
        <Health of={app.health} />
      </td>
      <td role="cell" className="c-sync">
        <Sync of={app.sync} />
      </td>
      <td role="cell" className="c-pods right" title={words.fleet.objectsTitle(app.healthyObjects, app.objects)}>
        {app.objects === 0 ? (
          <span className="muted">–</span>
        ) : (
          <>
            <span className={app.healthyObjects < app.objects ? 'num strong' : 'num muted'}>{app.healthyObjects}</span>
            <span className="muted">/{app.objects}</span>
          </>
        )}
      </td>
      <td role="cell" className="c-revision">
        <span className="revision">
          {app.revision ? <code className="hash">{short(app.revision)}</code> : <span className="muted">–</span>}
          <CommitMessage app={app} />
        </span>
      </td>
      <td role="cell" className="c-destination">
        <span className="clip" title={app.server}>
          {cluster}
          <span className="muted"> / {app.destinationNamespace}</span>
        </span>
      </td>
      <td role="cell" className="c-project">
        <span className="clip">{app.project}</span>
      </td>
      <td role="cell" className="c-changed right muted">
        <Ago at={app.changedAt} />
      </td>
      <td role="cell" className="c-actions">
        <AppMenu app={app} />
      </td>
      {why && (
        <td role="cell" className="c-why">
          <RowWhy app={app} why={why} />
        </td>
      )}
    </tr>
  )
})

/** A class that washes the row once when what it shows has changed. Two names, so that a second change starts it again. */
export function useWash(appearanceNow: string): string {
  const [seen, setSeen] = useState({ appearance: appearanceNow, times: 0 })
  if (seen.appearance !== appearanceNow) setSeen({ appearance: appearanceNow, times: seen.times + 1 })
  return seen.times === 0 ? '' : seen.times % 2 === 0 ? ' washed-even' : ' washed-odd'
}

const boneRows = [
  ['11rem', '13rem'],
  ['8.5rem', '10rem'],
  ['12.5rem', '12rem'],
  ['9rem', '9rem'],
  ['10.5rem', '14rem'],
  ['7.5rem', '11rem'],
  ['12rem', '8rem'],
  ['9.5rem', '12rem'],
] as const

export function LoadingTable({ shown }: { shown: boolean }) {
  const words = useWords()
  return (
    <div className="panel fleet" aria-busy="true">
      <table className="table fleet-table" role="table" aria-label={words.common.loading}>
        <tbody role="rowgroup">
          {boneRows.map(([name, revision]) => (
            <BoneRow key={name} name={name} revision={revision} shown={shown} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A row that nobody has told yet. */
function BoneRow({
  name,
  revision,
  shown,
  index,
  isExplained,
}: {
  name: string
  revision: string
  shown: boolean
  index?: number
  isExplained?: boolean
}) {
  return (
    <tr className={`link-row${isExplained ? ' explained' : ''}`} role="row" aria-rowindex={index} aria-busy="true">
      <td role="cell" className="c-name">
        <Bone width={name} shown={shown} />
      </td>
      <td role="cell" className="c-health">
        <Bone width="5rem" shown={shown} />
      </td>
      <td role="cell" className="c-sync">
        <Bone width="5rem" shown={shown} />
      </td>
      <td role="cell" className="c-pods right" />
      <td role="cell" className="c-revision">
        <Bone width={revision} shown={shown} />
      </td>
      <td role="cell" className="c-destination">
        <Bone width="7rem" shown={shown} />
      </td>
      <td role="cell" className="c-project">
        <Bone width="3.5rem" shown={shown} />
      </td>
      <td role="cell" className="c-changed right">
        <Bone width="2rem" shown={shown} />
      </td>
      <td role="cell" className="c-actions" />
      {isExplained && (
        <td role="cell" className="c-why">
          <Bone width="18rem" shown={shown} />
        </td>
      )}
    </tr>
  )
}
