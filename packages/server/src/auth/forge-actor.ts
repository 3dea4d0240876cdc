import type { ForgeActor } from '@plimsoll/forge'
import type { Accounts } from './accounts.ts'
import { gitIdentityOf } from './git-identity.ts'
import { isAllowed, isPermitted, type Permission, type Principal } from './principal.ts'

/** Whether who asks may do something in a repository. */
type May = (permission: Permission, repository: string) => boolean

/** Somebody who has signed in, as pull requests see them. Made for each request, so that a role that changes counts at once. */
export function forgeActorOf(
  principal: Principal,
  may: May = (permission, repository) => isPermitted(principal, permission, repository),
): ForgeActor {
  const { username, groups, run } = principal
  const identity = gitIdentityOf({ name: username, ...principal })
  return {
    name: username,
    displayName: identity.name,
    email: identity.email,
    groups,
    canRead: (repository) => may('pullrequests:get', repository),
    // Whoever may write may review and merge: a run's token never does, whatever it may push.
    canWrite: (repository) => run === undefined && may('repositories:update', repository),
    canAdminister: (repository) => may('repositories:administer', repository),
  }
}

/** An account as it is now, whoever asks; undefined for a name that nobody has any more, or that is disabled. */
export function forgeActorOfAccount(accounts: Accounts, name: string): ForgeActor | undefined {
  const account = accounts.get(name)
  if (!account?.enabled) return undefined
  const identity = gitIdentityOf(account)
  return {
    name,
    displayName: identity.name,
    email: identity.email,
    groups: account.groups,
    canRead: () => isAllowed(account.role, 'pullrequests:get'),
    canWrite: () => isAllowed(account.role, 'repositories:update'),
    canAdminister: () => isAllowed(account.role, 'repositories:administer'),
  }
}
