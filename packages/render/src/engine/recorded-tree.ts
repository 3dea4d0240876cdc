import { folderOf, normalPath } from '../repository-path.ts'
import { factOf, type KnownFailure, type ListedEntry, type Need, type TreeRecord } from './facts.ts'
import type { FolderIndex } from './folder-index.ts'
import { NotFetched, RenderError, type Tree } from './tree.ts'

/** As many as Linux follows (path_resolution(7)). */
const maxLinks = 40
const maxListed = 100_000

export interface ReadLimits {
  /** One file, and all that a render reads together. */
  fileBytes: number
  readBytes: number
}

/** What is known of a tree so far; grows from one try of a render to the next. */
export interface KnownTree {
  /** By their folder. */
  listings: Map<string, FolderIndex>
  entries: Map<string, ListedEntry>
  absent: Set<string>
  failures: KnownFailure[]
}

/** Contents by hash, of the worker; and how much one render has read. */
export interface Contents {
  get(hash: string): Uint8Array | undefined
}

type Place = { kind: 'file'; path: string; entry: ListedEntry } | { kind: 'folder'; path: string }

/**
 * A tree as an engine sees it, over what the main thread has sent. Every answer is recorded, nothing as well; for what is not there yet it notes the
 * need and throws `NotFetched`.
 */
export class RecordedTree implements Tree {
  readonly #name: string
  readonly #known: KnownTree
  readonly #contents: Contents
  readonly #limits: ReadLimits
  readonly #budget: { read: number }
  readonly #needs: Need[]
  readonly #hints: Need[]
  readonly #facts = new Map<string, string>()
  readonly #used = new Set<FolderIndex>()
  readonly #counted = new Set<string>()

  constructor(options: {
    name: string
    known: KnownTree
    contents: Contents
    limits: ReadLimits
    budget: { read: number }
    /** What was asked for and is not there; and what will be asked for. */
    needs: Need[]
    hints: Need[]
  }) {
    this.#name = options.name
    this.#known = options.known
    this.#contents = options.contents
    this.#limits = options.limits
    this.#budget = options.budget
    this.#needs = options.needs
    this.#hints = options.hints
  }

  stat(path: string): 'file' | 'folder' | undefined {
    return this.#find(path)?.kind
  }

  realPath(path: string): string | undefined {
    return this.#find(path)?.path
  }

  read(path: string): Uint8Array | undefined {
    const place = this.#find(path)
    if (place?.kind !== 'file') return undefined
    const { hash, size } = this.#readable(place.entry, path)
    const content = this.#contents.get(hash)
    if (content === undefined) throw this.#missing({ kind: 'content', tree: this.#name, hash, size })
    return content
  }

  list(path: string): readonly string[] {
    const place = this.#find(path)
    if (place?.kind !== 'folder') return []
    const folder = this.#normal(path)
    const listing = this.#listingOf(place.path)
    if (listing === undefined) throw this.#missing({ kind: 'place', tree: this.#name, path: place.path })
    const direct = listing.below(place.path)
    if (!direct.hasLinks && folder === place.path) {
      this.#noteNames(listing, place.path, direct.digest)
      return direct.paths
    }
    const paths: string[] = []
    this.#listInto(paths, place.path, folder, 0)
    return paths.toSorted()
  }

  expect(paths: readonly string[]): void {
    const before = this.#needs.length
    for (const path of paths) {
      try {
        const place = this.#find(path)
        if (place?.kind !== 'file' || place.entry.size > this.#limits.fileBytes) continue
        const { hash, size } = place.entry
        if (this.#contents.get(hash) === undefined) this.#hints.push({ kind: 'content', tree: this.#name, hash, size })
      } catch {
        // The read that follows says what is wrong.
      }
    }
    this.#hints.push(...this.#needs.splice(before))
  }

  /** What was found. */
  record(): TreeRecord {
    return {
      tree: this.#name,
      facts: [...this.#facts].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
      listings: [...this.#used].map(({ path, hash }) => [path, hash] as const),
    }
  }

  /** Follows links, with what the folder's path was called by. */
  #listInto(paths: string[], real: string, shown: string, links: number): void {
    if (links > maxLinks) throw new RenderError(`${shown}: too many levels of symbolic links`, { at: { file: shown } })
    const listing = this.#listingOf(real)
    if (listing === undefined) throw this.#missing({ kind: 'place', tree: this.#name, path: real })
    const { entries, digest } = listing.below(real)
    this.#noteNames(listing, real, digest)
    const cut = real === '' ? 0 : real.length + 1
    const prefix = shown === '' ? '' : `${shown}/`
    for (const entry of entries) {
      const path = prefix + entry.path.slice(cut)
      if (paths.length >= maxListed) throw new RenderError(`There are more than ${maxListed} files below '${shown}'.`, tooLarge)
      if (entry.kind !== 'symlink') {
        paths.push(path)
        continue
      }
      const target = this.#find(entry.path)
      if (target?.kind === 'folder') this.#listInto(paths, target.path, path, links + 1)
      else paths.push(path)
    }
  }

  #noteNames(listing: FolderIndex, path: string, digest: string): void {
    this.#used.add(listing)
    this.#facts.set(`${path}/`, digest)
  }

  #readable(entry: ListedEntry, path: string): ListedEntry {
    if (entry.size > this.#limits.fileBytes) {
      throw new RenderError(`${path} has ${entry.size} bytes; at most ${this.#limits.fileBytes} are read.`, {
        at: { file: path },
        ...tooLarge,
      })
    }
    if (!this.#counted.has(entry.hash)) {
      this.#counted.add(entry.hash)
      this.#budget.read += entry.size
      if (this.#budget.read > this.#limits.readBytes) {
        throw new RenderError(`The files that were read have more than ${this.#limits.readBytes} bytes together.`, tooLarge)
      }
    }
    return entry
  }

  #normal(path: string): string {
    const normal = normalPath(path)
    if (normal === undefined) throw outside(path)
    return normal
  }

  #find(path: string): Place | undefined {
    let at = this.#normal(path)
    for (let hop = 0; hop <= maxLinks; hop++) {
      const found = this.#look(at)
      if (found === undefined) return undefined
      if (found.kind !== 'link') return found
      at = found.to
    }
    throw new RenderError(`${path}: too many levels of symbolic links`, { at: { file: path } })
  }

  /** One look, links not followed but told: that of the path itself, or of a folder above it. */
  #look(path: string): Place | { kind: 'link'; to: string } | undefined {
    this.#failIfFailed(path)
    const listing = this.#listingOf(path)
    if (listing === undefined) return this.#lookAlone(path)
    this.#used.add(listing)
    if (listing.isFolder(path)) {
      this.#facts.set(path, 'd')
      return { kind: 'folder', path }
    }
    const entry = listing.entry(path)
    if (entry !== undefined) return this.#at(path, entry, '')
    // Not there. A folder above may be a link, or be missing itself.
    for (let end = path.indexOf('/', listing.path === '' ? 0 : listing.path.length + 1); end >= 0; end = path.indexOf('/', end + 1)) {
      const above = path.slice(0, end)
      if (listing.isFolder(above)) continue
      const found = listing.entry(above)
      return found === undefined ? this.#nothing(above) : this.#at(above, found, path.slice(end + 1))
    }
    return this.#nothing(path)
  }

  #lookAlone(path: string): Place | { kind: 'link'; to: string } | undefined {
    if (path === '') return { kind: 'folder', path }
    if (this.#known.absent.has(path)) return this.#nothing(path)
    const entry = this.#known.entries.get(path)
    if (entry === undefined) throw this.#missing({ kind: 'place', tree: this.#name, path })
    return this.#at(path, entry, '')
  }

  #at(path: string, entry: ListedEntry, rest: string): Place | { kind: 'link'; to: string } | undefined {
    this.#facts.set(path, factOf(entry))
    if (entry.kind === 'submodule') return undefined
    if (entry.kind !== 'symlink') return rest === '' ? { kind: 'file', path, entry } : undefined
    const target = normalPath(entry.target ?? '', folderOf(path))
    if (entry.target === undefined || target === undefined) throw outside(path)
    return { kind: 'link', to: rest === '' ? target : target === '' ? rest : `${target}/${rest}` }
  }

  #nothing(path: string): undefined {
    this.#facts.set(path, '-')
    return undefined
  }

  #listingOf(path: string): FolderIndex | undefined {
    const { listings } = this.#known
    for (let folder = path; ; folder = folderOf(folder)) {
      const listing = listings.get(folder)
      if (listing !== undefined || folder === '') return listing
    }
  }

  #failIfFailed(path: string): void {
    const failure = this.#known.failures.find((each) => each.isWhole || each.path === path)
    if (failure !== undefined) throw new RenderError(failure.message, { code: failure.code, remedy: failure.remedy })
  }

  #missing(need: Need): NotFetched {
    this.#needs.push(need)
    return new NotFetched(`${this.#name} is not there yet`)
  }
}

const tooLarge = { code: 'manifest-too-large', remedy: 'Keep data out of the source, or split it.' } as const

function outside(path: string): RenderError {
  return new RenderError(`file '${path.slice(0, 200)}' resolved to outside repository root`, {
    code: 'path-outside-repository',
    remedy: 'Use a path inside the repository; links that leave it are not followed.',
  })
}
