import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { KubeObject } from '@plimsoll/kube'
import type { NodeAgent } from '../../contract.ts'
import { asFailure, badRequest } from '../api-failure.ts'
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts'

/** Ports over SPDY: per connection of the client, an `error` and a `data` stream with one request id (kubelet `portforward/httpstream.go`). */
export function forwardOverSpdy(transport: Duplex, pod: KubeObject, node: NodeAgent): void {
  const waiting = new Map<string, { error?: SpdyStream; data?: SpdyStream }>()
  const connection = new SpdyConnection(transport, (stream) => {
    const type = stream.headers.get('streamtype')
    const port = Number(stream.headers.get('port'))
    if ((type !== 'error' && type !== 'data') || !isPort(port)) {
      connection.reset(stream.id)
      stream.destroy()
      return
    }
    // Clients of long ago send no request id: then the data stream follows its error stream.
    const id = stream.headers.get('requestid') ?? String(type === 'error' ? stream.id : stream.id - 2)
    const pair = waiting.get(id) ?? {}
    pair[type] = stream
    waiting.set(id, pair)
    if (pair.error === undefined || pair.data === undefined) return
    waiting.delete(id)
    forward(pod, node, port, pair.data, pair.error).catch(() => connection.close())
  })
}

async function forward(pod: KubeObject, node: NodeAgent, port: number, data: SpdyStream, error: SpdyStream): Promise<void> {
  error.resume()
  let target: Duplex
  try {
    target = await node.connect(pod, port)
  } catch (failed) {
    const { name, namespace } = pod.metadata
    error.end(`error forwarding port ${port} to pod ${name}_${namespace ?? ''}: ${asFailure(failed).message}`)
    data.end()
    data.resume()
    return
  }
  join(data, target)
  data.once('close', () => target.destroy())
  target.once('close', () => {
    if (!error.writableEnded) error.end()
    if (!data.writableEnded) data.end()
  })
}

function join(client: Duplex, target: Duplex): void {
  target.on('error', () => target.destroy())
  client.on('error', () => client.destroy())
  client.pipe(target)
  target.pipe(client)
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65_536
}

/** As in the query of a port-forward over plain WebSockets. Throws 400. */
export function portsOf(params: URLSearchParams): number[] {
  const ports = params
    .getAll('ports')
    .flatMap((text) => text.split(','))
    .map(Number)
  if (ports.length === 0 || ports.length > 64 || !ports.every(isPort)) throw badRequest('query parameter "ports" must list port numbers')
  return ports
}

/** Ports over `v4.channel.k8s.io`: channel 2n carries data, 2n+1 errors; both begin with the port (kubelet `portforward/websocket.go`). */
export async function forwardOverWebSocket(socket: WebSocket, ports: readonly number[], pod: KubeObject, node: NodeAgent): Promise<void> {
  // Nothing is read from the client before there is somebody to give it to.
  socket.pause()
  socket.on('error', () => socket.terminate())
  const targets = await Promise.all(ports.map((port) => node.connect(pod, port).catch((error: unknown) => asFailure(error))))
  const send = (channel: number, data: Buffer): Promise<void> =>
    new Promise((resolve) => socket.send(Buffer.concat([Buffer.of(channel), data]), { binary: true }, () => resolve()))
  for (const [index, port] of ports.entries()) {
    const announced = Buffer.alloc(2)
    announced.writeUInt16LE(port)
    await send(index * 2, announced)
    await send(index * 2 + 1, announced)
    const target = targets[index]
    if (target === undefined) continue
    if (target instanceof Error) {
      await send(index * 2 + 1, Buffer.from(target.message))
      continue
    }
    target.on('error', () => target.destroy())
    target.on('data', (chunk: Buffer) => {
      target.pause()
      send(index * 2, chunk)
        .then(() => target.resume())
        .catch(() => target.destroy())
    })
  }
  socket.on('message', (message: Buffer) => {
    const target = targets[(message[0] ?? 0) / 2]
    if (target === undefined || target instanceof Error || target.destroyed) return
    if (!target.write(message.subarray(1))) {
      socket.pause()
      target.once('drain', () => socket.resume())
    }
  })
  socket.resume()
  const open = targets.filter((target): target is Duplex => !(target instanceof Error))
  socket.on('close', () => {
    for (const target of open) target.destroy()
  })
  // As the kubelet does: with the last of its ports, the connection ends.
  await Promise.all(open.filter((target) => !target.closed).map((target) => new Promise((resolve) => target.once('close', resolve))))
  socket.close(1000)
}
