import { queryOptions } from '@tanstack/react-query'
import { connectionsApi } from '../client/connections.ts'

/** Looked at again now and then: providers are polled about every two minutes. One that is new has been looked at in a moment. */
export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: connectionsApi.list,
  staleTime: 5_000,
  refetchInterval: ({ state }) => (state.data?.items.some((one) => one.state === 'waiting') ? 1_000 : 10_000),
})
