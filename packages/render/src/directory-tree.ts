import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstat, open, readdir, readlink, realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import type { SourceTree } from './contract.ts'
import { folderOf, nameOf, normalPath } from './repository-path.ts'

type Entry = Awaited<ReturnType<SourceTree['list']>>[number]

const maxEntries = 200_000
/** Contents are hashed to be known again; what is larger is refused by the renderer anyway. */
const maxHashedBytes = 64 * 1024 * 1024

/**
 * A folder on this machine's disk as the root of a repository, for manifests that are not pushed yet. The same rules as for Git: nothing outside
 * of the folder is read, wherever links lead; `.git` is left out.
 */
export function directoryTree(root: string): SourceTree {
  const files = new Map<string, string>()
  /** Hashes by place, for as long as a file looks the same. */
  const hashes = new Map<string, { looks: string; hash: string }>()

  /** The real place of a path, inside the root. Undefined when there is nothing. */
  async function place(path: string): Promise<string | undefined> {
    const base = await realpath(root)
    let real: string
    try {
      real = await realpath(join(base, path))
    } catch {
      return undefined
    }
    if (real !== base && !real.startsWith(base + sep)) {
      throw new PlimsollError('path-outside-repository', `Path '${path}' leads out of '${root}'.`)
    }
    return real
  }

  async function visit(folder: string, prefix: string, into: Entry[]): Promise<void> {
    const names = (await readdir(folder)).toSorted()
    for (const name of names) {
      if (name === '.git') continue
      const path = `${prefix}${name}`
      const real = join(folder, name)
      const info = await lstat(real)
      if (info.isDirectory()) await visit(real, `${path}/`, into)
      else if (info.isSymbolicLink() || info.isFile()) into.push(await describe(real, path, info))
      if (into.length > maxEntries)
        throw new PlimsollError('manifest-too-large', `There are more than ${maxEntries} files below '${root}'.`)
    }
  }

  async function describe(real: string, path: string, info: Stats): Promise<Entry> {
    const kind = info.isFile() ? ((info.mode & 0o100) === 0 ? 'file' : 'executable') : 'symlink'
    const looks = `${kind} ${info.ino} ${info.size} ${info.mtimeMs} ${info.ctimeMs}`
    const known = hashes.get(real)
    if (known?.looks === looks) return { path, kind, hash: known.hash, size: info.size }
    const content =
      kind === 'symlink' ? Buffer.from(await readlink(real)) : info.size <= maxHashedBytes ? await readWhole(real) : Buffer.from(real)
    const hash = createHash('sha256')
      .update(kind === 'symlink' ? 'link\0' : 'file\0')
      .update(content)
      .digest('hex')
    files.set(hash, real)
    hashes.set(real, { looks, hash })
    return { path, kind, hash, size: kind === 'symlink' ? content.length : info.size }
  }

  const tree: SourceTree = {
    async hashOf(path) {
      const real = await place(path)
      if (real === undefined || !(await lstat(real)).isDirectory()) return undefined
      const hash = createHash('sha256')
      for (const entry of await tree.list(path)) hash.update(`${entry.path}\0${entry.kind}\0${entry.hash}\0`)
      return hash.digest('hex')
    },
    async list(path) {
      const normal = normalPath(path)
      const real = normal === undefined ? undefined : await place(normal)
      if (real === undefined) return []
      const entries: Entry[] = []
      await visit(real, normal === '' ? '' : `${normal}/`, entries)
      return entries
    },
    async entry(path) {
      const normal = normalPath(path)
      const folder = normal === undefined || normal === '' ? undefined : await place(folderOf(normal))
      if (normal === undefined || folder === undefined || nameOf(normal) === '.git') return undefined
      const real = join(folder, nameOf(normal))
      try {
        const info = await lstat(real)
        return info.isFile() || info.isSymbolicLink() ? await describe(real, normal, info) : undefined
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async read(hash, maxBytes) {
      const real = files.get(hash)
      if (real === undefined) throw new Error(`${hash} was read before it was listed`)
      const info = await lstat(real)
      if (info.isSymbolicLink()) return Buffer.from(await readlink(real))
      if (info.size > maxBytes)
        throw new PlimsollError('manifest-too-large', `${relative(root, real)} has ${info.size} bytes; at most ${maxBytes} are read.`)
      return readWhole(real)
    },
  }
  return tree
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'ENOENT' || code === 'ENOTDIR'
}

async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    return await file.readFile()
  } finally {
    await file.close()
  }
}
