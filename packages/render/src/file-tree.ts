import { createHash } from 'node:crypto'
import { PlimsollError } from '@plimsoll/api'
import type { SourceEntry, SourceTree } from './contract.ts'
import { normalPath } from './repository-path.ts'

/**
 * Files in memory as a tree: an unpacked chart. `folder` makes that folder of the files the root, as the folder of a chart's archive
 * that bears its name. `hashOf` where the hashes are known.
 */
export function treeOfFiles(
  files: ReadonlyMap<string, Uint8Array>,
  folder = '',
  hashOf: (content: Uint8Array, path: string) => string = hashOfContent,
): SourceTree {
  const prefix = folder === '' ? '' : `${folder}/`
  const contents = new Map<string, Uint8Array>()
  const entries: SourceEntry[] = []
  for (const [path, content] of files) {
    const inside = path.startsWith(prefix) ? normalPath(path.slice(prefix.length)) : undefined
    if (inside === undefined || inside === '') continue
    const hash = hashOf(content, path)
    contents.set(hash, content)
    entries.push({ path: inside, kind: 'file', hash, size: content.length })
  }
  entries.sort((a, b) => (a.path < b.path ? -1 : 1))
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  const below = (path: string): SourceEntry[] => (path === '' ? entries : entries.filter((entry) => entry.path.startsWith(`${path}/`)))
  const folders = new Map<string, string>()
  return {
    hashOf(path) {
      const known = folders.get(path)
      if (known !== undefined) return Promise.resolve(known)
      const found = below(path)
      if (found.length === 0 && path !== '') return Promise.resolve(undefined)
      const hash = createHash('sha256')
      for (const entry of found) hash.update(`${entry.path}\0${entry.hash}\n`)
      const digest = hash.digest('hex')
      folders.set(path, digest)
      return Promise.resolve(digest)
    },
    list: (path) => Promise.resolve(below(path)),
    entry: (path) => Promise.resolve(byPath.get(path)),
    read(hash, maxBytes) {
      const content = contents.get(hash)
      if (content === undefined) return Promise.reject(new Error(`${hash} was read before it was listed`))
      if (content.length > maxBytes) {
        return Promise.reject(new PlimsollError('manifest-too-large', `A file has ${content.length} bytes; at most ${maxBytes} are read.`))
      }
      return Promise.resolve(Buffer.from(content.buffer, content.byteOffset, content.length))
    },
  }
}

export function hashOfContent(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
