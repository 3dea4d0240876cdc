import { PlimsollError } from '@plimsoll/api'
import type { TargetCluster } from '@plimsoll/applications'
import { maskCredentials } from '@plimsoll/git'
import type { Access, AccessSource, Authorization } from '@plimsoll/network'
import type { GithubAppTokens } from './github-app.ts'
import {
  accessBy,
  brokenSecret,
  hasCredentials,
  noFields,
  type RepositoryFields,
  type RepositorySecret,
  withTemplate,
} from './repository-secret.ts'
import { createSecretIndex } from './secret-index.ts'
import type { TrustedHosts } from './trusted-hosts.ts'

/** Repositories whose pull requests are followed from here by a token of their own. */
export interface Connections {
  has(url: string): boolean
  authorizationOf(url: string): Promise<Authorization | undefined>
}

/**
 * What operators give for repositories and registries, from wherever it is kept: a repository's own Secret goes before its connection, and that before the
 * longest credential template. Everything is read from the cluster's cache, and anew when a Secret has changed.
 */
export interface GivenAccess extends AccessSource {
  /** By project and address. */
  repositories(): readonly RepositorySecret[]
  templates(): readonly RepositorySecret[]
  /** With what would be given for it beyond these fields: to try it before it is kept. */
  accessFor(fields: RepositoryFields): Promise<Access>
}

export interface GivenAccessContext {
  home: Pick<TargetCluster, 'cache'>
  namespace: string
  connections: Connections
  trusted: TrustedHosts
  githubApps: GithubAppTokens
}

interface Given {
  key: string
  repository?: RepositorySecret
  isConnected: boolean
  template?: RepositorySecret
}

export function createGivenAccess(context: GivenAccessContext): GivenAccess {
  const { home, namespace, connections, trusted, githubApps } = context
  const index = createSecretIndex(home, namespace)

  /** A repository's own: of the project, or else of all projects. */
  function repositoryOf(url: string, project = ''): RepositorySecret | undefined {
    const found = index.about(url).repositories
    return found.find(({ fields }) => fields.project === project) ?? found.find(({ fields }) => fields.project === '')
  }

  function givenWith(url: string, repository: RepositorySecret | undefined): Given {
    const isOwn = repository !== undefined && (repository.problem !== undefined || hasCredentials(repository.fields))
    const isConnected = !isOwn && connections.has(url)
    const template = isOwn || isConnected ? undefined : index.about(url).template
    const names = [
      repository && `repository ${repository.secretName}`,
      isConnected && 'connection',
      template && `template ${template.secretName}`,
    ].filter(Boolean)
    return { key: names.join(' and '), isConnected, ...(repository && { repository }), ...(template && { template }) }
  }

  function trust(): Access {
    const knownHosts = trusted.knownHosts()
    return { authorityOf: (host) => trusted.authorityOf(host), ...(knownHosts !== undefined && { knownHosts }) }
  }

  async function accessOf(url: string, { repository, isConnected, template }: Omit<Given, 'key'>): Promise<Access> {
    for (const secret of [repository, template]) if (secret?.problem !== undefined) throw brokenSecret(secret, namespace)
    const own = repository?.fields ?? noFields
    const fields = template ? withTemplate(own, template.fields) : own
    const access: Access = { ...trust(), ...accessBy(fields) }
    if (isConnected) {
      const authorization = await connections.authorizationOf(url)
      return { ...access, ...(authorization && { authorization }) }
    }
    if (fields.githubAppPrivateKey === '' || access.authorization) return access
    const token = await githubApps.tokenFor(fields, url, access)
    return { ...access, authorization: { kind: 'basic', username: 'x-access-token', password: token } }
  }

  return {
    repositories: () => index.repositories(),
    templates: () => index.templates(),
    keyOf: (url, project) => givenWith(url, repositoryOf(url, project)).key,

    async of(url, key) {
      if (key === '') return trust()
      // By the key and not by the project: what another project was given since is not this one's.
      const given = [...index.about(url).repositories, undefined]
        .map((repository) => givenWith(url, repository))
        .find((one) => one.key === key)
      if (given) return accessOf(url, given)
      throw new PlimsollError('repository-unreachable', `What was given for ${maskCredentials(url)} is given no longer.`, {
        remedy: 'Connect it again, or set repoURL to a repository that may be read.',
      })
    },

    async accessFor(fields) {
      const template = hasCredentials(fields) ? undefined : index.about(fields.url).template
      const repository: RepositorySecret = { secretName: '', version: '', fields, problem: undefined }
      return accessOf(fields.url, { repository, isConnected: false, ...(template && { template }) })
    },
  }
}
