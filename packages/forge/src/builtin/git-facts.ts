import type { GitHistory } from '@plimsoll/git'
import { codeOwnersPaths, maxCodeOwnersBytes, parseCodeOwners, type OwnerRule } from './code-owners.ts'

/** What two commits say about a merge of the one into the other: the same for ever. What not every look needs is asked for when it does. */
export interface GitFacts {
  /** `nothing`: the target has it all already. */
  trial: { state: 'clean' } | { state: 'nothing' } | { state: 'conflicts'; conflicts: string[]; unrelated: boolean }
  /** Commits of the target that the head has not. */
  behind: number
  /** What would come in, newest first; undefined when it is too much to be held. */
  commits(): Promise<{ commit: string; email: string }[] | undefined>
  /** Every path that differs from where the two parted; undefined when they are too many to be told. */
  paths(): Promise<string[] | undefined>
  /** Of the target's commit; undefined without a file. */
  owners(): Promise<OwnerRule[] | undefined>
}

const maxCommits = 10_000
const kept = 500

/** Facts by repository, base and head. */
export class GitFactsCache {
  readonly #history: GitHistory
  readonly #known = new Map<string, Promise<GitFacts>>()

  constructor(history: GitHistory) {
    this.#history = history
  }

  of(repository: string, base: string, head: string): Promise<GitFacts> {
    const key = `${repository} ${base} ${head}`
    let facts = this.#known.get(key)
    if (facts === undefined) {
      facts = this.#look(repository, base, head)
      // What failed is looked at again.
      facts.catch(() => this.#known.delete(key))
    } else this.#known.delete(key)
    this.#known.set(key, facts)
    const oldest = this.#known.keys().next()
    if (this.#known.size > kept && oldest.done !== true) this.#known.delete(oldest.value)
    return facts
  }

  async #look(repository: string, base: string, head: string): Promise<GitFacts> {
    const git = this.#history
    const { ahead, behind } = await git.distance(repository, base, head)
    const lazy = {
      commits: once(async () => {
        const commits = await git.commits(repository, { from: base, to: head }, maxCommits)
        return commits.length < maxCommits ? commits.map(({ commit, email }) => ({ commit, email })) : undefined
      }),
      paths: once(async () => {
        const mergeBase = await git.mergeBase(repository, base, head)
        return mergeBase === undefined ? undefined : git.changedPaths(repository, mergeBase, head)
      }),
      owners: once(() => this.#owners(repository, base)),
    }
    if (ahead === 0) return { trial: { state: 'nothing' }, behind, ...lazy }
    const trial = await git.tryMerge(repository, base, head)
    if ('tree' in trial) return { trial: { state: 'clean' }, behind, ...lazy }
    const { conflicts, unrelated } = trial
    return { trial: { state: 'conflicts', conflicts, unrelated: unrelated === true }, behind, ...lazy }
  }

  async #owners(repository: string, base: string): Promise<OwnerRule[] | undefined> {
    for (const path of codeOwnersPaths) {
      const content = await this.#history.file(repository, base, path, maxCodeOwnersBytes)
      if (content !== undefined) return parseCodeOwners(content.toString())
    }
    return undefined
  }
}

/** What failed is looked at again. */
function once<T>(look: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined
  return () => {
    if (known === undefined) {
      known = look()
      known.catch(() => (known = undefined))
    }
    return known
  }
}
