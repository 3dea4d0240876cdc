import { PlimsollError } from '@plimsoll/api'
import { fetchOutside, type NetworkPolicy } from '@plimsoll/network'

/** Release manifests of large projects have a few megabytes. */
const maxBytes = 16 * 1024 * 1024
const maxAgeMs = 3 * 60_000
const keptBytes = 64 * 1024 * 1024

/** Files of web servers that kustomizations name: by https alone, asked for again after three minutes, kept up to 64 MB. */
export function createRemoteFiles(policy: NetworkPolicy, now: () => number = Date.now): (url: string) => Promise<Buffer> {
  const kept = new Map<string, { content: Promise<Buffer>; at: number; bytes: number }>()

  async function read(url: string): Promise<Buffer> {
    const address = URL.canParse(url) ? new URL(url) : undefined
    if (address?.protocol !== 'https:') throw new PlimsollError('repository-unreachable', `'${url.slice(0, 200)}' is no https address.`)
    const answer = await fetchOutside(address, { policy, maxBytes })
    if (answer.status === 200) return answer.body
    throw new PlimsollError('repository-unreachable', `${address.origin}${address.pathname} answers ${answer.status}.`, {
      remedy: 'Check the address in the kustomization.',
    })
  }

  return async (url) => {
    const known = kept.get(url)
    if (known !== undefined && now() - known.at <= maxAgeMs) return known.content
    const entry = { content: read(url), at: now(), bytes: 0 }
    kept.delete(url)
    kept.set(url, entry)
    try {
      entry.bytes = (await entry.content).length
    } catch (error) {
      if (kept.get(url) === entry) kept.delete(url)
      throw error
    }
    let total = 0
    for (const { bytes } of kept.values()) total += bytes
    for (const [oldest, { bytes }] of kept) {
      if (total <= keptBytes) break
      kept.delete(oldest)
      total -= bytes
    }
    return entry.content
  }
}
