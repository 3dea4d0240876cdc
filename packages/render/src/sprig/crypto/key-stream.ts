import { createCipheriv } from 'node:crypto'
import { integerOfBytes } from './der.ts'

/**
 * Random bytes without end from 32 of the context's: AES-256 in counter mode. What needs many tries (a prime) so takes as much from the context
 * as what needs few. Streams of one seed and of different purposes have nothing in common.
 */
export class KeyStream {
  readonly #cipher: ReturnType<typeof createCipheriv>

  constructor(seed: Uint8Array, purpose: 'key' | 'serial number') {
    const counter = Buffer.alloc(16)
    counter[0] = purpose === 'key' ? 0 : 1
    this.#cipher = createCipheriv('aes-256-ctr', seed, counter)
  }

  bytes(count: number): Buffer {
    return this.#cipher.update(Buffer.alloc(count))
  }

  integer(bits: number): bigint {
    const bytes = this.bytes(Math.ceil(bits / 8))
    return BigInt.asUintN(bits, integerOfBytes(bytes))
  }

  /** Uniform between 1 and `limit` - 1. */
  below(limit: bigint): bigint {
    const bits = limit.toString(2).length
    for (;;) {
      const value = this.integer(bits)
      if (value > 0n && value < limit) return value
    }
  }
}
