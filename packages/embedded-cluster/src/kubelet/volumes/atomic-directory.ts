import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PayloadFile } from './volume-payload.ts'

/**
 * Writes files so that a reader sees all of the old ones or all of the new ones, with the layout of the kubelet's AtomicWriter:
 * `..DIGEST/` holds the files, the link `..data` says which is the current one, and each name at the top is a link through it.
 * Returns whether anything changed.
 */
export function writeAtomically(folder: string, files: ReadonlyMap<string, PayloadFile>): boolean {
  const version = `..${digestOf(files)}`
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const before = linkOf(join(folder, '..data'))
  if (before === version) return false

  const target = join(folder, version)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { mode: 0o755 })
  for (const [path, { content, mode }] of files) {
    const file = join(target, path)
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
    writeFileSync(file, content, { mode: 0o600 })
    chmodSync(file, mode & 0o777)
  }
  const link = join(folder, '..data_tmp')
  rmSync(link, { force: true })
  symlinkSync(version, link)
  renameSync(link, join(folder, '..data'))

  const names = new Set([...files.keys()].map((path) => path.split('/')[0] ?? path))
  for (const name of names) {
    const through = `..data/${name}`
    if (linkOf(join(folder, name)) === through) continue
    rmSync(join(folder, name), { recursive: true, force: true })
    symlinkSync(through, join(folder, name))
  }
  for (const name of readdirSync(folder)) {
    if (name === '..data' || name === version || names.has(name)) continue
    rmSync(join(folder, name), { recursive: true, force: true })
  }
  return true
}

function digestOf(files: ReadonlyMap<string, PayloadFile>): string {
  const hash = createHash('sha256')
  for (const [path, { content, mode }] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path.length}:${path}:${mode}:${content.length}:`).update(content)
  }
  return hash.digest('hex').slice(0, 24)
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
