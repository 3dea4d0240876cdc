import { PlimsollError } from '@plimsoll/api'
import type { ReadableRepositories } from '@plimsoll/git'
import type { RunsSurroundings } from '../contract.ts'
import type { LoadedWorkflow, UsesReference } from '../language/contract.ts'

export const workflowFolder = '.github/workflows'
const largestWorkflow = 512 * 1024
const mostWorkflows = 200

/** People name a workflow by its path, by its file, or by its file without the ending. */
export function isNamed(path: string, wanted: string): boolean {
  const name = wanted.replace(/^(\.\/)?(\.github\/)?workflows\//, '')
  return [name, `${name}.yml`, `${name}.yaml`].some((file) => path === `${workflowFolder}/${file}`)
}

export interface WorkflowText {
  path: string
  text: string
}

/** Every workflow of a repository at a commit; none when there is no such folder. */
export async function readWorkflows(repositories: ReadableRepositories, url: string, commit: string): Promise<WorkflowText[]> {
  let tree
  try {
    tree = await repositories.tree(url, commit, workflowFolder)
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'path-not-found') return []
    throw error
  }
  const found: WorkflowText[] = []
  for (const entry of tree.entries) {
    if ((entry.kind !== 'file' && entry.kind !== 'executable') || !/^[^/]+\.ya?ml$/.test(entry.path)) continue
    if (found.length >= mostWorkflows) break
    found.push({ path: `${workflowFolder}/${entry.path}`, text: (await tree.read(entry, largestWorkflow)).toString('utf8') })
  }
  return found
}

/** Where `owner/repository` is: here, when this server hosts it, else on the host that the operator named (github.com by default). */
export interface RepositoryPlaces {
  /** For runs from outside: as anybody may read them. */
  repositories: ReadableRepositories
  surroundings: Pick<RunsSurroundings, 'cloneUrl'>
  isHosted(repository: string): Promise<boolean>
  hosts: readonly string[]
}

export async function findRepository(
  places: RepositoryPlaces,
  owner: string,
  repository: string,
  ref: string,
): Promise<{ url: string; commit: string }> {
  const names = [`${owner}/${repository}`, ...(owner === '' ? [repository] : [])]
  for (const name of names) {
    if (!(await places.isHosted(name))) continue
    const url = places.surroundings.cloneUrl(name)
    return { url, commit: (await places.repositories.resolve(url, ref)).commit }
  }
  const reasons: string[] = []
  for (const host of places.hosts) {
    const url = `https://${host}/${owner}/${repository}.git`
    try {
      return { url, commit: (await places.repositories.resolve(url, ref)).commit }
    } catch (error) {
      reasons.push(`${host}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(
    `'${owner}/${repository}' is not hosted here${reasons.length > 0 ? `, and could not be fetched (${reasons.join('; ')})` : ', and no other host may be asked'}.`,
  )
}

/** What a workflow at a commit of a repository calls. */
export function createLoader(places: RepositoryPlaces, repository: { url: string; name: string; commit: string }): LoadedWorkflow['load'] {
  return async (reference: UsesReference) => {
    try {
      if (reference.kind === 'docker') return { problem: `'${reference.source}' is no workflow.` }
      const from =
        reference.kind === 'local'
          ? repository
          : {
              ...(await findRepository(places, reference.owner, reference.repository, reference.ref)),
              name: `${reference.owner}/${reference.repository}`,
            }
      const entry = await places.repositories.entry(from.url, from.commit, reference.path)
      if (!entry || (entry.kind !== 'file' && entry.kind !== 'executable')) return { problem: `There is no '${reference.path}' in '${from.name}' at ${from.commit.slice(0, 7)}.` } // prettier-ignore
      const text = (await places.repositories.blob(from.url, entry.hash, largestWorkflow)).toString('utf8')
      return {
        text,
        path: reference.kind === 'local' ? reference.path : reference.source,
        identity: `${from.name}@${from.commit}:${reference.path}`,
        origin: { url: from.url, commit: from.commit },
        load: createLoader(places, from),
      }
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) }
    }
  }
}
