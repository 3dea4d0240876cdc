import type { Cluster } from '@plimsoll/api'
import { call, join } from './http.ts'

/** Requests about clusters: one function for each. */
export const clustersApi = {
  list: () => call<{ items?: Cluster[] | null }>('GET', join('clusters')),
  invalidateCache: (server: string) => call<Cluster>('POST', join('clusters', server, 'invalidate-cache')),
  remove: (server: string) => call<unknown>('DELETE', join('clusters', server)),
}
