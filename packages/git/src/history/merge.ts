import { PlimsollError } from '@plimsoll/api'
import type { MergeRequest, MergeTrial } from '../contract.ts'
import { GitFailure, runGit } from '../git-command.ts'
import { durability } from '../hosted-repositories.ts'
import type { ObjectStore } from '../object-store.ts'
import { formatRawCommit, parseRawCommit, plain, signatureOf, type RawCommit } from './raw-commit.ts'

const mergeTimeoutMs = 60_000
const maxConflicts = 1000
/** A rebase costs some processes for each commit, alone on its repository. */
const maxRebased = 500

/**
 * The tree of a three-way merge with renames, or the paths that conflict (git-merge-tree(1), Git 2.38 and newer). What is written is as good
 * as garbage until a commit leads to it.
 */
export async function mergeTrees(gitDir: string, ours: string, theirs: string): Promise<MergeTrial> {
  try {
    const args = ['--git-dir', gitDir, 'merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs]
    const output = await runGit(args, { config: durability, timeoutMs: mergeTimeoutMs })
    return { tree: output.toString('latin1', 0, 40) }
  } catch (error) {
    if (!(error instanceof GitFailure) || error.reason !== 'exit') throw error
    // 1 is the answer that there are conflicts: the tree, then their paths.
    if (error.exitCode === 1 && error.stdout !== undefined) {
      return { conflicts: [...new Set(error.stdout.toString().split('\0').slice(1).filter(Boolean))].slice(0, maxConflicts) }
    }
    if (/unrelated histories/.test(error.stderr)) return { conflicts: [], unrelated: true }
    throw error
  }
}

/** Writes the commits that merge `head` into `base`, and gives the one that the branch would move to. */
export async function prepareMerge(
  gitDir: string,
  store: ObjectStore,
  merge: MergeRequest,
): Promise<{ commit: string } | { conflicts: string[]; unrelated?: true }> {
  const committer = signatureOf(merge.by, merge.at)
  const message = Buffer.from(`${merge.message.replaceAll('\0', '').trimEnd()}\n`)
  const merged = await mergeTrees(gitDir, merge.base, merge.head)
  if ('conflicts' in merged) return merged
  const { tree } = merged
  if (merge.method === 'merge') {
    const parents = [merge.base, merge.head]
    return { commit: await writeCommit(gitDir, { tree, parents, author: committer, encoding: undefined, message, committer }) }
  }
  const range = await rangeOf(gitDir, merge.base, merge.head)
  if (merge.method === 'squash') {
    const authors = await authorsOf(gitDir, store, range)
    const first = authors[0] ?? committer
    const author = Buffer.concat([first.subarray(0, first.lastIndexOf(62) + 1), committer.subarray(committer.lastIndexOf(62) + 1)])
    const credits = trailers(authors.slice(1))
    const whole = credits === '' ? message : Buffer.from(`${message.toString()}\n${credits}`)
    return { commit: await writeCommit(gitDir, { tree, parents: [merge.base], author, encoding: undefined, message: whole, committer }) }
  }
  return rebase(gitDir, store, merge.base, range, tree, committer)
}

interface RangedCommit {
  hash: string
  parents: string[]
}

/** Oldest first. */
async function rangeOf(gitDir: string, base: string, head: string): Promise<RangedCommit[]> {
  const args = ['--git-dir', gitDir, 'rev-list', '--reverse', '--topo-order', '--parents', `${base}..${head}`]
  const output = await runGit(args, { timeoutMs: mergeTimeoutMs })
  const lines = output.toString().split('\n').filter(Boolean)
  return lines.map((line) => {
    const [hash = '', ...parents] = line.split(' ')
    return { hash, parents }
  })
}

/** Each distinct author of a range, in the order of their first commits; the time is of no use. */
async function authorsOf(gitDir: string, store: ObjectStore, range: RangedCommit[]): Promise<Buffer[]> {
  const found = new Map<string, Buffer>()
  for (const { hash, parents } of range.slice(0, maxRebased)) {
    if (parents.length > 1) continue
    const { author } = parseRawCommit(await store.rawCommit(gitDir, hash))
    const who = author.toString('utf8', 0, author.lastIndexOf(62) + 1)
    if (!found.has(who)) found.set(who, author)
  }
  return [...found.values()]
}

/** As GitHub writes and reads them. */
function trailers(authors: Buffer[]): string {
  return authors
    .map((author) => /^(.*?) ?<([^>]*)>/.exec(author.toString()))
    .map((match) => (match === null ? '' : `Co-authored-by: ${plain(match[1] ?? '')} <${plain(match[2] ?? '')}>\n`))
    .join('')
}

/**
 * Each commit of the range anew on top of the other, its author and message kept. Merge commits fall away, as with git-rebase(1); when
 * they held more than their parents, what comes out is not what was reviewed, and it is refused.
 */
async function rebase(
  gitDir: string,
  store: ObjectStore,
  base: string,
  range: RangedCommit[],
  expectedTree: string,
  committer: Buffer,
): Promise<{ commit: string } | { conflicts: string[] }> {
  if (range.length > maxRebased) {
    throw new PlimsollError('merge-blocked', `A rebase of ${range.length} commits is too long: at most ${maxRebased}.`, {
      remedy: 'Merge with a merge commit, or squash.',
    })
  }
  let current = base
  let currentTree = parseRawCommit(await store.rawCommit(gitDir, base)).tree
  for (const { hash, parents } of range) {
    if (parents.length > 1) continue
    const commit = parseRawCommit(await store.rawCommit(gitDir, hash))
    const parentTree = parents[0] === undefined ? await emptyTree(gitDir) : parseRawCommit(await store.rawCommit(gitDir, parents[0])).tree
    let tree = commit.tree
    if (parentTree !== currentTree) {
      const picked = await pick(gitDir, { parentTree, currentTree, commitTree: commit.tree }, committer)
      if ('conflicts' in picked) return { conflicts: picked.conflicts }
      tree = picked.tree
    }
    // What has become empty is in the target already; what was empty before is somebody's intent.
    if (tree === currentTree && commit.tree !== parentTree) continue
    current = await writeCommit(gitDir, { ...commit, tree, parents: [current], committer })
    currentTree = tree
  }
  if (currentTree !== expectedTree) {
    throw new PlimsollError(
      'merge-blocked',
      'A rebase would give other files than the merge that was shown: its merge commits hold changes.',
      {
        remedy: 'Merge with a merge commit, or squash.',
      },
    )
  }
  return { commit: current }
}

/** A three-way merge over a base of one's choice, which git-merge-tree(1) learned with 2.40 only: commits that say so are made for it. */
async function pick(
  gitDir: string,
  trees: { parentTree: string; currentTree: string; commitTree: string },
  committer: Buffer,
): Promise<MergeTrial> {
  const rest = { author: committer, encoding: undefined, message: Buffer.from('pick\n'), committer }
  const parent = await writeCommit(gitDir, { tree: trees.parentTree, parents: [], ...rest })
  const ours = await writeCommit(gitDir, { tree: trees.currentTree, parents: [parent], ...rest })
  const theirs = await writeCommit(gitDir, { tree: trees.commitTree, parents: [parent], ...rest, message: Buffer.from('theirs\n') })
  return mergeTrees(gitDir, ours, theirs)
}

async function emptyTree(gitDir: string): Promise<string> {
  const output = await runGit(['--git-dir', gitDir, 'hash-object', '-w', '-t', 'tree', '--stdin'], { input: '', config: durability })
  return output.toString('latin1', 0, 40)
}

async function writeCommit(gitDir: string, commit: RawCommit & { committer: Buffer }): Promise<string> {
  const input = formatRawCommit(commit)
  const output = await runGit(['--git-dir', gitDir, 'hash-object', '-w', '-t', 'commit', '--stdin'], { input, config: durability })
  return output.toString('latin1', 0, 40)
}
