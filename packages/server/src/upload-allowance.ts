import { Readable } from 'node:stream'
import { PlimsollError } from '@plimsoll/api'

const mostKept = 10_000

/**
 * What all uploads with one token may have together. A job may hand over models although it may write nothing else, one from outside too: it must
 * not fill the disk that the records are on.
 */
export function createUploadAllowance(mostBytes: number): (tokenId: string, content: AsyncIterable<Buffer>) => Readable {
  const used = new Map<string, number>()

  async function* counted(tokenId: string, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      const bytes = (used.get(tokenId) ?? 0) + chunk.length
      used.set(tokenId, bytes)
      if (bytes > mostBytes) {
        throw new PlimsollError('payload-too-large', `A job may upload ${mostBytes} bytes in all.`, {
          remedy: 'Keep what is large elsewhere, or upload it with a token of your own.',
        })
      }
      yield chunk
    }
  }

  return (tokenId, content) => {
    const [oldest] = used.keys()
    if (used.size > mostKept && oldest !== undefined) used.delete(oldest)
    return Readable.from(counted(tokenId, content), { objectMode: false })
  }
}
