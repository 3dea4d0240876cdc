import { createWriteStream } from 'node:fs'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Into a file of ours, with an end. `tooLarge`: what is said of more than `most` bytes. */
export async function receive(source: Readable, file: string, most: number, tooLarge: () => Error): Promise<number> {
  let bytes = 0
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > most) done(tooLarge())
      else done(null, chunk)
    },
  })
  await pipeline(source, limit, createWriteStream(file, { flags: 'wx', mode: 0o600 }))
  return bytes
}
