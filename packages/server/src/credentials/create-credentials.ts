import type { TargetCluster } from '@plimsoll/applications'
import type { Repositories } from '@plimsoll/git'
import type { AccessSource, NetworkPolicy } from '@plimsoll/network'
import type { ChartRegistry } from '@plimsoll/registry'
import { createConnectionStates } from './connection-states.ts'
import { type Connections, createGivenAccess } from './given-access.ts'
import { createGithubAppTokens } from './github-app.ts'
import { createRepositoryStore, type RepositoryStore } from './repository-store.ts'
import { createTrustedHosts, type TrustedHosts } from './trusted-hosts.ts'

export interface Credentials {
  access: AccessSource
  store: RepositoryStore
  trusted: TrustedHosts
}

export interface CredentialsContext {
  home: Pick<TargetCluster, 'cache' | 'client'>
  namespace: string
  connections: Connections
  /** Those that are reached by `access`. */
  repositories: Pick<Repositories, 'probe'>
  charts: Pick<ChartRegistry, 'probe'>
  policy: NetworkPolicy
  now: () => number
}

export function createCredentials(context: CredentialsContext): Credentials {
  const { home, namespace, connections, policy, now } = context
  const trusted = createTrustedHosts(home, namespace)
  const given = createGivenAccess({ home, namespace, connections, trusted, githubApps: createGithubAppTokens({ policy, now }) })
  const states = createConnectionStates({ ...context, given })
  return { access: given, trusted, store: createRepositoryStore({ home, namespace, given, states }) }
}
