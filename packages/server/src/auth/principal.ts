import type { AccountRole } from '@plimsoll/api'
import { isAllowed, isGrantedToRun, type Permission, type RunScope } from './permissions.ts'

export { isAllowed, type Permission } from './permissions.ts'

/** Who asks, once that is proved. Role and groups are the account's at this moment, never those that a token was made with. */
export interface Principal {
  username: string
  role: Role
  groups: readonly string[]
  displayName?: string
  /** Of the account; commits that are made for it have it as their address. */
  email?: string
  /** Of the token that proved it. */
  tokenId: string
  /** How it came: a header that a script cannot send by itself, or a cookie that a browser sends along unasked. */
  via: 'bearer' | 'cookie' | 'basic'
  /** In the demo: the account that has taken this one's place, and may go back. */
  actor?: string
  /** Of a run's token: the one repository, and what it may do there. There is no account behind it. */
  run?: RunLimits
}

export type Role = AccountRole

/** What a run's token is limited to (GitHub Actions, `permissions`). */
export interface RunLimits {
  repository: string
  permissions: Readonly<Record<string, 'read' | 'write' | 'none'>>
  /** What the job is about: the commit that checks belong to, and its pull request. It may speak of no other. */
  about?: { commit: string; pullRequest?: number; runId: string }
  /** May fetch repositories elsewhere that are connected. Never that of a run from outside. */
  readsConnected?: true
}

/** Whether somebody may do it, in a repository where it is about one. Asked at each use. */
export function isPermitted(principal: Principal, permission: Permission, repository?: string, scopes?: readonly RunScope[]): boolean {
  if (principal.run !== undefined) return isGrantedToRun(principal.run, permission, repository, scopes)
  // Whoever has taken a place may give it back.
  return (permission === 'people:switch' && principal.actor !== undefined) || isAllowed(principal.role, permission)
}

/** For records and audit: who did it, and in whose place. */
export function nameOf(principal: Principal): string {
  return principal.actor === undefined ? principal.username : `${principal.actor} as ${principal.username}`
}
