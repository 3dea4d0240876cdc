import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

/** Archives on disk, under their digest and nothing that a stranger has named. */
export interface ArchiveStore {
  /** Undefined when it is not there, or no longer what its name says. */
  read(digest: string): Promise<Buffer | undefined>
  /** Resolves without having kept it where the disk is full, or the folder cannot be written. */
  write(digest: string, bytes: Buffer): Promise<void>
}

/** What is hashed at a time, before others have their turn. */
const hashedAtOnce = 4 * 1024 * 1024

export async function digestOf(bytes: Buffer): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.length; at += hashedAtOnce) {
    if (at > 0) await setImmediate()
    hash.update(bytes.subarray(at, at + hashedAtOnce))
  }
  return `sha256:${hash.digest('hex')}`
}

export function openArchiveStore(dataDir: string, maxBytes: number): ArchiveStore {
  const fileOf = (digest: string): string | undefined =>
    /^sha256:[0-9a-f]{64}$/.test(digest) ? join(dataDir, `${digest.slice('sha256:'.length)}.tgz`) : undefined

  async function sweep(): Promise<void> {
    const files = await Promise.all(
      (await readdir(dataDir)).map(async (name) => {
        const path = join(dataDir, name)
        const info = await stat(path).catch(() => undefined)
        return { path, size: info?.size ?? 0, usedAt: info?.mtimeMs ?? 0 }
      }),
    )
    let left = files.reduce((sum, { size }) => sum + size, 0)
    for (const { path, size } of files.toSorted((a, b) => a.usedAt - b.usedAt)) {
      if (left <= maxBytes) return
      await rm(path, { force: true })
      left -= size
    }
  }

  return {
    async read(digest) {
      const file = fileOf(digest)
      if (file === undefined) return undefined
      try {
        const bytes = await readFile(file)
        if ((await digestOf(bytes)) !== digest) return undefined
        const now = new Date()
        await utimes(file, now, now)
        return bytes
      } catch {
        return undefined
      }
    },
    async write(digest, bytes) {
      const file = fileOf(digest)
      if (file === undefined) return
      const unfinished = join(dataDir, `${randomUUID()}.part`)
      try {
        await mkdir(dataDir, { recursive: true, mode: 0o700 })
        await writeFile(unfinished, bytes, { mode: 0o600 })
        await rename(unfinished, file)
        await sweep()
      } catch {
        await rm(unfinished, { force: true }).catch(() => undefined)
      }
    },
  }
}
