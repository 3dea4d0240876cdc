import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import type { SourceEntry, SourceTree } from '../contract.ts'
import { folderOf, isSafeName, normalPath } from '../repository-path.ts'

export interface CopyLimits {
  files: number
  bytes: number
  fileBytes: number
}

export interface PrivateCopy {
  /** Absolute path of the copied folder. */
  folder: string
  /** A private folder beside it, for HOME and temporary files. */
  scratch: string
  remove(): Promise<void>
}

const writesAtOnce = 16

/**
 * Copies a folder of a tree to a new private folder of this machine, for a program to read. Regular files, and links that stay inside of the folder; one that
 * leads out is refused. Nothing is executable unless modes are to be kept. Rejects with `PlimsollError`; then nothing is left behind.
 */
export async function copyFolder(
  tree: SourceTree,
  path: string,
  options: { preservesModes: boolean; limits: CopyLimits },
): Promise<PrivateCopy> {
  const entries = (await tree.list(path)).filter(({ kind }) => kind !== 'submodule')
  const bytes = entries.reduce((sum, { size }) => sum + size, 0)
  if (entries.length > options.limits.files || bytes > options.limits.bytes) {
    throw new PlimsollError(
      'manifest-too-large',
      `Folder '${path}' has ${entries.length} files of ${bytes} bytes; a copy for a program may have less.`,
    )
  }
  const root = await mkdtemp(join(tmpdir(), 'plimsoll-render-'))
  const remove = (): Promise<void> => rm(root, { recursive: true, force: true, maxRetries: 3 })
  try {
    const folder = join(root, 'source')
    const scratch = join(root, 'scratch')
    await Promise.all([mkdir(folder, { mode: 0o700 }), mkdir(scratch, { mode: 0o700 })])
    const cut = path === '' ? 0 : path.length + 1
    // Every folder is there before the first link: a tree may name a link and a folder alike, and nothing is made in what a link leads to.
    await inTurns(entries, (entry) => makeFolderOf(folder, entry.path.slice(cut), entry))
    await inTurns(entries, (entry) => place(folder, entry.path.slice(cut), entry))
    return { folder, scratch, remove }
  } catch (error) {
    await remove()
    throw error
  }

  async function makeFolderOf(folder: string, inside: string, entry: SourceEntry): Promise<void> {
    if (normalPath(inside) !== inside || !inside.split('/').every(isSafeName)) throw leavesFolder(entry.path)
    await mkdir(dirname(join(folder, inside)), { recursive: true, mode: 0o700 })
  }

  async function place(folder: string, inside: string, entry: SourceEntry): Promise<void> {
    const target = join(folder, inside)
    const content = await tree.read(entry.hash, entry.kind === 'symlink' ? 4096 : options.limits.fileBytes)
    if (entry.kind === 'symlink') {
      const link = content.toString()
      if (!staysInside(link, folderOf(inside))) throw leavesFolder(entry.path)
      await unlessTaken(entry, symlink(link, target))
      return
    }
    await unlessTaken(entry, writeFile(target, content, { mode: 0o600, flag: 'wx' }))
    if (options.preservesModes && entry.kind === 'executable') await chmod(target, 0o700)
  }
}

/** On a disk that takes capitals for small letters, two names may be one. */
async function unlessTaken(entry: SourceEntry, made: Promise<void>): Promise<void> {
  try {
    await made
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new PlimsollError('path-outside-repository', `repository has two entries of one name: ${entry.path}`, {
      remedy: 'Rename one of them.',
    })
  }
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const turns = Array.from({ length: writesAtOnce }, async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) await work(next)
  })
  // Whoever cleans up after a failure must not meet one that still writes.
  for (const turn of turns) turn.catch(() => queue.splice(0))
  for (const turn of await Promise.allSettled(turns)) if (turn.status === 'rejected') throw turn.reason
}

/**
 * A link's text that cannot lead out, whatever other links there are: `..` only at its beginning, from a real folder, and no more of them than there
 * are folders. What follows goes down, through links of which the same holds.
 */
function staysInside(link: string, from: string): boolean {
  if (link.startsWith('/') || link === '' || link.includes('\0')) return false
  const parts = link.split('/').filter((part) => part !== '' && part !== '.')
  const up = parts.findIndex((part) => part !== '..')
  const rise = up < 0 ? parts.length : up
  return !parts.slice(rise).includes('..') && rise <= (from === '' ? 0 : from.split('/').length)
}

function leavesFolder(path: string): PlimsollError {
  return new PlimsollError('path-outside-repository', `repository contains out-of-bounds symlinks. file: ${path}`, {
    remedy: 'Let the link point to a file of the same folder, or replace it with the file.',
  })
}
