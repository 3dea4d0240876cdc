import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlimsollError, type CommitSummary } from '@plimsoll/api'
import type { GitHistory, RefUpdate, RefWriter } from '../contract.ts'
import { GitFailure, runGit } from '../git-command.ts'
import { durability, isRepositoryName, type HostedOnDisk } from '../hosted-repositories.ts'
import type { ObjectStore } from '../object-store.ts'
import { readRefs } from '../refs.ts'
import { isRefName } from '../revision.ts'
import type { TreeWalk } from '../tree-walk.ts'
import { Turnstile } from '../turnstile.ts'
import { differenceBetween } from './difference.ts'
import { mergeTrees, prepareMerge } from './merge.ts'

const nothing = '0'.repeat(40)
const maxCommits = 10_000
const mostAtOnce = 12

export function createGitHistory(context: { hosted: HostedOnDisk; store: ObjectStore; walk: TreeWalk }): GitHistory {
  const { hosted, store, walk } = context

  async function open(repository: string): Promise<string> {
    if (!isRepositoryName(repository) || !(await hosted.has(repository))) {
      throw new PlimsollError('not-found', `There is no repository '${repository.slice(0, 200)}'.`)
    }
    return hosted.gitDirOf(repository)
  }

  /** A commit that is there: Git must get nothing else for an argument. */
  async function present(gitDir: string, ...commits: string[]): Promise<void> {
    for (const commit of commits) {
      if (!/^[0-9a-f]{40}$/.test(commit) || (await store.resolveCommit(gitDir, commit)) === undefined) {
        throw new PlimsollError('revision-not-found', `The repository has no commit '${commit.slice(0, 80)}'.`)
      }
    }
  }

  async function ask(gitDir: string, ...args: string[]): Promise<string> {
    return (await runGit(['--git-dir', gitDir, ...args])).toString()
  }

  /** However many look at pull requests at once, so many git processes compute for them. */
  const places = new Turnstile(mostAtOnce)
  const placed =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      places.run(() => translated(work)(...args))

  const translated =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await work(...args)
      } catch (error) {
        if (error instanceof GitFailure && (error.reason === 'timeout' || error.reason === 'too-much-output')) {
          throw new PlimsollError('timeout', `Git did not come to an end with it: ${error.message}.`, { cause: error })
        }
        throw error
      }
    }

  return {
    async refs(repository) {
      await open(repository)
      return (await hosted.refs(repository)).refs
    },

    async defaultBranch(repository) {
      const gitDir = await open(repository)
      const { refs } = await hosted.refs(repository)
      // Read, not asked for: a list of a thousand repositories would start as many processes.
      const head = /^ref: (\S+)/.exec(await readFile(join(gitDir, 'HEAD'), 'utf8'))?.[1] ?? ''
      return refs.has(head) ? head.slice('refs/heads/'.length) : undefined
    },

    mergeBase: placed(async (repository, a, b) => {
      const gitDir = await open(repository)
      await present(gitDir, a, b)
      try {
        return (await ask(gitDir, 'merge-base', a, b)).trim() || undefined
      } catch (error) {
        if (error instanceof GitFailure && error.exitCode === 1) return undefined
        throw error
      }
    }),

    isAncestor: placed(async (repository, ancestor, descendant) => {
      const gitDir = await open(repository)
      await present(gitDir, ancestor, descendant)
      return isAncestor(gitDir, ancestor, descendant)
    }),

    distance: placed(async (repository, from, to) => {
      const gitDir = await open(repository)
      await present(gitDir, from, to)
      const [behind, ahead] = (await ask(gitDir, 'rev-list', '--count', '--left-right', `${from}...${to}`)).trim().split('\t').map(Number)
      return { ahead: ahead ?? 0, behind: behind ?? 0 }
    }),

    commits: placed(async (repository, { from, to, path }, limit) => {
      const gitDir = await open(repository)
      await present(gitDir, to, ...(from === undefined ? [] : [from]))
      const range = from === undefined ? to : `${from}..${to}`
      const format = '--format=%H%x00%an%x00%ae%x00%aI%x00%P%x00%B%x00'
      const count = String(Math.max(0, Math.min(limit, maxCommits)))
      const paths = path === undefined || path === '' ? [] : ['--', requirePath(path)]
      const args = ['log', '--topo-order', '--no-color', '--encoding=UTF-8', `--max-count=${count}`, format, range, ...paths]
      return parseLog(await ask(gitDir, ...args))
    }),

    difference: placed(async (repository, from, to, limits) => {
      const gitDir = await open(repository)
      await present(gitDir, from, to)
      return differenceBetween(gitDir, from, to, limits)
    }),

    async changedPaths(repository, from, to) {
      const gitDir = await open(repository)
      await present(gitDir, from, to)
      const [before, after] = await Promise.all([store.commit(gitDir, from), store.commit(gitDir, to)])
      return walk.changed(gitDir, before.tree, after.tree)
    },

    async file(repository, commit, path, maxBytes) {
      const gitDir = await open(repository)
      await present(gitDir, commit)
      const entry = await walk.entry(gitDir, (await store.commit(gitDir, commit)).tree, path)
      if (entry === undefined || entry.kind === 'submodule' || entry.kind === 'symlink') return undefined
      return store.blob(gitDir, entry.hash, maxBytes)
    },

    tryMerge: placed(async (repository, ours, theirs) => {
      const gitDir = await open(repository)
      await present(gitDir, ours, theirs)
      return mergeTrees(gitDir, ours, theirs)
    }),

    async change(repository, by, work) {
      await open(repository)
      return hosted.change(repository, { create: false, ...(by !== undefined && { pusher: by }) }, async (gitDir) =>
        work(writerOf(gitDir, (await hosted.refs(repository)).refs)),
      )
    },
  }

  /** Nobody else moves a ref meanwhile: what is known of them holds, with what this one has moved. */
  function writerOf(gitDir: string, known: ReadonlyMap<string, string>): RefWriter {
    let refs = known
    return {
      refs: () => Promise.resolve(refs),
      prepareMerge: translated(async (merge) => {
        await present(gitDir, merge.base, merge.head)
        return prepareMerge(gitDir, store, merge)
      }),
      async update(updates) {
        const isDone = await updateRefs(gitDir, updates)
        if (isDone) {
          const moved = new Map(refs)
          for (const { ref, to } of updates) {
            if (to === undefined) moved.delete(ref)
            else moved.set(ref, to)
          }
          refs = moved
        } else refs = (await readRefs(gitDir)).refs
        return isDone
      },
    }
  }
}

async function isAncestor(gitDir: string, ancestor: string, descendant: string): Promise<boolean> {
  try {
    await runGit(['--git-dir', gitDir, 'merge-base', '--is-ancestor', ancestor, descendant])
    return true
  } catch (error) {
    if (error instanceof GitFailure && error.exitCode === 1) return false
    throw error
  }
}

function requirePath(path: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (!path.startsWith('/') && !path.split('/').includes('..') && !/[\u0000-\u001f]/.test(path)) return path
  throw new PlimsollError('path-outside-repository', `Path '${path.slice(0, 200)}' leads out of the repository.`)
}

/** One transaction (git-update-ref(1)): refs are locked and compared before the first one moves. */
async function updateRefs(gitDir: string, updates: readonly RefUpdate[]): Promise<boolean> {
  for (const { ref, from, to } of updates) {
    if (!ref.startsWith('refs/') || !isRefName(ref))
      throw new PlimsollError('invalid-request', `'${ref.slice(0, 200)}' is not the name of a ref.`)
    for (const hash of [from, to]) {
      if (hash !== undefined && !/^[0-9a-f]{40}$/.test(hash))
        throw new PlimsollError('invalid-request', 'A ref moves from commit to commit.')
    }
  }
  const lines = updates.map(({ ref, from, to }) => {
    if (from === to) return `verify ${ref} ${from ?? nothing}`
    return to === undefined ? `delete ${ref} ${from ?? nothing}` : `update ${ref} ${to} ${from ?? nothing}`
  })
  try {
    const input = `${['start', ...lines, 'prepare', 'commit'].join('\n')}\n`
    await runGit(['--git-dir', gitDir, 'update-ref', '--stdin'], { input, config: durability })
    return true
  } catch (error) {
    const { refs } = await readRefs(gitDir)
    if (updates.some(({ ref, from }) => refs.get(ref) !== from)) return false
    throw error
  }
}

/** Six fields to a commit, each ended by a zero byte, which no message has. */
function parseLog(text: string): CommitSummary[] {
  const fields = text.split('\0')
  const commits: CommitSummary[] = []
  for (let at = 0; at + 6 <= fields.length; at += 6) {
    const [commit = '', author = '', email = '', date = '', parents = '', message = ''] = fields.slice(at, at + 6)
    commits.push({
      commit: commit.trim(),
      author,
      email,
      date,
      message: message.trimEnd(),
      parents: parents.split(' ').filter(Boolean),
    })
  }
  return commits
}
