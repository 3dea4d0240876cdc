import type { Account } from '@plimsoll/api'

/** Author and committer of commits that are made here for somebody. `.localhost` leads nowhere (RFC 6761), so nobody gets mail that is not theirs. */
export function gitIdentityOf(account: Pick<Account, 'name' | 'displayName' | 'email'>): { name: string; email: string } {
  return { name: account.displayName ?? account.name, email: account.email ?? `${account.name}@plimsoll.localhost` }
}
