import { Link } from '@tanstack/react-router'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { short, type Urgency } from '../../facts/why.ts'
import { appearance } from '../../facts/summary.ts'
import { Ago } from '../../parts/ago.tsx'
import { Health, Sync } from '../../parts/status.tsx'
import { useVirtualRows } from '../../parts/virtual-rows.ts'
import { useWords } from '../../words/index.tsx'
import { Prose } from '../../words/prose.tsx'
import type { ExplainedApp } from './applications.tsx'
import { CommitMessage } from './commit-message.tsx'
import { useWash } from './fleet-table.tsx'

type Row =
  | { kind: 'title'; key: string; estimate: number; urgency: Urgency; count: number }
  | { kind: 'tiles'; key: string; estimate: number; apps: readonly ExplainedApp[] }

/** Narrowest tile and the gap between two, in px: as in the style sheet. */
const tileWidth = 280
const gap = 12

export function FleetTiles({ shown, isGrouped }: { shown: readonly ExplainedApp[]; isGrouped: boolean }) {
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
  const rows = useMemo(() => toRows(shown, isGrouped, columns), [shown, isGrouped, columns])
  const window = useVirtualRows(rows, top)
  return (
    <div ref={top} className="tile-rows" role="list" aria-label={words.fleet.title}>
      <div style={{ height: window.before }} aria-hidden="true" />
      {window.rows.map(({ row }) =>
        row.kind === 'title' ? (
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
            {row.apps.map((one) => (
              <Tile key={one.app.key} one={one} />
            ))}
          </div>
        ),
      )}
      <div style={{ height: window.after }} aria-hidden="true" />
    </div>
  )
}

function toRows(shown: readonly ExplainedApp[], isGrouped: boolean, columns: number): Row[] {
  const inRows = (apps: readonly ExplainedApp[]): Row[] => {
    const rows: Row[] = []
    for (let at = 0; at < apps.length; at += columns) {
      const members = apps.slice(at, at + columns)
      rows.push({
        kind: 'tiles',
        key: members.map((one) => one.app.key).join(' '),
        estimate: members.some((one) => one.why) ? 160 : 122,
        apps: members,
      })
    }
    return rows
  }
  if (!isGrouped) return inRows(shown)
  return (['attention', 'moving', 'steady'] as const).flatMap((urgency) => {
    const members = shown.filter((one) => one.urgency === urgency)
    if (members.length === 0) return []
    return [{ kind: 'title' as const, key: ` ${urgency}`, estimate: 36, urgency, count: members.length }, ...inRows(members)]
  })
}

function Tile({ one: { app, why, cluster } }: { one: ExplainedApp }) {
  return (
    <div className={`tile${useWash(appearance(app))}`} role="listitem">
      <Link className="name" to="/applications/$namespace/$name" params={app} title={app.name}>
        {app.name}
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
