import { randomUUID } from 'node:crypto'
import { fileReader } from '../reader/file-reader.ts'
import type { ActionSource } from '../job/job-spec.ts'
import type { ActionFile } from '../sandbox/sandbox.ts'
import { findRepository, type RepositoryPlaces } from './workflow-files.ts'

const largestFile = 64 * 1024 * 1024
const largestAction = 256 * 1024 * 1024
const mostFiles = 20_000

/** Actions of other repositories: regular files at one commit, written out for one job. */
export function createActionSource(placesFor: (isOutside: boolean) => RepositoryPlaces): ActionSource {
  return {
    async fetch(reference, target, { isOutside }) {
      const places = placesFor(isOutside)
      const { path } = reference
      const isNamed = 'owner' in reference
      const origin = isNamed ? await findRepository(places, reference.owner, reference.repository, reference.ref) : reference
      const { url, commit } = origin
      const what = isNamed
        ? `'${reference.owner}/${reference.repository}' at '${reference.ref}'`
        : `the repository at ${commit.slice(0, 7)}`
      const { repositories } = places
      const tree = await repositories.tree(url, commit)
      const definitionEntry = ['action.yml', 'action.yaml']
        .map((name) => (path === '' ? name : `${path}/${name}`))
        .map((name) => tree.entries.find((entry) => entry.path === name && entry.kind !== 'symlink'))
        .find((entry) => entry !== undefined)
      if (!definitionEntry) throw new Error(`there is no action.yml in '${path || '/'}' of ${what}`)
      const text = (await tree.read(definitionEntry, 1024 * 1024)).toString('utf8')
      const { action, problems } = await fileReader.action(text, definitionEntry.path)
      if (!action) throw new Error(problems.find((problem) => problem.severity === 'error')?.message ?? 'its action.yml cannot be read')
      const name = `${isNamed ? reference.repository.replaceAll(/[^A-Za-z0-9._-]/g, '_') : 'own'}-${randomUUID()}`
      const files = tree.entries.filter((entry) => entry.kind === 'file' || entry.kind === 'executable')
      const size = files.reduce((sum, entry) => sum + entry.size, 0)
      if (files.length > mostFiles || size > largestAction)
        throw new Error(`it has ${files.length} files of ${size} bytes, which is too much for an action`)
      await target.putAction(name, contents())
      return { name, definition: action, origin: { url, commit } }

      /** Git's own rules leave no `..` in a path of a tree. */
      async function* contents(): AsyncGenerator<ActionFile> {
        for (const entry of files)
          yield { path: entry.path, content: await tree.read(entry, largestFile), isExecutable: entry.kind === 'executable' }
      }
    },
  }
}
