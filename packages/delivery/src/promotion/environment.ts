import { type Application, PlimsollError, type Promotion } from '@plimsoll/api'
import type { GitWriter } from '../contract.ts'

/** What a stage's Application follows in Git: the place that promotion changes. */
export interface Environment {
  repoURL: string
  /** '' for the root. */
  path: string
  /** `refs/heads/main`. */
  ref: string
  /** Undefined while the ref is not there. */
  tip: string | undefined
}

/** Rejects with `invalid-request` for an Application that follows nothing that could be changed. */
export async function environmentOf(application: Application, by: NonNullable<Promotion['by']>, git: GitWriter): Promise<Environment> {
  const { name } = application.metadata
  const { source, sources } = application.spec
  const own = sources?.length ? sources.find(({ chart, path }) => chart === undefined && path !== undefined) : source
  if (own === undefined || own.chart !== undefined) {
    throw new PlimsollError('invalid-request', `Application '${name}' has no folder of a repository as its source.`, {
      remedy: 'Use an Application whose source is a path in Git.',
    })
  }
  const { repoURL, targetRevision = '' } = own
  const path = (own.path ?? '').split('/').filter((part) => part !== '' && part !== '.')
  if (path.includes('..')) throw new PlimsollError('path-outside-repository', `Application '${name}' has path '${own.path}'.`)
  const ref = await refOf(repoURL, targetRevision, name, by, git)
  return { repoURL, path: path.join('/'), ref, tip: await git.tip(repoURL, ref) }
}

async function refOf(repoURL: string, revision: string, name: string, by: NonNullable<Promotion['by']>, git: GitWriter): Promise<string> {
  if (revision === '' || revision === 'HEAD') {
    const found = await git.defaultRef(repoURL)
    if (found === undefined) throw new PlimsollError('revision-not-found', `The repository of application '${name}' has no commits yet.`)
    return found
  }
  if (revision.startsWith('refs/')) {
    if (by !== 'ref' && !revision.startsWith('refs/heads/')) throw notABranch(name, revision)
    return revision
  }
  if (/^[0-9a-f]{40}$/.test(revision)) throw notABranch(name, revision)
  const branch = `refs/heads/${revision}`
  if (by !== 'ref' || (await git.tip(repoURL, branch)) !== undefined) return branch
  return `refs/tags/${revision}`
}

function notABranch(name: string, revision: string): PlimsollError {
  return new PlimsollError('invalid-request', `Application '${name}' follows '${revision}', which no commit goes to.`, {
    remedy: 'Set its targetRevision to a branch; or, with `promotion.by: ref`, to a ref.',
  })
}
