import { PlimsollError, type RemoteProvider } from '@plimsoll/api'
import type { NetworkPolicy } from '@plimsoll/network'

const known = new Map<string, RemoteProvider>([
  ['github.com', 'github'],
  ['gitlab.com', 'gitlab'],
])

/** Where a repository is, from its address: `https://HOST/…/OWNER/NAME`, or over SSH. */
export function placeIn(
  { url, provider, baseUrl }: { url: string; provider?: RemoteProvider | undefined; baseUrl?: string | undefined },
  policy: NetworkPolicy,
): { url: string; provider: RemoteProvider; baseUrl: string } {
  const scp = /^[^/@\s]+@([^/:\s]+):(?!\/\/)(\S+)$/.exec(url.trim())
  const given = parse(
    scp ? `https://${scp[1] ?? ''}/${scp[2] ?? ''}` : url.trim().replace(/^ssh:\/\/(?:[^/@]*@)?([^/:]+)(?::\d+)?\//, 'https://$1/'),
  )
  const path = given.pathname.replace(/\/+$/, '').replace(/\.git$/, '')
  const kind = provider ?? known.get(given.hostname)
  if (kind === undefined) {
    throw new PlimsollError('invalid-request', `Nobody can tell what '${given.hostname}' runs.`, {
      remedy: 'Say it: `--provider github`, `gitlab` or `gitea`.',
    })
  }
  // GitHub and Gitea may live below a path; a GitLab group cannot be told from one, so there it is said.
  const below = kind === 'gitlab' ? '' : path.split('/').slice(0, -2).join('/')
  const base = checkAddress(baseUrl ?? `${given.origin}${below}`, policy)
  if (new URL(base).host !== given.host || !path.startsWith(`${new URL(base).pathname.replace(/\/+$/, '')}/`)) {
    throw new PlimsollError('invalid-request', `'${given.origin}${path}' is no repository of ${base}.`)
  }
  return { url: `${given.origin}${path}`, provider: kind, baseUrl: base }
}

function parse(text: string): URL {
  try {
    const url = new URL(text)
    if (url.search === '' && url.hash === '' && url.username === '' && url.password === '' && /^https?:$/.test(url.protocol)) return url
  } catch {
    // Told below.
  }
  throw new PlimsollError('invalid-request', 'The address of the repository cannot be used.', {
    remedy: 'Use https://HOST/OWNER/NAME, without user, password or query; the token is given apart from it.',
  })
}

/** A token travels encrypted, except to a host that the operator has let in by name. */
export function checkAddress(text: string, { allowPrivateHosts }: NetworkPolicy): string {
  const url = parse(text)
  const isAllowed =
    allowPrivateHosts === true ||
    (Array.isArray(allowPrivateHosts) && allowPrivateHosts.some((one: string) => one.toLowerCase() === url.hostname))
  if (url.protocol === 'https:' || isAllowed) return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  throw new PlimsollError('invalid-request', `A token is not sent to ${url.origin}, which is not encrypted.`, {
    remedy: 'Use its https address, or have the operator allow the host (`--allow-git-host`).',
  })
}
