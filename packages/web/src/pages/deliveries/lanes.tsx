import type { PromotionView } from '@plimsoll/api'
import { useMemo } from 'react'
import { releaseLabel } from '../../facts/delivery-look.ts'
import { lanesOf } from '../../facts/lanes.ts'
import { Icon } from '../../parts/icon.tsx'
import { useTicking } from '../../parts/now.ts'
import { useLanguage } from '../../words/index.tsx'

const day = 24 * 60 * 60 * 1000

/** What ran where, over time: a lane for each stage. */
export function WhatRanWhere({ promotions, stages }: { promotions: readonly PromotionView[]; stages: readonly string[] }) {
  const { words, format } = useLanguage()
  const w = words.deliveries
  const now = useTicking((at) => Math.floor(at / 10_000) * 10_000 + 10_000)
  const { lanes, from, ticks } = useMemo(() => lanesOf(promotions, stages, now), [promotions, stages, now])
  if (lanes.every((lane) => lane.blocks.length === 0)) return null
  const span = now - from
  const tickText = (at: Date) => (span > 2 * day ? format.moment(at).replace(/ \d\d:\d\d$/, '') : format.time(at))
  return (
    <div className="lanes" role="group" aria-label={w.lanes(format.inSentence(new Date(from)))}>
      {lanes.map((lane) => (
        <div key={lane.stage} className="lane">
          <span className="lane-name">{lane.stage}</span>
          <ol className="lane-track">
            {lane.blocks.map((block) => (
              <li
                key={block.id}
                className={`${block.isCurrent ? 'current' : ''}${block.isAfterEvent ? ' after' : ''}`}
                style={{ left: `${block.left}%`, width: `calc(${block.width}% - 2px)` }}
                title={`${block.promotion.release.title} (${format.moment(new Date(block.promotion.startedAt))}), ${w.phases[block.promotion.phase]}`}
              >
                {block.width > 4 ? <span>{block.label}</span> : <span className="visually-hidden">{block.label}</span>}
              </li>
            ))}
            {lane.events.map((event) => (
              <li
                key={`event ${event.id}`}
                className="event"
                style={{ left: `${event.left}%` }}
                title={`${format.moment(new Date(event.promotion.startedAt))}: ${w.kinds.revert} ${releaseLabel(event.promotion.release)}`}
              >
                <Icon name="g-rolledback" className="glyph tone-bad" />
                <span className="visually-hidden">{w.kinds.revert}</span>
              </li>
            ))}
          </ol>
          <span className="lane-now">
            {lane.now && (
              <>
                <b>{releaseLabel(lane.now.release)}</b> {w.phases[lane.now.phase]}
              </>
            )}
          </span>
        </div>
      ))}
      <div className="lane axis" aria-hidden="true">
        <span className="lane-name" />
        <span className="lane-track">
          {ticks.map((tick) => (
            <span key={tick.at} className="x-tick" style={{ left: `${tick.left}%` }}>
              {tickText(new Date(tick.at))}
            </span>
          ))}
        </span>
        <span className="lane-now">{w.now}</span>
      </div>
    </div>
  )
}
