import { infiniteQueryOptions, queryOptions, useQueryClient } from '@tanstack/react-query'
import type { WorkflowRun } from '@plimsoll/api'
import { useEffect, useState } from 'react'
import { LiveStream, type StreamState } from '../client/live-stream.ts'
import { resultOf } from '../client/messages.ts'
import { runsApi, type RunFilter } from '../client/runs.ts'
import { useNews } from './use-news.ts'

export const runsAtOnce = 50

/** `useRunListStream` says when to ask again. */
export const runListQuery = (filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ['runs', filter],
    queryFn: ({ pageParam }) => runsApi.list(filter, runsAtOnce, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ items }) => (items.length < runsAtOnce ? undefined : items.at(-1)?.id),
    placeholderData: (previous) => previous,
  })

/** While steps end one after the other a page of runs is asked for at most once a second. */
export const useRunListStream = ({ repository, workflow, pullRequest }: RunFilter): StreamState =>
  useNews(runsApi.listStreamPath, { repository, workflow, pullRequest }, ['runs'], 1000)

export const runQuery = (id: string) => queryOptions({ queryKey: ['run', id], queryFn: () => runsApi.get(id) })

/** `stamp` changes whenever a step has ended: what it left may be there then. */
export const artifactsQuery = (id: string, stamp: string) =>
  queryOptions({ queryKey: ['artifacts', id, stamp], queryFn: () => runsApi.artifacts(id), placeholderData: (previous) => previous })

export const workflowsQuery = (repository: string, ref: string) =>
  queryOptions({
    queryKey: ['workflows', repository, ref],
    queryFn: () => runsApi.workflows(repository, ref || undefined),
    enabled: repository !== '',
    retry: false,
  })

/** Keeps a run as it is now, as long as it is not over. */
export function useRunStream(id: string, isOver: boolean): StreamState {
  const client = useQueryClient()
  const [state, setState] = useState<StreamState>({ name: 'connecting' })
  useEffect(() => {
    if (isOver) return
    const stream = new LiveStream({
      path: runsApi.streamPath(id),
      onMessage: (data) => {
        const run = resultOf(data) as WorkflowRun | undefined
        if (run?.id !== id) return
        client.setQueryData(runQuery(id).queryKey, run)
        // The server ends the stream then; that is no break.
        if (run.state === 'completed') stream.close()
      },
      onState: setState,
    })
    return () => stream.close()
  }, [client, id, isOver])
  return isOver ? { name: 'ended' } : state
}
