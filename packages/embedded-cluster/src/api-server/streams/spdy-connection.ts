import { Duplex } from 'node:stream'
import { HeaderCodec } from './header-codec.ts'

/** Control frames of SPDY/3 that occur here. */
const frameTypes = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7, headers: 8 } as const
const finFlag = 0x01
/** A connection carries one command or some forwarded ports; more streams than this are an attack. */
const maxStreams = 1_000
const maxFrameBytes = 1024 * 1024
const cancelStatus = 5

/**
 * The server's side of SPDY/3.1 as client-go and the kubelet speak it: streams that the client opens, no flow control (neither side of
 * moby/spdystream has any). `transport` is a socket after the upgrade, or a WebSocket that tunnels the same bytes.
 */
export class SpdyConnection {
  readonly #transport: Duplex
  readonly #onStream: (stream: SpdyStream) => void
  readonly #headers = new HeaderCodec()
  readonly #streams = new Map<number, SpdyStream>()
  #received: Buffer = Buffer.alloc(0)
  #work: Promise<void> = Promise.resolve()
  #isClosed = false
  readonly closed: Promise<void>

  constructor(transport: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport
    this.#onStream = onStream
    this.closed = new Promise((resolve) => {
      transport.once('close', () => {
        this.close()
        resolve()
      })
    })
    transport.on('error', () => this.close())
    transport.on('end', () => this.close())
    transport.on('data', (chunk: Buffer) => {
      transport.pause()
      // One after the other: header blocks must be decompressed in order.
      this.#work = this.#work
        .then(() => this.#receive(chunk))
        .catch(() => this.close())
        .finally(() => transport.resume())
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const stream of this.#streams.values()) stream.destroy()
    this.#streams.clear()
    this.#headers.close()
    this.#transport.end()
    // A peer that does not close its side keeps nothing of ours.
    setTimeout(() => this.#transport.destroy(), 1_000).unref()
  }

  /** Data of one stream, with back pressure of the transport. */
  sendData(id: number, data: Buffer, isLast: boolean, callback: (error?: Error | null) => void): void {
    if (this.#isClosed || this.#transport.destroyed) {
      callback()
      return
    }
    const header = Buffer.alloc(8)
    header.writeUInt32BE(id)
    header.writeUInt32BE(data.length, 4)
    header[4] = isLast ? finFlag : 0
    this.#transport.write(Buffer.concat([header, data]), (error) => callback(error))
  }

  forget(id: number): void {
    this.#streams.delete(id)
  }

  reset(id: number): void {
    const payload = Buffer.alloc(8)
    payload.writeUInt32BE(id)
    payload.writeUInt32BE(cancelStatus, 4)
    this.#sendControl(frameTypes.rstStream, payload)
  }

  #sendControl(type: number, payload: Buffer): void {
    if (this.#isClosed || this.#transport.destroyed) return
    const header = Buffer.alloc(8)
    header.writeUInt16BE(0x8003)
    header.writeUInt16BE(type, 2)
    header.writeUInt32BE(payload.length, 4)
    this.#transport.write(Buffer.concat([header, payload]))
  }

  async #receive(chunk: Buffer): Promise<void> {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 8 && !this.#isClosed) {
      const first = this.#received.readUInt32BE(0)
      const second = this.#received.readUInt32BE(4)
      const length = second & 0xffffff
      if (length > maxFrameBytes) throw new Error('a frame is too large')
      if (this.#received.length < 8 + length) return
      const payload = this.#received.subarray(8, 8 + length)
      this.#received = this.#received.subarray(8 + length)
      const flags = second >>> 24
      if (first >>> 31 === 1) await this.#control(first & 0xffff, flags, payload)
      else await this.#streams.get(first)?.receive(payload, (flags & finFlag) !== 0)
    }
  }

  async #control(type: number, flags: number, payload: Buffer): Promise<void> {
    switch (type) {
      case frameTypes.synStream:
        return this.#open(flags, payload)
      case frameTypes.headers:
        // Nobody sends any, but the block is part of the compression's state.
        await this.#headers.decode(payload.subarray(4))
        return
      case frameTypes.rstStream:
        this.#streams.get(payload.readUInt32BE(0) & 0x7fffffff)?.destroy()
        return
      case frameTypes.ping:
        this.#sendControl(frameTypes.ping, Buffer.from(payload))
        return
      case frameTypes.goAway:
        return
      default:
    }
  }

  async #open(flags: number, payload: Buffer): Promise<void> {
    if (payload.length < 10) throw new Error('a frame ends too early')
    const id = payload.readUInt32BE(0) & 0x7fffffff
    const headers = await this.#headers.decode(payload.subarray(10))
    if (id === 0 || this.#streams.has(id) || this.#streams.size >= maxStreams) throw new Error('a stream cannot be opened')
    const stream = new SpdyStream(this, id, headers)
    this.#streams.set(id, stream)
    const reply = Buffer.alloc(4)
    reply.writeUInt32BE(id)
    this.#sendControl(frameTypes.synReply, Buffer.concat([reply, await this.#headers.encode(new Map())]))
    this.#onStream(stream)
    if ((flags & finFlag) !== 0) await stream.receive(Buffer.alloc(0), true)
  }
}

/** One stream: what the client writes is read here, what is written here the client reads; each side ends on its own. */
export class SpdyStream extends Duplex {
  readonly id: number
  readonly headers: ReadonlyMap<string, string>
  readonly #connection: SpdyConnection
  #wake: (() => void) | undefined

  constructor(connection: SpdyConnection, id: number, headers: ReadonlyMap<string, string>) {
    super({ allowHalfOpen: true, emitClose: true })
    this.#connection = connection
    this.id = id
    this.headers = headers
    this.on('error', () => undefined)
  }

  /** Resolves when there is room for more. */
  receive(data: Buffer, isLast: boolean): Promise<void> | void {
    if (this.destroyed) return
    const hasRoom = data.length === 0 || this.push(data)
    if (isLast) {
      this.push(null)
      return
    }
    if (hasRoom) return
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  override _read(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#connection.sendData(this.id, chunk, false, callback)
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#connection.sendData(this.id, Buffer.alloc(0), true, callback)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#wake?.()
    this.#connection.forget(this.id)
    callback(error)
  }
}
