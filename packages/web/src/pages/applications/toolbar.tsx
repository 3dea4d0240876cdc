import { useEffect, useMemo, useState } from 'react'
import { clusterOf, type ClusterNames, type FleetOrder } from '../../facts/fleet-filter.ts'
import type { AppSummary } from '../../facts/summary.ts'
import { without } from '../../facts/without.ts'
import { Icon } from '../../parts/icon.tsx'
import { Menu, MenuCheck, MenuLabel } from '../../parts/menu.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { useWords } from '../../words/index.tsx'
import { toggle, type FleetSearch } from './fleet-search.ts'

type ChipField = 'project' | 'cluster' | 'label'

/** A menu of thousands helps nobody: the most frequent are offered, the rest is found by typing. */
const mostChoices = 60

export function Toolbar({
  apps,
  clusterNames,
  search,
  onSearch,
}: {
  apps: readonly AppSummary[]
  clusterNames: ClusterNames
  search: FleetSearch
  onSearch: (change: (search: FleetSearch) => FleetSearch) => void
}) {
  const words = useWords()
  const choices = useMemo(() => countChoices(apps, clusterNames), [apps, clusterNames])
  return (
    <div className="toolbar" role="search">
      <FilterField text={search.q ?? ''} onText={(q) => onSearch((before) => (q ? { ...before, q } : without(before, 'q')))} />
      {(['project', 'cluster', 'label'] as const).map((field) => (
        <FilterChip key={field} field={field} choices={choices[field]} search={search} onSearch={onSearch} />
      ))}
      <span className="toolbar-end">
        <span className="sorter">
          <span className="muted">{words.fleet.order}</span>
          <select
            className="plain"
            aria-label={words.fleet.order}
            value={search.order ?? 'attention'}
            onChange={(event) => {
              const order = event.target.value as FleetOrder
              onSearch((before) => (order === 'attention' ? without(before, 'order') : { ...before, order }))
            }}
          >
            {(['attention', 'name', 'changed'] as const).map((one) => (
              <option key={one} value={one}>
                {words.fleet.orders[one]}
              </option>
            ))}
          </select>
        </span>
        <Segmented
          label={words.fleet.view}
          value={search.view ?? 'table'}
          choices={[
            { value: 'table', label: words.fleet.table, icon: 'i-table' },
            { value: 'tiles', label: words.fleet.tiles, icon: 'i-tiles' },
          ]}
          onChange={(view) => onSearch((before) => (view === 'tiles' ? { ...before, view } : without(before, 'view')))}
        />
      </span>
    </div>
  )
}

/** Shows what is typed at once; the address follows a moment later. */
function FilterField({ text, onText }: { text: string; onText: (text: string) => void }) {
  const words = useWords()
  const [typed, setTyped] = useState(text)
  const [lastText, setLastText] = useState(text)
  if (text !== lastText) {
    setLastText(text)
    setTyped(text)
  }
  useEffect(() => {
    if (typed === text) return
    const timer = setTimeout(() => onText(typed), 120)
    return () => clearTimeout(timer)
  }, [typed, text, onText])
  return (
    <label className="input grow">
      <span className="visually-hidden">{words.fleet.filter}</span>
      <Icon name="i-search" />
      <input
        type="search"
        placeholder={words.fleet.filterHint}
        data-key="/"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            setTyped('')
            event.currentTarget.blur()
          }
        }}
      />
      <kbd>/</kbd>
    </label>
  )
}

function FilterChip({
  field,
  choices,
  search,
  onSearch,
}: {
  field: ChipField
  choices: readonly [string, number][]
  search: FleetSearch
  onSearch: (change: (search: FleetSearch) => FleetSearch) => void
}) {
  const words = useWords()
  const chosen = search[field]?.split(',').filter(Boolean) ?? []
  const offered = [...chosen.filter((one) => !choices.some(([value]) => value === one)).map((one) => [one, 0] as const), ...choices]
  return (
    <>
      {chosen.map((value) => (
        <button
          key={value}
          type="button"
          className="chip on"
          aria-label={words.common.remove(words.fleet.chip[field](value))}
          onClick={() => onSearch((before) => toggle(before, field, value))}
        >
          {words.fleet.chip[field](value)}
          <Icon name="i-x" />
        </button>
      ))}
      <Menu
        align="start"
        label={words.fleet[field]}
        trigger={
          <button type="button" className="chip">
            <Icon name="i-plus" />
            {words.fleet[field]}
          </button>
        }
      >
        {offered.length === 0 && <MenuLabel>{words.fleet.noChoices}</MenuLabel>}
        {offered.map(([value, count]) => (
          <MenuCheck
            key={value}
            checked={chosen.includes(value)}
            onChange={() => onSearch((before) => toggle(before, field, value))}
            count={count}
          >
            {value}
          </MenuCheck>
        ))}
      </Menu>
    </>
  )
}

function countChoices(apps: readonly AppSummary[], names: ClusterNames): Record<ChipField, [string, number][]> {
  const counts = { project: new Map<string, number>(), cluster: new Map<string, number>(), label: new Map<string, number>() }
  const add = (map: Map<string, number>, value: string) => {
    if (value && !value.includes(',')) map.set(value, (map.get(value) ?? 0) + 1)
  }
  for (const app of apps) {
    add(counts.project, app.project)
    add(counts.cluster, clusterOf(app, names))
    for (const [name, value] of Object.entries(app.labels)) add(counts.label, `${name}=${value}`)
  }
  const sorted = (map: Map<string, number>) =>
    [...map]
      .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, mostChoices)
      .toSorted((a, b) => (a[0] < b[0] ? -1 : 1))
  return { project: sorted(counts.project), cluster: sorted(counts.cluster), label: sorted(counts.label) }
}
