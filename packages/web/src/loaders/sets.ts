import { queryOptions, useQueryClient, type QueryClient } from '@tanstack/react-query'
import type { ApplicationSet, ApplicationSetWatchEvent } from '@plimsoll/api'
import { useEffect } from 'react'
import { join } from '../client/http.ts'
import { LiveStream } from '../client/live-stream.ts'
import { resultOf } from '../client/messages.ts'
import { setsApi } from '../client/sets.ts'

export const setsQuery = queryOptions({ queryKey: ['sets'], queryFn: setsApi.list })
export const setQuery = (name: string) => queryOptions({ queryKey: ['set', name], queryFn: () => setsApi.get(name), retry: false })

/** Keeps sets as they are now: all, or one. */
export function useSetStream(name?: string): void {
  const client = useQueryClient()
  useEffect(() => {
    const stream = new LiveStream({
      path: join('stream', 'applicationsets'),
      query: () => (name === undefined ? {} : { name }),
      onMessage: (data) => {
        const event = resultOf(data) as ApplicationSetWatchEvent | undefined
        if (event?.applicationSet !== undefined) putSet(client, event.type, event.applicationSet)
      },
      onState: () => {},
    })
    return () => stream.close()
  }, [client, name])
}

export function putSet(client: QueryClient, type: ApplicationSetWatchEvent['type'], set: ApplicationSet): void {
  const { name } = set.metadata
  if (type === 'DELETED') void client.invalidateQueries({ queryKey: setQuery(name).queryKey })
  else client.setQueryData(setQuery(name).queryKey, set)
  client.setQueryData(setsQuery.queryKey, (before) => {
    if (!before) return before
    const at = before.items.findIndex(({ metadata }) => metadata.name === name)
    if (type === 'DELETED') return { items: before.items.filter(({ metadata }) => metadata.name !== name) }
    return { items: at < 0 ? [...before.items, set] : before.items.toSpliced(at, 1, set) }
  })
}
