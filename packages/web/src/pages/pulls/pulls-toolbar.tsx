import { useQuery } from '@tanstack/react-query'
import type { PullRequest } from '@plimsoll/api'
import { repositoryLabel } from '../../facts/hosted.ts'
import { without } from '../../facts/without.ts'
import { accountsQuery } from '../../loaders/people.ts'
import { Icon } from '../../parts/icon.tsx'
import { Menu, MenuCheck, MenuLabel } from '../../parts/menu.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { useLanguage } from '../../words/index.tsx'
import { pullStates, type PullListSearch } from './pull-list-search.ts'

export function PullsToolbar({
  search,
  pulls,
  repositories,
  onChange,
}: {
  search: PullListSearch
  pulls: readonly PullRequest[]
  repositories: readonly string[]
  onChange: (next: PullListSearch) => void
}) {
  const { words } = useLanguage()
  const w = words.pulls
  const people = (useQuery(accountsQuery).data?.items ?? []).map(({ name }) => name)
  const set = (field: 'repository' | 'author' | 'reviewer' | 'q', value: string | undefined) =>
    onChange({ ...without(search, field), ...(value !== undefined && value !== '' && { [field]: value }) })
  return (
    <div className="toolbar" role="search">
      <Segmented
        label={w.state}
        value={search.state ?? 'open'}
        choices={pullStates.map((value) => ({ value, label: w.states[value] }))}
        onChange={(value) => onChange({ ...without(search, 'state'), ...(value !== 'open' && { state: value }) })}
      />
      <label className="input grow">
        <span className="visually-hidden">{w.filter}</span>
        <Icon name="i-search" />
        <input
          type="search"
          placeholder={w.filterHint}
          data-key="/"
          value={search.q ?? ''}
          onChange={(event) => set('q', event.target.value)}
        />
        <kbd>/</kbd>
      </label>
      <Filter
        label={w.repository}
        all={[...repositories, ...pulls.map(({ repository }) => repository)]}
        chosen={search.repository}
        onChoose={(name) => set('repository', name)}
      />
      <Filter
        label={w.author}
        all={[...people, ...pulls.map(({ author }) => author)]}
        chosen={search.author}
        onChoose={(name) => set('author', name)}
      />
      <Filter label={w.reviewer} all={people} chosen={search.reviewer} onChoose={(name) => set('reviewer', name)} />
    </div>
  )
}

/** One of those that are known; what is chosen is always among them. */
function Filter({
  label,
  all,
  chosen,
  onChoose,
}: {
  label: string
  all: readonly string[]
  chosen: string | undefined
  onChoose: (name: string | undefined) => void
}) {
  const names = [...new Set([...all, ...(chosen === undefined ? [] : [chosen])])].toSorted()
  return (
    <Menu
      label={label}
      trigger={
        <button type="button" className={chosen === undefined ? 'chip' : 'chip on'}>
          {label}
          {chosen !== undefined && <b>{repositoryLabel(chosen)}</b>}
          <Icon name="i-down" />
        </button>
      }
    >
      <MenuLabel>{label}</MenuLabel>
      {names.map((name) => (
        <MenuCheck key={name} checked={name === chosen} onChange={(isOn) => onChoose(isOn ? name : undefined)}>
          {repositoryLabel(name)}
        </MenuCheck>
      ))}
    </Menu>
  )
}
