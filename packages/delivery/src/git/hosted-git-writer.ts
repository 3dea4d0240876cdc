import { PlimsollError } from '@plimsoll/api'
import type { GitHost, Repositories } from '@plimsoll/git'
import type { Clock } from '@plimsoll/kube'
import type { GitChange, GitWriter } from '../contract.ts'

/** Writes to the repositories that live here, under their lock. One that lives elsewhere is `elsewhere`'s, where there is such a writer. */
export class HostedGitWriter implements GitWriter {
  readonly #git: Pick<GitHost, 'hosted' | 'history'> & Pick<Repositories, 'normalize'>
  readonly #clock: Clock
  readonly #elsewhere: GitWriter | undefined

  constructor(git: Pick<GitHost, 'hosted' | 'history'> & Pick<Repositories, 'normalize'>, clock: Clock, elsewhere?: GitWriter) {
    this.#git = git
    this.#clock = clock
    this.#elsewhere = elsewhere
  }

  async tip(repoURL: string, ref: string): Promise<string | undefined> {
    const name = await this.#nameOf(repoURL)
    if (name === undefined) return this.#other(repoURL).tip(repoURL, ref)
    return (await this.#git.history.refs(name)).get(ref)
  }

  async defaultRef(repoURL: string): Promise<string | undefined> {
    const name = await this.#nameOf(repoURL)
    if (name === undefined) return this.#other(repoURL).defaultRef(repoURL)
    const branch = await this.#git.history.defaultBranch(name)
    return branch === undefined || branch.startsWith('refs/') ? branch : `refs/heads/${branch}`
  }

  async commit(request: GitChange & { files: ReadonlyMap<string, Buffer | null> }): Promise<string> {
    const { repoURL, ref, expected, message, author, files } = request
    const name = await this.#nameOf(repoURL)
    if (name === undefined) return this.#other(repoURL).commit(request)
    const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1]
    if (branch === undefined) throw new PlimsollError('invalid-request', `'${ref}' is no branch: nothing is committed to it.`)
    const { commit } = await this.#git.hosted.commit({ repo: name, branch, files: new Map(files), message, author, expectedHead: expected })
    return commit
  }

  async merge(request: GitChange & { other: string }): Promise<string> {
    const { repoURL, ref, expected, other, message, author } = request
    const name = await this.#nameOf(repoURL)
    if (name === undefined) return this.#other(repoURL).merge(request)
    const { history } = this.#git
    if (await history.isAncestor(name, other, expected)) return expected
    const isForward = await history.isAncestor(name, expected, other)
    return history.change(name, author.name, async (writer) => {
      const made = isForward
        ? { commit: other }
        : await writer.prepareMerge({ base: expected, head: other, method: 'merge', message, by: author, at: this.#clock.now() })
      if ('conflicts' in made) {
        throw new PlimsollError(
          'merge-blocked',
          `${other.slice(0, 7)} does not merge into ${ref}: ${made.conflicts.slice(0, 10).join(', ') || 'they have nothing in common'}.`,
          {
            remedy: 'Merge it by hand and push: the delivery goes on from there.',
          },
        )
      }
      if (!(await writer.update([{ ref, from: expected, to: made.commit }]))) throw moved(ref)
      return made.commit
    })
  }

  async move(request: { repoURL: string; ref: string; expected: string | undefined; to: string; by: string }): Promise<void> {
    const { repoURL, ref, expected, to, by } = request
    const name = await this.#nameOf(repoURL)
    if (name === undefined) return this.#other(repoURL).move(request)
    await this.#git.history.change(name, by, async (writer) => {
      if (!(await writer.update([{ ref, from: expected, to }]))) throw moved(ref)
    })
  }

  async since(repoURL: string, from: string, to: string): Promise<{ commit: string; message: string }[]> {
    const name = await this.#nameOf(repoURL)
    if (name === undefined) return this.#other(repoURL).since(repoURL, from, to)
    const commits = await this.#git.history.commits(name, { from, to }, 200)
    return commits.map(({ commit, message }) => ({ commit, message }))
  }

  async isAncestor(repoURL: string, ancestor: string, descendant: string): Promise<boolean> {
    const name = await this.#nameOf(repoURL)
    if (name === undefined) return this.#other(repoURL).isAncestor(repoURL, ancestor, descendant)
    return this.#git.history.isAncestor(name, ancestor, descendant)
  }

  async #nameOf(repoURL: string): Promise<string | undefined> {
    const wanted = this.#git.normalize(repoURL)
    return (await this.#git.hosted.list()).find(({ url }) => this.#git.normalize(url) === wanted)?.name
  }

  #other(repoURL: string): GitWriter {
    if (this.#elsewhere) return this.#elsewhere
    throw new PlimsollError('invalid-request', `Nothing can be written to ${this.#git.normalize(repoURL)}: it does not live here.`, {
      remedy: 'Push the environments to a repository hosted here, or set up how the repository is written to.',
    })
  }
}

function moved(ref: string): PlimsollError {
  return new PlimsollError('conflict', `${ref} has moved meanwhile.`, { remedy: 'It is tried again from where it is now.' })
}
