import { type Dispatcher, Pool, ProxyAgent } from 'undici'
import type { WebSocket } from 'ws'
import { AdaptiveLimit, type Turn } from './adaptive-limit.ts'
import { apiError, codeOf, connectionError, type RequestFacts } from './cluster-error.ts'
import { KubeApiError, KubeConnectionError } from './kube-client.ts'
import type { ClusterAccess, Credentials } from './kubeconfig.ts'
import { openWebSocket } from './web-socket.ts'

export interface ClusterRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  query?: Record<string, string | number | boolean | undefined>
  body?: string
  contentType?: string
  accept?: string
  impersonate?: string
  signal?: AbortSignal
  /** For the whole answer, from sending to its last byte. Default 30 s. */
  timeoutMs?: number
  /** Sent again after a connection broke under way: reads, and writes that say the same when repeated. */
  repeatable: boolean
}

export interface ConnectionLimits {
  maxAnswerBytes: number
  maxAttempts: number
}

const defaults: ConnectionLimits = { maxAnswerBytes: 400 * 1024 * 1024, maxAttempts: 5 }
const defaultTimeoutMs = 30_000
/** HTTP to one cluster: connection pools, credentials that renew themselves, retries where they are safe, errors in words. */
export class ClusterConnection {
  readonly #access: ClusterAccess
  readonly #limits: ConnectionLimits
  readonly #origin: string
  readonly #basePath: string
  #pools: { key: string; requests: Dispatcher; streams: Dispatcher } | undefined
  readonly #sockets = new Set<WebSocket>()
  readonly #limit = new AdaptiveLimit()
  #closed = false

  constructor(access: ClusterAccess, limits: Partial<ConnectionLimits> = {}) {
    this.#access = access
    this.#limits = { ...defaults, ...limits }
    const url = new URL(access.server)
    this.#origin = url.origin
    this.#basePath = url.pathname.replace(/\/+$/, '')
  }

  get server(): string {
    return this.#access.server
  }

  /** The body as text. Rejects with `KubeApiError`, `KubeConnectionError` or the reason of an aborted signal. */
  async request(request: ClusterRequest): Promise<{ text: string; contentType: string }> {
    const deadline = Date.now() + (request.timeoutMs ?? defaultTimeoutMs)
    let renewed = false
    for (let attempt = 1; ; attempt++) {
      const credentials = await this.#access.credentials()
      const facts = this.#factsOf(request, credentials)
      const turn = await this.#turn(request, deadline, facts)
      let status = 0
      let retryAfterMs: number | undefined
      let text: string
      let contentType: string
      try {
        const answer = await this.#send(request, credentials, deadline)
        status = answer.status
        retryAfterMs = retryAfterOf(answer.headers['retry-after'])
        text = answer.text
        contentType = String(answer.headers['content-type'] ?? '')
        turn.end(status === 429 || (status === 503 && retryAfterMs !== undefined) ? 'overloaded' : 'answered', retryAfterMs)
      } catch (error) {
        turn.end(request.signal?.aborted || !timeoutCodes.has(codeOf(error)) ? 'unknown' : 'overloaded')
        request.signal?.throwIfAborted()
        const repeat = request.repeatable && isBrokenConnection(error) && attempt < 3
        if (!repeat || Date.now() >= deadline) throw connectionError(error, facts)
        await pause(jitter(50 * attempt), request.signal)
        continue
      }
      if (status < 400) return { text, contentType }
      if (status === 401 && !renewed) {
        renewed = true
        await this.#access.renew(credentials)
        continue
      }
      const waitMs = pauseBefore(status, retryAfterMs, attempt, request.repeatable)
      // Who is refused for being one too many is let in sooner or later: how often it was asked says nothing.
      const mayRepeat = status === 429 || attempt < this.#limits.maxAttempts
      if (waitMs !== undefined && mayRepeat && Date.now() + waitMs < deadline) {
        await pause(waitMs, request.signal)
        continue
      }
      throw apiError(status, text, facts)
    }
  }

  /** A body without end, once its headers are there. No time-out, except `guardMs` for the whole of it. */
  async stream(request: Omit<ClusterRequest, 'repeatable'> & { guardMs?: number }): Promise<AsyncIterable<Uint8Array>> {
    let renewed = false
    for (;;) {
      const credentials = await this.#access.credentials()
      const facts = this.#factsOf(request, credentials)
      const abort = linkedAbort(request.signal, request.guardMs)
      try {
        const answer = await this.#poolsFor(credentials).streams.request({
          ...this.#dispatchOptions(request, credentials),
          signal: abort.signal,
          headersTimeout: 0,
          bodyTimeout: 0,
        })
        if (answer.statusCode < 400) return guarded(answer.body, abort, request.signal, facts)
        const retryAfterMs = retryAfterOf(answer.headers['retry-after'])
        if (answer.statusCode === 429 && retryAfterMs !== undefined) this.#limit.pause(retryAfterMs)
        const text = await readText(answer.body, 1024 * 1024)
        abort.release()
        if (answer.statusCode === 401 && !renewed) {
          renewed = true
          await this.#access.renew(credentials)
          continue
        }
        throw apiError(answer.statusCode, text, facts)
      } catch (error) {
        abort.release()
        request.signal?.throwIfAborted()
        if (error instanceof Error && error.name === 'KubeApiError') throw error
        throw connectionError(error, facts)
      }
    }
  }

  /** One with both directions open. Rejects as a request does. */
  async socket(request: { path: string; query: URLSearchParams; protocols: readonly string[] }): Promise<WebSocket> {
    const { path, query, protocols } = request
    for (let renewed = false; ; renewed = true) {
      if (this.#closed) throw new KubeConnectionError(`The client for the cluster at ${this.#access.server} is closed.`)
      const credentials = await this.#access.credentials()
      const url = new URL(`${this.#origin}${this.#basePath}${path}?${query.toString()}`)
      try {
        const socket = await openWebSocket(url, protocols, credentials, this.#factsOf({ method: 'GET', path }, credentials))
        this.#sockets.add(socket)
        socket.once('close', () => this.#sockets.delete(socket))
        return socket
      } catch (error) {
        if (!(error instanceof KubeApiError && error.code === 401) || renewed) throw error
        await this.#access.renew(credentials)
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const socket of this.#sockets) socket.terminate()
    await Promise.all([this.#pools?.requests.destroy(), this.#pools?.streams.destroy()])
  }

  async #send(
    request: ClusterRequest,
    credentials: Credentials,
    deadline: number,
  ): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string }> {
    const remainingMs = Math.max(1, deadline - Date.now())
    const abort = linkedAbort(request.signal, remainingMs)
    try {
      const answer = await this.#poolsFor(credentials).requests.request({
        ...this.#dispatchOptions(request, credentials),
        signal: abort.signal,
        headersTimeout: remainingMs,
        bodyTimeout: remainingMs,
      })
      return { status: answer.statusCode, headers: answer.headers, text: await readText(answer.body, this.#limits.maxAnswerBytes) }
    } finally {
      abort.release()
    }
  }

  #dispatchOptions(request: Omit<ClusterRequest, 'repeatable'>, credentials: Credentials) {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(request.query ?? {})) if (value !== undefined && value !== '') query.set(name, String(value))
    const search = query.size > 0 ? `?${query.toString()}` : ''
    return {
      origin: this.#origin,
      path: `${this.#basePath}${request.path}${search}`,
      method: request.method,
      headers: {
        ...credentials.headers,
        accept: request.accept ?? 'application/json',
        'user-agent': 'plimsoll/0.1',
        ...(request.impersonate !== undefined && { 'impersonate-user': request.impersonate }),
        ...(request.body !== undefined && { 'content-type': request.contentType ?? 'application/json' }),
      },
      ...(request.body !== undefined && { body: request.body }),
    }
  }

  #factsOf(request: Pick<ClusterRequest, 'method' | 'path'>, credentials: Credentials): RequestFacts {
    return {
      server: this.#access.server,
      origin: this.#access.origin,
      method: request.method,
      path: request.path,
      secrets: credentials.secrets,
    }
  }

  async #turn({ signal }: ClusterRequest, deadline: number, facts: RequestFacts): Promise<Turn> {
    try {
      return await this.#limit.enter({ deadline, ...(signal && { signal }) })
    } catch (error) {
      if (error instanceof KubeApiError) throw apiError(error.code, error.message, facts)
      throw error
    }
  }

  /** New pools when certificates change; the old ones finish what they carry. */
  #poolsFor(credentials: Credentials): { requests: Dispatcher; streams: Dispatcher } {
    if (this.#closed) throw new KubeConnectionError(`The client for the cluster at ${this.#access.server} is closed.`)
    if (this.#pools?.key === credentials.poolKey) return this.#pools
    const old = this.#pools
    this.#pools = {
      key: credentials.poolKey,
      requests: this.#dispatcher(credentials),
      streams: this.#dispatcher(credentials),
    }
    old?.requests.close().catch(() => undefined)
    old?.streams.close().catch(() => undefined)
    return this.#pools
  }

  #dispatcher(credentials: Credentials): Dispatcher {
    // How many there are at once the limit says.
    const options = { connections: null, pipelining: 1, keepAliveTimeout: 20_000, keepAliveMaxTimeout: 60_000, allowH2: false }
    // A peer that is gone without a word is noticed by TCP keep-alive: watches have no time-out.
    const connect = { ...credentials.tls, timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000 }
    if (credentials.proxyUrl === undefined) return new Pool(this.#origin, { ...options, connect })
    if (!/^https?:/.test(credentials.proxyUrl)) {
      throw new KubeConnectionError(
        `${this.#access.origin.name} reaches ${this.#access.server} through ${new URL(credentials.proxyUrl).protocol}//…: only http and https proxies are supported.`,
      )
    }
    return new ProxyAgent({
      uri: credentials.proxyUrl,
      requestTls: connect,
      // The proxy is dialled from here; what is behind it, from there.
      ...(credentials.tls.lookup && { proxyTls: { lookup: credentials.tls.lookup } }),
      pipelining: 1,
      clientFactory: (origin, factoryOptions) => new Pool(origin, { ...factoryOptions, connections: null }),
    })
  }
}

/** Undefined: do not repeat. A 429 was refused before it had an effect, so any request may be repeated; others only when they say the same twice. */
function pauseBefore(status: number, retryAfterMs: number | undefined, attempt: number, repeatable: boolean): number | undefined {
  // The limit keeps everybody waiting as long as the cluster has asked for.
  if (status === 429) return jitter(retryAfterMs === undefined ? Math.min(4000, 200 * 2 ** attempt) : Math.min(1000, 10 * attempt))
  if (repeatable && retryAfterMs !== undefined && (status === 500 || status === 503 || status === 504)) return jitter(retryAfterMs)
  return undefined
}

/** No whole answer in time. */
const timeoutCodes = new Set(['REQUEST_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterOf(header: string | string[] | undefined): number | undefined {
  const value = Array.isArray(header) ? header[0] : header
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

/** Never earlier than asked for, so that clients that were refused together do not come back together. */
function jitter(ms: number): number {
  return ms * (1 + Math.random() * 0.5) + Math.random() * 20
}

function isBrokenConnection(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(codeOf(error))
}

async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw new KubeConnectionError(`The cluster sent an answer of more than ${maxBytes} bytes.`)
    chunks.push(chunk)
  }
  return (chunks.length === 1 ? Buffer.from(chunks[0] ?? []) : Buffer.concat(chunks)).toString('utf8')
}

interface LinkedAbort {
  signal: AbortSignal
  release(): void
}

/** A signal that follows `outer` and a time. Released by hand: `AbortSignal.any` keeps a long-lived outer signal's listeners for ever. */
function linkedAbort(outer: AbortSignal | undefined, timeoutMs: number | undefined): LinkedAbort {
  const controller = new AbortController()
  const follow = () => controller.abort(outer?.reason)
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => controller.abort(timeoutError(timeoutMs)), timeoutMs)
  if (outer?.aborted) follow()
  else outer?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', follow)
    },
  }
}

function timeoutError(ms: number): Error {
  return Object.assign(new Error(`no whole answer within ${Math.round(ms)} ms`), { code: 'REQUEST_TIMEOUT' })
}

/** Ends silently when the caller aborted, with a `KubeConnectionError` when the connection broke. */
async function* guarded(
  body: AsyncIterable<Uint8Array>,
  abort: LinkedAbort,
  outer: AbortSignal | undefined,
  facts: RequestFacts,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk
  } catch (error) {
    if (outer?.aborted) return
    throw connectionError(abort.signal.aborted ? abort.signal.reason : error, facts)
  } finally {
    abort.release()
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
