import { posix } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import type { GitTree, ReadableRepositories, TreeEntry } from '@plimsoll/git'
import type { GitFiles, GitSource } from '../generate/generator.ts'

/** A file of parameters is read by people. */
const maxFileBytes = 1024 * 1024
/** Links to links. */
const maxLinks = 5

/** Trees of repositories at a revision. One of these serves one look at a set: what it has read once is the same for all of its generators. */
export function createGitSource(repositories: ReadableRepositories): GitSource {
  const trees = new Map<string, Promise<GitTree>>()

  function treeOf(repoURL: string, revision: string, isFresh: boolean): Promise<GitTree> {
    const key = JSON.stringify([repoURL, revision])
    let tree = trees.get(key)
    if (tree === undefined) {
      tree = repositories
        .resolve(repoURL, revision, isFresh ? { maxAgeMs: 0 } : {})
        .then(({ commit }) => repositories.tree(repoURL, commit))
        .catch((error: unknown) => Promise.reject(inOurWords(error)))
      trees.set(key, tree)
    }
    return tree
  }

  return {
    directories: async (repoURL, revision, isFresh) => foldersOf((await treeOf(repoURL, revision, isFresh)).entries),
    files: async (repoURL, revision, isFresh) => filesOf(await treeOf(repoURL, revision, isFresh)),
  }
}

/** The field of an Application is `targetRevision`; of a generator it is `revision`. */
function inOurWords(error: unknown): Error {
  if (error instanceof PlimsollError && error.code === 'revision-not-found') {
    return new PlimsollError(error.code, error.message, {
      remedy: 'Set revision to a branch, tag or commit that the repository has.',
      cause: error,
    })
  }
  return error instanceof Error ? error : new Error(String(error))
}

/** Folders of a tree in the order of their names, level by level as they nest. Those that begin with a dot are left out, with all that is in them. */
export function foldersOf(entries: readonly Pick<TreeEntry, 'path' | 'kind'>[]): string[] {
  const folders = new Set<string>()
  for (const { path, kind } of entries) {
    const parts = path.split('/')
    // A submodule is a folder, whatever it holds.
    if (kind !== 'submodule') parts.pop()
    for (let length = 1; length <= parts.length; length += 1) {
      if (parts[length - 1]?.startsWith('.')) break
      folders.add(parts.slice(0, length).join('/'))
    }
  }
  // A slash before anything else, so that what is in a folder comes before its neighbours.
  const sortable = (path: string): string => path.replaceAll('/', '\0')
  return [...folders].toSorted((a, b) => (sortable(a) < sortable(b) ? -1 : 1))
}

function filesOf(tree: GitTree): GitFiles {
  const byPath = new Map(tree.entries.map((entry) => [entry.path, entry]))
  return {
    paths: tree.entries.filter(({ kind }) => kind !== 'submodule').map(({ path }) => path),
    read: async (path) => (await tree.read(await target(path), maxFileBytes)).toString('utf8'),
  }

  /** Where a link leads, inside the repository. */
  async function target(path: string): Promise<TreeEntry> {
    let at = path
    for (let hop = 0; hop <= maxLinks; hop += 1) {
      const entry = byPath.get(at)
      if (entry === undefined)
        throw new PlimsollError('path-not-found', `'${path}' leads to '${at.slice(0, 200)}', which is no file of the repository.`)
      if (entry.kind !== 'symlink') return entry
      const link = (await tree.read(entry, 4096)).toString('utf8')
      at = posix.normalize(posix.join(posix.dirname(at), link))
      if (link.startsWith('/') || at === '..' || at.startsWith('../')) {
        throw new PlimsollError('path-outside-repository', `'${path}' is a link that leaves the repository.`)
      }
    }
    throw new PlimsollError('path-not-found', `'${path}' is a link to a link, more than ${maxLinks} times.`)
  }
}
