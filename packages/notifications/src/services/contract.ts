import type { NetworkPolicy } from '@plimsoll/network'
import type { NotificationTemplate } from '../settings/fields.ts'

/** What a service sends: a template that has been filled in, to one recipient. */
export interface Message {
  /** As the settings name the service, which is how webhooks of a template are found. */
  service: string
  recipient: string
  content: NotificationTemplate
  /** The repository and the commit it is about, as far as the Application says. */
  about: { repoURL: string; revision: string }
  /** The same for every attempt at one message: whoever can tells a second one by it. */
  id: string
}

export interface ServiceContext {
  policy: NetworkPolicy
  now: () => number
  /** What has to be known the next time, and after a restart: the thread of a message in Slack. */
  remember: {
    get(key: string): Promise<string | undefined>
    set(key: string, value: string): Promise<void>
  }
}

/** Rejects with `SendError`, and with whatever the network says. */
export type Send = (message: Message) => Promise<void>

/** A service has said no. */
export class SendError extends Error {
  override readonly name = 'SendError'
  /** Not to be tried before so long has passed. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, retryAfterMs?: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** One attempt of one request. */
export const requestTimeoutMs = 15_000
export const maxAnswerBytes = 1024 * 1024

/** Seconds, or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 3_600_000) : undefined
}

/** The first of what a service has answered, for a message to people. */
export function excerpt(body: Buffer): string {
  return body.toString('utf8').replaceAll(/\s+/g, ' ').trim().slice(0, 300)
}
