import { request as httpRequest, STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { requestHeaders, responseHeaders } from './forwarded-headers.ts'
import type { Endpoint } from './service-endpoints.ts'

/** Passes a WebSocket (or any other upgrade) on: the handshake as messages, then bytes both ways. */
export function forwardUpgrade(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  endpoint: Endpoint,
  timeoutMs: number,
): Promise<number> {
  return new Promise((resolve) => {
    const refuse = (status: number, message: string) => {
      refuseUpgrade(client, status, message)
      resolve(status)
    }
    const upstream = httpRequest({
      host: endpoint.host,
      port: endpoint.port,
      method: request.method,
      path: request.url,
      headers: requestHeaders(request, { keepUpgrade: true }) as unknown as Record<string, string>,
      agent: false,
      setHost: false,
    })
    client.on('error', () => upstream.destroy())
    client.once('close', () => upstream.destroy())
    upstream.setTimeout(timeoutMs, () => upstream.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
    upstream.on('error', (error) => refuse(502, `pod ${endpoint.pod}: ${error.message}`))
    upstream.on('upgrade', (answer, server, serverHead) => {
      server.setTimeout(0)
      client.write(headOf(101, responseHeaders(answer, { keepUpgrade: true })))
      if (serverHead.length > 0) client.write(serverHead)
      if (head.length > 0) server.write(head)
      server.on('error', () => client.destroy())
      server.once('close', () => client.destroy())
      client.once('close', () => server.destroy())
      server.pipe(client)
      client.pipe(server)
      resolve(101)
    })
    upstream.on('response', (answer) => {
      // It does not want to: the client gets its answer as it is, and the end of the connection.
      const status = answer.statusCode ?? 502
      client.write(headOf(status, [...responseHeaders(answer, { keepUpgrade: false }), 'Connection', 'close']))
      answer.on('error', () => client.destroy())
      answer.pipe(client)
      resolve(status)
    })
    upstream.end()
  })
}

export function refuseUpgrade(client: Duplex, status: number, message: string): void {
  const body = `${message}\n`
  client.on('error', () => client.destroy())
  client.end(
    headOf(status, [
      'Content-Type',
      'text/plain; charset=utf-8',
      'Content-Length',
      String(Buffer.byteLength(body)),
      'Connection',
      'close',
    ]) + body,
  )
}

function headOf(status: number, headers: string[]): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let at = 0; at + 1 < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`
  return `${text}\r\n`
}
