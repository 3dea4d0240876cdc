import { PlimsollError } from '@plimsoll/api'
import type { GitTree, Repositories, TreeEntry } from '@plimsoll/git'
import type { SourceTree } from '@plimsoll/render'

/** A repository at a commit, as the renderer reads it: by path from the root, and by hash. */
export function sourceTreeOf(repositories: Repositories, repoURL: string, commit: string): SourceTree {
  const entriesByHash = new Map<string, { tree: GitTree; entry: TreeEntry }>()

  async function treeAt(path: string): Promise<GitTree | undefined> {
    try {
      return await repositories.tree(repoURL, commit, path)
    } catch (error) {
      if (error instanceof PlimsollError && error.code === 'path-not-found') return undefined
      throw error
    }
  }

  return {
    async hashOf(path) {
      return (await treeAt(path))?.hash
    },
    async list(path) {
      const tree = await treeAt(path)
      if (!tree) return []
      const prefix = path === '' ? '' : `${path.replace(/\/+$/, '')}/`
      return tree.entries.map((entry) => {
        entriesByHash.set(entry.hash, { tree, entry })
        return { path: prefix + entry.path, kind: entry.kind, hash: entry.hash, size: entry.size }
      })
    },
    async read(hash, maxBytes) {
      const found = entriesByHash.get(hash)
      if (!found) throw new Error(`Blob ${hash} was read before it was listed.`)
      return found.tree.read(found.entry, maxBytes)
    },
  }
}
