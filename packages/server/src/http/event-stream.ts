import { type ErrorBody, errorBody, PlimsollError } from '@plimsoll/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenStreams } from './open-streams.ts'
import type { TokenFacts } from '../auth/tokens.ts'

/**
 * An answer that goes on: server-sent events where the client asks for them, else one JSON text a line, as grpc-gateway does it.
 * Each message is `{"result": …}`, a failure `{"error": …}`.
 */
export interface EventStream {
  readonly isServerSent: boolean
  readonly isClosed: boolean
  /** False when the reader is slower than we are: wait with `drained` and tell the newest then. `json` is the result, already as text. */
  send(json: string): boolean
  /** A named event for those that know it; nothing where there are no names. */
  sendNamed(name: string, json: string): void
  /** Resolves when the reader has caught up, or the stream has ended. */
  drained(): Promise<void>
  fail(error: PlimsollError): void
  end(): void
  onClosed(run: () => void): void
  /** Aborts when the stream ends. */
  readonly signal: AbortSignal
}

const heartbeatMs = 15_000
/** A reader that takes nothing for so long is not there: it will come back and read everything anew. */
const stuckAfterMs = 60_000

export function openEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  streams: OpenStreams,
  facts: TokenFacts,
  stillMay?: () => boolean,
): EventStream {
  const isServerSent = (request.headers.accept ?? '').includes('text/event-stream')
  streams.checkRoom(facts)
  reply.hijack()
  const response = reply.raw
  const closed = new AbortController()
  let drain: Promise<void> | undefined
  let stuck: NodeJS.Timeout | undefined

  response.writeHead(200, {
    'content-type': isServerSent ? 'text/event-stream; charset=utf-8' : 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  response.flushHeaders()
  const heartbeat = isServerSent ? setInterval(() => void write(':\n\n'), heartbeatMs) : undefined
  const remove = streams.add(
    facts,
    (reason) => (reason === undefined ? stream.end() : stream.fail(new PlimsollError('unauthenticated', reason))),
    stillMay,
  )
  response.on('close', close)
  // A reader that goes away is no failure of ours.
  response.on('error', close)

  function close(): void {
    clearInterval(heartbeat)
    clearTimeout(stuck)
    remove()
    closed.abort()
  }

  function write(text: string): boolean {
    if (closed.signal.aborted || response.writableEnded) return false
    const isTaken = response.write(text)
    if (!isTaken && !drain) {
      stuck = setTimeout(() => response.destroy(), stuckAfterMs)
      drain = new Promise((resolve) => {
        const done = () => {
          clearTimeout(stuck)
          drain = undefined
          response.off('drain', done)
          closed.signal.removeEventListener('abort', done)
          resolve()
        }
        response.once('drain', done)
        closed.signal.addEventListener('abort', done, { once: true })
      })
    }
    return isTaken
  }

  const stream: EventStream = {
    isServerSent,
    get isClosed() {
      return closed.signal.aborted
    },
    send: (json) => write(isServerSent ? `data: {"result":${json}}\n\n` : `{"result":${json}}\n`),
    sendNamed(name, json) {
      if (isServerSent) write(`event: ${name}\ndata: ${json}\n\n`)
    },
    drained: () => drain ?? Promise.resolve(),
    fail(error) {
      const body: ErrorBody & { http_code: number } = { ...errorBody(error, request.id), http_code: error.facts.status }
      write(isServerSent ? `data: ${JSON.stringify({ error: body })}\n\n` : `${JSON.stringify({ error: body })}\n`)
      stream.end()
    },
    end() {
      if (!response.writableEnded) response.end()
      close()
      // A reader that does not read would keep the connection for ever.
      setTimeout(() => response.destroy(), 2000).unref()
    },
    onClosed(run) {
      if (closed.signal.aborted) run()
      else closed.signal.addEventListener('abort', run, { once: true })
    },
    signal: closed.signal,
  }
  return stream
}
