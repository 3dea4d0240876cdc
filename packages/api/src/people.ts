/** Somebody who may sign in, push, review: a person, or a service with tokens only. */
export interface Account {
  name: string
  displayName?: string
  /** With the name, the identity under which their commits are made here. */
  email?: string
  kind: 'person' | 'service'
  role: AccountRole
  groups: string[]
  enabled: boolean
  createdAt: string
  tokens?: AccountToken[]
}

/**
 * `admin` may do everything; `maintainer` may write, review, merge, approve and deploy; `contributor` may read, and propose pull requests from
 * outside (`refs/for/BRANCH`); `readonly` may look; `none` has what policies give it, and nothing else.
 */
export type AccountRole = 'admin' | 'maintainer' | 'contributor' | 'readonly' | 'none'
export const accountRoles = ['admin', 'maintainer', 'contributor', 'readonly', 'none'] as const satisfies readonly AccountRole[]

export interface AccountToken {
  id: string
  /** What it is for, in its owner's words. */
  label?: string
  issuedAt: string
  expiresAt: string
  /** To the hour; absent when it never was. */
  lastUsedAt?: string
}
