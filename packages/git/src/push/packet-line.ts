/** Packets of Git's protocols: four hex digits of length, then content; `0000` is a flush (gitprotocol-common(5)). */
const maxContent = 65_516

export function packet(content: Buffer | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
}

export const flush = Buffer.from('0000')

/** Over a side band (gitprotocol-pack(5)): 1 is the answer, 2 what the client prints after `remote:`. */
export function banded(band: 1 | 2, content: Buffer): Buffer {
  const packets: Buffer[] = []
  for (let at = 0; at < content.length; at += maxContent - 1) {
    packets.push(packet(Buffer.concat([Buffer.from([band]), content.subarray(at, at + maxContent - 1)])))
  }
  return Buffer.concat(packets)
}

/** The packet at a place, undefined when it is not there as a whole. `content` is undefined for a flush. Throws for what is no packet. */
export function packetAt(data: Buffer, at: number): { content: Buffer | undefined; end: number } | undefined {
  if (data.length < at + 4) return undefined
  const length = data.toString('latin1', at, at + 4)
  if (!/^[0-9a-fA-F]{4}$/.test(length)) throw new Error('not a packet')
  const size = Number.parseInt(length, 16)
  if (size === 0) return { content: undefined, end: at + 4 }
  if (size < 4) throw new Error('not a packet')
  if (data.length < at + size) return undefined
  return { content: data.subarray(at + 4, at + size), end: at + size }
}
