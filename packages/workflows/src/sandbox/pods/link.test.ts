import { randomBytes } from 'node:crypto'
import { Duplex, duplexPair } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame, frameKinds } from './frames.ts'
import { Link } from './link.ts'
import { windowBytes } from './link-stream.ts'

/** Two ends, and a way to give them a connection that loses what is on it after so many bytes. */
function pair(accept: (header: unknown, stream: Duplex) => void): { ours: Link; connect: (bytes: number) => Promise<void> } {
  const ours = new Link({ firstStream: 1 })
  const theirs = new Link({ firstStream: 2, accept })
  return {
    ours,
    connect: (bytes) =>
      new Promise((resolve) => {
        const [a, b] = lossyPair(bytes)
        a.once('close', () => resolve())
        ours.attach(a)
        theirs.attach(b)
      }),
  }
}

/** Both end at once, wherever in a frame that is. */
function lossyPair(bytes: number): [Duplex, Duplex] {
  let left = bytes
  const [a, b] = duplexPair()
  const cut = (end: Duplex): Duplex => {
    const write = end.write.bind(end) as (chunk: Buffer) => boolean
    end.write = ((chunk: Buffer) => {
      const piece = chunk.subarray(0, Math.max(0, left))
      left -= chunk.length
      const isTaken = piece.length === 0 || write(piece)
      if (left <= 0) {
        setImmediate(() => {
          a.destroy()
          b.destroy()
        })
      }
      return isTaken
    }) as typeof end.write
    return end
  }
  return [cut(a), cut(b)]
}

const echo = (_header: unknown, stream: Duplex): void => void stream.pipe(stream)

describe('a link', () => {
  it('brings everything once and in order, however often and wherever its connection breaks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 10, max: 150_000 }), { minLength: 1, maxLength: 6, size: 'max' }),
        fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 8, size: 'max' }),
        async (breaks, sizes) => {
          const chunks = sizes.map((size) => randomBytes(size))
          const { ours, connect } = pair(echo)
          const streams = [ours.open({ n: 1 }), ours.open({ n: 2 })]
          for (const stream of streams) {
            for (const chunk of chunks) stream.write(chunk)
            stream.end()
          }
          const heard = Promise.all(streams.map((stream) => stream.toArray()))
          for (const bytes of breaks) await Promise.race([connect(bytes), heard])
          void connect(Number.MAX_SAFE_INTEGER)

          const wanted = Buffer.concat(chunks)
          for (const received of await heard) expect(Buffer.concat(received as Buffer[]).equals(wanted)).toBe(true)
          ours.close()
        },
      ),
      { numRuns: 40 },
    )
  })

  it('holds no more of a stream than its window, and others go on while nobody reads it', async () => {
    let slow: Duplex | undefined
    const { ours, connect } = pair((header, stream) => {
      if ((header as { isSlow: boolean }).isSlow) slow = stream
      else echo(header, stream)
    })
    void connect(Number.MAX_SAFE_INTEGER)
    const stuck = ours.open({ isSlow: true })
    let sent = 0
    stuck.on('drain', () => fill())
    const fill = (): void => {
      while (stuck.write(Buffer.alloc(16 * 1024))) sent += 16 * 1024
    }
    fill()
    const other = ours.open({ isSlow: false })
    other.end('hello')

    expect(String(await other.toArray())).toBe('hello')
    expect(sent).toBeGreaterThan(windowBytes / 2)
    expect(sent).toBeLessThan(windowBytes * 2)
    expect(slow?.readableLength).toBeLessThanOrEqual(windowBytes)
    ours.close()
  })

  it('tells why a stream was given up', async () => {
    const { ours, connect } = pair((_header, stream) => stream.destroy(new Error('there is no such file')))
    void connect(Number.MAX_SAFE_INTEGER)

    await expect(ours.open({}).toArray()).rejects.toThrow('there is no such file')
    ours.close()
  })

  it.each([
    ['is no frame', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['is too long', Buffer.from([0xff, 0xff, 0xff, 0xff, 3, 0, 0, 0, 1])],
    ['comes before the greeting', encodeFrame(frameKinds.data, 1, Buffer.from('x'))],
    ['claims to have heard what was never said', encodeFrame(frameKinds.hello, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, 9]))],
    ['opens a stream that nobody takes', Buffer.concat([encodeFrame(frameKinds.hello, 0, Buffer.alloc(8)), encodeFrame(frameKinds.open, 2, Buffer.from('{}'))])], // prettier-ignore
  ])('ends with all of its streams when what comes %s', async (_what, bytes) => {
    let failure: Error | undefined
    const link = new Link({ firstStream: 1, failed: (error) => (failure = error) })
    const stream = link.open({})
    const [a, b] = duplexPair()
    b.resume()
    link.attach(a)

    b.write(bytes)

    await expect(stream.toArray()).rejects.toThrow()
    expect(failure).toBeInstanceOf(Error)
    expect(link.isClosed).toBe(true)
  })
})
