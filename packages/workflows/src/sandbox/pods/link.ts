import type { Duplex } from 'node:stream'
import { encodeFrame, type Frame, type FrameKind, frameKinds, FrameReader } from './frames.ts'
import { LinkStream } from './link-stream.ts'

export interface LinkOptions {
  /** 1 on one side, 2 on the other: numbers of streams never meet. */
  firstStream: 1 | 2
  /** A stream that the other side opens. Without it none may be. */
  accept?(header: unknown, stream: LinkStream): void
  /** It is connected, for the first time or again. */
  up?(): void
  /** Its connection is gone. It goes on when it is attached to another one. */
  down?(): void
  /** What came made no sense: it is closed. */
  failed?(error: Error): void
}

const ackAfterFrames = 64
const ackAfterMs = 200
/** Something is said that often, so that whoever is between does not take the connection for a forgotten one. */
const aliveEveryMs = 15_000
const silentForMs = 60_000
const mostStreams = 512
const longestReason = 2000

/**
 * Streams between two processes over connections that may break: what is said is counted and kept until the other side has it, so that after a
 * break each goes on where it was, and nothing is heard twice. What comes is not trusted: whatever is no frame ends the link.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #streams = new Map<number, LinkStream>()
  #nextStream: number
  #transport: Duplex | undefined
  #isUp = false
  #isGreeted = false
  #closed: Error | undefined
  /** Frames said since `#heardByThem`, in their order. */
  #unheard: Buffer[] = []
  #heardByThem = 0
  #heard = 0
  #told = 0
  #ackTimer: NodeJS.Timeout | undefined
  #aliveTimer: NodeJS.Timeout | undefined
  #lastHeardAt = 0

  constructor(options: LinkOptions) {
    this.#options = options
    this.#nextStream = options.firstStream
  }

  get isUp(): boolean {
    return this.#isUp
  }

  get isClosed(): boolean {
    return this.#closed !== undefined
  }

  /** Goes on over this connection, in the place of the one before. */
  attach(transport: Duplex): void {
    this.#detach()
    transport.on('error', () => undefined)
    if (this.#closed) return void transport.destroy()
    this.#transport = transport
    this.#lastHeardAt = Date.now()
    const reader = new FrameReader()
    transport.on('data', (chunk: Buffer) => {
      if (this.#transport !== transport) return
      this.#lastHeardAt = Date.now()
      try {
        for (const frame of reader.read(chunk)) if (this.#transport === transport) this.#take(frame)
      } catch (error) {
        const known = error instanceof Error ? error : new Error(String(error))
        this.close(known)
        this.#options.failed?.(known)
      }
    })
    transport.once('close', () => this.#transport === transport && this.#detach())
    transport.once('end', () => transport.destroy())
    transport.write(encodeFrame(frameKinds.hello, 0, count(this.#heard)))
    this.#aliveTimer = setInterval(() => this.#keepAlive(transport), aliveEveryMs)
    this.#aliveTimer.unref()
  }

  /** `header` is JSON, for whoever accepts it. */
  open(header: unknown): LinkStream {
    const id = this.#nextStream
    // Throws when it is too large.
    this.#say(frameKinds.open, id, Buffer.from(JSON.stringify(header)))
    this.#nextStream += 2
    const stream = this.#add(id)
    if (this.#closed) stream.abandon(this.#closed)
    return stream
  }

  close(error = new Error('the link is closed')): void {
    if (this.#closed) return
    this.#closed = error
    this.#detach()
    this.#unheard = []
    for (const stream of this.#streams.values()) stream.abandon(error)
  }

  #detach(): void {
    const transport = this.#transport
    clearInterval(this.#aliveTimer)
    clearTimeout(this.#ackTimer)
    this.#ackTimer = undefined
    if (!transport) return
    this.#transport = undefined
    this.#isUp = false
    this.#isGreeted = false
    transport.destroy()
    this.#options.down?.()
  }

  #keepAlive(transport: Duplex): void {
    if (Date.now() - this.#lastHeardAt > silentForMs) transport.destroy()
    else this.#ack()
  }

  #ack(): void {
    clearTimeout(this.#ackTimer)
    this.#ackTimer = undefined
    this.#told = this.#heard
    this.#transport?.write(encodeFrame(frameKinds.ack, 0, count(this.#heard)))
  }

  #say(kind: FrameKind, stream: number, payload: Buffer): void {
    if (this.#closed) return
    const frame = encodeFrame(kind, stream, payload)
    this.#unheard.push(frame)
    if (this.#isUp) this.#transport?.write(frame)
  }

  #take({ kind, stream, payload }: Frame): void {
    if (kind === frameKinds.hello || kind === frameKinds.ack) {
      this.#forget(payload)
      if (kind === frameKinds.ack) return
      this.#isGreeted = true
      this.#sayAgain()
      this.#isUp = true
      this.#options.up?.()
      return
    }
    if (!this.#isGreeted) throw new Error('what came is no greeting')
    this.#heard++
    if (this.#heard - this.#told >= ackAfterFrames) this.#ack()
    else this.#ackTimer ??= setTimeout(() => this.#ack(), ackAfterMs)
    if (kind === frameKinds.open) return this.#accept(stream, payload)
    const known = this.#streams.get(stream)
    switch (kind) {
      case frameKinds.data:
        return known?.hear(payload)
      case frameKinds.end:
        return known?.hearEnd()
      case frameKinds.reset:
        return known?.hearReset(payload.toString('utf8', 0, longestReason))
      case frameKinds.grant:
        return known?.hearGrant(payload.length === 4 ? payload.readUInt32BE() : 0)
      default:
        throw new Error('what came is no frame')
    }
  }

  /** What is said meanwhile comes after it. */
  #sayAgain(): void {
    for (let next = this.#heardByThem; next < this.#heardByThem + this.#unheard.length; next++) {
      const frame = this.#unheard[next - this.#heardByThem]
      if (frame) this.#transport?.write(frame)
    }
  }

  /** The other side has so many: they are not needed any more. */
  #forget(payload: Buffer): void {
    const heard = payload.length === 8 ? Number(payload.readBigUInt64BE()) : -1
    const fresh = heard - this.#heardByThem
    if (fresh < 0 || fresh > this.#unheard.length) throw new Error('the other side is not the one that was there before')
    this.#heardByThem = heard
    if (fresh > 0) this.#unheard = this.#unheard.slice(fresh)
  }

  #accept(id: number, payload: Buffer): void {
    const isTheirs = id % 2 !== this.#options.firstStream % 2
    if (!this.#options.accept || !isTheirs || this.#streams.has(id)) throw new Error('a stream came that was not asked for')
    const header: unknown = JSON.parse(payload.toString('utf8'))
    const stream = this.#add(id)
    if (this.#streams.size > mostStreams) stream.destroy(new Error(`more than ${mostStreams} streams at once`))
    else this.#options.accept(header, stream)
  }

  #add(id: number): LinkStream {
    const stream = new LinkStream({
      data: (piece) => this.#say(frameKinds.data, id, piece),
      end: () => this.#say(frameKinds.end, id, nothing),
      reset: (why) => this.#say(frameKinds.reset, id, Buffer.from(why.slice(0, longestReason))),
      grant(bytes) {
        const payload = Buffer.alloc(4)
        payload.writeUInt32BE(bytes)
        say(frameKinds.grant, id, payload)
      },
      gone: () => this.#streams.delete(id),
    })
    const say = (kind: FrameKind, of: number, payload: Buffer): void => this.#say(kind, of, payload)
    this.#streams.set(id, stream)
    return stream
  }
}

const nothing = Buffer.alloc(0)

function count(frames: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(frames))
  return bytes
}
