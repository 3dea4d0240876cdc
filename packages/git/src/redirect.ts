import { PlimsollError } from '@plimsoll/api'
import { type Access, askOnce, type NetworkPolicy } from '@plimsoll/network'

const maxRedirects = 5
const service = '/info/refs?service=git-upload-pack'

/**
 * Where a repository has moved to: GitHub sends renamed repositories, GitLab those asked for without `.git`, to another address.
 * Each host on the way is checked, HTTPS never becomes HTTP, and what lets us in stays with the address that it was given for.
 */
export async function findRedirect(repositoryURL: string, policy: NetworkPolicy, access: Access): Promise<string> {
  const first = new URL(`${repositoryURL.replace(/\/+$/, '')}${service}`)
  const [username, password] = [decodeURIComponent(first.username), decodeURIComponent(first.password)]
  let current = first
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const { status, headers } = await askOnce(current, first, {
      policy,
      headers: { 'user-agent': 'git/2 (plimsoll)' },
      access: { ...access, ...(username !== '' && { authorization: { kind: 'basic', username, password } }) },
    })
    const { location } = headers
    if (status < 300 || status > 399 || location === undefined) return current.href.slice(0, -service.length)
    const next = new URL(location, current)
    if (next.protocol !== 'https:' && next.protocol !== current.protocol) throw refused(`to a '${next.protocol}' address`)
    if (!next.href.endsWith(service)) throw refused('to a page that is no repository')
    // What the address holds is for its host; what is given apart is asked for at each use, and may be another one by then.
    next.username = next.origin === first.origin ? first.username : ''
    next.password = next.origin === first.origin ? first.password : ''
    current = next
  }
  throw refused('again and again')
}

function refused(where: string): PlimsollError {
  return new PlimsollError('repository-unreachable', `The repository redirects ${where}.`, {
    remedy: 'Set repoURL to the address that the repository has now.',
  })
}
