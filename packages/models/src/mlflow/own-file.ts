import { createReadStream, type ReadStream } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredFile } from './mlflow-store.ts'

/** What is in a folder of artefacts on this disk; empty for what is none, or is reached through a link. */
export async function listOwn(root: string, path: string): Promise<StoredFile[]> {
  if (!(await hasOwnFolders(root, path.split('/')))) return []
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch(() => [])
  return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
}

/** Undefined for what is no file, or is reached through a link. */
export async function readOwn(root: string, path: string): Promise<ReadStream | undefined> {
  if (!(await hasOwnFolders(root, path.split('/').slice(0, -1)))) return undefined
  const file = join(root, path)
  return (await lstat(file).catch(() => undefined))?.isFile() ? createReadStream(file) : undefined
}

async function hasOwnFolders(root: string, parts: readonly string[]): Promise<boolean> {
  for (let depth = 1; depth <= parts.length; depth++)
    if (!(await lstat(join(root, ...parts.slice(0, depth))).catch(() => undefined))?.isDirectory()) return false
  return true
}
