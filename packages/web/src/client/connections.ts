import type { ConnectedRepository, NewWebhook, RemoteConnection, RemoteProvider } from '@plimsoll/api'
import { call, join } from './http.ts'

/** Requests about repositories elsewhere: one function for each. */

export interface NewConnection {
  url: string
  provider?: RemoteProvider
  baseUrl?: string
  apiUrl?: string
  token: string
}

const one = (url: string, ...rest: string[]) => join('remote-repositories', url, ...rest)

export const connectionsApi = {
  list: () => call<{ items: RemoteConnection[] }>('GET', join('remote-repositories')),
  connect: (body: NewConnection) => call<ConnectedRepository>('POST', join('remote-repositories'), { body }),
  test: (url: string) => call<RemoteConnection>('POST', one(url, 'test')),
  renewWebhook: (url: string) => call<NewWebhook>('POST', one(url, 'webhook')),
  disconnect: (url: string) => call<unknown>('DELETE', one(url)),
}
