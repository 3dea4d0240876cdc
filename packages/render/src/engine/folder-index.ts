import { namesDigest, type ListedEntry } from './facts.ts'

/** A listing that can be asked. Made once for each hash of a folder, and shared by the renders that see it. */
export class FolderIndex {
  readonly path: string
  readonly hash: string
  readonly #entries = new Map<string, ListedEntry>()
  readonly #folders = new Set<string>()
  readonly #sorted: readonly ListedEntry[]
  readonly #below = new Map<string, { entries: readonly ListedEntry[]; digest: string; hasLinks: boolean; paths: readonly string[] }>()

  constructor(path: string, hash: string, entries: readonly ListedEntry[]) {
    this.path = path
    this.hash = hash
    this.#sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    this.#folders.add(path)
    for (const entry of entries) {
      this.#entries.set(entry.path, entry)
      for (let end = entry.path.lastIndexOf('/'); end > path.length; end = entry.path.lastIndexOf('/', end - 1)) {
        const folder = entry.path.slice(0, end)
        if (this.#folders.has(folder)) break
        this.#folders.add(folder)
      }
    }
  }

  /** Roughly what it holds in memory. */
  get bytes(): number {
    return 200 + this.#sorted.length * 300
  }

  entry(path: string): ListedEntry | undefined {
    return this.#entries.get(path)
  }

  isFolder(path: string): boolean {
    return this.#folders.has(path)
  }

  below(folder: string): { entries: readonly ListedEntry[]; digest: string; hasLinks: boolean; paths: readonly string[] } {
    const known = this.#below.get(folder)
    if (known !== undefined) return known
    const prefix = folder === '' ? '' : `${folder}/`
    const entries = prefix === '' ? this.#sorted : this.#sorted.filter((entry) => entry.path.startsWith(prefix))
    const files = entries.filter(({ kind }) => kind !== 'submodule')
    const found = {
      entries: files,
      digest: namesDigest(files),
      hasLinks: files.some(({ kind }) => kind === 'symlink'),
      paths: files.map(({ path }) => path),
    }
    if (this.#below.size < 1000) this.#below.set(folder, found)
    return found
  }
}
