import type { FleetRow } from '@plimsoll/api'
import { Link } from '@tanstack/react-router'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { calledOf } from '../../facts/application-name.ts'
import type { FleetList } from '../../client/fleet.ts'
import { placeLines } from '../../facts/fleet-rows.ts'
import { short } from '../../facts/why.ts'
import { appearance } from '../../facts/summary.ts'
import { Ago } from '../../parts/ago.tsx'
import { Health, Sync } from '../../parts/status.tsx'
import { Bone } from '../../parts/empty.tsx'
import { useVirtualRows } from '../../parts/virtual-rows.ts'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import { CommitMessage } from './commit-message.tsx'
import { useLook, useWash, useWhy } from './fleet-table.tsx'

/** Narrowest tile and the gap between two, in px: as in the style sheet. */
const tileWidth = 280
const gap = 12

/** In px: as in the style sheet. */
const estimates = { group: 36, explained: 160, plain: 122 }

export function FleetTiles({
  list,
  isGrouped,
  onLook,
}: {
  list: FleetList
  isGrouped: boolean
  onLook: (first: number, last: number) => void
}) {
  const words = useWords()
  const top = useRef<HTMLDivElement>(null)
  const [columns, setColumns] = useState(4)
  useLayoutEffect(() => {
    const element = top.current
    if (!element) return
    const watching = new ResizeObserver(() => setColumns(Math.max(1, Math.floor((element.clientWidth + gap) / (tileWidth + gap)))))
    watching.observe(element)
    return () => watching.disconnect()
  }, [])
  const lines = useMemo(() => placeLines(list, { isGrouped, columns, estimates }), [list, isGrouped, columns])
  const window = useVirtualRows(lines, top)
  useLook(window.rows, onLook)
  return (
    <div ref={top} className="tile-rows" role="list" aria-label={words.fleet.title}>
      <div className="spacer" style={{ height: window.before }} aria-hidden="true" />
      {window.rows.map(({ row }) =>
        row.kind === 'group' ? (
          <h2 key={row.key} className="tiles-title" ref={(element) => window.measure(row.key, element)}>
            {words.fleet.groups[row.urgency]} <span className="count">{row.count}</span>
          </h2>
        ) : (
          <div
            key={row.key}
            className="tiles"
            role="presentation"
            style={{ '--tile-columns': columns } as React.CSSProperties}
            ref={(element) => window.measure(row.key, element)}
          >
            {row.cells.map((one) => (one.row ? <AppTile key={one.key} row={one.row} /> : <BoneTile key={one.key} />))}
          </div>
        ),
      )}
      <div className="spacer" style={{ height: window.after }} aria-hidden="true" />
    </div>
  )
}

function AppTile({ row }: { row: FleetRow }) {
  const { summary: app, cluster } = row
  const why = useWhy(row)
  return (
    <div className={`tile${useWash(appearance(app))}`} role="listitem">
      <Link className="name" to="/applications/$namespace/$name" params={app} title={calledOf(app)}>
        {calledOf(app)}
      </Link>
      <div className="tile-status">
        <Health of={app.health} />
        <Sync of={app.sync} />
      </div>
      {why ? (
        <p className="row-why">
          <Prose of={why.sentence} />
        </p>
      ) : (
        <p className="tile-message">
          {app.revision && <code className="hash">{short(app.revision)}</code>} <CommitMessage app={app} />
        </p>
      )}
      <p className="tile-foot">
        <span className="clip">
          {cluster} / {app.destinationNamespace}
        </span>
        <Ago at={app.changedAt} />
      </p>
    </div>
  )
}

function BoneTile() {
  return (
    <div className="tile" role="listitem" aria-busy="true">
      <Bone width="9rem" shown />
      <div className="tile-status">
        <Bone width="5rem" shown />
      </div>
      <p className="tile-message">
        <Bone width="11rem" shown />
      </p>
      <p className="tile-foot">
        <Bone width="7rem" shown />
      </p>
    </div>
  )
}
