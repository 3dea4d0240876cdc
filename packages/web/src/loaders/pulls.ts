import { infiniteQueryOptions, queryOptions, useQueryClient } from '@tanstack/react-query'
import { join } from '../client/http.ts'
import type { StreamState } from '../client/live-stream.ts'
import { pullsApi, type PullFilter } from '../client/pulls.ts'
import { isHosted } from '../facts/hosted.ts'
import { useNews } from './use-news.ts'

const minute = 60_000
const pullsAtOnce = 100

export const repositoriesQuery = queryOptions({ queryKey: ['repositories'], queryFn: pullsApi.repositories, staleTime: 30_000 })

/** The pull requests of all repositories, the newest change first. `useNews` says when to ask again. */
export const pullListQuery = (filter: PullFilter) =>
  infiniteQueryOptions({
    queryKey: ['pulls', 'all', filter],
    queryFn: ({ pageParam }) => pullsApi.all(filter, pullsAtOnce, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    staleTime: 10_000,
    placeholderData: (previous) => previous,
  })

const about = (name: string, number: number) => ['pull', name, number] as const

export const pullQuery = (name: string, number: number) =>
  queryOptions({ queryKey: [...about(name, number), 'facts'], queryFn: () => pullsApi.get(name, number) })
export const filesQuery = (name: string, number: number) =>
  queryOptions({
    queryKey: [...about(name, number), 'files'],
    queryFn: () => pullsApi.files(name, number),
    staleTime: minute,
    gcTime: minute,
  })
export const commitsQuery = (name: string, number: number) =>
  queryOptions({ queryKey: [...about(name, number), 'commits'], queryFn: () => pullsApi.commits(name, number), staleTime: minute })
export const commentsQuery = (name: string, number: number) =>
  queryOptions({ queryKey: [...about(name, number), 'comments'], queryFn: () => pullsApi.comments(name, number) })
export const reviewsQuery = (name: string, number: number) =>
  queryOptions({ queryKey: [...about(name, number), 'reviews'], queryFn: () => pullsApi.reviews(name, number) })
export const reportsQuery = (name: string, number: number) =>
  queryOptions({ queryKey: [...about(name, number), 'reports'], queryFn: () => pullsApi.reportsOf(name, number) })
/** A plan renders every application: it is asked for when somebody looks at it, and again when the head has moved. */
export const planQuery = (name: string, number: number, head: string, base: string) =>
  queryOptions({
    queryKey: ['plan', name, number, head, base],
    queryFn: () => pullsApi.plan(name, number),
    staleTime: minute,
    gcTime: minute,
    retry: false,
  })
export const checksQuery = (name: string, number: number, commit: string) =>
  queryOptions({
    queryKey: [...about(name, number), 'checks', commit],
    queryFn: () => pullsApi.checks(name, commit),
    enabled: commit !== '',
    placeholderData: (previous) => previous,
  })

export const reportQuery = (id: string) => queryOptions({ queryKey: ['gate-report', id], queryFn: () => pullsApi.report(id) })

export const repositoryQuery = (name: string) =>
  queryOptions({ queryKey: ['repository', name], queryFn: () => pullsApi.repository(name), enabled: name !== '' && isHosted(name) })
export const folderQuery = (name: string, revision: string, path: string) =>
  queryOptions({
    queryKey: ['folder', name, revision, path],
    queryFn: () => pullsApi.folder(name, revision, path),
    placeholderData: (previous) => previous,
  })
/** Of a commit, a file stays what it is. */
export const fileQuery = (name: string, revision: string, path: string) =>
  queryOptions({
    queryKey: ['file', name, revision, path],
    queryFn: () => pullsApi.file(name, revision, path),
    staleTime: /^[0-9a-f]{40}$/.test(revision) ? Infinity : 15_000,
    gcTime: minute,
  })
export const historyQuery = (name: string, revision: string, path: string) =>
  queryOptions({ queryKey: ['history', name, revision, path], queryFn: () => pullsApi.commitsOf(name, revision, path || undefined) })
export const compareQuery = (name: string, base: string, head: string) =>
  queryOptions({
    queryKey: ['compare', name, base, head],
    queryFn: () => pullsApi.compare(name, base, head),
    enabled: name !== '' && base !== '' && head !== '' && base !== head,
    retry: false,
  })

export const usePullStream = (name: string, number: number): StreamState =>
  useNews(join('stream', 'repositories', name, 'pulls', String(number)), {}, about(name, number))

/** A page of all repositories costs more than one pull request: it is asked for at most once a second. */
export const usePullListStream = ({ repository }: PullFilter): StreamState =>
  useNews(join('stream', 'pulls'), { repository }, ['pulls', 'all'], 1000)

/** After something was done here: what it changed is asked for at once. */
export function useLookAgain(name: string, number: number): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    void client.invalidateQueries({ queryKey: ['pulls'] })
    await client.invalidateQueries({ queryKey: about(name, number) })
  }
}
