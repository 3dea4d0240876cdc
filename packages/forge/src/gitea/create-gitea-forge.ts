import { createProviderClient } from '../remote/provider-client.ts'
import { createRemoteForge } from '../remote/create-remote-forge.ts'
import type { RemoteForge, RemoteForgeContext } from '../remote/remote-context.ts'
import { repositoryPath } from '../remote/repository-path.ts'
import { giteaRepository } from './gitea-repository.ts'

/** Pull requests on Gitea 1.20 and later, or Forgejo, by a token with the scopes `write:repository` and `write:issue`, and `read:user`. */
export function createGiteaForge(context: RemoteForgeContext): RemoteForge {
  const apiUrl = context.apiUrl ?? `${context.baseUrl.replace(/\/+$/, '')}/api/v1`
  const client = createProviderClient('Gitea', apiUrl, { authorization: `token ${context.token}` }, context)
  return createRemoteForge('gitea', context, (repository) => giteaRepository(client, repositoryPath(repository, context.baseUrl, 2)))
}
