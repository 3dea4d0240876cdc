import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { PlimsollError } from '@plimsoll/api'
import { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent, request } from 'undici'
import { type Access, accessElsewhere, authorizationHeader } from './access.ts'
import { allowedAddresses, allowedBehindProxy, type NetworkPolicy } from './network-policy.ts'
import { proxyFor } from './proxy.ts'

const maxHops = 6

export interface Credentials {
  username: string
  password: string
}

export interface OutsideRequest {
  policy: NetworkPolicy
  /** Default GET. Whatever else it is, it never follows a redirect to another host. */
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as it is; its type is a header of the caller's. */
  body?: string | Buffer
  headers?: Readonly<Record<string, string>>
  /** Sent to the host of the first URL only: credentials never follow a redirect to another host. */
  credentials?: Credentials
  /** An answer above this is broken off and refused. */
  maxBytes: number
  /** For the whole chain of redirects, in milliseconds; 30 s by default. */
  timeoutMs?: number
  signal?: AbortSignal
  /** Adds the authority that signs the host's certificate (PEM). */
  ca?: string
  /** Of the first URL's scheme, host and port; what lets us in there goes nowhere else. */
  access?: Access
}

export interface OutsideAnswer {
  status: number
  /** Lower-case names; of repeated headers the values joined by commas. */
  headers: Readonly<Record<string, string>>
  body: Buffer
  /** Where the last hop led. */
  url: URL
}

/**
 * Asks, or changes something. Each hop's host is resolved once, each of its addresses checked, and the connection made to what was checked. HTTPS never becomes HTTP.
 * Rejects with `repository-unreachable` for what cannot be reached or is not allowed, `manifest-too-large` above `maxBytes`; any HTTP status is an answer.
 */
export async function fetchOutside(url: URL, options: OutsideRequest): Promise<OutsideAnswer> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 30_000)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  let current = url
  let sent: Sent = { method: options.method ?? 'GET', ...(options.body !== undefined && { body: options.body }) }
  for (let hop = 0; hop < maxHops; hop++) {
    const answer = await ask(current, url, sent, options, signal)
    const { location } = answer.headers
    if (answer.status < 300 || answer.status > 399 || answer.status === 304 || location === undefined) return answer
    let next: URL
    try {
      next = new URL(location, current)
    } catch {
      throw unreachable(current, 'redirects to something that is no address')
    }
    if (next.protocol !== 'https:' && next.protocol !== current.protocol)
      throw unreachable(current, `redirects to a '${next.protocol}' address`)
    next.username = ''
    next.password = ''
    // See Other is an address to read (RFC 9110, 15.4.4); every other redirect repeats the request, which only the host that it was meant for may see.
    if (answer.status === 303) sent = { method: 'GET' }
    else if (sent.method !== 'GET' && next.host !== current.host) throw unreachable(current, `redirects a ${sent.method} to another host`)
    current = next
  }
  throw unreachable(url, 'redirects again and again')
}

interface Sent {
  method: NonNullable<OutsideRequest['method']>
  body?: string | Buffer
}

async function ask(url: URL, first: URL, sent: Sent, options: OutsideRequest, signal: AbortSignal): Promise<OutsideAnswer> {
  return dial(url, first, options, signal, async (dispatcher, headers) => {
    const answer = await request(url.origin + url.pathname + url.search, { ...sent, dispatcher, signal, headers })
    const body = await readWithin(answer.body, url, options.maxBytes)
    return { status: answer.statusCode, headers: flat(answer.headers), body, url }
  })
}

/** One request, whose redirect is not followed and whose body is not read. What lets us in goes with it only where `first` is the same address. */
export async function askOnce(
  url: URL,
  first: URL,
  options: Omit<OutsideRequest, 'maxBytes' | 'method' | 'body'>,
): Promise<Pick<OutsideAnswer, 'status' | 'headers'>> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 15_000)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  return dial(url, first, options, signal, async (dispatcher, headers) => {
    const answer = await request(url.origin + url.pathname + url.search, { dispatcher, signal, headers })
    answer.body.on('error', () => undefined).destroy()
    return { status: answer.statusCode, headers: flat(answer.headers) }
  })
}

async function dial<T>(
  url: URL,
  first: URL,
  options: Omit<OutsideRequest, 'maxBytes' | 'method' | 'body'>,
  signal: AbortSignal,
  work: (dispatcher: Dispatcher, headers: Record<string, string>) => Promise<T>,
): Promise<T> {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw unreachable(url, 'is neither http nor https')
  const isSameHost = url.host === first.host && url.protocol === first.protocol
  const { credentials, headers = {} } = options
  const given = options.access ?? {}
  const access = isSameHost ? given : accessElsewhere(given)
  const dispatcher = await dispatcherTo(url, access, options)
  try {
    return await work(dispatcher, {
      'user-agent': 'plimsoll',
      ...(isSameHost ? headers : withoutCredentials(headers)),
      ...(credentials && isSameHost && { authorization: authorizationHeader({ kind: 'basic', ...credentials }) }),
      ...(access.authorization && { authorization: authorizationHeader(access.authorization) }),
    })
  } catch (error) {
    if (error instanceof PlimsollError) throw error
    if (options.signal?.aborted) throw error
    if (signal.aborted) throw unreachable(url, `did not answer within ${(options.timeoutMs ?? 30_000) / 1000} s`)
    throw unreachable(
      url,
      `did not answer: ${error instanceof Error ? error.message || String(Reflect.get(error, 'code')) : String(error)}`,
    )
  } finally {
    void dispatcher.close().catch(() => undefined)
  }
}

/** Connects to the addresses that were checked and to no other, whatever the name means a moment later. */
async function dispatcherTo(url: URL, access: Access, { policy, ca }: Pick<OutsideRequest, 'policy' | 'ca'>): Promise<Dispatcher> {
  const host = hostOf(url)
  const authority = access.authorityOf?.(host) ?? ca
  const { certificate, key } = access.clientCertificate ?? {}
  const tls = {
    ...(authority !== undefined && { ca: authority }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
    ...(access.isInsecure && { rejectUnauthorized: false }),
  }
  const proxy = proxyFor(url, access.proxy)
  if (proxy) {
    if (!/^https?:$/.test(proxy.protocol)) {
      throw new PlimsollError(
        'repository-unreachable',
        `A proxy of the kind '${proxy.protocol.slice(0, -1)}' is for Git alone; ${url.origin} is asked over HTTP.`,
        {
          remedy: 'Name an http or https proxy.',
        },
      )
    }
    await allowedBehindProxy(host, policy)
    const addresses = await allowedAddresses(hostOf(proxy), policy)
    const authorityOfProxy = access.authorityOf?.(hostOf(proxy))
    return new ProxyAgent({
      uri: proxy.href,
      requestTls: tls,
      proxyTls: { lookup: pinnedTo(addresses), timeout: 10_000, ...(authorityOfProxy !== undefined && { ca: authorityOfProxy }) },
    })
  }
  const addresses = await allowedAddresses(host, policy)
  const hasProxy = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].some((name) => process.env[name])
  // A proxy of the operator's is dialled as it is; it resolves the names.
  if (hasProxy && access.proxy === undefined) return new EnvHttpProxyAgent({ requestTls: tls })
  return new Agent({ connect: { lookup: pinnedTo(addresses), timeout: 10_000, ...tls }, pipelining: 0 })
}

function pinnedTo(addresses: readonly string[]): LookupFunction {
  return (name, options, callback) => {
    if (addresses.length === 0) lookup(name, options, callback)
    else if (options.all === true)
      callback(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      )
    else callback(null, addresses[0] ?? '', isIP(addresses[0] ?? ''))
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

async function readWithin(body: AsyncIterable<Uint8Array>, url: URL, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes)
      throw new PlimsollError('manifest-too-large', `${shown(url)} answers with more than ${Math.round(maxBytes / 1e6)} MB.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), String(value)]])),
  )
}

/** GitLab has headers of its own for tokens. */
const credentialHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'private-token', 'job-token', 'deploy-token'])

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !credentialHeaders.has(name.toLowerCase())))
}

/** Never with user, password or query, which may be signed. */
function shown(url: URL): string {
  return `${url.origin}${url.pathname}`
}

function unreachable(url: URL, what: string): PlimsollError {
  return new PlimsollError('repository-unreachable', `${shown(url)} ${what}.`)
}
