import { ModelGate } from '@plimsoll/api'
import type { Repositories } from '@plimsoll/git'
import { load } from 'js-yaml'

const maxFileBytes = 256 * 1024
const mostFiles = 5000
const keptCommits = 32

/** Gates of a commit by their names. Whichever path a pull request says that its gate is at, it cannot step around the one that is in force. */
export function createGatesOnTarget(repositories: Pick<Repositories, 'tree'>): {
  named(repoURL: string, commit: string, name: string): Promise<{ path: string; text: string } | undefined>
} {
  const known = new Map<string, Promise<ReadonlyMap<string, { path: string; text: string }>>>()

  async function gatesOf(repoURL: string, commit: string): Promise<ReadonlyMap<string, { path: string; text: string }>> {
    const tree = await repositories.tree(repoURL, commit)
    const files = tree.entries.filter(({ kind, path, size }) => kind === 'file' && /\.ya?ml$/i.test(path) && size <= maxFileBytes)
    const gates = new Map<string, { path: string; text: string }>()
    for (const entry of files.slice(0, mostFiles)) {
      const text = (await tree.read(entry, maxFileBytes)).toString('utf8')
      const name = nameOf(text)
      if (name !== undefined && !gates.has(name)) gates.set(name, { path: entry.path, text })
    }
    return gates
  }

  return {
    async named(repoURL, commit, name) {
      const key = `${repoURL} ${commit}`
      let gates = known.get(key)
      if (!gates) {
        gates = gatesOf(repoURL, commit)
        known.set(key, gates)
        gates.catch(() => known.delete(key))
        const [oldest] = known.keys()
        if (known.size > keptCommits && oldest !== undefined) known.delete(oldest)
      }
      return (await gates).get(name)
    },
  }
}

/** Undefined for what is no gate that could be used. */
function nameOf(text: string): string | undefined {
  if (!text.includes('ModelGate')) return undefined
  try {
    return ModelGate.safeParse(load(text)).data?.metadata.name
  } catch {
    return undefined
  }
}
