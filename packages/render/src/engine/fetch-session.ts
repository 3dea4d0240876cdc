import { PlimsollError } from '@plimsoll/api'
import type { ByteCache } from '../byte-cache.ts'
import type { RenderFailure, RenderRequest, SourceEntry, SourceTree } from '../contract.ts'
import { folderOf } from '../repository-path.ts'
import { treeOfFiles } from '../file-tree.ts'
import { isBelow, type Knowledge, type KnownFailure, type ListedEntry, type Listing, type Need } from './facts.ts'
import type { FetchClock } from './fetch-clock.ts'
import { FolderIndex } from './folder-index.ts'
import { kustomizationPaths, pathsIn } from './kustomization-hints.ts'
import { remoteFilePath } from './recorded-sources.ts'

/** A folder around a missing file is sent as a whole up to so many entries: more will be asked of it. */
const smallFolder = 2_000
const maxLinks = 5_000
const readsAtOnce = 16
/** What is fetched on a guess: one file, all of them, and looks at folders elsewhere. */
const maxHintBytes = 1_000_000
const maxHintedBytes = 16_000_000
const maxHints = 1_000

export interface FetchCaches {
  /** Contents by hash. */
  contents: ByteCache<Buffer>
  /** Listings by hash and path. */
  listings: ByteCache<{ entries: readonly ListedEntry[]; index?: FolderIndex }>
}

interface KnownOnMain {
  listings: Map<string, Listing & { entries: readonly ListedEntry[] }>
  entries: Map<string, ListedEntry>
  absent: Set<string>
  failures: KnownFailure[]
}

/** What one render has fetched of its trees: asks each thing once. */
export class FetchSession {
  readonly request: RenderRequest
  readonly #clock: FetchClock
  readonly #caches: FetchCaches
  readonly #limits: { fileBytes: number; readBytes: number }
  readonly #trees = new Map<string, Promise<SourceTree>>()
  readonly #hashes = new Map<string, Promise<string | undefined>>()
  readonly #known = new Map<string, KnownOnMain>()
  readonly #contents = new Map<string, Buffer>()
  #bytes = 0

  constructor(request: RenderRequest, clock: FetchClock, caches: FetchCaches, limits: { fileBytes: number; readBytes: number }) {
    this.request = request
    this.#clock = clock
    this.#caches = caches
    this.#limits = limits
  }

  /** A repository did not answer, or refused: what is rendered now says nothing about later. */
  get hasFailures(): boolean {
    return [...this.#known.values()].some(({ failures }) => failures.some(({ isWhole }) => isWhole))
  }

  get contents(): ReadonlyMap<string, Buffer> {
    return this.#contents
  }

  /** The charts among these trees, open already. */
  async charts(keys: readonly string[]): Promise<{ name: string; version: string; tree: SourceTree }[]> {
    const charts = keys.filter((key) => key.startsWith('chart '))
    return Promise.all(
      charts.map(async (key) => {
        const [, name = '', version = ''] = JSON.parse(key.slice('chart '.length)) as string[]
        return { name, version, tree: await this.#tree(key) }
      }),
    )
  }

  knowledge(): Knowledge[] {
    return [...this.#known].map(([tree, { listings, entries, absent, failures }]) => ({
      tree,
      listings: [...listings.values()],
      entries: [...entries.values()],
      absent: [...absent],
      failures,
    }))
  }

  /** Rejects when a tree fails in a way that is not about the source. */
  async fetch(needs: readonly Need[]): Promise<void> {
    const places = new Set<string>()
    const contents = new Map<string, { tree: string; hash: string }>()
    for (const need of needs) {
      if (need.kind === 'content') contents.set(need.hash, need)
      else places.add(JSON.stringify([need.tree, need.kind === 'tree' ? '' : need.path, need.kind]))
    }
    for (const text of places) {
      const [tree, path, kind] = JSON.parse(text) as [string, string, Need['kind']]
      await (kind === 'tree' ? this.#fetchTree(tree) : this.#fetchPlace(tree, path))
    }
    await inTurns([...contents.values()], async ({ tree, hash }) => {
      await this.#fetchContent(tree, hash)
    })
  }

  /** Everything below a folder, and what is in it where that is little: most of it will be asked for. */
  async prefetch(tree: string, path: string, maxBytes: number): Promise<void> {
    const listing = await this.listing(tree, path)
    if (listing === undefined) return
    this.#at(tree).listings.set(path, listing)
    const files = listing.entries.filter(({ kind, size }) => (kind === 'file' || kind === 'executable') && size <= this.#limits.fileBytes)
    if (files.reduce((sum, { size }) => sum + size, 0) > maxBytes) return
    await inTurns(files, async ({ hash }) => {
      await this.#fetchContent(tree, hash)
    })
  }

  /**
   * A kustomization with everything that it seems to name, and so on: otherwise each base would be found missing in a try of its own. Ends early where
   * there is much.
   */
  async prefetchKustomization(path: string): Promise<void> {
    const folders = [path]
    const seen = new Set(folders)
    let looks = 0
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const index = await this.#indexAround(folder)
      const entry = kustomizationPaths(folder)
        .map((name) => index?.entry(name))
        .find((found) => found !== undefined)
      if (entry === undefined || entry.kind === 'symlink' || entry.size > maxHintBytes) continue
      await this.#fetchContent('source', entry.hash)
      const wanted: ListedEntry[] = []
      for (const named of pathsIn(this.#contents.get(entry.hash)?.toString() ?? '', folder)) {
        if (seen.has(named) || looks >= maxHints || this.#bytes > maxHintedBytes) continue
        seen.add(named)
        const around = isBelow(named, index?.path ?? '') ? index : undefined
        const file = around?.entry(named)
        if (file !== undefined && file.kind !== 'symlink' && file.size <= maxHintBytes) wanted.push(file)
        else if (around?.isFolder(named)) folders.push(named)
        else if (around === undefined && named.includes('/')) {
          looks += 1
          if ((await this.hashOf('source', named)) !== undefined) folders.push(named)
        }
      }
      await inTurns(wanted, async ({ hash }) => {
        await this.#fetchContent('source', hash)
      })
    }
  }

  /** The listing that holds a folder: one that is there already, or its own. */
  async #indexAround(folder: string): Promise<FolderIndex | undefined> {
    const { listings } = this.#at('source')
    for (let at = folder; ; at = folderOf(at)) {
      if (listings.has(at)) return this.index('source', at)
      if (at === '') break
    }
    const listing = await this.listing('source', folder)
    if (listing === undefined) return undefined
    listings.set(folder, listing)
    return this.index('source', folder)
  }

  hashOf(tree: string, path: string): Promise<string | undefined> {
    const key = `${tree}\0${path}`
    const known = this.#hashes.get(key) ?? this.#tree(tree).then((source) => source.hashOf(path))
    this.#hashes.set(key, known)
    return known
  }

  async listing(tree: string, path: string): Promise<(Listing & { entries: readonly ListedEntry[] }) | undefined> {
    const hash = await this.hashOf(tree, path)
    if (hash === undefined) return undefined
    const key = `${hash} ${path}`
    const known = this.#caches.listings.get(key)
    if (known !== undefined) return { path, hash, entries: known.entries }
    const source = await this.#tree(tree)
    const entries = await withTargets(source, await source.list(path))
    this.#caches.listings.set(key, { entries }, 200 + entries.length * 300)
    return { path, hash, entries }
  }

  /** A folder's listing in a form that can be asked. */
  async index(tree: string, path: string): Promise<FolderIndex | undefined> {
    const listing = await this.listing(tree, path)
    if (listing === undefined) return undefined
    const cached = this.#caches.listings.get(`${listing.hash} ${path}`)
    if (cached?.index !== undefined) return cached.index
    const index = new FolderIndex(path, listing.hash, listing.entries)
    if (cached !== undefined) cached.index = index
    return index
  }

  /** What is at a path where no listing is wanted: `folder`, an entry, or nothing. */
  async place(tree: string, path: string): Promise<'folder' | ListedEntry | undefined> {
    if ((await this.hashOf(tree, path)) !== undefined) return 'folder'
    const source = await this.#tree(tree)
    const found = source.entry ? await source.entry(path) : await entryByListing(source, path)
    return found === undefined ? undefined : (await withTargets(source, [found]))[0]
  }

  #tree(key: string): Promise<SourceTree> {
    const known = this.#trees.get(key)
    if (known !== undefined) return known
    const opened =
      key === 'source' ? Promise.resolve(this.request.tree) : this.#clock.wait(this.#open(key)).then((tree) => this.#clock.timed(tree))
    this.#trees.set(key, opened)
    return opened
  }

  async #open(key: string): Promise<SourceTree> {
    const request = this.request
    const { refs, policy } = request
    const space = key.indexOf(' ')
    const kind = space < 0 ? key : key.slice(0, space)
    const rest = key.slice(space + 1)
    if (kind === 'ref') {
      const found = refs?.get(rest)
      if (found !== undefined) return found
    } else if (kind === 'chart') {
      const [repository = '', name = '', version = ''] = JSON.parse(rest) as string[]
      if (request.charts !== undefined) return request.charts({ repository, name, version })
      throw new PlimsollError('source-not-supported', `Chart '${name}' of ${repository} is wanted, and charts cannot be fetched here.`, {
        remedy: 'Put the chart into the folder charts/ beside Chart.yaml.',
      })
    } else if (kind === 'git') {
      const [url = '', revision = ''] = JSON.parse(rest) as string[]
      if (request.git !== undefined && policy?.remoteBases === true) return request.git(url, revision)
      throw new PlimsollError('source-not-supported', `The remote base ${url} is not allowed here.`, {
        remedy: 'Put the base into this repository, or let the operator allow remote bases.',
      })
    } else if (kind === 'file') {
      // Whether a value file may be one, the reader of the source has asked already; a kustomization's may where its remote bases may.
      const isAllowed =
        (policy?.remoteBases === true && /^https:/i.test(rest)) ||
        policy?.valueFileSchemes?.some((scheme) => rest.toLowerCase().startsWith(`${scheme.toLowerCase()}:`))
      if (request.remoteFile !== undefined && isAllowed) return treeOfFiles(new Map([[remoteFilePath, await request.remoteFile(rest)]]))
    }
    throw new PlimsollError('source-not-supported', `${rest} cannot be fetched here.`)
  }

  async #fetchTree(key: string): Promise<void> {
    try {
      await this.#tree(key)
      const listing = await this.listing(key, '')
      if (listing !== undefined) this.#at(key).listings.set('', listing)
      else this.#at(key)
    } catch (error) {
      this.#at(key).failures.push({ ...failureFrom(error), path: '', isWhole: true })
    }
  }

  async #fetchPlace(tree: string, path: string): Promise<void> {
    try {
      const listing = await this.listing(tree, path)
      if (listing !== undefined) {
        this.#at(tree).listings.set(path, listing)
        return
      }
      const folder = folderOf(path)
      const around = path === '' ? undefined : await this.#smallListing(tree, folder)
      if (around !== undefined) {
        this.#at(tree).listings.set(folder, around)
        return
      }
      const found = await this.place(tree, path)
      if (found === undefined || found === 'folder') this.#at(tree).absent.add(path)
      else this.#at(tree).entries.set(path, found)
    } catch (error) {
      if (!(error instanceof PlimsollError) || error.code !== 'path-outside-repository') throw error
      this.#at(tree).failures.push({ ...failureFrom(error), path, isWhole: false })
    }
  }

  /** Of the folder around a file, when the tree has no cheaper way to say what is there, or the folder is small. */
  async #smallListing(tree: string, folder: string): Promise<(Listing & { entries: readonly ListedEntry[] }) | undefined> {
    const source = await this.#tree(tree)
    if (source.entry !== undefined) return undefined
    const listing = await this.listing(tree, folder)
    return listing !== undefined && listing.entries.length <= smallFolder ? listing : undefined
  }

  async #fetchContent(tree: string, hash: string): Promise<void> {
    if (this.#contents.has(hash)) return
    const cached = this.#caches.contents.get(hash)
    const content = cached ?? (await (await this.#tree(tree)).read(hash, this.#limits.fileBytes))
    if (cached === undefined) this.#caches.contents.set(hash, content, content.length + 100)
    this.#contents.set(hash, content)
    this.#bytes += content.length
    if (this.#bytes > this.#limits.readBytes * 2) {
      throw new PlimsollError('manifest-too-large', `The files that are read have more than ${this.#limits.readBytes} bytes together.`)
    }
  }

  #at(tree: string): KnownOnMain {
    const known = this.#known.get(tree) ?? { listings: new Map(), entries: new Map(), absent: new Set<string>(), failures: [] }
    this.#known.set(tree, known)
    return known
  }
}

async function entryByListing(source: SourceTree, path: string): Promise<SourceEntry | undefined> {
  const entries = await source.list(folderOf(path))
  return entries.find((entry) => entry.path === path)
}

/** With what each link says. */
async function withTargets(source: SourceTree, entries: readonly SourceEntry[]): Promise<ListedEntry[]> {
  const links = entries.filter(({ kind }) => kind === 'symlink')
  if (links.length > maxLinks)
    throw new PlimsollError('manifest-too-large', `There are ${links.length} links; at most ${maxLinks} are read.`)
  const targets = new Map<SourceEntry, string>()
  await inTurns(links, async (link) => {
    targets.set(link, (await source.read(link.hash, 4096)).toString())
  })
  return entries.map((entry) => {
    const target = targets.get(entry)
    return target === undefined ? entry : { ...entry, target }
  })
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const turns = Array.from({ length: Math.min(readsAtOnce, queue.length) }, async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await work(item)
  })
  await Promise.all(turns)
}

function failureFrom(error: unknown): Pick<KnownFailure, 'code' | 'message' | 'remedy'> {
  if (error instanceof PlimsollError) return { code: renderCode(error.code), message: error.message, remedy: error.remedy }
  return {
    code: 'render-failed',
    message: error instanceof Error ? error.message : String(error),
    remedy: 'Try again; the server log says more.',
  }
}

const renderCodes: ReadonlySet<string> = new Set<RenderFailure['code']>([
  ...(['path-not-found', 'path-outside-repository', 'manifest-invalid', 'manifest-too-large', 'render-timeout'] as const),
  ...(['render-failed', 'source-not-supported', 'repository-unreachable', 'revision-not-found'] as const),
])

/** A code of the table, where a render may fail with it. */
export function renderCode(code: string): RenderFailure['code'] {
  return renderCodes.has(code) ? (code as RenderFailure['code']) : 'render-failed'
}
