import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'
import { spdyDictionary } from './spdy-dictionary.ts'

/** A header block may not become larger than this once it is decompressed. */
const maxBlockBytes = 64 * 1024

/** Header blocks of one SPDY connection: both directions compress over its whole life, so blocks must be read and written in order. */
export class HeaderCodec {
  readonly #inflate: Inflate = createInflate({ dictionary: spdyDictionary, finishFlush: constants.Z_SYNC_FLUSH })
  readonly #deflate: Deflate = createDeflate({ dictionary: spdyDictionary })
  #inflated: Buffer[] = []
  #inflatedBytes = 0
  #deflated: Buffer[] = []
  #error: Error | undefined

  constructor() {
    const fail = (error: Error): void => {
      this.#error = error
    }
    this.#inflate.on('error', fail)
    this.#deflate.on('error', fail)
    this.#inflate.on('data', (chunk: Buffer) => {
      this.#inflatedBytes += chunk.length
      if (this.#inflatedBytes > maxBlockBytes) this.#error = new Error('a header block is too large')
      else this.#inflated.push(chunk)
    })
    this.#deflate.on('data', (chunk: Buffer) => this.#deflated.push(chunk))
  }

  /** Names are lower case. Rejects for a block that is damaged. */
  async decode(block: Buffer): Promise<Map<string, string>> {
    this.#inflated = []
    this.#inflatedBytes = 0
    await new Promise<void>((resolve) => {
      this.#inflate.once('error', () => resolve())
      this.#inflate.write(block)
      this.#inflate.flush(constants.Z_SYNC_FLUSH, resolve)
    })
    if (this.#error !== undefined) throw this.#error
    return readHeaders(Buffer.concat(this.#inflated))
  }

  async encode(headers: ReadonlyMap<string, string>): Promise<Buffer> {
    this.#deflated = []
    await new Promise<void>((resolve) => {
      this.#deflate.write(writeHeaders(headers))
      this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve)
    })
    if (this.#error !== undefined) throw this.#error
    return Buffer.concat(this.#deflated)
  }

  close(): void {
    this.#inflate.destroy()
    this.#deflate.destroy()
  }
}

function readHeaders(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>()
  let at = 0
  const readNumber = (): number => {
    if (at + 4 > block.length) throw new Error('a header block ends too early')
    at += 4
    return block.readUInt32BE(at - 4)
  }
  const readText = (): string => {
    const length = readNumber()
    if (at + length > block.length) throw new Error('a header block ends too early')
    at += length
    return block.toString('latin1', at - length, at)
  }
  const count = readNumber()
  for (let index = 0; index < count; index++) headers.set(readText().toLowerCase(), readText())
  return headers
}

function writeHeaders(headers: ReadonlyMap<string, string>): Buffer {
  const parts: Buffer[] = []
  const number = (value: number): void => {
    const buffer = Buffer.alloc(4)
    buffer.writeUInt32BE(value)
    parts.push(buffer)
  }
  const text = (value: string): void => {
    const buffer = Buffer.from(value, 'latin1')
    number(buffer.length)
    parts.push(buffer)
  }
  number(headers.size)
  for (const [name, value] of headers) {
    text(name)
    text(value)
  }
  return Buffer.concat(parts)
}
