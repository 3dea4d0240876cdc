import { request as requestHttp } from 'node:http'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { type ClientOptions, WebSocket } from 'ws'
import { apiError, connectionError, type RequestFacts } from './cluster-error.ts'
import { KubeConnectionError } from './kube-client.ts'
import type { Credentials } from './kubeconfig.ts'

const handshakeTimeoutMs = 30_000
const largestMessage = 64 * 1024 * 1024
const largestRefusal = 64 * 1024

/** A WebSocket to a cluster, paused. Rejects as every request does, with the words of whoever has refused. */
export async function openWebSocket(
  url: URL,
  protocols: readonly string[],
  credentials: Credentials,
  facts: RequestFacts,
): Promise<WebSocket> {
  const options: ClientOptions = {
    ...credentials.tls,
    headers: { ...credentials.headers, 'user-agent': 'plimsoll/0.1' },
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: largestMessage,
    perMessageDeflate: false,
    followRedirects: false,
  }
  if (credentials.proxyUrl !== undefined) {
    const socket = await throughProxy(credentials.proxyUrl, url, facts)
    const servername = credentials.tls.servername ?? url.hostname
    Object.assign(options, {
      createConnection: () => (url.protocol === 'https:' ? connectTls({ ...credentials.tls, socket, servername }) : socket),
    })
  }
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, [...protocols], options)
    socket.once('open', () => {
      // What comes first must find whoever listens.
      socket.pause()
      resolve(socket)
    })
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= largestRefusal) chunks.push(chunk)
      })
      response.once('close', () => {
        reject(apiError(response.statusCode ?? 500, Buffer.concat(chunks).toString('utf8'), facts))
        socket.terminate()
      })
    })
    // Also what comes later has a listener, or it would end the process.
    socket.on('error', (error) => reject(connectionError(error, facts)))
  })
}

/** RFC 9110, 9.3.6: CONNECT. */
function throughProxy(proxyUrl: string, target: URL, facts: RequestFacts): Promise<Duplex> {
  const proxy = new URL(proxyUrl)
  if (proxy.protocol !== 'http:')
    throw new KubeConnectionError(`The kubeconfig reaches ${facts.server} through ${proxy.protocol}//…: for commands in containers only http proxies are supported.`) // prettier-ignore
  const authority = `${target.hostname}:${target.port === '' ? (target.protocol === 'https:' ? 443 : 80) : target.port}`
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return new Promise((resolve, reject) => {
    const asked = requestHttp({
      host: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(login !== ':' && { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }) },
      timeout: handshakeTimeoutMs,
    })
    asked.once('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(new KubeConnectionError(`The proxy at ${proxy.host} does not let us through to ${facts.server}: HTTP ${response.statusCode}.`))
    })
    asked.once('timeout', () => asked.destroy(new Error(`the proxy at ${proxy.host} did not answer in time`)))
    asked.once('error', (error) => reject(connectionError(error, facts)))
    asked.end()
  })
}
