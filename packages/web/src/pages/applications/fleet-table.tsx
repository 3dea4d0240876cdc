import { Link, useNavigate } from '@tanstack/react-router'
import { memo, useMemo, useRef, useState } from 'react'
import type { FleetOrder } from '../../facts/fleet-filter.ts'
import { appearance } from '../../facts/summary.ts'
import { without } from '../../facts/without.ts'
import { short, type Urgency } from '../../facts/why.ts'
import { Ago } from '../../parts/ago.tsx'
import { Bone } from '../../parts/empty.tsx'
import { useKeys } from '../../parts/keys.ts'
import { Health, Sync } from '../../parts/status.tsx'
import { useVirtualRows } from '../../parts/virtual-rows.ts'
import { useWords } from '../../words/index.tsx'
import { ask } from '../dialogs/ask.ts'
import { AppMenu } from './app-menu.tsx'
import type { ExplainedApp } from './applications.tsx'
import { CommitMessage } from './commit-message.tsx'
import type { FleetSearch } from './fleet-search.ts'
import { RowWhy } from './row-why.tsx'

type Row =
  | { kind: 'group'; key: string; estimate: number; urgency: Urgency; count: number }
  | { kind: 'app'; key: string; estimate: number; one: ExplainedApp; position: number }

const urgencies = ['attention', 'moving', 'steady'] as const

export function FleetTable({
  shown,
  isGrouped,
  order,
  onSearch,
}: {
  shown: readonly ExplainedApp[]
  isGrouped: boolean
  order: FleetOrder
  onSearch: (change: (search: FleetSearch) => FleetSearch) => void
}) {
  const words = useWords()
  const navigate = useNavigate()
  // The body has no box of its own (`display: contents`), so the table is what is measured from.
  const top = useRef<HTMLTableElement>(null)
  const rows = useMemo(() => toRows(shown, isGrouped), [shown, isGrouped])
  const window = useVirtualRows(rows, top)
  const [selectedKey, setSelectedKey] = useState<string>()

  const apps = useMemo(() => rows.filter((row) => row.kind === 'app'), [rows])
  const selected = apps.find((row) => row.key === selectedKey)
  const step = (by: 1 | -1) => {
    const at = selected ? apps.indexOf(selected) : -1
    const next = apps[Math.min(Math.max(at + by, 0), apps.length - 1)]
    if (!next) return
    setSelectedKey(next.key)
    window.scrollTo(rows.indexOf(next))
  }
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: () => (selected ? void navigate({ to: '/applications/$namespace/$name', params: selected.one.app }) : false),
    s: () => (selected ? ask({ name: 'sync', app: selected.one.app }) : false),
    Escape: () => (selected ? setSelectedKey(undefined) : false),
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
      <table ref={top} className="table fleet-table" role="table" aria-label={words.fleet.title} aria-rowcount={rows.length + 1}>
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
          {window.rows.map(({ row, index }) =>
            row.kind === 'group' ? (
              <tr
                key={row.key}
                className="group-row"
                role="row"
                aria-rowindex={index + 2}
                ref={(element) => window.measure(row.key, element)}
              >
                <th role="rowheader" colSpan={9} scope="rowgroup">
                  {words.fleet.groups[row.urgency]} <span className="count">{row.count}</span>
                </th>
              </tr>
            ) : (
              <AppRow
                key={row.key}
                rowKey={row.key}
                one={row.one}
                index={index + 2}
                isSelected={row.key === selectedKey}
                measure={window.measure}
              />
            ),
          )}
          {window.after > 0 && <tr className="spacer" aria-hidden="true" style={{ height: window.after }} />}
        </tbody>
      </table>
    </div>
  )
}

function toRows(shown: readonly ExplainedApp[], isGrouped: boolean): Row[] {
  const toRow = (one: ExplainedApp, position: number): Row => ({
    kind: 'app',
    key: one.app.key,
    estimate: one.why ? 56 : 37,
    one,
    position,
  })
  if (!isGrouped) return shown.map(toRow)
  const rows: Row[] = []
  for (const urgency of urgencies) {
    const members = shown.filter((one) => one.urgency === urgency)
    if (members.length === 0) continue
    rows.push({ kind: 'group', key: ` ${urgency}`, estimate: 31, urgency, count: members.length })
    for (const one of members) rows.push(toRow(one, rows.length))
  }
  return rows
}

interface AppRowProps {
  rowKey: string
  one: ExplainedApp
  index: number
  isSelected: boolean
  measure: (key: string, element: HTMLElement | null) => void
}

/** One row of the grid: its cells, and under them the sentence. Both are one row to a reader. */
const AppRow = memo(
  function AppRow({ rowKey, one, index, isSelected, measure }: AppRowProps) {
    const words = useWords()
    const { app, why, cluster } = one
    const wash = useWash(appearance(app))
    return (
      <tr
        className={`link-row${why ? ' explained' : ''}${wash}`}
        role="row"
        aria-rowindex={index}
        aria-selected={isSelected || undefined}
        ref={(element) => measure(rowKey, element)}
      >
        <td role="cell" className="c-name">
          <Link className="name row-link" to="/applications/$namespace/$name" params={app} title={app.name}>
            {app.name}
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
  },
  (a, b) =>
    a.one.app === b.one.app &&
    a.isSelected === b.isSelected &&
    a.index === b.index &&
    a.one.cluster === b.one.cluster &&
    a.measure === b.measure &&
    JSON.stringify(a.one.why?.sentence) === JSON.stringify(b.one.why?.sentence),
)

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
            <tr key={name} className="link-row" role="row">
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
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
