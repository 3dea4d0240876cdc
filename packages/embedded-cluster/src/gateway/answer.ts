import type { IncomingMessage, ServerResponse } from 'node:http'

/** An answer of the gateway itself: for programs as JSON, for people as text. Marked, so that nobody takes it for the workload's. */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  details: Record<string, unknown> = {},
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const isJson = /\bjson\b/.test(request.headers.accept ?? '')
  const body = isJson ? `${JSON.stringify({ error: message, status, ...details })}\n` : `${message}\n`
  response.writeHead(status, {
    'Content-Type': isJson ? 'application/json' : 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Answered-By': 'plimsoll-gateway',
    ...(status === 503 ? { 'Retry-After': '1' } : {}),
    // What is left of the request's body would be taken for the next request.
    ...(request.complete ? {} : { Connection: 'close' }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
