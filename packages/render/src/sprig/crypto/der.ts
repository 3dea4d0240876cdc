/** ASN.1 in DER, as far as keys and certificates need it. */

const tags = { boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, null: 0x05, oid: 0x06, sequence: 0x30, set: 0x31 } as const

/** One element. `tag` is the whole identifier octet. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), lengthOctets(content.length), content])
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const octets = bytesOfInteger(BigInt(length))
  return Buffer.concat([Buffer.from([0x80 | octets.length]), octets])
}

export function sequence(...items: readonly Uint8Array[]): Buffer {
  return der(tags.sequence, ...items)
}

export function set(...items: readonly Uint8Array[]): Buffer {
  return der(tags.set, ...items)
}

/** An integer that is not negative. */
export function integer(value: bigint): Buffer {
  const bytes = bytesOfInteger(value)
  return der(tags.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

export function octetString(bytes: Uint8Array): Buffer {
  return der(tags.octetString, bytes)
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return der(tags.bitString, Buffer.from([unusedBits]), bytes)
}

export function boolean(value: boolean): Buffer {
  return der(tags.boolean, Buffer.from([value ? 0xff : 0]))
}

export const nullValue = der(tags.null)

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(tags.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

/** Big-endian and as short as can be; 0 is one zero. */
export function bytesOfInteger(value: bigint): Buffer {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

export function integerOfBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

export interface Element {
  tag: number
  content: Buffer
  /** Identifier, length and content. */
  whole: Buffer
}

/** The elements that follow each other in `bytes`. Throws where they are cut short. */
export function readElements(bytes: Buffer): Element[] {
  const elements: Element[] = []
  for (let at = 0; at < bytes.length;) {
    const { tag, start, end } = readHeader(bytes, at)
    elements.push({ tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) })
    at = end
  }
  return elements
}

function readHeader(bytes: Buffer, at: number): { tag: number; start: number; end: number } {
  const tag = bytes[at] ?? 0
  const first = bytes[at + 1]
  if (first === undefined) throw new Error('asn1: syntax error: data truncated')
  if (first < 0x80) return checked(bytes, tag, at + 2, first)
  const count = first & 0x7f
  if (count === 0 || count > 4) throw new Error('asn1: structure error: length too large')
  return checked(bytes, tag, at + 2 + count, Number(integerOfBytes(bytes.subarray(at + 2, at + 2 + count))))
}

function checked(bytes: Buffer, tag: number, start: number, length: number): { tag: number; start: number; end: number } {
  if (start + length > bytes.length) throw new Error('asn1: syntax error: data truncated')
  return { tag, start, end: start + length }
}
