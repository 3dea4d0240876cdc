import { fleetLimits } from '@plimsoll/api'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { api, type ApplicationKey } from '../client/api.ts'
import { fleet, textOfQuery, type ApplicationListener, type FleetList, type FleetSnapshot } from '../client/fleet.ts'
import type { Query } from '../client/http.ts'
import { summarize, type AppSummary } from '../facts/summary.ts'
import { applicationQuery } from './queries.ts'

export function useFleet(): FleetSnapshot {
  return useSyncExternalStore(fleet.subscribe, fleet.getSnapshot)
}

/** Parts of a list begin and end at whole steps, and reach this far beyond what is in sight. */
const step = 40
const margin = 60
const firstLimit = 100

/**
 * A list by a query, live, in the part that `look` was told of last. What was known of another query of the same page stays until the
 * answer is there.
 */
export function useFleetList(query: Query): { list: FleetList | undefined; look: (first: number, last: number) => void } {
  const of = textOfQuery(query)
  const { list } = useFleet()
  const mine = list?.of === of ? list : undefined
  const [shown, setShown] = useState(mine)
  if (mine && mine !== shown) setShown(mine)
  const [part, setPart] = useState({ of, offset: mine?.offset ?? 0, limit: mine?.limit || firstLimit })
  const { offset, limit } = part.of === of ? part : { offset: 0, limit: firstLimit }

  // `of` is the text of `query`.
  useEffect(() => fleet.show({ query, offset, limit }), [of, offset, limit])
  useEffect(() => () => fleet.show(undefined), [])

  const look = useMemo(
    () => (first: number, last: number) => {
      const from = Math.max(0, Math.floor((first - margin) / step) * step)
      const to = Math.min(Math.ceil((last + margin) / step) * step, from + fleetLimits.window)
      setPart((before) =>
        before.of === of && before.offset === from && before.limit === to - from ? before : { of, offset: from, limit: to - from },
      )
    },
    [of],
  )
  return { list: mine ?? shown, look }
}

/** Calls back with each message about one application, and follows it meanwhile. */
export function useApplicationMessages(key: string, listener: ApplicationListener): void {
  useEffect(() => {
    const stop = fleet.onApplication((type, of, application) => {
      if (of === key) listener(type, of, application)
    })
    const release = fleet.follow(key)
    return () => {
      release()
      stop()
    }
  }, [key, listener])
}

const ignore = () => {}

/** What is shown of one application elsewhere than on its page, as it is now. */
export function useSummary({ namespace, name }: ApplicationKey): AppSummary | undefined {
  const { data } = useQuery(applicationQuery({ namespace, name }))
  useApplicationMessages(`${namespace}/${name}`, ignore)
  return useMemo(() => data && summarize(data), [data])
}

/** A page of rows that is looked at once. */
export const fleetPageQuery = (query: Query) =>
  queryOptions({
    queryKey: ['fleet', textOfQuery(query)],
    queryFn: ({ signal }) => api.fleet(query, signal),
    staleTime: 1_000,
    gcTime: 10_000,
  })

export const choicesQuery = queryOptions({ queryKey: ['fleet-choices'], queryFn: api.fleetChoices, staleTime: 2_000 })
