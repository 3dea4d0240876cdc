import { createHash } from 'node:crypto'
import { PlimsollError } from '@plimsoll/api'
import type { RefsChanged } from '@plimsoll/git'
import type { DeliveriesContext, GitWriter } from '../contract.ts'

interface Commit {
  parents: string[]
  files: ReadonlyMap<string, Buffer>
  message: string
  author: { name: string; email: string }
}

/** Repositories in memory: refs that move only from where they were seen, and commits that are named by their content. */
export class MemoryGit implements GitWriter {
  readonly commits = new Map<string, Commit>()
  readonly refs = new Map<string, string>()
  readonly #listeners = new Set<(change: RefsChanged) => void>()
  readonly #blobs = new Map<string, Buffer>()

  /** A push by somebody. */
  push(repoURL: string, branch: string, files: Record<string, string>, message: string, author = 'mira'): string {
    const ref = `refs/heads/${branch}`
    const tip = this.refs.get(`${repoURL} ${ref}`)
    const before = tip === undefined ? new Map<string, Buffer>() : this.#commit(tip).files
    const after = new Map([...before, ...Object.entries(files).map(([path, text]) => [path, Buffer.from(text)] as const)])
    const commit = this.#add({
      parents: tip === undefined ? [] : [tip],
      files: after,
      message,
      author: { name: author, email: `${author}@example.org` },
    })
    this.#set(repoURL, ref, commit)
    return commit
  }

  text(repoURL: string, ref: string, path: string): string | undefined {
    const tip = this.refs.get(`${repoURL} ${ref}`)
    return tip === undefined ? undefined : this.#commit(tip).files.get(path)?.toString()
  }

  log(repoURL: string, ref: string): string[] {
    const messages: string[] = []
    for (let at = this.refs.get(`${repoURL} ${ref}`); at !== undefined; at = this.#commit(at).parents[0])
      messages.push(this.#commit(at).message)
    return messages
  }

  readonly repositories: DeliveriesContext['repositories'] = {
    resolve: async (repoURL, revision) => {
      if (this.commits.has(revision)) return { commit: revision }
      const ref = revision.startsWith('refs/') ? revision : `refs/heads/${revision}`
      const commit = this.refs.get(`${repoURL} ${ref}`)
      if (commit === undefined) throw new PlimsollError('revision-not-found', `${revision} is not there`)
      return { commit, ref }
    },
    tree: () => Promise.reject(new Error('not used')),
    entry: async (_repoURL, commit, path) => {
      const content = this.#commit(commit).files.get(path)
      if (content === undefined) return undefined
      const hash = createHash('sha1').update(content).digest('hex')
      this.#blobs.set(hash, content)
      return { path, kind: 'file', hash, size: content.length }
    },
    blob: async (_repoURL, hash) => this.#blobs.get(hash) ?? Promise.reject(new Error(`no blob ${hash}`)),
    changedPaths: async (_repoURL, from, to) => {
      const [a, b] = [this.#commit(from).files, this.#commit(to).files]
      return [...new Set([...a.keys(), ...b.keys()])].filter(
        (path) => !(a.get(path)?.equals(b.get(path) ?? Buffer.alloc(0)) === true && b.has(path)),
      )
    },
    commitMetadata: async (_repoURL, commit) => {
      const { author, message } = this.#commit(commit)
      return { author: author.name, email: author.email, date: '2026-01-01T00:00:00Z', message, tags: [] }
    },
    refresh: async () => undefined,
    onRefsChanged: (listener) => {
      this.#listeners.add(listener)
      return () => this.#listeners.delete(listener)
    },
    normalize: (repoURL) => repoURL.replace(/\.git$/, ''),
  }

  async tip(repoURL: string, ref: string): Promise<string | undefined> {
    return this.refs.get(`${repoURL} ${ref}`)
  }

  async defaultRef(): Promise<string> {
    return 'refs/heads/main'
  }

  async commit(request: Parameters<GitWriter['commit']>[0]): Promise<string> {
    const { repoURL, ref, expected, files, message, author } = request
    this.#expect(repoURL, ref, expected)
    const after = new Map(this.#commit(expected).files)
    for (const [path, content] of files) {
      if (content === null) after.delete(path)
      else after.set(path, content)
    }
    const commit = this.#add({ parents: [expected], files: after, message, author })
    this.#set(repoURL, ref, commit)
    return commit
  }

  async merge({ repoURL, ref, expected, other, message, author }: Parameters<GitWriter['merge']>[0]): Promise<string> {
    this.#expect(repoURL, ref, expected)
    if (this.#isAncestor(other, expected)) return expected
    const commit = this.#isAncestor(expected, other)
      ? other
      : this.#add({
          parents: [expected, other],
          files: new Map([...this.#commit(expected).files, ...this.#commit(other).files]),
          message,
          author,
        })
    this.#set(repoURL, ref, commit)
    return commit
  }

  async move({ repoURL, ref, expected, to }: Parameters<GitWriter['move']>[0]): Promise<void> {
    this.#expect(repoURL, ref, expected)
    this.#set(repoURL, ref, to)
  }

  async since(_repoURL: string, from: string, to: string): Promise<{ commit: string; message: string }[]> {
    const found: { commit: string; message: string }[] = []
    const queue = [to]
    const seen = new Set<string>()
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      if (seen.has(at) || this.#isAncestor(at, from)) continue
      seen.add(at)
      found.push({ commit: at, message: this.#commit(at).message })
      queue.push(...this.#commit(at).parents)
    }
    return found
  }

  async isAncestor(_repoURL: string, ancestor: string, descendant: string): Promise<boolean> {
    return this.#isAncestor(ancestor, descendant)
  }

  #isAncestor(ancestor: string, descendant: string): boolean {
    return descendant === ancestor || this.#commit(descendant).parents.some((parent) => this.#isAncestor(ancestor, parent))
  }

  #commit(hash: string): Commit {
    const commit = this.commits.get(hash)
    if (commit === undefined) throw new PlimsollError('revision-not-found', `no commit ${hash}`)
    return commit
  }

  #add(commit: Commit): string {
    const hash = createHash('sha1')
      .update(
        JSON.stringify([commit.parents, [...commit.files].map(([path, content]) => [path, content.toString('base64')]), commit.message]),
      )
      .digest('hex')
    this.commits.set(hash, commit)
    return hash
  }

  #expect(repoURL: string, ref: string, expected: string | undefined): void {
    if (this.refs.get(`${repoURL} ${ref}`) !== expected) throw new PlimsollError('conflict', `${ref} has moved meanwhile.`)
  }

  #set(repoURL: string, ref: string, to: string): void {
    const from = this.refs.get(`${repoURL} ${ref}`)
    this.refs.set(`${repoURL} ${ref}`, to)
    for (const listener of this.#listeners) listener({ repoURL, refs: [{ ref, from, to }], at: 0 })
  }
}
