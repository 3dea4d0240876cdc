import type { PullRequestGenerator, ScmProviderGenerator } from '@plimsoll/api'
import { at, listAt, numberAt, textAt } from '../../json.ts'
import type { PullRequestEntry, RepositoryEntry, RepositoryLister } from './contract.ts'
import { type CredentialsContext, githubAppToken, tokenFor } from './credentials.ts'
import { createRest, part, pathParts, requireTexts, type Rest } from './rest.ts'
import { cloneAddress } from './clone-protocol.ts'

type PullRequests = NonNullable<PullRequestGenerator['github']>
type Repositories = NonNullable<ScmProviderGenerator['github']>

const publicApi = 'https://api.github.com'

async function restFor(spec: PullRequests | Repositories, where: string, context: CredentialsContext): Promise<Rest> {
  const base = apiOf(spec.api)
  const token = spec.appSecretName
    ? await githubAppToken(spec.appSecretName, { api: spec.api, base, where, context })
    : await tokenFor(spec.tokenRef, { api: spec.api, where, context })
  const headers = { accept: 'application/vnd.github+json', ...(token !== '' && { authorization: `Bearer ${token}` }) }
  return createRest({ name: 'GitHub', base, headers, ask: context.ask })
}

/** An Enterprise Server has its API below `/api/v3`, unless its host says so (go-github, WithEnterpriseURLs). */
function apiOf(api: string | null | undefined): string {
  if (!api) return publicApi
  const base = api.replace(/\/+$/, '')
  const host = URL.canParse(base) ? new URL(base).hostname : ''
  return base.endsWith('/api/v3') || host.startsWith('api.') || host.includes('.api.') ? base : `${base}/api/v3`
}

/** `GET /repos/{owner}/{repo}/pulls`: those that are open. */
export async function githubPullRequests(spec: PullRequests, where: string, context: CredentialsContext): Promise<PullRequestEntry[]> {
  const rest = await restFor(spec, where, context)
  const pulls = await rest.all(`/repos/${part(spec.owner)}/${part(spec.repo)}/pulls`, { paging: 'link' })
  return pulls
    .map((pull): PullRequestEntry => {
      const texts = requireTexts(
        pull,
        { branch: ['head', 'ref'], targetBranch: ['base', 'ref'], headSha: ['head', 'sha'] },
        'A pull request of GitHub',
      )
      return {
        ...texts,
        number: numberAt(pull, 'number') ?? 0,
        title: textAt(pull, 'title') ?? '',
        author: textAt(pull, 'user', 'login') ?? '',
        labels: listAt(pull, 'labels').flatMap((label) => textAt(label, 'name') ?? []),
      }
    })
    .filter(({ labels }) => (spec.labels ?? []).every((label) => labels.includes(label)))
}

/** Repositories of an organization; topics are their labels. */
export async function githubRepositories(
  spec: Repositories,
  cloneProtocol: string,
  where: string,
  context: CredentialsContext,
): Promise<RepositoryLister> {
  const rest = await restFor(spec, where, context)
  const root = ({ organization, repository }: RepositoryEntry): string => `/repos/${part(organization)}/${part(repository)}`
  return {
    async list() {
      const found = await rest.all(`/orgs/${part(spec.organization)}/repos`, { paging: 'link' })
      return found
        .filter((one) => !(spec.excludeArchivedRepos === true && at(one, 'archived') === true))
        .map((one): RepositoryEntry => {
          const paths = { organization: ['owner', 'login'], repository: ['name'], branch: ['default_branch'] }
          return {
            ...requireTexts(one, paths, 'A repository of GitHub'),
            url: cloneAddress(cloneProtocol, { ssh: textAt(one, 'ssh_url'), https: textAt(one, 'clone_url') }, where),
            sha: '',
            labels: listAt(one, 'topics').filter((topic): topic is string => typeof topic === 'string'),
            id: numberAt(one, 'id') ?? 0,
          }
        })
    },
    async branches(repository) {
      const paths = { branch: ['name'], sha: ['commit', 'sha'] }
      const entryOf = (branch: unknown): RepositoryEntry => ({ ...repository, ...requireTexts(branch, paths, 'A branch of GitHub') })
      if (spec.allBranches === true) return (await rest.all(`${root(repository)}/branches`, { paging: 'link' })).map(entryOf)
      const branch = await rest.find(`${root(repository)}/branches/${part(repository.branch)}`)
      return branch === undefined ? [] : [entryOf(branch)]
    },
    hasPath: async (repository, path) =>
      (await rest.find(`${root(repository)}/contents/${pathParts(path)}`, { ref: repository.branch })) !== undefined,
  }
}
