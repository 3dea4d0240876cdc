const newline = 0x0a

/**
 * Lines of a stream of bytes, without their end. A character that two chunks share is decoded only when its line is whole.
 * A last line without an end is given only with `keepPartial`: the connection broke in the middle of it, or the sender leaves the end out.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  options: { maxBytes: number; keepPartial?: boolean },
): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(newline, start)
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end)
      size += piece.length
      if (size > options.maxBytes) throw new LineTooLongError(options.maxBytes)
      if (end < 0) {
        if (piece.length > 0) parts.push(piece)
        break
      }
      const line = parts.length === 0 ? decode(piece) : decode(Buffer.concat([...parts, piece]))
      parts = []
      size = 0
      start = end + 1
      yield line
    }
  }
  if (size > 0 && options.keepPartial === true) yield decode(Buffer.concat(parts))
}

export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError'

  constructor(maxBytes: number) {
    super(`a line is longer than ${maxBytes} bytes`)
  }
}

function decode(bytes: Uint8Array): string {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
