import { PlimsollError } from '@plimsoll/api'
import { ByteCache } from './byte-cache.ts'
import type { TreeEntry } from './contract.ts'
import type { ObjectPool } from './object-pool.ts'
import { ObjectTooLarge } from './object-process.ts'

/** A commit object, as far as it is used here. */
export interface CommitObject {
  hash: string
  tree: string
  author: string
  email: string
  /** RFC 3339, in the author's own time zone. */
  date: string
  message: string
}

/** One line of a tree object. `size` is that of a blob, 0 for the rest. */
export interface DirectoryEntry {
  name: string
  kind: TreeEntry['kind'] | 'directory'
  mode: string
  hash: string
  size: number
}

export type Directory = readonly DirectoryEntry[]

const maxTreeBytes = 32 * 1024 * 1024
const maxCommitBytes = 1024 * 1024
const kinds: Record<string, DirectoryEntry['kind']> = {
  '40000': 'directory',
  '040000': 'directory',
  '100644': 'file',
  '100664': 'file',
  '100755': 'executable',
  '120000': 'symlink',
  '160000': 'submodule',
}

/** Objects of all repositories by hash. Cached under repository and hash: one tenant never reads what another one has. */
export class ObjectStore {
  readonly #pool: ObjectPool
  readonly #blobs: ByteCache<Buffer>
  readonly #directories: ByteCache<Directory>
  readonly #commits = new ByteCache<CommitObject>(4 * 1024 * 1024)
  readonly #underWay = new Map<string, Promise<Directory>>()

  constructor(pool: ObjectPool, cacheBytes: number) {
    this.#pool = pool
    this.#blobs = new ByteCache(cacheBytes / 2)
    this.#directories = new ByteCache(cacheBytes / 2)
  }

  /** The commit that a name which passed the grammar stands for; tags are peeled. Undefined when there is none. */
  async resolveCommit(gitDir: string, name: string): Promise<string | undefined> {
    const answer = await this.#pool.ask(gitDir, 'check', `${name}^{commit}`)
    return answer?.type === 'commit' ? answer.hash : undefined
  }

  async commit(gitDir: string, hash: string): Promise<CommitObject> {
    const key = `${gitDir} ${hash}`
    const cached = this.#commits.get(key)
    if (cached !== undefined) return cached
    const content = await this.#read(gitDir, hash, 'commit', maxCommitBytes)
    if (content === undefined) {
      throw new PlimsollError('revision-not-found', `Commit ${hash} is not in the repository any more.`)
    }
    const commit = parseCommit(hash, content.toString())
    this.#commits.set(key, commit, content.length + 400)
    return commit
  }

  async directory(gitDir: string, hash: string): Promise<Directory> {
    const key = `${gitDir} ${hash}`
    const cached = this.#directories.get(key) ?? this.#underWay.get(key)
    if (cached !== undefined) return cached
    const reading = this.#readDirectory(gitDir, hash)
    this.#underWay.set(key, reading)
    try {
      const directory = await reading
      this.#directories.set(key, directory, 100 + directory.reduce((bytes, { name }) => bytes + 200 + name.length, 0))
      return directory
    } finally {
      this.#underWay.delete(key)
    }
  }

  /** Throws `manifest-too-large` without reading what is larger than `maxBytes`. */
  async blob(gitDir: string, hash: string, maxBytes: number): Promise<Buffer> {
    const key = `${gitDir} ${hash}`
    const cached = this.#blobs.get(key)
    if (cached !== undefined) {
      if (cached.length > maxBytes) throw tooLarge(cached.length, maxBytes)
      return cached
    }
    const content = await this.#read(gitDir, hash, 'blob', maxBytes)
    if (content === undefined) throw new PlimsollError('path-not-found', `Object ${hash} is not in the repository any more.`)
    this.#blobs.set(key, content, content.length + 200)
    return content
  }

  /** A commit as it is stored, byte by byte. */
  async rawCommit(gitDir: string, hash: string): Promise<Buffer> {
    const content = await this.#read(gitDir, hash, 'commit', maxCommitBytes)
    if (content === undefined) throw new PlimsollError('revision-not-found', `Commit ${hash} is not in the repository.`)
    return content
  }

  /** An annotated tag as it is stored. */
  async rawTag(gitDir: string, hash: string): Promise<Buffer> {
    const content = await this.#read(gitDir, hash, 'tag', maxCommitBytes)
    if (content === undefined) throw new PlimsollError('revision-not-found', `Tag ${hash} is not in the repository.`)
    return content
  }

  async #read(gitDir: string, hash: string, type: string, maxBytes: number): Promise<Buffer | undefined> {
    try {
      const answer = await this.#pool.ask(gitDir, 'contents', hash, maxBytes)
      return answer?.type === type ? answer.content : undefined
    } catch (error) {
      if (error instanceof ObjectTooLarge) throw tooLarge(error.size, maxBytes)
      throw error
    }
  }

  async #readDirectory(gitDir: string, hash: string): Promise<Directory> {
    const content = await this.#read(gitDir, hash, 'tree', maxTreeBytes)
    if (content === undefined) throw new PlimsollError('path-not-found', `Tree ${hash} is not in the repository any more.`)
    const entries = parseTree(content)
    await Promise.all(
      entries.map(async (entry) => {
        if (entry.kind === 'directory' || entry.kind === 'submodule') return
        const answer = await this.#pool.ask(gitDir, 'check', entry.hash)
        entry.size = answer?.size ?? 0
      }),
    )
    return entries
  }
}

export function tooLarge(size: number, maxBytes: number): PlimsollError {
  return new PlimsollError('manifest-too-large', `It has ${size} bytes; at most ${maxBytes} are read.`)
}

/** `<mode> <name>\0<hash as bytes>`, again and again (gitformat-pack(5); SHA-1 repositories). */
export function parseTree(content: Buffer): DirectoryEntry[] {
  const entries: DirectoryEntry[] = []
  let at = 0
  while (at < content.length) {
    const space = content.indexOf(32, at)
    const zero = content.indexOf(0, space)
    if (space < 0 || zero < 0 || zero + 21 > content.length) throw new Error('a tree object that is none')
    const mode = content.toString('latin1', at, space)
    const name = content.toString('utf8', space + 1, zero)
    // Git itself refuses these when it checks; a repository from elsewhere was perhaps never checked.
    if (name === '' || name === '.' || name === '..' || name.includes('/')) {
      throw new PlimsollError('path-outside-repository', `The repository has a file named '${name}', which would lead out of its folder.`)
    }
    entries.push({ name, mode, kind: kinds[mode] ?? 'file', hash: content.toString('hex', zero + 1, zero + 21), size: 0 })
    at = zero + 21
  }
  return entries
}

function parseCommit(hash: string, text: string): CommitObject {
  const blank = text.indexOf('\n\n')
  const headers = blank < 0 ? text : text.slice(0, blank)
  const tree = /^tree ([0-9a-f]{40})$/m.exec(headers)?.[1] ?? ''
  const author = /^author (.*?) ?<([^>\n]*)> (-?\d+) ([+-])(\d\d)(\d\d)$/m.exec(headers)
  return {
    hash,
    tree,
    author: author?.[1] ?? '',
    email: author?.[2] ?? '',
    date: author === null ? '' : dateInZone(Number(author[3]), author[4] === '-' ? -1 : 1, Number(author[5]), Number(author[6])),
    message: blank < 0 ? '' : text.slice(blank + 2).trimEnd(),
  }
}

/** Seconds since 1970 and a zone, as RFC 3339 in that zone. */
function dateInZone(seconds: number, sign: 1 | -1, hours: number, minutes: number): string {
  const offset = sign * (hours * 60 + minutes)
  const local = new Date((seconds + offset * 60) * 1000)
  if (Number.isNaN(local.getTime())) return ''
  const wall = local.toISOString().replace(/\.\d+Z$/, '')
  if (offset === 0) return `${wall}Z`
  return `${wall}${sign < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
}
