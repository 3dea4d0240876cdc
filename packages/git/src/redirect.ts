import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { PlimsollError } from '@plimsoll/api'
import { allowedAddresses, type NetworkPolicy } from './network-policy.ts'

const maxRedirects = 5
const timeoutMs = 15_000
const service = '/info/refs?service=git-upload-pack'

/**
 * Where a repository has moved to: GitHub sends renamed repositories, GitLab those asked for without `.git`, to another address.
 * Each host on the way is checked, HTTPS never becomes HTTP, and credentials stay with the host that they were given for.
 */
export async function findRedirect(repositoryURL: string, policy: NetworkPolicy): Promise<string> {
  let current = new URL(`${repositoryURL.replace(/\/+$/, '')}${service}`)
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const location = await locationOf(current, policy)
    if (location === undefined) {
      return current.href.slice(0, -service.length)
    }
    const next = new URL(location, current)
    if (next.protocol !== 'https:' && next.protocol !== current.protocol) throw refused(`to a '${next.protocol}' address`)
    if (!next.href.endsWith(service)) throw refused('to a page that is no repository')
    const sameHost = next.host === current.host
    next.username = sameHost ? current.username : ''
    next.password = sameHost ? current.password : ''
    current = next
  }
  throw refused('again and again')
}

async function locationOf(url: URL, policy: NetworkPolicy): Promise<string | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = await allowedAddresses(host, policy)
  const address = addresses[0]
  const pinned: LookupFunction = (_name, options, callback) => {
    if (address === undefined) callback(new Error('no address'), '', 4)
    else if (options.all === true) callback(null, [{ address, family: isIP(address) }])
    else callback(null, address, isIP(address))
  }
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { 'user-agent': 'git/2 (plimsoll)' }
    if (url.username !== '') {
      const secret = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
      headers['authorization'] = `Basic ${Buffer.from(secret).toString('base64')}`
    }
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
      { host, port: url.port || undefined, path: url.pathname + url.search, headers, timeout: timeoutMs, lookup: pinned, agent: false },
      (response) => {
        const status = response.statusCode ?? 0
        resolve(status >= 300 && status < 400 ? response.headers.location : undefined)
        response.destroy()
      },
    )
    request.on('timeout', () => request.destroy(new Error('timeout')))
    request.on('error', (error) => reject(refused(`that did not answer (${error.message})`)))
    request.end()
  })
}

function refused(where: string): PlimsollError {
  return new PlimsollError('repository-unreachable', `The repository redirects ${where}.`, {
    remedy: 'Set repoURL to the address that the repository has now.',
  })
}
