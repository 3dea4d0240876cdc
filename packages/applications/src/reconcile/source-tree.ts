import { PlimsollError } from '@plimsoll/api'
import type { ReadableRepositories } from '@plimsoll/git'
import type { SourceTree } from '@plimsoll/render'

/** A repository at a commit, as the renderer reads it: by path from the root, and by hash. */
export function sourceTreeOf(repositories: ReadableRepositories, repoURL: string, commit: string): SourceTree {
  return {
    hashOf: (path) => unlessMissing(repositories.folderHash(repoURL, commit, path)),
    async list(path) {
      const tree = await unlessMissing(repositories.tree(repoURL, commit, path))
      const prefix = path === '' ? '' : `${path.replace(/\/+$/, '')}/`
      return (tree?.entries ?? []).map(({ path: below, kind, hash, size }) => ({ path: prefix + below, kind, hash, size }))
    },
    entry: (path) => repositories.entry(repoURL, commit, path),
    read: (hash, maxBytes) => repositories.blob(repoURL, hash, maxBytes),
  }
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'path-not-found') return undefined
    throw error
  }
}
