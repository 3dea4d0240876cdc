import { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { KubeStatus } from '../object.ts'
import { KubeApiError, KubeConnectionError } from './kube-client.ts'

/** Best first. */
export const commandProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
/** Of these protocols (apimachinery, `remotecommand` constants). */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, close: 255 } as const
const mostStderr = 4096
const pingEveryMs = 20_000
/** The channel's number comes first in each message. */
const largestPiece = 256 * 1024

/** A command that runs in a container. */
export interface RunningCommand {
  /** Its standard input and output. Destroyed with the reason when the connection breaks; destroying it closes the connection, which may not end the command. */
  readonly streams: Duplex
  /** With the end of what it wrote to standard error. Rejects with `KubeConnectionError` when nobody could tell how it ended. */
  readonly ended: Promise<{ code: number; stderr: string }>
}

/** `socket`: paused. `where`: which command of which pod, for errors. */
export function followCommand(socket: WebSocket, where: string): RunningCommand {
  let stderr = ''
  let status: KubeStatus | undefined
  const streams = new CommandStreams(socket)
  const ping = setInterval(() => socket.readyState === socket.OPEN && socket.ping(), pingEveryMs)
  ping.unref()
  socket.on('message', (data: Buffer) => {
    const bytes = data.subarray(1)
    if (data[0] === channels.stdout) streams.receive(bytes)
    else if (data[0] === channels.stderr) stderr = (stderr + bytes.toString('utf8')).slice(-mostStderr)
    else if (data[0] === channels.error) status = statusFrom(bytes.toString('utf8'))
  })
  const ended = new Promise<{ code: number; stderr: string }>((resolve, reject) => {
    socket.once('close', (code, reason) => {
      clearInterval(ping)
      const exit = status && exitCodeOf(status)
      if (exit !== undefined) {
        streams.finish()
        return resolve({ code: exit, stderr })
      }
      const error = status
        ? new KubeApiError(status.code ?? 500, status.reason ?? 'InternalError', `${where}: ${status.message ?? 'it failed'}`, status)
        : new KubeConnectionError(`${where}: the connection broke (${code}${reason.length > 0 ? `, ${reason.toString('utf8')}` : ''}).`)
      streams.destroy(error)
      reject(error)
    })
  })
  ended.catch(() => undefined)
  socket.resume()
  return { streams, ended }
}

class CommandStreams extends Duplex {
  readonly #socket: WebSocket

  constructor(socket: WebSocket) {
    super({ allowHalfOpen: true })
    this.#socket = socket
    this.on('error', () => undefined)
  }

  receive(bytes: Buffer): void {
    // Some servers greet with an empty message.
    if (bytes.length > 0 && !this.destroyed && !this.push(bytes)) this.#socket.pause()
  }

  finish(): void {
    if (!this.destroyed) this.push(null)
  }

  override _read(): void {
    if (this.#socket.isPaused) this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const piece = chunk.subarray(0, largestPiece)
    this.#socket.send(Buffer.concat([Buffer.of(channels.stdin), piece]), { binary: true }, (error) => {
      if (error || piece.length === chunk.length) done(error)
      else this._write(chunk.subarray(piece.length), _encoding, done)
    })
  }

  override _final(done: () => void): void {
    // Before version 5 an input cannot be ended.
    if (this.#socket.protocol === commandProtocols[0])
      this.#socket.send(Buffer.of(channels.close, channels.stdin), { binary: true }, () => done())
    else done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#socket.isPaused) this.#socket.resume()
    this.#socket.close(1000)
    setTimeout(() => this.#socket.terminate(), 1000).unref()
    done(error)
  }
}

function statusFrom(text: string): KubeStatus | undefined {
  try {
    return JSON.parse(text) as KubeStatus
  } catch {
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: text.slice(0, 500) } as KubeStatus
  }
}

/** Undefined: it is not about how the command ended (kubelet, `remotecommand/exec.go`). */
function exitCodeOf(status: KubeStatus): number | undefined {
  if (status.status === 'Success') return 0
  if (status.reason !== 'NonZeroExitCode') return undefined
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')
  const code = Number(cause?.message)
  return Number.isInteger(code) ? code : 1
}
