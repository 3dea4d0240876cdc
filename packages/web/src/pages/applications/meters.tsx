import type { FleetCounts, HealthStatusCode, SyncStatusCode } from '@plimsoll/api'
import { healthLook, healthOrder, syncLook, syncOrder, type Look } from '../../facts/tone.ts'
import { Glyph } from '../../parts/icon.tsx'
import { useLanguage } from '../../words/index.tsx'
import { toggle, type FleetFilter, type FleetSearch } from './fleet-search.ts'

/** How many there are of each state; a press filters by it. */
export function Meters({
  counts,
  filter,
  onToggle,
}: {
  /** Undefined as long as they are not known. */
  counts: FleetCounts | undefined
  filter: FleetFilter
  onToggle: (change: (search: FleetSearch) => FleetSearch) => void
}) {
  const { words } = useLanguage()
  return (
    <div className="meters">
      <Meter<HealthStatusCode>
        label={words.fleet.health}
        states={healthOrder}
        looks={healthLook}
        counts={counts?.health}
        chosen={filter.health}
        onToggle={(state) => onToggle((search) => toggle(search, 'health', state))}
      />
      <Meter<SyncStatusCode>
        label={words.fleet.sync}
        states={syncOrder}
        looks={syncLook}
        counts={counts?.sync}
        chosen={filter.sync}
        onToggle={(state) => onToggle((search) => toggle(search, 'sync', state))}
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
}: {
  label: string
  states: readonly T[]
  looks: Record<T, Look>
  counts: Partial<Record<T, number>> | undefined
  chosen: readonly T[]
  onToggle: (state: T) => void
}) {
  const { format } = useLanguage()
  // A state that is filtered by stays, so that the filter can be taken away where it was set.
  const present = states.filter((one) => (counts?.[one] ?? 0) > 0 || chosen.includes(one))
  return (
    <section className="meter" aria-label={label}>
      <div className="meter-bar" aria-hidden="true">
        {present
          .filter((one) => (counts?.[one] ?? 0) > 0)
          .map((one) => (
            <i
              key={one}
              className={`tone-${looks[one].tone}${chosen.length > 0 && !chosen.includes(one) ? ' faint' : ''}`}
              style={{ flexGrow: counts?.[one] }}
            />
          ))}
        {!counts && <i className="tone-none faint" style={{ flexGrow: 1 }} />}
      </div>
      <ul>
        <li className="meter-label">{label}</li>
        {present.map((one) => (
          <li key={one}>
            <button type="button" aria-pressed={chosen.includes(one)} onClick={() => onToggle(one)}>
              <Glyph look={looks[one]} />
              <b>{format.number(counts?.[one] ?? 0)}</b> {one}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
