import { highestMatch, PlimsollError } from '@plimsoll/api'
import type { CommitMetadata, GitTree, ReadableRepositories, ResolvedRevision } from './contract.ts'
import type { Mirror } from './mirror.ts'
import { type ObjectStore, tooLarge } from './object-store.ts'
import { internalName, internalPrefix, tagNames, type RefSet } from './refs.ts'
import { parseRevision, type Revision } from './revision.ts'
import type { TreeWalk } from './tree-walk.ts'

/** A repository, open: where its objects are, and how its refs are found out. */
export interface OpenRepository {
  normal: string
  gitDir: string
  /** Sees to it that refs are as fresh as asked for. */
  freshen(maxAgeMs?: number): Promise<void>
  refs(): Promise<RefSet>
  /** Ref names that `HEAD` stands for, or `HEAD` itself. */
  head(): string
  mirror?: Mirror
}

export interface ReaderContext {
  store: ObjectStore
  walk: TreeWalk
  open: (repoURL: string) => Promise<OpenRepository>
  /** For messages: without credentials. */
  normalize: (repoURL: string) => string
}

/** Reads repositories as `open` opens them. */
export function createReader({ store, walk, open, normalize }: ReaderContext): ReadableRepositories {
  const reader: ReadableRepositories = {
    async resolve(repoURL, revision, { maxAgeMs, signal } = {}) {
      signal?.throwIfAborted()
      const parsed = parseRevision(revision)
      if (parsed === undefined) {
        throw notFound(repoURL, revision, 'it is not the name of a branch, tag or commit, nor a version range')
      }
      const repository = await open(repoURL)
      if (parsed.form === 'commit') {
        if ((await store.resolveCommit(repository.gitDir, parsed.hash)) !== undefined) return { commit: parsed.hash }
        await repository.freshen(maxAgeMs)
        if ((await store.resolveCommit(repository.gitDir, parsed.hash)) !== undefined) return { commit: parsed.hash }
        // A commit that no branch leads to any more can often be had all the same.
        if (repository.mirror !== undefined) await repository.mirror.fetchExtra(parsed.hash).catch(() => undefined)
        if ((await store.resolveCommit(repository.gitDir, parsed.hash)) !== undefined) return { commit: parsed.hash }
        throw notFound(repoURL, revision, 'the repository has no such commit')
      }
      await repository.freshen(maxAgeMs)
      signal?.throwIfAborted()
      const found = await find(repository, parsed)
      if (found !== undefined) return found
      const why = parsed.form === 'range' ? 'no tag has a version in that range' : 'there is no such branch, tag or commit'
      throw notFound(repoURL, revision, parsed.form === 'head' ? 'the repository has no commits yet' : why)
    },

    async tree(repoURL, commit, path = '') {
      const { gitDir } = await open(repoURL)
      const { tree } = await store.commit(gitDir, requireHash(commit))
      const hash = await walk.folder(gitDir, tree, path)
      const entries = await walk.list(gitDir, hash)
      return {
        commit,
        hash,
        entries,
        async read(entry, maxBytes) {
          if (entry.kind === 'submodule')
            throw new PlimsollError('path-not-found', `'${entry.path}' is a submodule; it has no content here.`)
          if (entry.size > maxBytes) throw tooLarge(entry.size, maxBytes)
          return store.blob(gitDir, requireHash(entry.hash), maxBytes)
        },
      } satisfies GitTree
    },

    async folderHash(repoURL, commit, path = '') {
      const { gitDir } = await open(repoURL)
      const { tree } = await store.commit(gitDir, requireHash(commit))
      return walk.folder(gitDir, tree, path)
    },

    async entry(repoURL, commit, path) {
      const { gitDir } = await open(repoURL)
      const { tree } = await store.commit(gitDir, requireHash(commit))
      return walk.entry(gitDir, tree, path)
    },

    async blob(repoURL, hash, maxBytes) {
      const { gitDir } = await open(repoURL)
      return store.blob(gitDir, requireHash(hash), maxBytes)
    },

    async changedPaths(repoURL, from, to) {
      const { gitDir } = await open(repoURL)
      try {
        const [before, after] = await Promise.all([store.commit(gitDir, requireHash(from)), store.commit(gitDir, requireHash(to))])
        return await walk.changed(gitDir, before.tree, after.tree)
      } catch (error) {
        if (error instanceof PlimsollError) return undefined
        throw error
      }
    },

    async commitMetadata(repoURL, commit) {
      const repository = await open(repoURL)
      const { author, email, date, message } = await store.commit(repository.gitDir, requireHash(commit))
      const { refs, peeled } = await repository.refs()
      const tags: string[] = []
      for (const [ref, hash] of refs) {
        if (ref.startsWith('refs/tags/') && (peeled.get(ref) ?? hash) === commit) tags.push(ref.slice('refs/tags/'.length))
      }
      return { author, email, date, message, tags } satisfies CommitMetadata
    },

    async signedObject(repoURL, commit, revisions) {
      const repository = await open(repoURL)
      const { gitDir } = repository
      for (const revision of revisions) {
        const { ref } = await reader.resolve(repoURL, revision).catch((error: unknown): { ref?: string } => {
          // One that is there no more names no tag.
          if (error instanceof PlimsollError) return {}
          throw error
        })
        const set = await repository.refs()
        const hash = ref?.startsWith('refs/tags/') ? set.refs.get(ref) : undefined
        if (ref === undefined || hash === undefined || set.peeled.get(ref) !== commit) continue
        return { kind: 'tag', hash, content: await store.rawTag(gitDir, hash), name: ref.slice('refs/tags/'.length), commit }
      }
      return { kind: 'commit', hash: commit, content: await store.rawCommit(gitDir, requireHash(commit)) }
    },

    async refNames(repoURL) {
      const repository = await open(repoURL)
      await repository.freshen()
      const names = [...(await repository.refs()).refs.keys()]
      const below = (prefix: string): string[] => names.filter((ref) => ref.startsWith(prefix)).map((ref) => ref.slice(prefix.length))
      return { branches: below('refs/heads/'), tags: below('refs/tags/') }
    },
  }
  return reader

  /** The commit behind a revision, by what the refs say now. Branches go before tags, ranges before names, as in Argo CD. */
  async function find(repository: OpenRepository, revision: Revision): Promise<ResolvedRevision | undefined> {
    const { gitDir, mirror } = repository
    if (revision.form === 'head') return findRef(gitDir, repository.head())
    if (revision.form === 'ref') {
      if (revision.ref.startsWith(internalPrefix)) return undefined
      const found = await findRef(gitDir, revision.ref)
      if (found !== undefined || mirror === undefined) return found
      if ((await mirror.remoteRef(revision.ref)) === undefined) return undefined
      await mirror.fetchExtra(revision.ref)
      const commit = await store.resolveCommit(gitDir, internalName(revision.ref))
      return commit === undefined ? undefined : { commit, ref: revision.ref }
    }
    if (revision.form === 'commit') return undefined
    const range = revision.form === 'range' ? revision.range : revision.range ? revision.name : undefined
    if (range !== undefined) {
      const tag = highestMatch(range, tagNames(await repository.refs()))
      if (tag !== undefined) return findRef(gitDir, `refs/tags/${tag}`)
    }
    if (revision.form === 'range') return undefined
    // A branch is known from the last change, without asking: thousands of applications follow one.
    const name = `refs/heads/${revision.name}`
    const known = (await repository.refs()).refs.get(name)
    if (known !== undefined) return { commit: known, ref: name }
    const [branch, tag] = await Promise.all([findRef(gitDir, name), findRef(gitDir, `refs/tags/${revision.name}`)])
    if (branch !== undefined || tag !== undefined) return branch ?? tag
    if (!revision.abbreviated) return undefined
    const commit = await store.resolveCommit(gitDir, revision.name)
    return commit?.startsWith(revision.name.toLowerCase()) ? { commit } : undefined
  }

  async function findRef(gitDir: string, ref: string): Promise<ResolvedRevision | undefined> {
    const commit = await store.resolveCommit(gitDir, ref)
    return commit === undefined ? undefined : { commit, ref }
  }

  function notFound(repoURL: string, revision: string, why: string): PlimsollError {
    return new PlimsollError('revision-not-found', `Revision '${revision.slice(0, 255)}' of ${normalize(repoURL)} was not found: ${why}.`)
  }
}

/** A hash from outside becomes a line for `git cat-file`: it must be nothing else. */
export function requireHash(hash: string): string {
  if (/^[0-9a-f]{40}$/.test(hash)) return hash
  throw new PlimsollError('revision-not-found', `'${hash.slice(0, 80)}' is not the hash of a Git object.`)
}
