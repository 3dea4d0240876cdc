import { createProviderClient } from '../remote/provider-client.ts'
import { createRemoteForge } from '../remote/create-remote-forge.ts'
import type { RemoteForge, RemoteForgeContext } from '../remote/remote-context.ts'
import { repositoryPath } from '../remote/repository-path.ts'
import { gitlabRepository } from './gitlab-repository.ts'

/** GitLab nests groups twenty deep ("Subgroups"). */
const mostParts = 21

/** Merge requests on GitLab 16 and later (API v4), by a personal, group or project access token with the scope `api`. */
export function createGitlabForge(context: RemoteForgeContext): RemoteForge {
  const apiUrl = context.apiUrl ?? `${context.baseUrl.replace(/\/+$/, '')}/api/v4`
  const client = createProviderClient('GitLab', apiUrl, { authorization: `Bearer ${context.token}` }, context)
  return createRemoteForge('gitlab', context, (repository) =>
    gitlabRepository(client, repositoryPath(repository, context.baseUrl, mostParts)),
  )
}
