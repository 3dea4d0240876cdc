import { PlimsollError } from '@plimsoll/api'
import { ByteCache } from './byte-cache.ts'
import type { TreeEntry } from './contract.ts'
import type { Directory, DirectoryEntry, ObjectStore } from './object-store.ts'

/** Trees can name the same subtree again and again: a few kilobytes can stand for billions of files. */
const maxEntries = 200_000
const maxDepth = 200
/** As Linux has it (path_resolution(7)). */
const maxLinks = 40

/** Folders count as well: an empty one costs as much. */
interface Collection {
  entries: TreeEntry[]
  visited: number
}

/** Paths, listings and differences over the trees of one store. A commit that changes one folder costs the trees above it. */
export class TreeWalk {
  readonly #store: ObjectStore
  readonly #listings = new ByteCache<readonly TreeEntry[]>(32 * 1024 * 1024)

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /**
   * The tree object of a folder. Links on the way are followed inside the repository. Throws `path-not-found`, or
   * `path-outside-repository` for `..`, absolute paths and links that leave.
   */
  async folder(gitDir: string, root: string, path: string): Promise<string> {
    let todo = splitPath(path)
    let parents: string[] = []
    let names: string[] = []
    let current = root
    let links = 0
    for (;;) {
      const name = todo.shift()
      if (name === undefined) return current
      if (name === '..') {
        const parent = parents.pop()
        if (parent === undefined) throw outside(path)
        names.pop()
        current = parent
        continue
      }
      const entry = (await this.#store.directory(gitDir, current)).find((candidate) => candidate.name === name)
      if (entry?.kind === 'directory') {
        parents.push(current)
        names.push(name)
        current = entry.hash
      } else if (entry?.kind === 'symlink') {
        links += 1
        if (links > maxLinks) throw new PlimsollError('path-not-found', `Path '${path}' goes through too many links.`)
        const target = (await this.#store.blob(gitDir, entry.hash, 4096)).toString()
        if (target.startsWith('/')) throw outside(path)
        todo = [...target.split('/').filter((part) => part !== '' && part !== '.'), ...todo]
      } else {
        const where = [...names, name].join('/')
        const what = entry === undefined ? 'is not in the repository' : entry.kind === 'submodule' ? 'is a submodule' : 'is a file'
        throw new PlimsollError('path-not-found', `Path '${where}' ${what}.`)
      }
    }
  }

  /** What is at a path and is no folder. Links on the way are followed as by `folder`, the last one is not. */
  async entry(gitDir: string, root: string, path: string): Promise<TreeEntry | undefined> {
    const parts = splitPath(path)
    const name = parts.pop()
    if (name === undefined) return undefined
    let folder: string
    try {
      folder = await this.folder(gitDir, root, parts.join('/'))
    } catch (error) {
      if (error instanceof PlimsollError && error.code === 'path-not-found') return undefined
      throw error
    }
    const found = (await this.#store.directory(gitDir, folder)).find((entry) => entry.name === name)
    if (found === undefined || found.kind === 'directory') return undefined
    return { path: parts.concat(name).join('/'), kind: found.kind, hash: found.hash, size: found.size }
  }

  /** Every entry below a tree, in Git's order. */
  async list(gitDir: string, hash: string): Promise<readonly TreeEntry[]> {
    const key = `${gitDir} ${hash}`
    const cached = this.#listings.get(key)
    if (cached !== undefined) return cached
    const entries: TreeEntry[] = []
    await this.#collect(gitDir, await this.#store.directory(gitDir, hash), '', 0, { entries, visited: 0 })
    this.#listings.set(
      key,
      entries,
      entries.reduce((bytes, { path }) => bytes + 200 + path.length, 200),
    )
    return entries
  }

  /** Paths whose content or mode differs, in Git's order within each folder; undefined when they are too many to be of use. */
  async changed(gitDir: string, from: string, to: string, limit = maxEntries): Promise<string[] | undefined> {
    const paths: string[] = []
    let visited = 0
    const compare = async (a: string | undefined, b: string | undefined, prefix: string, depth: number): Promise<void> => {
      visited += 1
      if (a === b || paths.length > limit || visited > limit || depth > maxDepth) return
      const [before, after] = await Promise.all([this.#directory(gitDir, a), this.#directory(gitDir, b)])
      const old = new Map(before.map((entry) => [entry.name, entry]))
      for (const entry of after) {
        const was = old.get(entry.name)
        old.delete(entry.name)
        if (was?.hash === entry.hash && was.mode === entry.mode) continue
        await step(was, entry, `${prefix}${entry.name}`, depth)
      }
      for (const entry of old.values()) await step(entry, undefined, `${prefix}${entry.name}`, depth)
    }
    const step = async (was: DirectoryEntry | undefined, is: DirectoryEntry | undefined, path: string, depth: number): Promise<void> => {
      const wasFolder = was?.kind === 'directory'
      const isFolder = is?.kind === 'directory'
      if ((was !== undefined && !wasFolder) || (is !== undefined && !isFolder)) paths.push(path)
      if (wasFolder || isFolder) await compare(wasFolder ? was.hash : undefined, isFolder ? is.hash : undefined, `${path}/`, depth + 1)
    }
    await compare(from, to, '', 0)
    return paths.length > limit || visited > limit ? undefined : paths.toSorted()
  }

  async #directory(gitDir: string, hash: string | undefined): Promise<Directory> {
    return hash === undefined ? [] : this.#store.directory(gitDir, hash)
  }

  async #collect(gitDir: string, directory: Directory, prefix: string, depth: number, into: Collection): Promise<void> {
    if (depth > maxDepth) throw new PlimsollError('manifest-too-large', `Folders are nested deeper than ${maxDepth}.`)
    // Asked for together, so that one round trip serves all; taken in order.
    const folders = new Map<string, Promise<Directory>>()
    for (const entry of directory) {
      if (entry.kind !== 'directory' || folders.has(entry.hash)) continue
      const reading = this.#store.directory(gitDir, entry.hash)
      // Whoever awaits it below sees the failure; until then it is not unhandled.
      reading.catch(ignore)
      folders.set(entry.hash, reading)
    }
    for (const { name, kind, hash, size } of directory) {
      into.visited += 1
      if (into.visited > maxEntries)
        throw new PlimsollError('manifest-too-large', `There are more than ${maxEntries} files below the path.`)
      if (kind === 'directory') await this.#collect(gitDir, (await folders.get(hash)) ?? [], `${prefix}${name}/`, depth + 1, into)
      else into.entries.push({ path: `${prefix}${name}`, kind, hash, size })
    }
  }
}

/** Components of a path from the repository's root. `.` and empty ones fall away. */
function splitPath(path: string): string[] {
  if (path.startsWith('/') || path.includes('\0') || path.length > 4096) throw outside(path)
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw outside(path)
  return parts
}

function outside(path: string): PlimsollError {
  return new PlimsollError('path-outside-repository', `Path '${path.slice(0, 200)}' leads out of the repository.`)
}

function ignore(): void {}
