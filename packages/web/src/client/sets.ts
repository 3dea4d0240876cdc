import type { ApplicationSet } from '@plimsoll/api'
import { call, join } from './http.ts'

/** Requests about application sets: one function for each. */

const set = (name: string, ...rest: string[]) => join('applicationsets', name, ...rest)

export const setsApi = {
  list: () => call<{ items: ApplicationSet[] }>('GET', join('applicationsets')),
  get: (name: string) => call<ApplicationSet>('GET', set(name)),
  refresh: (name: string) => call<ApplicationSet>('POST', set(name, 'refresh'), { body: {} }),
  confirmDeletion: (name: string, digest: string) => call<ApplicationSet>('POST', set(name, 'confirm-deletion'), { body: { digest } }),
  delete: (name: string) => call<unknown>('DELETE', set(name)),
}
