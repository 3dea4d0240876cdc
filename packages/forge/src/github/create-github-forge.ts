import { createProviderClient } from '../remote/provider-client.ts'
import { createRemoteForge } from '../remote/create-remote-forge.ts'
import type { RemoteForge, RemoteForgeContext } from '../remote/remote-context.ts'
import { repositoryPath } from '../remote/repository-path.ts'
import { githubRepository } from './github-repository.ts'

/** The version of the REST API that all of this is written for. */
const apiVersion = '2022-11-28'

/**
 * Pull requests on GitHub, github.com or GitHub Enterprise Server. The token is a fine-grained or classic personal one, or an App's (`ghs_…`): only
 * Apps may write check runs, all others write commit statuses.
 */
export function createGithubForge(context: RemoteForgeContext): RemoteForge {
  const headers = {
    accept: 'application/vnd.github+json',
    'x-github-api-version': apiVersion,
    authorization: `Bearer ${context.token}`,
  }
  const client = createProviderClient('GitHub', context.apiUrl ?? githubApi(context.baseUrl), headers, context)
  const isApp = context.token.startsWith('ghs_')
  return createRemoteForge('github', context, (repository) =>
    githubRepository(client, repositoryPath(repository, context.baseUrl, 2), isApp),
  )
}

function githubApi(baseUrl: string): string {
  const base = new URL(baseUrl)
  if (base.hostname === 'github.com' || base.hostname === 'www.github.com') return 'https://api.github.com'
  return `${base.origin}${base.pathname.replace(/\/+$/, '')}/api/v3`
}
