import type { ErrorCode } from './errors.ts'
import type { ForgeProvider } from './pull-request.ts'

/** Answers of `/api/v1/remote-repositories`: a repository elsewhere whose pull requests are followed from here. Its token is kept, and never shown. */
export interface RemoteConnection {
  url: string
  provider: RemoteProvider
  /** Where people look at it. */
  baseUrl: string
  /** Of the API, where it is not where the provider keeps it. */
  apiUrl?: string
  connectedAt: string
  connectedBy: string
  /** By the last look at it; `waiting` while there was none yet. */
  state: 'waiting' | 'working' | 'failing'
  /** When all that is open there was seen last. */
  lastPollAt?: string
  lastWebhookAt?: string
  /** It has a secret of its own by which its webhooks are known. */
  hasWebhookSecret: boolean
  /** Why the last look failed. */
  failure?: { at: string; reason: ErrorCode; message: string; remedy: string }
}

export type RemoteProvider = Exclude<ForgeProvider, 'builtin'>

/** What its provider is to be told, shown once: where webhooks go, and what they are signed with. */
export interface NewWebhook {
  url: string
  secret: string
}

/** Of a repository that is new here, or has had no secret of its own, also its webhook. */
export type ConnectedRepository = RemoteConnection & { webhook?: NewWebhook }
