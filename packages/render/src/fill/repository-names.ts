/** `scheme://host/path`, `user@host:path` or a bare path, as Git takes addresses: user, host and path. */
function partsOf(address: string): { host: string; path: string } {
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/]*)(\/.*)?$/i.exec(address)
  if (url) return { host: url[1] ?? '', path: url[2] ?? '' }
  const scp = /^(?:[^/@]+@)?([^/:@]+):(.*)$/.exec(address)
  return scp ? { host: scp[1] ?? '', path: `/${(scp[2] ?? '').replace(/^\/+/, '')}` } : { host: '', path: address }
}

/** The page of a repository, without anything to sign in by. */
export function httpsAddress(address: string): string {
  const { host, path } = partsOf(address)
  return `https://${host}${path}`
}

/** `owner/name` of a repository. */
export function fullNameOf(address: string): string {
  const path = partsOf(address).path.replace(/\.git$/, '')
  const parts = path.split('/').filter((part) => part !== '')
  return parts.length >= 2 ? parts.slice(0, 2).join('/') : path
}
