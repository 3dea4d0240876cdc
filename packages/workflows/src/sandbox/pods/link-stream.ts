import { Duplex } from 'node:stream'

/** So many bytes may be under way that nobody has read. */
export const windowBytes = 512 * 1024
const largestPiece = 32 * 1024

/** What a stream tells the other side. */
export interface StreamVoice {
  data(piece: Buffer): void
  end(): void
  reset(why: string): void
  /** So many bytes more may be sent. */
  grant(bytes: number): void
  /** Nothing more is said or heard. */
  gone(): void
}

/** One conversation of a link: bytes in both directions, each with its own end, and no more than the other side can take. */
export class LinkStream extends Duplex {
  readonly #voice: StreamVoice
  #credit = windowBytes
  /** Received, and not granted again. */
  #owed = 0
  #pending: { chunk: Buffer; done: () => void } | undefined
  #isFlushing = false
  #hasSaidEnd = false
  #hasHeardEnd = false
  #isReset = false

  constructor(voice: StreamVoice) {
    super({ allowHalfOpen: true, readableHighWaterMark: 64 * 1024, writableHighWaterMark: 64 * 1024 })
    this.#voice = voice
    // Whoever reads or writes is told as well; nobody has to listen.
    this.on('error', () => undefined)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#pending = { chunk, done }
    this.#flush()
  }

  override _final(done: () => void): void {
    this.#hasSaidEnd = true
    this.#voice.end()
    done()
  }

  override _read(): void {
    this.#grant()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#isReset && !(this.#hasSaidEnd && this.#hasHeardEnd)) this.#voice.reset(error?.message ?? '')
    this.#voice.gone()
    done(error)
  }

  /** The other side has sent something. Throws when that is more than it may. */
  hear(piece: Buffer): void {
    this.#owed += piece.length
    if (this.#owed > windowBytes || this.#hasHeardEnd) throw new Error('more came than was asked for')
    if (!this.destroyed && this.push(piece)) this.#grant()
  }

  hearEnd(): void {
    this.#hasHeardEnd = true
    if (!this.destroyed) this.push(null)
  }

  hearReset(why: string): void {
    this.#isReset = true
    this.destroy(new Error(why === '' ? 'the other side has given it up' : why))
  }

  hearGrant(bytes: number): void {
    this.#credit += bytes
    this.#flush()
  }

  /** The link is over. */
  abandon(error: Error): void {
    this.#isReset = true
    this.destroy(error)
  }

  #grant(): void {
    if (this.#owed < windowBytes / 4 || this.destroyed) return
    const bytes = this.#owed
    this.#owed = 0
    this.#voice.grant(bytes)
  }

  #flush(): void {
    // What is said may be answered at once, by a grant.
    if (this.#isFlushing) return
    this.#isFlushing = true
    while (this.#pending && this.#credit > 0 && !this.destroyed) {
      const { chunk, done } = this.#pending
      const piece = chunk.subarray(0, Math.min(this.#credit, largestPiece))
      this.#credit -= piece.length
      this.#pending = piece.length < chunk.length ? { chunk: chunk.subarray(piece.length), done } : undefined
      this.#voice.data(piece)
      if (this.#pending === undefined) done()
    }
    this.#isFlushing = false
  }
}
