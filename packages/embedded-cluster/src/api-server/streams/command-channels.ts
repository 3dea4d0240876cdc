import { PassThrough, type Readable } from 'node:stream'
import type { WebSocket } from 'ws'
import type { KubeStatus } from '@plimsoll/kube'
import type { TerminalSize } from '../../contract.ts'
import type { SpdyStream } from './spdy-connection.ts'

/** The client's side of a command, over whichever transport. */
export interface CommandChannels {
  /** Ends when the client closes its input. Never data when it asked for none. */
  stdin: Readable
  /** Resolves when there is room for more. */
  write(channel: 'stdout' | 'stderr', chunk: Buffer): Promise<void>
  /** How it ended. Then everything is closed. */
  finish(status: KubeStatus): Promise<void>
  /** The client's terminal has another size. */
  onResize?(listener: (size: TerminalSize) => void): void
  /** The client went away. */
  onClose(listener: () => void): void
}

/** Channel numbers of `v4.channel.k8s.io` and `v5.channel.k8s.io`. */
const channelNumbers = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const
const maxBufferedBytes = 1024 * 1024

export function webSocketChannels(socket: WebSocket): CommandChannels {
  const stdin = new PassThrough()
  stdin.on('error', () => undefined)
  const send = (channel: number, data: Buffer): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) {
        resolve()
        return
      }
      const isCrowded = socket.bufferedAmount > maxBufferedBytes
      socket.send(Buffer.concat([Buffer.of(channel), data]), { binary: true }, () => isCrowded && resolve())
      if (!isCrowded) resolve()
    })
  let resize: ((size: TerminalSize) => void) | undefined
  let lastSize: TerminalSize | undefined
  socket.on('message', (data: Buffer) => {
    const [channel] = data
    if (channel === channelNumbers.resize) {
      lastSize = sizeFrom(data.toString('utf8', 1)) ?? lastSize
      if (lastSize) resize?.(lastSize)
      return
    }
    if (channel === channelNumbers.stdin) {
      if (!stdin.writableEnded && !stdin.write(data.subarray(1))) {
        socket.pause()
        stdin.once('drain', () => socket.resume())
      }
    } else if (channel === channelNumbers.close && data[1] === channelNumbers.stdin) stdin.end()
  })
  socket.on('close', () => stdin.end())
  socket.on('error', () => socket.terminate())
  return {
    stdin,
    write: (channel, chunk) => send(channelNumbers[channel], chunk),
    finish: async (status) => {
      await send(channelNumbers.error, Buffer.from(JSON.stringify(status)))
      socket.close(1000)
    },
    onResize: (listener) => {
      resize = listener
      if (lastSize) listener(lastSize)
    },
    onClose: (listener) => socket.on('close', listener),
  }
}

/** Streams by their `streamtype`, as `v4.channel.k8s.io` over SPDY has them. */
export function spdyChannels(
  streams: ReadonlyMap<string, SpdyStream>,
  connection: { closed: Promise<void>; close(): void },
): CommandChannels {
  const nothing = new PassThrough()
  nothing.end()
  const end = (stream: SpdyStream | undefined, last?: string): Promise<void> =>
    new Promise((resolve) => {
      if (stream === undefined || stream.destroyed) resolve()
      else if (last === undefined) stream.end(() => resolve())
      else stream.end(last, () => resolve())
    })
  return {
    stdin: streams.get('stdin') ?? nothing,
    write: (channel, chunk) =>
      new Promise((resolve) => {
        const stream = streams.get(channel)
        if (stream === undefined || stream.destroyed || stream.writableEnded) resolve()
        else stream.write(chunk, () => resolve())
      }),
    finish: async (status) => {
      await end(streams.get('stdout'))
      await end(streams.get('stderr'))
      await end(streams.get('error'), JSON.stringify(status))
      connection.close()
    },
    onResize: (listener) => {
      // One JSON text after the other, each as a frame of its own.
      streams.get('resize')?.on('data', (chunk: Buffer) => {
        const size = sizeFrom(chunk.toString('utf8'))
        if (size) listener(size)
      })
    },
    onClose: (listener) => {
      connection.closed.then(listener).catch(() => undefined)
    },
  }
}

/** `{"Width":80,"Height":24}` (client-go, remotecommand TerminalSize); of several, the last. */
function sizeFrom(text: string): TerminalSize | undefined {
  const last = [...text.slice(-1000).matchAll(/"Width":(\d{1,5}),"Height":(\d{1,5})/g)].at(-1)
  return last && { columns: Number(last[1]), rows: Number(last[2]) }
}
