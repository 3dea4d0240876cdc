import type { HealthStatusCode, SyncStatusCode } from '@plimsoll/api'
import { countBy, type FleetFilter } from '../../facts/fleet-filter.ts'
import type { AppSummary } from '../../facts/summary.ts'
import { healthLook, healthOrder, syncLook, syncOrder, type Look } from '../../facts/tone.ts'
import { Glyph } from '../../parts/icon.tsx'
import { useLanguage } from '../../words/index.tsx'
import { toggle, type FleetSearch } from './fleet-search.ts'

/** How many there are of each state; a press filters by it. */
export function Meters({
  apps,
  filter,
  onToggle,
  isKnown,
}: {
  apps: readonly AppSummary[]
  filter: FleetFilter
  onToggle: (change: (search: FleetSearch) => FleetSearch) => void
  isKnown: boolean
}) {
  const { words } = useLanguage()
  return (
    <div className="meters">
      <Meter<HealthStatusCode>
        label={words.fleet.health}
        states={healthOrder}
        looks={healthLook}
        counts={countBy(apps, (one) => one.health)}
        chosen={filter.health}
        onToggle={(state) => onToggle((search) => toggle(search, 'health', state))}
        isKnown={isKnown}
      />
      <Meter<SyncStatusCode>
        label={words.fleet.sync}
        states={syncOrder}
        looks={syncLook}
        counts={countBy(apps, (one) => one.sync)}
        chosen={filter.sync}
        onToggle={(state) => onToggle((search) => toggle(search, 'sync', state))}
        isKnown={isKnown}
      />
    </div>
  )
}

function Meter<T extends string>({
  label,
  states,
  looks,
  counts,
  chosen,
  onToggle,
  isKnown,
}: {
  label: string
  states: readonly T[]
  looks: Record<T, Look>
  counts: Map<T, number>
  chosen: readonly T[]
  onToggle: (state: T) => void
  isKnown: boolean
}) {
  const { format } = useLanguage()
  // A state that is filtered by stays, so that the filter can be taken away where it was set.
  const present = states.filter((one) => (counts.get(one) ?? 0) > 0 || chosen.includes(one))
  return (
    <section className="meter" aria-label={label}>
      <div className="meter-bar" aria-hidden="true">
        {present
          .filter((one) => (counts.get(one) ?? 0) > 0)
          .map((one) => (
            <i
              key={one}
              className={`tone-${looks[one].tone}${chosen.length > 0 && !chosen.includes(one) ? ' faint' : ''}`}
              style={{ flexGrow: counts.get(one) }}
            />
          ))}
        {!isKnown && <i className="tone-none faint" style={{ flexGrow: 1 }} />}
      </div>
      <ul>
        <li className="meter-label">{label}</li>
        {present.map((one) => (
          <li key={one}>
            <button type="button" aria-pressed={chosen.includes(one)} onClick={() => onToggle(one)}>
              <Glyph look={looks[one]} />
              <b>{format.number(counts.get(one) ?? 0)}</b> {one}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
