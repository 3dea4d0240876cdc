import { queryOptions } from '@tanstack/react-query'
import { peopleApi } from '../client/people.ts'

export const accountsQuery = queryOptions({ queryKey: ['accounts'], queryFn: peopleApi.list, staleTime: 5_000 })
