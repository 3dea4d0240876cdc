/** What a URL of a remote base says. */
export interface RepoSpec {
  /** As it was written: what cycles are found by. */
  raw: string
  /** For `git clone`: scheme, user, host and path of the repository. */
  url: string
  /** Folder of the kustomization in the repository. */
  path: string
  /** `?ref=` or `?version=`; empty for the default branch. */
  revision: string
}

const schemes = ['ssh://', 'https://', 'http://', 'file://'] as const
const userText = /^([a-zA-Z][a-zA-Z0-9-]*)@/

/**
 * Reads a URL as kustomize does (`api/internal/git/repospec.go`, 5.7): `github.com/org/repo/path?ref=v1`, `git@host:org/repo.git//path`,
 * `https://host/org/repo//path`. Undefined: it is none, so it is a path. The first two names after the host are the repository, unless `//`, `.git` or
 * `_git/` says otherwise.
 */
export function parseRepoUrl(raw: string): RepoSpec | undefined {
  if (raw.startsWith('/')) return undefined
  const question = raw.indexOf('?')
  const address = question === -1 ? raw : raw.slice(0, question)
  const host = readHost(address)
  if (host === undefined) return undefined
  const parts = splitPath(host.rest, host.prefix.startsWith('file://'))
  if (parts === undefined || parts.repository === '' || leavesRepository(parts.folder)) return undefined
  return {
    raw,
    url: host.prefix + parts.repository,
    path: parts.folder.startsWith('/') ? parts.folder.slice(1) : parts.folder,
    revision: question === -1 ? '' : readRevision(raw.slice(question + 1)),
  }
}

function readHost(address: string): { prefix: string; rest: string } | undefined {
  let rest = address.toLowerCase().startsWith('git::') ? address.slice(5) : address
  const scheme = schemes.find((each) => rest.toLowerCase().startsWith(each)) ?? ''
  rest = rest.slice(scheme.length)
  const user = userText.exec(rest)?.[0] ?? ''
  rest = rest.slice(user.length)
  const isGithub = /^github\.com[/:]/i.test(rest)
  const isScpStyle = scheme === '' && (user !== '' || isGithub)
  if (scheme === '' && !isScpStyle) return undefined
  // Everything behind it is a path of this machine.
  if (scheme === 'file://') return { prefix: scheme, rest: user + rest }

  const end = endOfHost(rest, isScpStyle)
  const host = end === -1 ? rest : rest.slice(0, end + 1)
  const path = end === -1 ? '' : rest.slice(end + 1)
  if (host === '') return undefined
  if (!isGithub) return { prefix: scheme + user + host, rest: path }
  return { prefix: scheme === 'ssh://' || user !== '' ? `${user}github.com:` : 'https://github.com/', rest: path }
}

function endOfHost(rest: string, isScpStyle: boolean): number {
  const slash = rest.indexOf('/')
  if (!isScpStyle) return slash
  const colon = rest.indexOf(':')
  return slash === -1 || (colon > 0 && colon < slash) ? colon : slash
}

function splitPath(path: string, isFile: boolean): { repository: string; folder: string } | undefined {
  const marker = path.indexOf('_git/')
  if (marker !== -1) {
    const [name = '', ...folder] = path.slice(marker + 5).split('/')
    return { repository: path.slice(0, marker + 5) + name, folder: folder.join('/') }
  }
  const double = path.indexOf('//')
  if (double !== -1) return { repository: path.slice(0, double), folder: path.slice(double + 2) }
  const suffix = path.indexOf('.git')
  if (suffix !== -1) return { repository: path.slice(0, suffix + 4), folder: path.slice(suffix + 4) }
  if (isFile) return { repository: path, folder: '' }
  const names = path.split('/')
  return names.length < 2 ? undefined : { repository: names.slice(0, 2).join('/'), folder: names.slice(2).join('/') }
}

function leavesRepository(folder: string): boolean {
  let depth = 0
  for (const name of folder.split('/')) {
    if (name === '..') depth -= 1
    else if (name !== '' && name !== '.') depth += 1
    if (depth < 0) return true
  }
  return false
}

function readRevision(query: string): string {
  const values = new URLSearchParams(query)
  return values.get('ref') || values.get('version') || ''
}
