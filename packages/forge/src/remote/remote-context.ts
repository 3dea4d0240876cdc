import type { PlimsollError } from '@plimsoll/api'
import type { NetworkPolicy } from '@plimsoll/network'
import type { Forge } from '../contract.ts'

export interface RemoteLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Where pull requests elsewhere live, and how they are asked. */
export interface RemoteForgeContext {
  /** Of the pages that people see: `https://github.com`, `https://git.example.com/gitlab`. */
  baseUrl: string
  /** Of the API, where it is not where the provider keeps it. */
  apiUrl?: string
  /** Never part of an answer, an error or a log. */
  token: string
  /** The repositories that are watched: each an address of `baseUrl`, or OWNER/NAME. */
  repositories?: readonly string[]
  policy: NetworkPolicy
  clock: { now(): number }
  /** Resolves after that many milliseconds. Default: a timer. */
  sleep?: (ms: number) => Promise<void>
  log: RemoteLog
  /** What was last seen, over restarts. Absent: everything that is open is told once more after a restart. */
  memory?: RemoteMemory
  /** Between two polls of a repository, in milliseconds; 2 minutes by default. Webhooks only make it faster. */
  pollEveryMs?: number
  /** The authority that signs the host's certificate (PEM). */
  ca?: string
}

export interface RemoteMemory {
  read(repository: string): Promise<string | undefined>
  write(repository: string, seen: string): Promise<void>
}

/** What a webhook says: that there is something to look at, and nothing that would be believed. */
export interface ForgeHint {
  repository: string
  /** Absent: at all that is open. */
  number?: number
  /** A check of this commit: at the pull requests whose head it is. */
  commit?: string
}

/** How looking at what is open fares. Times in milliseconds since 1970. */
export interface RemoteState {
  /** When all that is open was seen last. */
  polledAt?: number
  /** Of the last look, when it failed. */
  failure?: { at: number; error: PlimsollError }
}

export interface RemoteForge extends Forge {
  /** Of a repository that is watched; empty for any other. */
  state(repository: string): RemoteState
  /** Looks again, and tells what is different. Resolves when it has looked; never rejects, what could not be looked at waits for the next poll. */
  look(hint: ForgeHint): Promise<void>
  /** Polls until it is closed. */
  start(): void
  /** Resolves when everything that was hinted so far has been looked at. */
  idle(): Promise<void>
  close(): Promise<void>
}
