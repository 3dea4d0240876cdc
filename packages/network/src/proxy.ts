import { BlockList, isIP } from 'node:net'
import { PlimsollError } from '@plimsoll/api'
import type { ProxyAccess } from './access.ts'

/** The proxy that a URL is asked by; undefined where none is given, or this host is left out. */
export function proxyFor(target: URL, proxy: ProxyAccess | undefined): URL | undefined {
  if (proxy === undefined) return undefined
  const host = target.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = target.port || (target.protocol === 'https:' ? '443' : '80')
  if (isLeftOut(host, port, proxy.noProxy)) return undefined
  try {
    const url = new URL(proxy.url)
    if (/^(https?|socks5h?):$/.test(url.protocol) && url.hostname !== '') return url
  } catch {
    // Told below, and never with what stands there.
  }
  throw new PlimsollError('repository-unreachable', `The proxy for ${host} is no address of one.`, {
    remedy: 'Write http://HOST:PORT, https://HOST:PORT or, for Git, socks5://HOST:PORT into the field proxy.',
  })
}

/** As Go reads NO_PROXY (golang.org/x/net/http/httpproxy): `*`, a host with all below it, `.below` without it, an address, a range; each with a port or without. */
function isLeftOut(host: string, port: string, noProxy: string): boolean {
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => {
      if (entry === '' || entry === '*') return entry === '*'
      const range = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry)
      if (range) return isInRange(host, range[1] ?? '', Number(range[2]))
      if (isIP(entry) === 6) return host === entry
      const [, name = '', wantedPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
      if (wantedPort !== undefined && wantedPort !== port) return false
      const below = name.replace(/^\*?\./, '')
      return host.endsWith(`.${below}`) || (below === name && host === name)
    })
}

function isInRange(host: string, network: string, prefix: number): boolean {
  const [ofHost, ofNetwork] = [isIP(host), isIP(network)]
  if (ofHost === 0 || ofHost !== ofNetwork || prefix > (ofNetwork === 4 ? 32 : 128)) return false
  const list = new BlockList()
  const family = ofNetwork === 4 ? 'ipv4' : 'ipv6'
  list.addSubnet(network, prefix, family)
  return list.check(host, family)
}
