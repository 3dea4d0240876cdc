import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { sendAnswer } from './answer.ts'
import { requestHeaders, responseHeaders } from './forwarded-headers.ts'
import type { Endpoint } from './service-endpoints.ts'

/** RFC 9110, 9.2.2. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

export interface ForwardOptions {
  agent: Agent
  /** Asked anew for each attempt: endpoints come and go. Undefined when there is none. */
  nextEndpoint(tried: ReadonlySet<string>): Endpoint | undefined
  /** Until the first byte of the answer. */
  timeoutMs: number
  mostBodyBytes: number
  /** The status that the client got, once. */
  onStatus(status: number): void
  /** A header for the client beyond the workload's. */
  note?: string | undefined
}

/** How often all endpoints are tried when none accepts a connection: one that is just starting, or just gone, is no reason to fail. */
const rounds = 4
const betweenRoundsMs = 120

/**
 * Passes a request on and its answer back, both as streams. An endpoint that refuses the connection is passed over, whatever the method:
 * nothing has been sent yet. One that breaks off before it answers is passed over only if the request may be repeated and had no body.
 */
export async function forwardRequest(request: IncomingMessage, response: ServerResponse, options: ForwardOptions): Promise<void> {
  const hasBody =
    request.headers['content-length'] !== undefined
      ? request.headers['content-length'] !== '0'
      : request.headers['transfer-encoding'] !== undefined
  const finish = (status: number, message: string) => {
    options.onStatus(status)
    sendAnswer(request, response, status, message)
  }
  if (Number(request.headers['content-length'] ?? 0) > options.mostBodyBytes)
    return finish(413, `the request's body is larger than ${options.mostBodyBytes} bytes`)

  let last = 'no endpoint accepts connections'
  for (let round = 0; round < rounds; round++) {
    const tried = new Set<string>()
    for (let endpoint = options.nextEndpoint(tried); endpoint; endpoint = options.nextEndpoint(tried)) {
      tried.add(`${endpoint.host}:${endpoint.port}`)
      const result = await attempt(request, response, endpoint, hasBody, options)
      if (result === 'done' || response.destroyed) return
      last = `pod ${endpoint.pod}: ${result.problem}`
      const mayRepeat = !result.isSent || (idempotent.has(request.method ?? '') && !hasBody)
      if (!mayRepeat || result.status !== 502) return finish(result.status, last)
    }
    if (tried.size === 0) break
    await new Promise((resolve) => setTimeout(resolve, betweenRoundsMs))
  }
  finish(502, last)
}

type Failure = { problem: string; status: 502 | 504 | 413; isSent: boolean }

function attempt(
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: Endpoint,
  hasBody: boolean,
  options: ForwardOptions,
): Promise<'done' | Failure> {
  return new Promise((resolve) => {
    let isSent = false
    let isAnswered = false
    let upstream: ClientRequest
    const fail = (problem: string, status: Failure['status'] = 502) => {
      upstream.destroy()
      if (isAnswered) {
        // Half an answer: the client must see that it is not whole.
        response.destroy()
        resolve('done')
      } else resolve({ problem, status, isSent })
    }
    try {
      upstream = httpRequest({
        host: endpoint.host,
        port: endpoint.port,
        method: request.method,
        path: request.url,
        headers: requestHeaders(request, { keepUpgrade: false }) as unknown as Record<string, string>,
        agent: options.agent,
        setHost: false,
      })
    } catch (error) {
      resolve({ problem: (error as Error).message, status: 502, isSent: false })
      return
    }
    const onClientGone = () => upstream.destroy()
    response.once('close', onClientGone)
    upstream.setTimeout(options.timeoutMs, () => isAnswered || fail(`no answer within ${options.timeoutMs / 1000} s`, 504))

    upstream.on('socket', (socket) => {
      const send = () => {
        if (!hasBody) {
          isSent = true
          return upstream.end()
        }
        if (upstream.destroyed) return
        isSent = true
        let bytes = 0
        request.on('data', (chunk: Buffer) => {
          if ((bytes += chunk.length) > options.mostBodyBytes) fail(`the request's body is larger than ${options.mostBodyBytes} bytes`, 413)
        })
        request.pipe(upstream)
        request.once('error', onClientGone)
      }
      if (socket.connecting) socket.once('connect', send)
      else send()
    })
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      response.removeListener('close', onClientGone)
      request.unpipe(upstream)
      fail(
        error.code === 'ECONNREFUSED' ? 'refused the connection' : error.code === 'ECONNRESET' ? 'broke the connection off' : error.message,
      )
    })
    upstream.on('response', (answer) => {
      isAnswered = true
      upstream.setTimeout(0)
      if (response.destroyed) return fail('the client is gone')
      options.onStatus(answer.statusCode ?? 502)
      const headers = responseHeaders(answer, { keepUpgrade: false })
      if (options.note) headers.push('X-Plimsoll-Note', options.note)
      try {
        response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers)
      } catch {
        return fail('answered with headers that cannot be passed on')
      }
      answer.pipe(response)
      answer.once('error', () => fail('broke off in the middle of its answer'))
      response.once('finish', () => resolve('done'))
      response.once('close', () => resolve('done'))
    })
  })
}
