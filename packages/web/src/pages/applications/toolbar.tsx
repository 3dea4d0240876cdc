import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { FleetChoices, FleetOrder } from '@plimsoll/api'
import { without } from '../../facts/without.ts'
import { choicesQuery } from '../../loaders/fleet.ts'
import { Icon } from '../../parts/icon.tsx'
import { Menu, MenuCheck, MenuLabel } from '../../parts/menu.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { useWords } from '../../words/index.tsx'
import { toggle, type FleetSearch } from './fleet-search.ts'

type ChipField = 'project' | 'cluster' | 'label'

/** A menu of thousands helps nobody. */
const mostChoices = 60

const choicesOf = { project: 'projects', cluster: 'clusters', label: 'labels' } as const satisfies Record<ChipField, keyof FleetChoices>

export function Toolbar({ search, onSearch }: { search: FleetSearch; onSearch: (change: (search: FleetSearch) => FleetSearch) => void }) {
  const words = useWords()
  return (
    <div className="toolbar" role="search">
      <FilterField text={search.q ?? ''} onText={(q) => onSearch((before) => (q ? { ...before, q } : without(before, 'q')))} />
      {(['project', 'cluster', 'label'] as const).map((field) => (
        <FilterChip key={field} field={field} search={search} onSearch={onSearch} />
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
  search,
  onSearch,
}: {
  field: ChipField
  search: FleetSearch
  onSearch: (change: (search: FleetSearch) => FleetSearch) => void
}) {
  const words = useWords()
  const chosen = search[field]?.split(',').filter(Boolean) ?? []
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
        <Choices field={field} chosen={chosen} onToggle={(value) => onSearch((before) => toggle(before, field, value))} />
      </Menu>
    </>
  )
}

/** Asked for when the menu opens: thousands of applications have many labels. The most frequent are offered, the rest is found by typing. */
function Choices({ field, chosen, onToggle }: { field: ChipField; chosen: readonly string[]; onToggle: (value: string) => void }) {
  const words = useWords()
  const { data, error } = useQuery({ ...choicesQuery, refetchInterval: 5_000 })
  if (!data) return <MenuLabel>{error ? words.failure.title.load(words.fleet[field]) : words.common.loading}</MenuLabel>
  // A comma stands between two values in the address.
  const found = data[choicesOf[field]].filter(({ value }) => !value.includes(',')).slice(0, mostChoices)
  const missing = chosen.filter((one) => !found.some(({ value }) => value === one)).map((value) => ({ value, count: 0 }))
  const offered = [...missing, ...found.toSorted((a, b) => (a.value < b.value ? -1 : 1))]
  if (offered.length === 0) return <MenuLabel>{words.fleet.noChoices}</MenuLabel>
  return offered.map(({ value, count }) => (
    <MenuCheck key={value} checked={chosen.includes(value)} onChange={() => onToggle(value)} count={count}>
      {value}
    </MenuCheck>
  ))
}
