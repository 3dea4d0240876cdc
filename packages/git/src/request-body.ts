import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { once } from 'node:events'
import { createGunzip } from 'node:zlib'

/** A request's body, whole and unzipped: in memory while it is small, else in a file. */
export interface ReceivedBody {
  bytes: number
  read(): Readable
  dispose(): Promise<void>
}

export class BodyRefused extends Error {
  override readonly name = 'BodyRefused'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * Takes a body in before any work starts, so that a slow or broken sender holds no lock and no git process. Throws `BodyRefused` for one that
 * is too large (also once unzipped), too slow, or cut off.
 */
export async function receiveBody(
  request: IncomingMessage,
  limits: { maxBytes: number; memoryBytes: number; idleMs: number; spoolDir: string },
): Promise<ReceivedBody> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) throw new BodyRefused(415, `Content-Encoding '${encoding}' is not understood.`)
  const tooLarge = new BodyRefused(413, `The request is larger than ${limits.maxBytes} bytes.`)
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge

  const gunzip = encoding === 'identity' ? undefined : createGunzip()
  if (gunzip !== undefined) request.on('error', (error) => gunzip.destroy(error)).pipe(gunzip)
  const source: Readable = gunzip ?? request
  // Node says 'aborted' on the request only; the unzipper would wait for ever.
  request.on('close', () => {
    if (!request.complete) source.destroy(new Error('aborted'))
  })
  const idle = setTimeout(() => source.destroy(new BodyRefused(408, 'The request came to a halt.')), limits.idleMs)

  const chunks: Buffer[] = []
  let bytes = 0
  let file: WriteStream | undefined
  const path = join(limits.spoolDir, randomUUID())
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      idle.refresh()
      bytes += chunk.length
      if (bytes > limits.maxBytes) throw tooLarge
      if (file === undefined && bytes > limits.memoryBytes) {
        await mkdir(limits.spoolDir, { recursive: true })
        file = createWriteStream(path, { mode: 0o600 })
        await once(file, 'open')
        for (const kept of chunks.splice(0)) file.write(kept)
      }
      if (file === undefined) chunks.push(chunk)
      else if (!file.write(chunk)) await once(file, 'drain')
    }
    if (file !== undefined) {
      file.end()
      await once(file, 'finish')
    }
  } catch (error) {
    file?.destroy()
    await rm(path, { force: true })
    throw error instanceof BodyRefused ? error : new BodyRefused(400, 'The request ended too early.')
  } finally {
    clearTimeout(idle)
  }
  const isSpooled = file !== undefined
  return {
    bytes,
    read: () => (isSpooled ? createReadStream(path) : Readable.from(chunks, { objectMode: false })),
    dispose: () => (isSpooled ? rm(path, { force: true }) : Promise.resolve()),
  }
}
