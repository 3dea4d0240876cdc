import type { IncomingMessage } from 'node:http'

/** RFC 9110, 7.6.1: about one connection, not about the message. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** What we say about the client ourselves: a client must not say it about itself. */
const forwarding = new Set(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'x-real-ip'])
const consoleCookie = /^(?:__Host-|__Secure-)?plimsoll\./i
const consoleHeader = /^(?:x-)?plimsoll-/i

/** Raw header pairs for a workload: nothing of the console's, nothing of this connection's, and who is asking. */
export function requestHeaders(request: IncomingMessage, options: { keepUpgrade: boolean }): string[] {
  const { rawHeaders } = request
  const dropped = droppedNames(request.headers.connection)
  const headers: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const value = rawHeaders[at + 1] ?? ''
    const key = name.toLowerCase()
    if (dropped.has(key) || forwarding.has(key) || consoleHeader.test(key)) continue
    if (key === 'authorization' && isConsoleCredential(value)) continue
    if (key === 'cookie') {
      const kept = value.split(';').filter((pair) => !consoleCookie.test(pair.trim()))
      if (kept.length > 0) headers.push(name, kept.join(';').trim())
      continue
    }
    headers.push(name, value)
  }
  if (options.keepUpgrade) headers.push('Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? '')
  if (request.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked')
  const host = request.headers.host ?? ''
  headers.push('X-Forwarded-For', request.socket.remoteAddress ?? '', 'X-Forwarded-Host', host, 'X-Forwarded-Proto', 'http')
  return headers
}

/** Raw header pairs for the client. A workload must not set the console's cookies, nor have them cleared. */
export function responseHeaders(response: IncomingMessage, options: { keepUpgrade: boolean }): string[] {
  const dropped = droppedNames(response.headers.connection)
  const headers: string[] = []
  for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) {
    const name = response.rawHeaders[at] ?? ''
    const value = response.rawHeaders[at + 1] ?? ''
    const key = name.toLowerCase()
    if (dropped.has(key) || key === 'clear-site-data') continue
    if (key === 'set-cookie' && consoleCookie.test(value.trim())) continue
    headers.push(name, value)
  }
  if (options.keepUpgrade) headers.push('Connection', 'Upgrade', 'Upgrade', response.headers.upgrade ?? '')
  return headers
}

function droppedNames(connection: string | undefined): Set<string> {
  const names = new Set(hopByHop)
  // What the sender names here is for us alone. Content-Length and Host are never: to drop them would change the message.
  for (const name of (connection ?? '').toLowerCase().split(',')) {
    const key = name.trim()
    if (key !== 'content-length' && key !== 'host') names.add(key)
  }
  return names
}

/** A token that Plimsoll has issued says so itself (JWT, `iss`), as bearer token or as a password. Other credentials are the workload's. */
function isConsoleCredential(value: string): boolean {
  const [scheme = '', credential = ''] = value.trim().split(/\s+/, 2)
  if (/^basic$/i.test(scheme)) {
    const text = Buffer.from(credential, 'base64').toString()
    return isConsoleToken(text.slice(text.indexOf(':') + 1))
  }
  return isConsoleToken(credential)
}

function isConsoleToken(token: string): boolean {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return false
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss?: unknown; aud?: unknown } | null
    return claims?.iss === 'plimsoll' || String(claims?.aud).startsWith('plimsoll')
  } catch {
    return false
  }
}
