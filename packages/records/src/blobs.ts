import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import * as fileSystem from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TurnByKey } from './turn-by-key.ts'

/**
 * Content that nobody refers to is left alone for so long after it was put, or put again, or held: whoever has put it writes down within this time
 * that it is theirs.
 */
export const graceMs = 24 * 60 * 60_000

/** What is done to files, so that a test can kill it in the middle. */
export type BlobFiles = Pick<typeof fileSystem, 'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'stat' | 'utimes'>

export interface Swept {
  blobs: number
  bytes: number
}

/** Files by digest. A name from outside is never part of a path: only 64 hex digits are. */
export class Blobs {
  readonly #root: string
  readonly #files: BlobFiles
  /** When it was last seen to that a digest is there, by a clock that does not jump. What is touched often is not touched each time. */
  readonly #heldAt = new Map<string, number>()
  /** Nobody takes away what somebody is about to say is there. */
  readonly #turns = new TurnByKey()
  readonly #writing = new Set<string>()

  constructor(root: string, files: BlobFiles = fileSystem) {
    this.#root = root
    this.#files = files
  }

  /** Resolves to `sha256:…` when the content is durable. */
  async put(content: Buffer): Promise<string> {
    const hex = createHash('sha256').update(content).digest('hex')
    await this.#turns.run(hex, async () => {
      const isThere = this.#heldAt.has(hex) || (await this.get(`sha256:${hex}`)) !== undefined
      if (!isThere || !(await this.#touch(hex))) await this.#write(hex, content)
    })
    return `sha256:${hex}`
  }

  /** Undefined when there is no such content, or when what is on disk is not what the digest says. */
  async get(digest: string): Promise<Buffer | undefined> {
    const hex = hexOf(digest)
    if (!hex) return undefined
    try {
      const content = await this.#files.readFile(this.#path(hex))
      return createHash('sha256').update(content).digest('hex') === hex ? content : undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** A file of any size, without holding it in memory. */
  async putFile(path: string): Promise<{ digest: string; size: number }> {
    await this.#files.mkdir(this.#root, { recursive: true, mode: 0o700 })
    const temporary = join(this.#root, `incoming-${randomUUID()}`)
    const hash = createHash('sha256')
    let size = 0
    this.#writing.add(temporary)
    try {
      const source = createReadStream(path)
      source.on('data', (chunk) => {
        hash.update(chunk)
        size += chunk.length
      })
      await pipeline(source, createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }))
      const hex = hash.digest('hex')
      await this.#turns.run(hex, async () => {
        await this.#files.mkdir(dirname(this.#path(hex)), { recursive: true, mode: 0o700 })
        // As old as it is here, whatever its clock said while it was written.
        const now = new Date()
        await this.#files.utimes(temporary, now, now)
        await this.#files.rename(temporary, this.#path(hex))
        this.#heldAt.set(hex, performance.now())
      })
      return { digest: `sha256:${hex}`, size }
    } finally {
      this.#writing.delete(temporary)
      await this.#files.rm(temporary, { force: true })
    }
  }

  async size(digest: string): Promise<number | undefined> {
    const hex = hexOf(digest)
    if (!hex) return undefined
    return this.#files.stat(this.#path(hex)).then(
      ({ size }) => size,
      () => undefined,
    )
  }

  /** Its size; it stays for the grace time from now on, whether somebody refers to it or not. */
  async hold(digest: string): Promise<number | undefined> {
    const hex = hexOf(digest)
    if (!hex) return undefined
    return this.#turns.run(hex, async () => ((await this.#touch(hex)) ? this.size(digest) : undefined))
  }

  read(digest: string, range: { start?: number; end?: number } = {}): Readable {
    const hex = hexOf(digest)
    return hex ? createReadStream(this.#path(hex), range) : Readable.from([])
  }

  /**
   * Takes away what is older than the grace time and is not among `referred`, which is asked after the old ones have been listed: who refers to one of
   * them later has put or held it by then, and each is looked at once more before it goes.
   */
  async sweep(referred: () => Promise<ReadonlySet<string>>, { grace = graceMs }: { grace?: number } = {}): Promise<Swept> {
    const old = await this.#listOld(grace)
    const swept: Swept = { blobs: 0, bytes: 0 }
    if (old.length === 0) return swept
    const kept = await referred()
    for (const hex of old) {
      if (kept.has(`sha256:${hex}`)) continue
      await this.#turns.run(hex, async () => {
        const size = await this.#sizeOfOld(this.#path(hex), grace)
        if (size === undefined || this.#isHeld(hex, grace)) return
        this.#heldAt.delete(hex)
        await this.#files.rm(this.#path(hex), { force: true })
        swept.blobs++
        swept.bytes += size
      })
    }
    return swept
  }

  /** Digests in hex. What a kill has left half written goes at once. */
  async #listOld(grace: number): Promise<string[]> {
    const found: string[] = []
    for (const name of await this.#list(this.#root)) {
      if (/^[0-9a-f]{2}$/.test(name)) {
        for (const rest of await this.#list(join(this.#root, name))) {
          if (/^[0-9a-f]{62}$/.test(rest)) {
            if (!this.#isHeld(name + rest, grace) && (await this.#sizeOfOld(join(this.#root, name, rest), grace)) !== undefined)
              found.push(name + rest)
          } else if (/^[0-9a-f]{62}\.[0-9a-f-]{36}$/.test(rest)) await this.#removeLeftover(join(this.#root, name, rest), grace)
        }
      } else if (/^incoming-[0-9a-f-]{36}$/.test(name)) await this.#removeLeftover(join(this.#root, name), grace)
    }
    return found
  }

  async #removeLeftover(path: string, grace: number): Promise<void> {
    if (!this.#writing.has(path) && (await this.#sizeOfOld(path, grace)) !== undefined) await this.#files.rm(path, { force: true })
  }

  async #list(folder: string): Promise<string[]> {
    try {
      return await this.#files.readdir(folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  /** Undefined for what is too young, or gone. */
  async #sizeOfOld(path: string, grace: number): Promise<number | undefined> {
    const facts = await this.#files.stat(path).catch(() => undefined)
    return facts?.isFile() && facts.mtimeMs <= Date.now() - grace ? facts.size : undefined
  }

  #isHeld(hex: string, grace: number): boolean {
    const at = this.#heldAt.get(hex)
    return at !== undefined && performance.now() - at < grace
  }

  /** False when it is not there. */
  async #touch(hex: string): Promise<boolean> {
    // Far from the end of its time the file need not be told: the memory of this process is enough.
    if (this.#isHeld(hex, graceMs / 4)) return true
    const now = new Date()
    try {
      await this.#files.utimes(this.#path(hex), now, now)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      this.#heldAt.delete(hex)
      return false
    }
    this.#heldAt.set(hex, performance.now())
    return true
  }

  async #write(hex: string, content: Buffer): Promise<void> {
    const path = this.#path(hex)
    await this.#files.mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const temporary = `${path}.${randomUUID()}`
    this.#writing.add(temporary)
    try {
      const file = await this.#files.open(temporary, 'wx', 0o600)
      try {
        await file.writeFile(content)
        await file.sync()
      } finally {
        await file.close()
      }
      await this.#files.rename(temporary, path)
      this.#heldAt.set(hex, performance.now())
    } finally {
      this.#writing.delete(temporary)
    }
  }

  #path(hex: string): string {
    return join(this.#root, hex.slice(0, 2), hex.slice(2))
  }
}

function hexOf(digest: string): string | undefined {
  return /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1]
}
