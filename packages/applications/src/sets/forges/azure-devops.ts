import type { PullRequestGenerator, ScmProviderGenerator } from '@plimsoll/api'
import { listAt, numberAt, textAt } from '../../json.ts'
import type { PullRequestEntry, RepositoryEntry, RepositoryLister } from './contract.ts'
import { type CredentialsContext, tokenFor } from './credentials.ts'
import { createRest, part, requireTexts, type Rest } from './rest.ts'

type PullRequests = NonNullable<PullRequestGenerator['azuredevops']>
type Repositories = NonNullable<ScmProviderGenerator['azureDevOps']>

const version = { 'api-version': '7.0' }

/** A personal access token is a password without a user name. */
function restFor(api: string | null | undefined, organization: string, token: string, { ask }: CredentialsContext): Rest {
  const base = `${(api || 'https://dev.azure.com').replace(/\/+$/, '')}/${part(organization)}`
  const headers: Record<string, string> = token === '' ? {} : { authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}` }
  return createRest({ name: 'Azure DevOps', base, headers, ask })
}

/** Those of a project that are active, as far as they are of the repository. */
export async function azurePullRequests(spec: PullRequests, where: string, context: CredentialsContext): Promise<PullRequestEntry[]> {
  const token = await tokenFor(spec.tokenRef, { api: spec.api, where, context })
  const rest = restFor(spec.api, spec.organization, token, context)
  const query = { ...version, 'searchCriteria.status': 'active' }
  const found = await rest.all(`/${part(spec.project)}/_apis/git/pullrequests`, { paging: 'skip', of: 'value', query })
  return found
    .filter((one) => textAt(one, 'repository', 'name') === spec.repo)
    .map((one): PullRequestEntry => {
      const paths = { branch: ['sourceRefName'], targetBranch: ['targetRefName'], headSha: ['lastMergeSourceCommit', 'commitId'] }
      const { branch, targetBranch, headSha } = requireTexts(one, paths, 'A pull request of Azure DevOps')
      return {
        branch: branchName(branch),
        targetBranch: branchName(targetBranch),
        headSha,
        number: numberAt(one, 'pullRequestId') ?? 0,
        title: textAt(one, 'title') ?? '',
        // A name of an account is an address of mail.
        author: (textAt(one, 'createdBy', 'uniqueName') ?? '').split('@')[0] ?? '',
        labels: listAt(one, 'labels').flatMap((label) => textAt(label, 'name') ?? []),
      }
    })
    .filter(({ labels }) => (spec.labels ?? []).every((label) => labels.includes(label)))
}

/** Repositories of a project; those without commits are left out. */
export async function azureRepositories(spec: Repositories, where: string, context: CredentialsContext): Promise<RepositoryLister> {
  const token = await tokenFor(spec.accessTokenRef, { api: spec.api, where, context })
  const rest = restFor(spec.api, spec.organization, token, context)
  const root = (repository: string): string => `/${part(spec.teamProject)}/_apis/git/repositories/${part(repository)}`
  return {
    async list() {
      const path = `/${part(spec.teamProject)}/_apis/git/repositories`
      const found = listAt(await rest.get(path, version), 'value')
      return found
        .filter((one) => textAt(one, 'defaultBranch') !== undefined)
        .map((one): RepositoryEntry => {
          const paths = { repository: ['name'], url: ['remoteUrl'], branch: ['defaultBranch'], id: ['id'] }
          const texts = requireTexts(one, paths, 'A repository of Azure DevOps')
          return { ...texts, branch: branchName(texts.branch), organization: spec.organization, sha: '', labels: [] }
        })
    },
    async branches(repository) {
      const path = `${root(repository.repository)}/refs`
      const filter = spec.allBranches === true ? 'heads/' : `heads/${repository.branch}`
      const found = listAt(await rest.get(path, { ...version, filter }), 'value')
      return found
        .map((one): RepositoryEntry => {
          const { name, sha } = requireTexts(one, { name: ['name'], sha: ['objectId'] }, 'A branch of Azure DevOps')
          return { ...repository, branch: branchName(name), sha }
        })
        .filter(({ branch }) => spec.allBranches === true || branch === repository.branch)
    },
    hasPath: async ({ id, branch }, path) => {
      const query = {
        ...version,
        path: `/${path}`,
        'versionDescriptor.version': branch,
        'versionDescriptor.versionType': 'branch',
        $format: 'json',
      }
      return (await rest.find(`${root(String(id))}/items`, query)) !== undefined
    },
  }
}

function branchName(ref: string): string {
  return ref.replace(/^refs\/heads\//, '')
}
