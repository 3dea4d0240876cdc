import type { Account, AccountRole, DemoAnswer, PullRequest } from '@plimsoll/api'
import { call, join } from './http.ts'

/** Requests about accounts, and those of the demo: one function for each. */

export interface AccountChange {
  role?: AccountRole
  groups?: string[]
  displayName?: string
  email?: string
  enabled?: boolean
}

export interface NewToken {
  token: string
  id: string
  expiresAt: string
}

export const peopleApi = {
  list: () => call<{ items: Account[] }>('GET', join('account')),
  create: (body: AccountChange & { name: string; kind: 'person' | 'service'; password?: string }) =>
    call<Account>('POST', join('accounts'), { body }),
  update: (name: string, body: AccountChange) => call<Account>('PUT', join('accounts', name), { body }),
  remove: (name: string) => call<unknown>('DELETE', join('accounts', name)),
  createToken: (name: string, body: { label?: string; expiresIn: number }) =>
    call<NewToken>('POST', join('account', name, 'token'), { body }),
  deleteToken: (name: string, id: string) => call<unknown>('DELETE', join('account', name, 'token', id)),
  setPassword: (currentPassword: string, newPassword: string, name?: string) =>
    call<unknown>('PUT', join('account', 'password'), { body: { currentPassword, newPassword, ...(name !== undefined && { name }) } }),
  switchTo: (account: string) => call<{ account: string; actor?: string }>('POST', join('people', 'switch'), { body: { account } }),
  /** What the models that serve in each stage say of one payment. */
  ask: () => call<{ payment: Record<string, string | number>; answers: DemoAnswer[] }>('GET', join('demo', 'ask')),
  propose: (proposal: 'improve' | 'regress') => call<PullRequest>('POST', join('demo', proposal), { body: {} }),
}
