import { queryOptions } from '@tanstack/react-query'
import { credentialsApi } from '../client/credentials.ts'

export const keptRepositoriesQuery = queryOptions({
  queryKey: ['kept repositories'],
  queryFn: () => credentialsApi.repositories(),
  staleTime: 15_000,
  refetchInterval: 60_000,
})
export const templatesQuery = queryOptions({ queryKey: ['credential templates'], queryFn: credentialsApi.templates, staleTime: 15_000 })
export const certificatesQuery = queryOptions({ queryKey: ['certificates'], queryFn: credentialsApi.certificates, staleTime: 15_000 })
