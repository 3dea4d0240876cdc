import { PlimsollError } from '@plimsoll/api'
import type { FastifyRequest } from 'fastify'
import { isOwnConnection } from './own-connections.ts'
import { isSafeMethod } from './route-policy.ts'

/** The addresses that this server answers as. */
export interface OwnAddress {
  /** For links: `http://127.0.0.1:7420`. */
  url(): string
  isOwnHost(host: string | undefined): boolean
  isOwnOrigin(origin: string): boolean
}

/** `url` and `port` are known once the server listens. */
export function createOwnAddress(options: {
  url: () => string
  port: () => number
  allowedHosts: readonly string[]
  externalUrl?: string
}): OwnAddress {
  const configured = new Set(options.allowedHosts.map((host) => host.toLowerCase()))
  const external = options.externalUrl === undefined ? undefined : new URL(options.externalUrl)
  if (external) configured.add(external.host.toLowerCase())

  function isOwnHost(host: string | undefined): boolean {
    if (host === undefined) return false
    const name = host.toLowerCase()
    if (configured.has(name)) return true
    const port = options.port()
    return ['127.0.0.1', 'localhost', '[::1]'].some((local) => name === `${local}:${port}` || (port === 80 && name === local))
  }

  return {
    url: () => external?.origin ?? options.url(),
    isOwnHost,
    isOwnOrigin(origin) {
      try {
        const { host, protocol } = new URL(origin)
        return (protocol === 'http:' || protocol === 'https:') && isOwnHost(host)
      } catch {
        return false
      }
    },
  }
}

/** DNS rebinding: a name that somebody else points at this machine is not ours, and its pages may not read what we answer. */
export function checkHost(request: FastifyRequest, own: OwnAddress): void {
  // Jobs elsewhere reach us under whatever port was free there; no name of anybody's leads to such a connection.
  if (own.isOwnHost(request.headers.host) || isOwnConnection(request.raw.socket)) return
  throw new PlimsollError('origin-refused', `This server does not answer as '${String(request.headers.host ?? '').slice(0, 200)}'.`, {
    remedy: `Use ${own.url()}, or start the server with this name among its allowed hosts.`,
  })
}

/**
 * A page of another origin may not make a browser act here, with or without its cookie. Another port of this machine is another origin,
 * although it is the same site (Fetch Metadata, `Sec-Fetch-Site: same-site`). What comes with a cookie has to prove where it comes from.
 */
export function checkOrigin(request: FastifyRequest, own: OwnAddress, options: { isStream: boolean }): void {
  if (isSafeMethod(request.method) && !options.isStream) return
  const { origin, 'sec-fetch-site': site } = request.headers
  const isForeign = (site !== undefined && site !== 'same-origin' && site !== 'none') || (origin !== undefined && !own.isOwnOrigin(origin))
  if (isForeign) throw new PlimsollError('origin-refused', 'This request comes from a page of another origin.')
  if (request.principal?.via === 'cookie' && site !== 'same-origin' && origin === undefined) {
    throw new PlimsollError('origin-refused', 'This request comes with a cookie and does not say from which page.')
  }
}
