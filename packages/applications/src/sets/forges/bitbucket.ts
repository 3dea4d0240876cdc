import { PlimsollError, type PullRequestGenerator, type ScmProviderGenerator } from '@plimsoll/api'
import { listAt, numberAt, textAt } from '../../json.ts'
import { cloneAddress } from './clone-protocol.ts'
import type { PullRequestEntry, RepositoryEntry, RepositoryLister } from './contract.ts'
import { authorityFor, type CredentialsContext, tokenFor } from './credentials.ts'
import { createRest, part, pathParts, requireTexts, type Rest } from './rest.ts'

type CloudPulls = NonNullable<PullRequestGenerator['bitbucket']>
type ServerPulls = NonNullable<PullRequestGenerator['bitbucketServer']>
type CloudRepositories = NonNullable<ScmProviderGenerator['bitbucket']>
type ServerRepositories = NonNullable<ScmProviderGenerator['bitbucketServer']>

const cloudApi = 'https://api.bitbucket.org/2.0'

type Login = Pick<CloudPulls, 'basicAuth' | 'bearerToken' | 'api'>

/** With a user's password, with a token, or as anybody. */
async function loginOf(
  { basicAuth, bearerToken, api }: Login,
  where: string,
  context: CredentialsContext,
): Promise<Record<string, string>> {
  if (bearerToken) return { authorization: `Bearer ${await tokenFor(bearerToken.tokenRef, { api, where, context })}` }
  if (basicAuth) return basic(basicAuth.username, await tokenFor(basicAuth.passwordRef, { api, where, context }))
  return {}
}

function basic(username: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

export async function bitbucketPullRequests(spec: CloudPulls, where: string, context: CredentialsContext): Promise<PullRequestEntry[]> {
  const rest = createRest({ name: 'Bitbucket', base: spec.api || cloudApi, headers: await loginOf(spec, where, context), ask: context.ask })
  const found = await rest.all(`/repositories/${part(spec.owner)}/${part(spec.repo)}/pullrequests`, { paging: 'next', of: 'values' })
  return found.map((one): PullRequestEntry => {
    const paths = {
      branch: ['source', 'branch', 'name'],
      targetBranch: ['destination', 'branch', 'name'],
      headSha: ['source', 'commit', 'hash'],
    }
    return {
      ...requireTexts(one, paths, 'A pull request of Bitbucket'),
      number: numberAt(one, 'id') ?? 0,
      title: textAt(one, 'title') ?? '',
      author: textAt(one, 'author', 'nickname') ?? '',
      labels: [],
    }
  })
}

export async function bitbucketServerPullRequests(
  spec: ServerPulls,
  where: string,
  context: CredentialsContext,
): Promise<PullRequestEntry[]> {
  const rest = await serverRest(spec, where, context)
  const path = `/projects/${part(spec.project)}/repos/${part(spec.repo)}/pull-requests`
  const found = await rest.all(path, { paging: 'start', of: 'values' })
  return found.map((one): PullRequestEntry => {
    const paths = { branch: ['fromRef', 'displayId'], targetBranch: ['toRef', 'displayId'], headSha: ['fromRef', 'latestCommit'] }
    return {
      ...requireTexts(one, paths, 'A pull request of Bitbucket Server'),
      number: numberAt(one, 'id') ?? 0,
      title: textAt(one, 'title') ?? '',
      author: textAt(one, 'author', 'user', 'name') ?? '',
      labels: [],
    }
  })
}

/** Repositories of a workspace whose user is a member. */
export async function bitbucketRepositories(
  spec: CloudRepositories,
  cloneProtocol: string,
  where: string,
  context: CredentialsContext,
): Promise<RepositoryLister> {
  const password = await tokenFor(spec.appPasswordRef, { api: undefined, where, context })
  const rest = createRest({ name: 'Bitbucket', base: cloudApi, headers: basic(spec.user, password), ask: context.ask })
  const root = ({ repository }: RepositoryEntry): string => `/repositories/${part(spec.owner)}/${part(repository)}`
  return {
    async list() {
      const found = await rest.all(`/repositories/${part(spec.owner)}`, { paging: 'next', of: 'values', query: { role: 'member' } })
      return found.map((one): RepositoryEntry => {
        const links = listAt(one, 'links', 'clone')
        const linkTo = (name: string): string | undefined =>
          textAt(
            links.find((link) => textAt(link, 'name') === name),
            'href',
          )
        return {
          ...requireTexts(one, { repository: ['slug'], id: ['uuid'] }, 'A repository of Bitbucket'),
          organization: spec.owner,
          branch: textAt(one, 'mainbranch', 'name') ?? '',
          url: cloneAddress(cloneProtocol, { ssh: linkTo('ssh'), https: linkTo('https') }, where),
          sha: '',
          labels: [],
        }
      })
    },
    async branches(repository) {
      const paths = { branch: ['name'], sha: ['target', 'hash'] }
      const entryOf = (branch: unknown): RepositoryEntry => ({ ...repository, ...requireTexts(branch, paths, 'A branch of Bitbucket') })
      if (spec.allBranches === true)
        return (await rest.all(`${root(repository)}/refs/branches`, { paging: 'next', of: 'values' })).map(entryOf)
      if (repository.branch === '') return []
      return [entryOf(await rest.get(`${root(repository)}/refs/branches/${part(repository.branch)}`))]
    },
    hasPath: async (repository, path) =>
      (await rest.find(`${root(repository)}/src/${part(repository.sha)}/${pathParts(path)}`, { format: 'meta' })) !== undefined,
  }
}

/** Repositories of a project of a server; one without a default branch is left out. */
export async function bitbucketServerRepositories(
  spec: ServerRepositories,
  cloneProtocol: string,
  where: string,
  context: CredentialsContext,
): Promise<RepositoryLister> {
  const rest = await serverRest(spec, where, context)
  const project = `/projects/${part(spec.project)}/repos`
  const branchPaths = { branch: ['displayId'], sha: ['latestCommit'] }
  const defaultBranch = async (repository: string) => {
    const branch = await rest.find(`${project}/${part(repository)}/branches/default`)
    return branch === undefined ? undefined : requireTexts(branch, branchPaths, 'A branch of Bitbucket Server')
  }
  return {
    async list() {
      const entries: RepositoryEntry[] = []
      for (const one of await rest.all(project, { paging: 'start', of: 'values' })) {
        const texts = requireTexts(one, { organization: ['project', 'key'], repository: ['name'] }, 'A repository of Bitbucket Server')
        const branch = await defaultBranch(texts.repository)
        if (branch === undefined) continue
        const links = listAt(one, 'links', 'clone')
        const linkTo = (name: string): string | undefined =>
          textAt(
            links.find((link) => textAt(link, 'name') === name),
            'href',
          )
        const url = cloneAddress(cloneProtocol, { ssh: linkTo('ssh'), https: linkTo('http') }, where)
        entries.push({ ...texts, ...branch, url, labels: [], id: numberAt(one, 'id') ?? 0 })
      }
      return entries
    },
    async branches(repository) {
      if (spec.allBranches !== true) return [repository]
      const found = await rest.all(`${project}/${part(repository.repository)}/branches`, { paging: 'start', of: 'values' })
      return found.map((branch) => ({ ...repository, ...requireTexts(branch, branchPaths, 'A branch of Bitbucket Server') }))
    },
    hasPath: async ({ repository, branch }, path) =>
      (await rest.find(`${project}/${part(repository)}/browse/${pathParts(path)}`, { at: branch, type: 'true' })) !== undefined,
  }
}

/** Argo CD takes an address with or without `/rest`. */
async function serverRest(spec: ServerPulls | ServerRepositories, where: string, context: CredentialsContext): Promise<Rest> {
  const base = spec.api.replace(/\/+$/, '').replace(/\/rest$/, '')
  if (base === '') throw new PlimsollError('invalid-application-set', `${where}.api: is required.`)
  return createRest({
    name: 'Bitbucket Server',
    base: `${base}/rest/api/1.0`,
    headers: { 'x-atlassian-token': 'no-check', ...(await loginOf(spec, where, context)) },
    ...(await authorityFor(spec, where, context)),
    ask: context.ask,
  })
}
