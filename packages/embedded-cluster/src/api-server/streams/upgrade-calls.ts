import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { KubeObject } from '@plimsoll/kube'
import type { ExecOptions, NodeAgent } from '../../contract.ts'
import { asFailure, badRequest, failure, notFound, statusOf, unknownPath } from '../api-failure.ts'
import { requestPathOf } from '../http-api.ts'
import { refuseUpgrade } from '../http-server.ts'
import type { KindDefinition } from '../kind-registry.ts'
import { spdyChannels, webSocketChannels } from './command-channels.ts'
import { forwardOverSpdy, forwardOverWebSocket, portsOf } from './port-forward.ts'
import { commandOptions, runCommand, startCommand } from './remote-command.ts'
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts'
import { webSocketTransport } from './web-socket-transport.ts'

export interface UpgradeCallOptions {
  pods: () => KindDefinition | undefined
  podOf(namespace: string, name: string): KubeObject | undefined
  node: () => NodeAgent | undefined
}

/** Best first. */
const commandProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io'
/** How long a client may take to open the streams of its command. */
const streamTimeoutMs = 30_000
const maxMessageBytes = 4 * 1024 * 1024

/**
 * Exec, attach and port-forward. kubectl up to 1.29 upgrades to SPDY/3.1; since 1.30 (exec) and 1.31 (port-forward) it tries WebSockets first,
 * port-forward as SPDY inside of one, and falls back to SPDY when the answer is not an upgrade.
 */
export class UpgradeCalls {
  readonly #options: UpgradeCallOptions
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => [...commandProtocols, tunnelProtocol].find((protocol) => offered.has(protocol)) ?? false,
  })
  readonly #open = new Set<Duplex>()

  constructor(options: UpgradeCallOptions) {
    this.#options = options
  }

  /** Answers every request to upgrade, failures included. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    this.#handle(request, socket, head).catch((error: unknown) => {
      const failed = asFailure(error)
      refuseUpgrade(socket, failed.code, failed.reason, JSON.stringify(statusOf(failed)))
    })
  }

  close(): void {
    for (const socket of this.#open) socket.destroy()
  }

  async #handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { path, params } = requestPathOf(request)
    if (path.type !== 'resource' || path.group !== '' || path.plural !== 'pods' || path.namespace === undefined || path.name === undefined)
      throw unknownPath()
    const { subresource } = path
    if (subresource !== 'exec' && subresource !== 'attach' && subresource !== 'portforward') throw unknownPath()
    const node = this.#options.node()
    if (node === undefined) throw failure(503, 'ServiceUnavailable', 'the node does not answer')
    const pod = this.#options.podOf(path.namespace, path.name)
    const pods = this.#options.pods()
    if (pod === undefined) throw pods === undefined ? unknownPath() : notFound(pods, path.name)
    const upgrade = (request.headers.upgrade ?? '').toLowerCase()
    if (upgrade !== 'websocket' && upgrade !== 'spdy/3.1')
      throw badRequest(`upgrade to ${JSON.stringify(upgrade)} is not supported: use websocket or SPDY/3.1`)

    if (subresource === 'portforward') {
      if (upgrade === 'spdy/3.1') forwardOverSpdy(acceptSpdy(request, socket, head, ['portforward.k8s.io']), pod, node)
      else if (offers(request, tunnelProtocol)) forwardOverSpdy(webSocketTransport(await this.#accept(request, socket, head)), pod, node)
      else {
        const ports = portsOf(params)
        await forwardOverWebSocket(await this.#accept(request, socket, head), ports, pod, node)
      }
      return
    }
    const isExec = subresource === 'exec'
    const options = commandOptions(params, isExec)
    // Started before the upgrade: what goes wrong here is still an HTTP answer.
    const session = await startCommand(node, pod, options, isExec)
    try {
      if (upgrade === 'websocket') {
        const webSocket = await this.#accept(request, socket, head)
        const channels = webSocketChannels(webSocket)
        // An empty message tells the client that the connection stands.
        if (options.stdout) await channels.write('stdout', Buffer.alloc(0))
        await runCommand(session, channels, options)
      } else {
        const transport = acceptSpdy(request, socket, head, ['v4.channel.k8s.io'])
        const { streams, connection } = await openStreams(transport, options)
        await runCommand(session, spdyChannels(streams, connection), options)
      }
    } catch (error) {
      session.kill()
      socket.destroy()
      if (!(error instanceof StreamsMissing)) throw error
    }
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket> {
    return new Promise((resolve) => this.#webSockets.handleUpgrade(request, socket, head, resolve))
  }
}

class StreamsMissing extends Error {}

function offers(request: IncomingMessage, protocol: string): boolean {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').some((offered) => offered.trim() === protocol)
}

/** Throws 403 when the client offers no protocol that we speak, as a real server does. */
function acceptSpdy(request: IncomingMessage, socket: Duplex, head: Buffer, spoken: readonly string[]): Duplex {
  const header = request.headers['x-stream-protocol-version'] ?? ''
  const offered = (Array.isArray(header) ? header.join(',') : header).split(',').map((item) => item.trim())
  const protocol = spoken.find((each) => offered.includes(each))
  if (protocol === undefined)
    throw failure(
      403,
      'Forbidden',
      `unable to upgrade: unable to negotiate protocol: client supports ${JSON.stringify(offered)}, server accepts ${JSON.stringify(spoken)}`,
    )
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  )
  if (head.length > 0) socket.unshift(head)
  return socket
}

/** Waits until the client has opened every stream that its query promised. */
function openStreams(transport: Duplex, options: ExecOptions): Promise<{ streams: Map<string, SpdyStream>; connection: SpdyConnection }> {
  const expected = new Set(['error'])
  if (options.stdin) expected.add('stdin')
  if (options.stdout) expected.add('stdout')
  if (options.stderr) expected.add('stderr')
  if (options.tty) expected.add('resize')
  return new Promise((resolve, reject) => {
    const streams = new Map<string, SpdyStream>()
    const timer = setTimeout(() => {
      connection.close()
      reject(new StreamsMissing('the client did not open its streams in time'))
    }, streamTimeoutMs)
    const connection = new SpdyConnection(transport, (stream) => {
      const type = stream.headers.get('streamtype') ?? ''
      streams.set(type, stream)
      if (type === 'error') stream.resume()
      expected.delete(type)
      if (expected.size > 0) return
      clearTimeout(timer)
      resolve({ streams, connection })
    })
    connection.closed
      .then(() => {
        clearTimeout(timer)
        reject(new StreamsMissing('the client went away'))
      })
      .catch(reject)
  })
}
