/**
 * One form for all spellings of an address (argo-cd `util/git`, NormalizeGitURL): in lower case, without `.git`, `git@host:path` as `ssh://git@host/path`,
 * `oci://` left away. Beyond Argo CD: without slashes at the end, default ports and, over HTTP, without the user.
 */
export function comparableAddress(address: string): string {
  const bare = address
    .trim()
    .toLowerCase()
    .replace(/^oci:\/\//, '')
  const scp = /^([^/@:\s]+@[^/:\s]+)(?::(?!\/\/)\/*(.*))?$/.exec(bare)
  const url = scp && !bare.includes('://') ? `ssh://${scp[1] ?? ''}/${scp[2] ?? ''}` : bare
  const parts = /^(https?|ssh):\/\/(?:([^/]*)@)?([^/]*)(.*)$/.exec(url)
  if (!parts) return trimmed(url)
  const [, scheme = '', user, host = '', path = ''] = parts
  const port = { http: ':80', https: ':443', ssh: ':22' }[scheme] ?? ''
  const place = host.endsWith(port) ? host.slice(0, -port.length) : host
  return trimmed(`${scheme}://${scheme === 'ssh' && user !== undefined ? `${user}@` : ''}${place}${path}`)
}

/**
 * Whether a template is for an address, and how well: by how much of it. Argo CD compares texts alone; here scheme, user, host and port are all of them equal,
 * so that `https://git.example.com` is never sent to `https://git.example.com.elsewhere.org`.
 */
export function matchLength(template: string, address: string): number | undefined {
  const [prefix, wanted] = [comparableAddress(template), comparableAddress(address)]
  const place = placeOf(prefix)
  return place !== '' && place === placeOf(wanted) && wanted.startsWith(prefix) ? prefix.length : undefined
}

function placeOf(comparable: string): string {
  const [, scheme = '', host = ''] = /^([a-z]+:\/\/)?([^/]*)/.exec(comparable) ?? []
  return host === '' ? '' : `${scheme}${host}`
}

function trimmed(text: string): string {
  return text.replace(/\/+$/, '').replace(/\.git$/, '')
}
