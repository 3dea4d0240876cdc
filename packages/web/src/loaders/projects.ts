import { queryOptions } from '@tanstack/react-query'
import { projectsApi } from '../client/projects.ts'

/** Somebody may change them by kubectl: they are looked at again now and then. */
export const projectsQuery = queryOptions({ queryKey: ['projects'], queryFn: projectsApi.list, staleTime: 5_000, refetchInterval: 30_000 })

export const projectQuery = (name: string) =>
  queryOptions({ queryKey: ['projects', name], queryFn: () => projectsApi.get(name), staleTime: 5_000, refetchInterval: 30_000 })
