import { PlimsollError, type PullRequestGenerator, type ScmProviderGenerator } from '@plimsoll/api'
import { azurePullRequests, azureRepositories } from './azure-devops.ts'
import { bitbucketPullRequests, bitbucketRepositories, bitbucketServerPullRequests, bitbucketServerRepositories } from './bitbucket.ts'
import type { ForgeReader, PullRequestEntry, RepositoryLister } from './contract.ts'
import { type CredentialsContext, requireAllowed } from './credentials.ts'
import { giteaPullRequests, giteaRepositories } from './gitea.ts'
import { githubPullRequests, githubRepositories } from './github.ts'
import { gitlabPullRequests, gitlabRepositories } from './gitlab.ts'

export interface ForgeReaderContext extends CredentialsContext {
  /** False: the operator lets no set ask a provider elsewhere. */
  isEnabled: boolean
  /** What lives here. Undefined: pull requests are not kept here. */
  ownPullRequests: ((repository: string) => Promise<PullRequestEntry[]>) | undefined
  ownRepositories(options: { allBranches: boolean; where: string }): RepositoryLister
}

/** Every provider behind one face; the first that a spec names is asked, as in Argo CD. */
export function createForgeReader(context: ForgeReaderContext): ForgeReader {
  function elsewhere(api: string | null | undefined, where: string): void {
    if (!context.isEnabled) throw new PlimsollError('generator-failed', `${where}: the operator lets no ApplicationSet ask providers.`)
    requireAllowed(api, where, context)
  }

  return {
    async pullRequests(spec, at) {
      const [name, given] = providerIn(spec, pullProviders, at)
      const where = `${at}.${name}`
      if (name === 'plimsoll') return own(spec, where)
      elsewhere((given as { api?: string | null }).api, where)
      if (spec.github) return githubPullRequests(spec.github, where, context)
      if (spec.gitlab) return gitlabPullRequests(spec.gitlab, where, context)
      if (spec.gitea) return giteaPullRequests(spec.gitea, where, context)
      if (spec.bitbucketServer) return bitbucketServerPullRequests(spec.bitbucketServer, where, context)
      if (spec.bitbucket) return bitbucketPullRequests(spec.bitbucket, where, context)
      if (spec.azuredevops) return azurePullRequests(spec.azuredevops, where, context)
      throw new Error(`no provider ${name}`)
    },
    async repositories(spec, at) {
      const [name, given] = providerIn(spec, scmProviders, at)
      const where = `${at}.${name}`
      const protocol = spec.cloneProtocol ?? ''
      if (spec.plimsoll && name === 'plimsoll') return context.ownRepositories({ allBranches: spec.plimsoll.allBranches === true, where })
      elsewhere((given as { api?: string | null }).api, where)
      if (spec.github) return githubRepositories(spec.github, protocol, where, context)
      if (spec.gitlab) return gitlabRepositories(spec.gitlab, protocol, where, context)
      if (spec.gitea) return giteaRepositories(spec.gitea, protocol, where, context)
      if (spec.bitbucketServer) return bitbucketServerRepositories(spec.bitbucketServer, protocol, where, context)
      if (spec.azureDevOps) return azureRepositories(spec.azureDevOps, where, context)
      if (spec.bitbucket) return bitbucketRepositories(spec.bitbucket, protocol, where, context)
      throw new PlimsollError('generator-failed', `${where}: AWS CodeCommit is not asked by this version.`, {
        remedy: 'List the repositories in a file of a Git repository, and read them by a git generator.',
      })
    },
  }

  async function own(spec: PullRequestGenerator, where: string): Promise<PullRequestEntry[]> {
    if (!context.ownPullRequests || !spec.plimsoll) throw new PlimsollError('generator-failed', `${where}: no pull requests are kept here.`)
    return context.ownPullRequests(spec.plimsoll.repository)
  }
}

const pullProviders = ['github', 'gitlab', 'gitea', 'bitbucketServer', 'bitbucket', 'azuredevops', 'plimsoll'] as const
const scmProviders = ['github', 'gitlab', 'gitea', 'bitbucketServer', 'azureDevOps', 'bitbucket', 'awsCodeCommit', 'plimsoll'] as const

function providerIn<Name extends string>(
  spec: PullRequestGenerator | ScmProviderGenerator,
  names: readonly Name[],
  where: string,
): readonly [Name, object] {
  for (const name of names) {
    const given = (spec as Record<string, unknown>)[name]
    if (typeof given === 'object' && given !== null) return [name, given]
  }
  throw new PlimsollError('invalid-application-set', `${where}: names no provider (${names.join(', ')}).`)
}
