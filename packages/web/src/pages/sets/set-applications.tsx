import type { ApplicationSet, FleetOrder } from '@plimsoll/api'
import { useMemo, useState } from 'react'
import { useFleetList } from '../../loaders/fleet.ts'
import { Bones, Empty } from '../../parts/empty.tsx'
import { useLanguage } from '../../words/index.tsx'
import type { FleetSearch } from '../applications/fleet-search.ts'
import { FleetTable } from '../applications/fleet-table.tsx'

/** What a set has made, as the list of all applications shows it. */
export function SetApplications({ set }: { set: ApplicationSet }) {
  const { words, format } = useLanguage()
  const [by, setBy] = useState<FleetOrder>('attention')
  const { name, namespace } = set.metadata
  const { list, look } = useFleetList(useMemo(() => ({ set: name, appNamespace: namespace, sort: by }), [name, namespace, by]))
  const onSearch = (change: (search: FleetSearch) => FleetSearch) => {
    const next = change(by === 'attention' ? {} : { order: by })
    setBy(next.order ?? 'attention')
  }
  return (
    <section className="section" aria-labelledby="set-applications">
      <div className="section-head">
        <h2 id="set-applications">{words.shell.applications}</h2>
        <p>{format.number(set.status?.resourcesCount ?? 0)}</p>
      </div>
      {!list ? (
        <Bones lines={4} />
      ) : list.counts.total > 0 ? (
        <FleetTable list={list} isGrouped={by === 'attention'} order={by} onSearch={onSearch} onLook={look} />
      ) : (
        <Empty icon="i-applications" title={words.sets.noApplications}>
          <p>{words.sets.noApplicationsText}</p>
        </Empty>
      )}
    </section>
  )
}
