import { PlimsollError, type MergeMethod, type MergeRequirement } from '@plimsoll/api'
import type { RefWriter } from '@plimsoll/git'
import type { ForgeActor } from '../contract.ts'
import { caseOf, changedMeanwhile, eventComment, pullRef, tipsOf, type ForgeCore } from './forge-core.ts'
import type { PullRequestRow } from './forge-rows.ts'
import type { Intent } from './forge-store.ts'
import { refusalOfMethod, requirementsOf } from './merge-requirements.ts'

export interface MergeOptions {
  head: string
  base?: string
  method: MergeMethod
  title?: string
  message?: string
}

interface MergeDetail extends Record<string, unknown> {
  branch: string
  base: string
  head: string
  to: string
  method: MergeMethod
  by: string
}

/**
 * Merges, alone on the repository: everything is verified against the refs as they are, the commits are written, what is about to happen is
 * written down (the intent), the target moves in one transaction, and the row says so. Whoever finds the intent later looks where the target is.
 */
export async function mergePullRequest(
  core: ForgeCore,
  repository: string,
  number: number,
  options: MergeOptions,
  by: ForgeActor,
): Promise<void> {
  await core.git.change(repository, by.name, async (writer) => {
    await settleIntents(core, repository, await writer.refs())
    const { row, base } = await verify(core, repository, number, options, await writer.refs())
    const prepared = await writer.prepareMerge({
      base,
      head: row.head_commit,
      method: options.method,
      message: messageOf(row, options),
      by: { name: by.displayName ?? by.name, email: by.email ?? `${by.name}@localhost` },
      at: core.now(),
    })
    if ('conflicts' in prepared) {
      const how = options.method === 'rebase' ? 'rebased' : 'merged'
      const where = prepared.conflicts.slice(0, 5).join(', ')
      throw new PlimsollError('merge-blocked', `Pull request ${number} of '${repository}' cannot be ${how}: conflicts in ${where}.`, {
        remedy: 'Resolve them on the branch, and push. Where a rebase conflicts, a merge or a squash may not.',
      })
    }
    const detail: MergeDetail = {
      branch: row.base_branch,
      base,
      head: row.head_commit,
      to: prepared.commit,
      method: options.method,
      by: by.name,
    }
    const intent: Intent = { id: core.newId(), repository, number, kind: 'merge', detail, at: core.now() }
    const isMine = await core.store.write([core.store.touch(row), core.store.intend(intent)])
    if (!isMine) throw changedMeanwhile(row)
    await carryOut(core, writer, row, intent, detail)
  })
  core.emit({ kind: 'merged', repository, number, by: by.name })
}

async function carryOut(core: ForgeCore, writer: RefWriter, row: PullRequestRow, intent: Intent, detail: MergeDetail): Promise<void> {
  const kept = (await writer.refs()).get(pullRef(row.number))
  const moved = await writer.update([
    { ref: `refs/heads/${row.base_branch}`, from: detail.base, to: detail.to },
    { ref: pullRef(row.number), from: kept, to: detail.head },
  ])
  if (!moved) {
    await core.store.write([core.store.fulfil(intent.id)])
    throw new PlimsollError('conflict', `Branch '${row.base_branch}' of '${row.repository}' moved while it was being merged into.`)
  }
  await finish(core, row.repository, row.number, intent, detail)
}

/** The target has moved: whatever else happens to the row meanwhile, it says so. */
async function finish(core: ForgeCore, repository: string, number: number, intent: Intent, detail: MergeDetail): Promise<void> {
  const { branch, base, head, to, method, by } = detail
  for (let attempt = 0; attempt < 10; attempt++) {
    const row = await core.store.require(repository, number)
    if (row.state === 'merged') return
    const change = {
      state: 'merged',
      head_commit: head,
      base_branch: branch,
      base_commit: base,
      merged_at: intent.at,
      merged_by: by,
      merge_commit: to,
      merge_method: method,
    }
    const words = `merged ${head.slice(0, 7)} into ${branch} as ${to.slice(0, 7)}`
    const statements = [core.store.update(row, change, intent.at), core.store.fulfil(intent.id), eventComment(core, row, by, words)]
    if (await core.store.write(statements)) return
  }
  throw changedMeanwhile({ repository, number })
}

/** Refuses with `conflict` when head or target is not what was seen, `merge-blocked` with every requirement that is not met. */
async function verify(
  core: ForgeCore,
  repository: string,
  number: number,
  options: MergeOptions,
  refs: ReadonlyMap<string, string>,
): Promise<{ row: PullRequestRow; base: string }> {
  const written = await core.store.require(repository, number)
  const what = `Pull request ${number} of '${repository}'`
  if (written.state !== 'open') throw new PlimsollError('merge-blocked', `${what} is ${written.state}.`, { remedy: 'Look at it again.' })
  const { head, base } = tipsOf(written, refs)
  const remedy = 'Look at what is new, then merge again.'
  if (head !== options.head) {
    throw new PlimsollError('conflict', `The head of ${what.toLowerCase()} is ${head}, not ${options.head.slice(0, 40)}.`, { remedy })
  }
  if (base !== undefined && options.base !== undefined && base !== options.base) {
    throw new PlimsollError('conflict', `Branch '${written.base_branch}' is at ${base}, not at ${options.base.slice(0, 40)}.`, { remedy })
  }
  const row = { ...written, head_commit: head, base_commit: base ?? written.base_commit }
  const merge = await caseOf(core, row, base)
  const unmet = requirementsOf(merge).filter(({ isMet }) => !isMet)
  const method = refusalOfMethod(options.method, merge.rules)
  if (method !== undefined) unmet.push(method)
  if (unmet.length > 0 || base === undefined) throw blocked(what, unmet)
  return { row, base }
}

function blocked(what: string, unmet: MergeRequirement[]): PlimsollError {
  return new PlimsollError('merge-blocked', `${what} cannot be merged: ${unmet.map(({ text }) => text).join(' ')}`)
}

function messageOf(row: PullRequestRow, { method, title, message }: MergeOptions): string {
  const subject = title ?? (method === 'merge' ? `Merge pull request ${row.number}: ${row.title}` : `${row.title} (#${row.number})`)
  const text = message ?? row.body
  return text.trim() === '' ? subject : `${subject}\n\n${text}`
}

/**
 * Finishes or undoes what a process left that was killed in the middle. `refs` are those of now; called alone on the repository, or before
 * anybody can reach it.
 */
export async function settleIntents(core: ForgeCore, repository: string, refs: ReadonlyMap<string, string>): Promise<void> {
  for (const intent of await core.store.intents(repository)) {
    if (intent.kind !== 'merge') continue
    const row = await core.store.find(repository, intent.number)
    const detail = intent.detail as MergeDetail
    const base = refs.get(`refs/heads/${detail.branch}`)
    const isDone = base !== undefined && (base === detail.to || (await holds(core, repository, detail.to, base)))
    if (row === undefined || row.state === 'merged' || !isDone) {
      await core.store.write([core.store.fulfil(intent.id)])
      continue
    }
    await finish(core, repository, row.number, intent, detail)
    core.emit({ kind: 'merged', repository, number: row.number, by: detail.by })
    core.log.info({ repository, number: row.number }, 'a merge that was interrupted is written down')
  }
}

/** A commit that is gone is in nothing. */
async function holds(core: ForgeCore, repository: string, commit: string, tip: string): Promise<boolean> {
  try {
    return await core.git.isAncestor(repository, commit, tip)
  } catch (error) {
    if (error instanceof PlimsollError && error.code === 'revision-not-found') return false
    throw error
  }
}
