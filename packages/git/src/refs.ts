import type { HistoryRewritten, RefsChanged } from './contract.ts'
import { GitFailure, runGit } from './git-command.ts'

/** Refs of a repository at one moment. */
export interface RefSet {
  /** Hash by full name, as stored: an annotated tag's is the tag object's. */
  refs: Map<string, string>
  /** Commit by tag ref, for annotated tags only. */
  peeled: Map<string, string>
}

/** A change of more is no push of a person: each costs a process. */
const mostBranches = 50

export const noRefs: RefSet = { refs: new Map(), peeled: new Map() }

/** Where what was fetched by hash or from outside of branches and tags is kept, so that it is not collected as garbage. */
export const internalPrefix = 'refs/plimsoll/'

/** `refs/pull/1/head` → `refs/plimsoll/pull/1/head`; a hash → `refs/plimsoll/<hash>`. */
export function internalName(what: string): string {
  return `${internalPrefix}${what.replace(/^refs\//, '')}`
}

export async function readRefs(gitDir: string): Promise<RefSet> {
  const output = await runGit(['--git-dir', gitDir, 'for-each-ref', '--format=%(objectname) %(*objectname) %(refname)'])
  const set: RefSet = { refs: new Map(), peeled: new Map() }
  for (const line of output.toString().split('\n')) {
    const match = /^([0-9a-f]{40}) ([0-9a-f]{40})? ?(refs\/.+)$/.exec(line)
    if (match === null || match[3]!.startsWith(internalPrefix)) continue
    // The expression has these groups wherever it matches, but for the second.
    set.refs.set(match[3]!, match[1]!)
    if (match[2] !== undefined) set.peeled.set(match[3]!, match[2])
  }
  return set
}

/** What `git ls-remote --symref` prints: the refs there, and the branch that HEAD stands for. */
export function parseRemoteRefs(output: string): RefSet & { head: string | undefined } {
  const set: RefSet & { head: string | undefined } = { refs: new Map(), peeled: new Map(), head: undefined }
  let headHash: string | undefined
  for (const line of output.split('\n')) {
    headHash ??= /^([0-9a-f]{40})\tHEAD$/.exec(line)?.[1]
    const symbolic = /^ref: (refs\/\S+)\tHEAD$/.exec(line)
    if (symbolic !== null) set.head = symbolic[1]
    const match = /^([0-9a-f]{40})\t(refs\/\S+?)(\^\{\})?$/.exec(line)
    if (match === null) continue
    if (match[3] === undefined) set.refs.set(match[2]!, match[1]!)
    else set.peeled.set(match[2]!, match[1]!)
  }
  // Servers before Git 1.8.5 do not say which branch HEAD is: the one that is at the same commit.
  set.head ??= ['refs/heads/main', 'refs/heads/master', ...set.refs.keys()].find(
    (ref) => headHash !== undefined && set.refs.get(ref) === headHash,
  )
  return set
}

export function differenceOf(before: RefSet, after: RefSet): RefsChanged['refs'] {
  const changes: RefsChanged['refs'] = []
  for (const [ref, to] of after.refs) {
    const from = before.refs.get(ref)
    if (from !== to) changes.push({ ref, from, to })
  }
  for (const [ref, from] of before.refs) if (!after.refs.has(ref)) changes.push({ ref, from, to: undefined })
  return changes
}

/** Branches that were moved to where their old commit is no part of the history. One that cannot be told is left out. */
export async function rewrittenBranches(gitDir: string, changes: RefsChanged['refs']): Promise<HistoryRewritten['branches']> {
  const rewritten: HistoryRewritten['branches'] = []
  for (const { ref, from, to } of changes.filter((change) => change.ref.startsWith('refs/heads/')).slice(0, mostBranches)) {
    if (from === undefined || to === undefined) continue
    try {
      await runGit(['--git-dir', gitDir, 'merge-base', '--is-ancestor', from, to])
    } catch (error) {
      // 1 is an answer, anything else none (git-merge-base(1)).
      if (error instanceof GitFailure && error.reason === 'exit' && error.exitCode === 1) rewritten.push({ ref, from, to })
    }
  }
  return rewritten
}

export function tagNames(set: RefSet): string[] {
  return [...set.refs.keys()].filter((ref) => ref.startsWith('refs/tags/')).map((ref) => ref.slice('refs/tags/'.length))
}
