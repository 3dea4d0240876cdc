import type { Knowledge, KnownFailure, Need, TreeRecord } from './facts.ts'
import type { FolderIndex } from './folder-index.ts'
import { RecordedTree, type Contents, type KnownTree, type ReadLimits } from './recorded-tree.ts'
import { NotFetched, RenderError, type Sources, type Tree } from './tree.ts'

/** Other trees that one render may name: each costs a look at a repository. */
const maxTrees = 200

export const treeKeys = {
  source: 'source',
  ref: (name: string): string => `ref ${name}`,
  chart: ({ repository, name, version }: { repository: string; name: string; version: string }): string =>
    `chart ${JSON.stringify([repository, name, version])}`,
  git: ({ url, revision }: { url: string; revision: string }): string => `git ${JSON.stringify([url, revision])}`,
  file: (url: string): string => `file ${url}`,
}

/** Where a file by URL is in the tree that stands for it. */
export const remoteFilePath = 'content'

/** Every tree of one render, for as long as it is tried. */
export class RecordedSources implements Sources {
  readonly #trees = new Map<string, KnownTree>()
  readonly #refs: ReadonlySet<string>
  readonly #options: { contents: Contents; limits: ReadLimits }
  #seen = new Map<string, RecordedTree>()
  #needs: Need[] = []
  #hints: Need[] = []
  #budget = { read: 0 }

  constructor(options: { refs: readonly string[]; contents: Contents; limits: ReadLimits }) {
    this.#refs = new Set(options.refs)
    this.#options = options
  }

  /** Takes in what the main thread has fetched. `indexOf` gives listings that this worker has had. */
  learn(knowledge: readonly Knowledge[], indexOf: (listing: Knowledge['listings'][number]) => FolderIndex | undefined): void {
    for (const { tree, listings, entries, absent, failures } of knowledge) {
      const known = this.#trees.get(tree) ?? {
        listings: new Map<string, FolderIndex>(),
        entries: new Map(),
        absent: new Set<string>(),
        failures: [] as KnownFailure[],
      }
      this.#trees.set(tree, known)
      for (const listing of listings) {
        const index = indexOf(listing)
        if (index !== undefined) known.listings.set(index.path, index)
      }
      for (const entry of entries) known.entries.set(entry.path, entry)
      for (const path of absent) known.absent.add(path)
      known.failures.push(...failures)
    }
  }

  /** Forgets what the last try has recorded. */
  begin(): void {
    this.#seen = new Map()
    this.#needs = []
    this.#hints = []
    this.#budget = { read: 0 }
  }

  /** Something was asked for that is not there, whether or not the engine went on. */
  get isSuspended(): boolean {
    return this.#needs.length > 0
  }

  get needs(): readonly Need[] {
    return [...this.#needs, ...this.#hints]
  }

  record(): TreeRecord[] {
    return [...this.#seen.values()].map((tree) => tree.record()).filter(({ facts }) => facts.length > 0)
  }

  get tree(): Tree {
    return this.#tree(treeKeys.source)
  }

  ref(name: string): Tree | undefined {
    return this.#refs.has(name) ? this.#tree(treeKeys.ref(name)) : undefined
  }

  chart(request: { repository: string; name: string; version: string }): Tree {
    return this.#tree(treeKeys.chart(request))
  }

  git(request: { url: string; revision: string }): Tree {
    return this.#tree(treeKeys.git(request))
  }

  file(url: string): Uint8Array {
    const content = this.#tree(treeKeys.file(url)).read(remoteFilePath)
    if (content === undefined) throw new RenderError(`${url} is not there.`)
    return content
  }

  #tree(key: string): Tree {
    const known = this.#trees.get(key)
    const whole = known?.failures.find(({ isWhole }) => isWhole)
    if (whole !== undefined) throw new RenderError(whole.message, { code: whole.code, remedy: whole.remedy })
    if (known === undefined) {
      if (this.#trees.size >= maxTrees) throw new RenderError(`More than ${maxTrees} charts and repositories are named.`)
      this.#needs.push({ kind: 'tree', tree: key })
      throw new NotFetched(`${key} is not there yet`)
    }
    const seen = this.#seen.get(key)
    if (seen !== undefined) return seen
    const tree = new RecordedTree({ name: key, known, ...this.#options, budget: this.#budget, needs: this.#needs, hints: this.#hints })
    this.#seen.set(key, tree)
    return tree
  }
}
