/** The body is no protobuf message, or not one of the type that it claims to be. HTTP 400. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

/** How a value lies on the wire (protobuf encoding guide). Groups and 32-bit values do not occur in Kubernetes. */
export const wireVarint = 0
export const wire64 = 1
export const wireBytes = 2
const wire32 = 5

const utf8 = new TextDecoder('utf-8')

/** Reads one message. Never past its end. */
export class WireReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** How many bytes are read. */
  get position(): number {
    return this.#at
  }

  /** The next field, or undefined at the end. */
  next(): { number: number; wire: number } | undefined {
    if (this.#at >= this.#bytes.length) return undefined
    const tag = this.varint()
    const number = Number(tag >> 3n)
    if (number < 1) throw new ProtobufError('a field has the number 0')
    return { number, wire: Number(tag & 7n) }
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new ProtobufError('the message ends within a number')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new ProtobufError('a number is longer than 64 bits')
  }

  /** A signed 32- or 64-bit integer. Beyond 2^53 digits are lost, as in all JSON that JavaScript reads. */
  integer(): number {
    return Number(BigInt.asIntN(64, this.varint()))
  }

  double(): number {
    const bytes = this.#take(8)
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true)
  }

  bytes(): Uint8Array {
    return this.#take(Number(this.varint()))
  }

  string(): string {
    return utf8.decode(this.bytes())
  }

  skip(wire: number): void {
    if (wire === wireVarint) this.varint()
    else if (wire === wire64) this.#take(8)
    else if (wire === wireBytes) this.bytes()
    else if (wire === wire32) this.#take(4)
    else throw new ProtobufError(`a field has the unknown wire type ${wire}`)
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new ProtobufError('the message ends within a field')
    const taken = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return taken
  }
}

/** Writes one message. */
export class WireWriter {
  readonly #parts: Uint8Array[] = []

  varint(number: number, value: bigint): void {
    this.#tag(number, wireVarint)
    this.#raw(value)
  }

  double(number: number, value: number): void {
    this.#tag(number, wire64)
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value, true)
    this.#parts.push(bytes)
  }

  bytes(number: number, value: Uint8Array): void {
    this.#tag(number, wireBytes)
    this.#raw(BigInt(value.length))
    this.#parts.push(value)
  }

  string(number: number, value: string): void {
    this.bytes(number, Buffer.from(value, 'utf8'))
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts)
  }

  #tag(number: number, wire: number): void {
    this.#raw(BigInt(number * 8 + wire))
  }

  #raw(value: bigint): void {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, value)
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    this.#parts.push(Uint8Array.from(bytes))
  }
}
