import type { PullRequestGenerator, ScmProviderGenerator } from '@plimsoll/api'
import { at, listAt, numberAt, textAt } from '../../json.ts'
import { cloneAddress } from './clone-protocol.ts'
import type { PullRequestEntry, RepositoryEntry, RepositoryLister } from './contract.ts'
import { authorityFor, type CredentialsContext, tokenFor } from './credentials.ts'
import { createRest, part, pathParts, requireTexts, type Rest } from './rest.ts'

type PullRequests = NonNullable<PullRequestGenerator['gitea']>
type Repositories = NonNullable<ScmProviderGenerator['gitea']>

async function restFor(spec: PullRequests | Repositories, where: string, context: CredentialsContext): Promise<Rest> {
  const token = await tokenFor(spec.tokenRef, { api: spec.api, where, context })
  return createRest({
    name: 'Gitea',
    base: `${spec.api.replace(/\/+$/, '')}/api/v1`,
    headers: token === '' ? {} : { authorization: `token ${token}` },
    ...(await authorityFor(spec, where, context)),
    ask: context.ask,
  })
}

export async function giteaPullRequests(spec: PullRequests, where: string, context: CredentialsContext): Promise<PullRequestEntry[]> {
  const rest = await restFor(spec, where, context)
  const found = await rest.all(`/repos/${part(spec.owner)}/${part(spec.repo)}/pulls`, { paging: 'link', query: { state: 'open' } })
  return found
    .map((one): PullRequestEntry => {
      const paths = { branch: ['head', 'ref'], targetBranch: ['base', 'ref'], headSha: ['head', 'sha'] }
      return {
        ...requireTexts(one, paths, 'A pull request of Gitea'),
        number: numberAt(one, 'number') ?? 0,
        title: textAt(one, 'title') ?? '',
        author: textAt(one, 'user', 'login') ?? '',
        labels: labelsOf(listAt(one, 'labels')),
      }
    })
    .filter(({ labels }) => (spec.labels ?? []).every((label) => labels.includes(label)))
}

/** Repositories of an organization. Labels are those that it has for issues, as in Argo CD. */
export async function giteaRepositories(
  spec: Repositories,
  cloneProtocol: string,
  where: string,
  context: CredentialsContext,
): Promise<RepositoryLister> {
  const rest = await restFor(spec, where, context)
  const root = ({ repository }: Pick<RepositoryEntry, 'repository'>): string => `/repos/${part(spec.owner)}/${part(repository)}`
  return {
    async list() {
      const found = await rest.all(`/orgs/${part(spec.owner)}/repos`, { paging: 'link' })
      const wanted = found.filter((one) => !(spec.excludeArchivedRepos === true && at(one, 'archived') === true))
      const entries: RepositoryEntry[] = []
      for (const one of wanted) {
        const texts = requireTexts(one, { repository: ['name'], branch: ['default_branch'] }, 'A repository of Gitea')
        entries.push({
          ...texts,
          organization: spec.owner,
          url: cloneAddress(
            cloneProtocol,
            { ssh: textAt(one, 'ssh_url'), https: textAt(one, 'clone_url') ?? textAt(one, 'html_url') },
            where,
          ),
          sha: '',
          labels: labelsOf(await rest.all(`${root(texts)}/labels`, { paging: 'link' })),
          id: numberAt(one, 'id') ?? 0,
        })
      }
      return entries
    },
    async branches(repository) {
      const paths = { branch: ['name'], sha: ['commit', 'id'] }
      const entryOf = (branch: unknown): RepositoryEntry => ({ ...repository, ...requireTexts(branch, paths, 'A branch of Gitea') })
      if (spec.allBranches === true) return (await rest.all(`${root(repository)}/branches`, { paging: 'link' })).map(entryOf)
      return [entryOf(await rest.get(`${root(repository)}/branches/${part(repository.branch)}`))]
    },
    hasPath: async (repository, path) =>
      (await rest.find(`${root(repository)}/contents/${pathParts(path)}`, { ref: repository.branch })) !== undefined,
  }
}

function labelsOf(labels: readonly unknown[]): string[] {
  return labels.flatMap((label) => textAt(label, 'name') ?? [])
}
