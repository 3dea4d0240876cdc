import { QueryClient, queryOptions, replaceEqualDeep } from '@tanstack/react-query'
import type { Application } from '@plimsoll/api'
import { clustersApi } from '../client/clusters.ts'
import { api, type ApplicationKey, type ResourceKey } from '../client/api.ts'
import { fleet } from '../client/fleet.ts'
import { ApiError } from '../client/http.ts'
import { isNewer } from '../facts/resource-version.ts'
import { isCommit, type SourceAt } from '../facts/sources.ts'

const minute = 60_000

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // What lives comes by streams; what is asked for is asked for once, and again when the tab comes back.
      staleTime: 15_000,
      gcTime: 5 * minute,
      retry: (count, error) =>
        count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500) && error.reason !== 'unreadable',
      retryDelay: (count) => Math.min(1_000 * 2 ** count, 5_000),
    },
  },
})

/** Answers and the stream come side by side: what is older than what is here already is passed over. */
function keepNewer(before: unknown, next: unknown): unknown {
  return before !== undefined && isNewer(before as Application, next as Application) ? before : replaceEqualDeep(before, next)
}

const resourceId = (resource: ResourceKey) => [resource.group, resource.kind, resource.namespace, resource.name]

export const versionQuery = queryOptions({ queryKey: ['version'], queryFn: api.version, staleTime: 10 * minute })
export const settingsQuery = queryOptions({ queryKey: ['settings'], queryFn: api.settings, staleTime: minute })
export const clustersQuery = queryOptions({ queryKey: ['clusters'], queryFn: clustersApi.list, refetchInterval: 30_000, staleTime: 10_000 })

export const applicationQuery = (key: ApplicationKey) =>
  queryOptions({
    queryKey: ['application', key.namespace, key.name],
    queryFn: () => api.application(key),
    staleTime: Infinity,
    structuralSharing: keepNewer,
  })

// What is held of an application goes on with the stream for as long as somebody follows it: its page, a dialog over the list.
fleet.onApplication((type, key, application) => {
  const slash = key.indexOf('/')
  const { queryKey } = applicationQuery({ namespace: key.slice(0, slash), name: key.slice(slash + 1) })
  if (!application) queryClient.removeQueries({ queryKey, exact: true, type: 'inactive' })
  else queryClient.setQueryData(queryKey, (before) => before && application)
})

export const treeQuery = (key: ApplicationKey) =>
  queryOptions({ queryKey: ['tree', key.namespace, key.name], queryFn: () => api.tree(key), staleTime: Infinity })

/** `stamp` changes with what is compared, so that a difference is never shown that is no more. */
export const managedQuery = (key: ApplicationKey, stamp: string) =>
  queryOptions({
    queryKey: ['managed', key.namespace, key.name, stamp],
    queryFn: () => api.managed(key),
    staleTime: 10_000,
    // Both sides of every object: too large to keep for what may come back.
    gcTime: 10_000,
    placeholderData: (previous) => previous,
  })

export const manifestQuery = (key: ApplicationKey, resource: ResourceKey, resourceVersion: string) =>
  queryOptions({
    queryKey: ['manifest', key.namespace, key.name, ...resourceId(resource), resourceVersion],
    queryFn: () => api.manifest(key, resource),
    staleTime: Infinity,
    gcTime: minute,
    placeholderData: (previous) => previous,
  })

/** What can be done depends on how the object is. */
export const actionsQuery = (key: ApplicationKey, resource: ResourceKey, resourceVersion: string) =>
  queryOptions({
    queryKey: ['actions', key.namespace, key.name, ...resourceId(resource), resourceVersion],
    queryFn: () => api.actions(key, resource),
    gcTime: minute,
    placeholderData: (previous) => previous,
  })

export const eventsQuery = (key: ApplicationKey, resource?: ResourceKey) =>
  queryOptions({
    queryKey: ['events', key.namespace, key.name, ...(resource ? [...resourceId(resource), resource.uid ?? ''] : [])],
    queryFn: () => api.events(key, resource),
    refetchInterval: 5_000,
    staleTime: 2_000,
  })

/**
 * A commit never changes, so it is asked for once; applications of one repository share the answer. Without a source there is no
 * commit to ask for: a chart of a repository has versions.
 */
export const revisionQuery = (key: ApplicationKey, source: SourceAt | undefined) =>
  queryOptions({
    queryKey: ['revision', source?.repoURL ?? '', source?.revision ?? ''],
    queryFn: ({ signal }) => inTurn(() => api.revision(key, source?.revision ?? '', source?.index ?? 0), signal),
    staleTime: Infinity,
    gcTime: 30 * minute,
    retry: false,
    enabled: source !== undefined && source.chart === '' && isCommit(source.revision),
  })

/** `stamp` changes with what is rendered, so that nothing is rendered again for a change of health. */
export const renderingQuery = (key: ApplicationKey, stamp: string) =>
  queryOptions({
    queryKey: ['rendering', key.namespace, key.name, stamp],
    queryFn: () => api.rendering(key),
    staleTime: minute,
    gcTime: minute,
    placeholderData: (previous) => previous,
  })

export const renderedManifestsQuery = (key: ApplicationKey, stamp: string) =>
  queryOptions({
    queryKey: ['rendered-manifests', key.namespace, key.name, stamp],
    queryFn: () => api.manifests(key),
    staleTime: minute,
    // Every object of the application: too large to keep for what may come back.
    gcTime: 10_000,
    placeholderData: (previous) => previous,
  })

export const deploymentsQuery = (key: ApplicationKey, limit: number, stamp: string) =>
  queryOptions({
    queryKey: ['deployments', key.namespace, key.name, limit, stamp],
    queryFn: () => api.deployments(key, limit),
    staleTime: 10_000,
    retry: false,
    placeholderData: (previous) => previous,
  })

/**
 * A list of fifty rows asks for fifty commits: a few at a time, so that the rest of the page is not kept waiting. Who scrolls by thousands
 * does not wait for those that have gone by.
 */
const atOnce = 3
let running = 0
const queue: (() => void)[] = []

async function inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (running >= atOnce) await turn(signal)
  else running += 1
  try {
    return await work()
  } finally {
    const next = queue.shift()
    // The place goes from one to the next.
    if (next) next()
    else running -= 1
  }
}

function turn(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      queue.splice(queue.indexOf(begin), 1)
      reject(new DOMException('Nobody waits for it any more', 'AbortError'))
    }
    const begin = () => {
      signal.removeEventListener('abort', leave)
      resolve()
    }
    queue.push(begin)
    signal.addEventListener('abort', leave, { once: true })
  })
}
