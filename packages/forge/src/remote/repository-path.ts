import { PlimsollError } from '@plimsoll/api'

/** A repository of a provider: how it is called here, and its path there. */
export interface RepositoryPath {
  /** As `repositories.normalize` gives it: `https://github.com/acme/shop`. */
  address: string
  /** `acme/shop`; of GitLab also `group/sub/shop`. */
  path: string
}

/** One part of a path: what GitHub, GitLab and Gitea allow in names, which are never `.` or `..`. */
const part = /^(?!\.{1,2}$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$|^\.[A-Za-z0-9_-][A-Za-z0-9_.-]{0,98}$/

/** From an address of the provider's host (also over SSH), or from OWNER/NAME. Rejects what belongs to another host with `not-found`. */
export function repositoryPath(repository: string, baseUrl: string, mostParts: number): RepositoryPath {
  const base = new URL(baseUrl)
  const prefix = base.pathname.replace(/\/+$/, '')
  const path = pathIn(repository, base, prefix)
  const parts = path?.split('/') ?? []
  if (path === undefined || parts.length < 2 || parts.length > mostParts || !parts.every((one) => part.test(one))) {
    throw new PlimsollError('not-found', `'${repository.slice(0, 200)}' is no repository of ${base.host}.`, {
      remedy: `Use its address, ${base.origin}${prefix}/OWNER/NAME.`,
    })
  }
  return { address: `${base.origin}${prefix}/${path}`, path }
}

function pathIn(repository: string, base: URL, prefix: string): string | undefined {
  const bare = repository.replace(/\/+$/, '').replace(/\.git$/, '')
  if (!bare.includes('://')) return bare
  let url: URL
  try {
    url = new URL(bare)
  } catch {
    return undefined
  }
  if (url.search !== '' || url.hash !== '') return undefined
  if (url.protocol === 'ssh:') return url.hostname === base.hostname ? url.pathname.slice(1) : undefined
  if (url.host !== base.host || url.protocol !== base.protocol || !url.pathname.startsWith(`${prefix}/`)) return undefined
  return url.pathname.slice(prefix.length + 1)
}
