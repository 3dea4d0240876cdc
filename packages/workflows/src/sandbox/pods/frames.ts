/**
 * What goes over a link, in both directions: length of the payload (4 bytes), kind (1), number of the stream (4), payload.
 * `hello` and `ack` are about the link itself; the others are counted, and sent again when a connection has lost them.
 */
export const frameKinds = { hello: 0, ack: 1, open: 2, data: 3, end: 4, reset: 5, grant: 6 } as const
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds]

export interface Frame {
  kind: number
  stream: number
  payload: Buffer
}

const headBytes = 9
/** The environment of a step is in the frame that opens its stream. */
const largestPayload = 8 * 1024 * 1024

export function encodeFrame(kind: FrameKind, stream: number, payload: Buffer): Buffer {
  if (payload.length > largestPayload) throw new Error(`this has ${payload.length} bytes, and ${largestPayload} are the most at once`)
  const frame = Buffer.allocUnsafe(headBytes + payload.length)
  frame.writeUInt32BE(payload.length, 0)
  frame.writeUInt8(kind, 4)
  frame.writeUInt32BE(stream, 5)
  payload.copy(frame, headBytes)
  return frame
}

/** Bytes as they come, cut into frames. */
export class FrameReader {
  #chunks: Buffer[] = []
  #size = 0
  #wanted = headBytes

  /** Throws when what comes is no frame. */
  read(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size < this.#wanted) return []
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    const frames: Frame[] = []
    while (rest.length >= headBytes) {
      const length = rest.readUInt32BE(0)
      if (length > largestPayload) throw new Error('what came is no frame')
      if (rest.length < headBytes + length) break
      frames.push({ kind: rest.readUInt8(4), stream: rest.readUInt32BE(5), payload: rest.subarray(headBytes, headBytes + length) })
      rest = rest.subarray(headBytes + length)
    }
    this.#wanted = rest.length >= headBytes ? headBytes + rest.readUInt32BE(0) : headBytes
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#size = rest.length
    return frames
  }
}
