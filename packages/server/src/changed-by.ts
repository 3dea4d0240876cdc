import type { GateReport } from '@plimsoll/api'
import type { Forge } from '@plimsoll/forge'
import type { GitHost } from '@plimsoll/git'
import { type GateRunRequest, readDvcFile, readDvcLock } from '@plimsoll/models'

type Changed = NonNullable<GateReport['changed']>

const maxDvcBytes = 1024 * 1024
const mostDataFiles = 100

/** Code and data that a pull request changes, for the report of its gate. Undefined where there is none, or it cannot be told. */
export async function changedBy(
  { forge, repositories }: { forge: Pick<Forge, 'get'>; repositories: Pick<GitHost, 'history'> },
  { repository, pullRequest }: Pick<GateRunRequest, 'repository' | 'pullRequest'>,
): Promise<Changed | undefined> {
  if (repository === undefined || pullRequest === undefined) return undefined
  const { history } = repositories
  try {
    const { base, head } = await forge.get(repository, pullRequest)
    const from = (await history.mergeBase(repository, base.commit, head.commit)) ?? base.commit
    const { files } = await history.difference(repository, from, head.commit)
    const outputs = async (commit: string, path: string): Promise<Map<string, string>> => {
      const text = (await history.file(repository, commit, path, maxDvcBytes))?.toString('utf8')
      if (text === undefined) return new Map()
      const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : ''
      const kept = path.endsWith('.dvc') ? readDvcFile(path, text) : readDvcLock(path, text)
      return new Map(kept.map((output) => [folder + output.path, `md5:${output.md5}`]))
    }
    const data: NonNullable<Changed['data']> = []
    for (const { path } of files.filter((file) => /(^|\/)(dvc\.lock|[^/]+\.dvc)$/.test(file.path)).slice(0, mostDataFiles)) {
      const [before, after] = await Promise.all([outputs(from, path), outputs(head.commit, path)])
      for (const name of new Set([...before.keys(), ...after.keys()])) {
        const [was, is] = [before.get(name), after.get(name)]
        if (was !== is) data.push({ name, ...(was !== undefined && { from: was }), ...(is !== undefined && { to: is }) })
      }
    }
    const sum = (pick: 'additions' | 'deletions'): number => files.reduce((total, file) => total + file[pick], 0)
    return {
      code: { from, to: head.commit, files: files.length, additions: sum('additions'), deletions: sum('deletions') },
      ...(data.length > 0 && { data }),
    }
  } catch {
    // A report without it is a report all the same.
    return undefined
  }
}
