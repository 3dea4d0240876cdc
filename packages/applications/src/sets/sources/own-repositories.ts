import type { GitHost, Repositories } from '@plimsoll/git'
import type { RepositoryEntry, RepositoryLister } from '../forges/contract.ts'

const branchPrefix = 'refs/heads/'

/** The repositories that live here. One without commits is left out. */
export function ownRepositories(repositories: Repositories & Pick<GitHost, 'hosted' | 'history'>, allBranches: boolean): RepositoryLister {
  return {
    async list() {
      const entries: RepositoryEntry[] = []
      for (const { name, url } of await repositories.hosted.list()) {
        const branch = await repositories.history.defaultBranch(name)
        if (branch === undefined) continue
        const slash = name.lastIndexOf('/')
        entries.push({
          organization: slash < 0 ? '' : name.slice(0, slash),
          repository: name.slice(slash + 1),
          url,
          branch,
          sha: '',
          labels: [],
          id: name,
        })
      }
      return entries.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },
    async branches(entry) {
      const refs = await repositories.history.refs(String(entry.id))
      const wanted = allBranches ? [...refs.keys()].filter((ref) => ref.startsWith(branchPrefix)).toSorted() : [branchPrefix + entry.branch]
      return wanted.flatMap((ref) => {
        const sha = refs.get(ref)
        return sha === undefined ? [] : [{ ...entry, branch: ref.slice(branchPrefix.length), sha }]
      })
    },
    async hasPath({ url, branch }, path) {
      const { commit } = await repositories.resolve(url, branchPrefix + branch)
      if ((await repositories.entry(url, commit, path)) !== undefined) return true
      return (await repositories.tree(url, commit)).entries.some((entry) => entry.path.startsWith(`${path}/`))
    },
  }
}
