import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Files by digest. A name from outside is never part of a path: only 64 hex digits are. */
export class Blobs {
  readonly #root: string
  /** Digests known to be on disk, so that the same manifests are not written at each sync. */
  readonly #known = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** Resolves to `sha256:…` when the content is durable. */
  async put(content: Buffer): Promise<string> {
    const hex = createHash('sha256').update(content).digest('hex')
    if (!this.#known.has(hex) && !(await this.#exists(hex))) await this.#write(hex, content)
    this.#known.add(hex)
    return `sha256:${hex}`
  }

  /** Undefined when there is no such content, or when what is on disk is not what the digest says. */
  async get(digest: string): Promise<Buffer | undefined> {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1]
    if (!hex) return undefined
    try {
      const content = await readFile(this.#path(hex))
      return createHash('sha256').update(content).digest('hex') === hex ? content : undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  async #exists(hex: string): Promise<boolean> {
    return (await this.get(`sha256:${hex}`)) !== undefined
  }

  async #write(hex: string, content: Buffer): Promise<void> {
    const path = this.#path(hex)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const temporary = `${path}.${randomUUID()}`
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  }

  #path(hex: string): string {
    return join(this.#root, hex.slice(0, 2), hex.slice(2))
  }
}
