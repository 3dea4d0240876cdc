import type { PullRequestGenerator, ScmProviderGenerator } from '@plimsoll/api'
import { listAt, numberAt, textAt } from '../../json.ts'
import { cloneAddress } from './clone-protocol.ts'
import type { PullRequestEntry, RepositoryEntry, RepositoryLister } from './contract.ts'
import { authorityFor, type CredentialsContext, tokenFor } from './credentials.ts'
import { createRest, part, requireTexts, type Rest } from './rest.ts'

type PullRequests = NonNullable<PullRequestGenerator['gitlab']>
type Repositories = NonNullable<ScmProviderGenerator['gitlab']>

async function restFor(spec: PullRequests | Repositories, where: string, context: CredentialsContext): Promise<Rest> {
  const token = await tokenFor(spec.tokenRef, { api: spec.api, where, context })
  const base = (spec.api || 'https://gitlab.com').replace(/\/+$/, '')
  return createRest({
    name: 'GitLab',
    base: base.endsWith('/api/v4') ? base : `${base}/api/v4`,
    headers: token === '' ? {} : { 'private-token': token },
    ...(await authorityFor(spec, where, context)),
    ask: context.ask,
  })
}

/** Merge requests of a project; of every state where none is asked for, as in Argo CD. */
export async function gitlabPullRequests(spec: PullRequests, where: string, context: CredentialsContext): Promise<PullRequestEntry[]> {
  const rest = await restFor(spec, where, context)
  const query = {
    ...(spec.pullRequestState && { state: spec.pullRequestState }),
    ...(spec.labels && spec.labels.length > 0 && { labels: spec.labels.join(',') }),
  }
  const found = await rest.all(`/projects/${part(spec.project)}/merge_requests`, { paging: 'link', query })
  return found.map((one): PullRequestEntry => {
    const paths = { branch: ['source_branch'], targetBranch: ['target_branch'] }
    return {
      ...requireTexts(one, paths, 'A merge request of GitLab'),
      number: numberAt(one, 'iid') ?? 0,
      title: textAt(one, 'title') ?? '',
      headSha: textAt(one, 'sha') ?? '',
      author: textAt(one, 'author', 'username') ?? '',
      labels: textsAt(one, 'labels'),
    }
  })
}

/** Projects of a group; topics are their labels. */
export async function gitlabRepositories(
  spec: Repositories,
  cloneProtocol: string,
  where: string,
  context: CredentialsContext,
): Promise<RepositoryLister> {
  const rest = await restFor(spec, where, context)
  const root = ({ id }: RepositoryEntry): string => `/projects/${part(String(id))}`
  return {
    async list() {
      const query = {
        include_subgroups: String(spec.includeSubgroups === true),
        with_shared: String(spec.includeSharedProjects !== false),
        ...(spec.topic && { topic: spec.topic }),
        ...(spec.includeArchivedRepos === true && { archived: 'true' }),
      }
      const found = await rest.all(`/groups/${part(spec.group)}/projects`, { paging: 'link', query })
      return found.map((one): RepositoryEntry => {
        const topics = textsAt(one, 'topics')
        return {
          ...requireTexts(one, { organization: ['namespace', 'full_path'], repository: ['path'] }, 'A project of GitLab'),
          // One without commits has none.
          branch: textAt(one, 'default_branch') ?? '',
          url: cloneAddress(cloneProtocol, { ssh: textAt(one, 'ssh_url_to_repo'), https: textAt(one, 'http_url_to_repo') }, where),
          sha: '',
          labels: topics.length > 0 ? topics : textsAt(one, 'tag_list'),
          id: numberAt(one, 'id') ?? 0,
        }
      })
    },
    async branches(repository) {
      const paths = { branch: ['name'], sha: ['commit', 'id'] }
      const entryOf = (branch: unknown): RepositoryEntry => ({ ...repository, ...requireTexts(branch, paths, 'A branch of GitLab') })
      if (spec.allBranches === true) return (await rest.all(`${root(repository)}/repository/branches`, { paging: 'link' })).map(entryOf)
      if (repository.branch === '') return []
      const branch = await rest.find(`${root(repository)}/repository/branches/${part(repository.branch)}`)
      return branch === undefined ? [] : [entryOf(branch)]
    },
    async hasPath(repository, path) {
      const query = { ref: repository.branch }
      if ((await rest.find(`${root(repository)}/repository/files/${part(path)}`, query)) !== undefined) return true
      const tree = await rest.find(`${root(repository)}/repository/tree`, { ...query, path })
      // A folder that is not there is an empty list to older servers.
      return Array.isArray(tree) && tree.length > 0
    },
  }
}

function textsAt(value: unknown, name: string): string[] {
  return listAt(value, name).filter((one): one is string => typeof one === 'string')
}
