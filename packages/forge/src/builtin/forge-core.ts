import { PlimsollError, type PullRequest } from '@plimsoll/api'
import type { GitHistory } from '@plimsoll/git'
import type { SqlStatement } from '@plimsoll/records'
import type { ForgeActor, ForgeEvent } from '../contract.ts'
import { rulesFor } from './branch-rules.ts'
import { pullRequestOf, type PullRequestRow } from './forge-rows.ts'
import type { ForgeStore } from './forge-store.ts'
import type { GitFacts, GitFactsCache } from './git-facts.ts'
import { requirementsOf, type MergeCase } from './merge-requirements.ts'
import type { TargetWorkflows } from './target-workflows.ts'

export interface ForgeLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What the parts of the built-in forge share. */
export interface ForgeCore {
  store: ForgeStore
  git: GitHistory
  facts: GitFactsCache
  workflows: TargetWorkflows
  people: { find(name: string): Promise<ForgeActor | undefined> }
  now(): number
  newId(): string
  emit(event: Omit<ForgeEvent, 'at'>): void
  log: ForgeLog
  /** Of the console: `http://127.0.0.1:7420`. */
  baseUrl(): string
}

export function pullRef(number: number): string {
  return `refs/pull/${number}/head`
}

/** Where head and target of a pull request are by the refs. */
export function tipsOf(row: PullRequestRow, refs: ReadonlyMap<string, string>): { head: string; base: string | undefined } {
  const branch = row.head_branch === null ? undefined : refs.get(`refs/heads/${row.head_branch}`)
  return { head: branch ?? refs.get(pullRef(row.number)) ?? row.head_commit, base: refs.get(`refs/heads/${row.base_branch}`) }
}

/** What happened, as a line of the conversation. */
export function eventComment(core: ForgeCore, row: { repository: string; number: number }, by: string, words: string): SqlStatement {
  return core.store.addComment(row.repository, row.number, {
    id: core.newId(),
    author: by,
    body: words,
    created_at: core.now(),
    kind: 'event',
    path: null,
    line: null,
    side: null,
    line_commit: null,
    in_reply_to: null,
    marker: null,
  })
}

/** Everything that decides about a merge, read now. `row` has head and base as they are in Git. */
export async function caseOf(core: ForgeCore, row: PullRequestRow, base: string | undefined): Promise<MergeCase> {
  const { store } = core
  const [facts, protections, reviews, checks] = await Promise.all([
    base === undefined ? undefined : core.facts.of(row.repository, base, row.head_commit),
    store.protections(row.repository),
    store.reviews(row.repository, row.number),
    store.checks(row.repository, row.head_commit),
  ])
  const reviewers = new Map<string, ForgeActor>()
  for (const name of new Set(reviews.map(({ author }) => author))) {
    const who = await core.people.find(name)
    if (who?.canWrite(row.repository) === true) reviewers.set(name, who)
  }
  const rules = rulesFor(protections, row.base_branch)
  const asksOwners = rules?.codeOwners === true && facts !== undefined
  const asksWorkflows =
    base !== undefined && checks.some(({ name, source }) => source !== undefined && rules?.requiredChecks.includes(name))
  const [coAuthors, paths, owners, workflows] = await Promise.all([
    reviewers.size === 0 ? new Set([row.author]) : coAuthorsOf(core, row, facts, [...reviewers.values()]),
    asksOwners ? facts.paths() : undefined,
    asksOwners ? facts.owners() : undefined,
    asksWorkflows ? workflowsOf(core, row, base) : [],
  ])
  return { row, facts, rules, reviews, checks, workflows, coAuthors, reviewers, paths, owners }
}

async function workflowsOf(core: ForgeCore, { repository, number }: PullRequestRow, base: string): Promise<MergeCase['workflows']> {
  try {
    return await core.workflows.at(repository, base)
  } catch (error) {
    core.log.warn({ error: String(error), repository, number }, 'the workflows of a target branch could not be read')
    return undefined
  }
}

/** Who has put commits into it: opened it, pushed a tip of it, or is named as the author of a commit. */
export async function coAuthorsOf(
  core: ForgeCore,
  row: PullRequestRow,
  facts: GitFacts | undefined,
  candidates: readonly ForgeActor[],
): Promise<Set<string>> {
  const commits = facts === undefined ? [] : await facts.commits()
  // Who is in so many cannot be told: it may be anybody.
  if (commits === undefined) return new Set([row.author, ...candidates.map(({ name }) => name)])
  const pushers = await core.store.pushers(
    row.repository,
    commits.map(({ commit }) => commit),
  )
  const found = new Set([row.author, ...pushers.map(({ username }) => username)])
  const emails = new Set(commits.map(({ email }) => email.toLowerCase()))
  for (const { name, email } of candidates) if (email !== undefined && emails.has(email.toLowerCase())) found.add(name)
  return found
}

/** The whole pull request: what is written down, and what Git and the rules say of it. */
export async function viewOf(core: ForgeCore, row: PullRequestRow, refs: ReadonlyMap<string, string>): Promise<PullRequest> {
  if (row.state !== 'open') {
    const requirements = requirementsOf({
      row,
      facts: undefined,
      rules: undefined,
      reviews: [],
      checks: [],
      workflows: [],
      coAuthors: new Set(),
      reviewers: new Map(),
      paths: undefined,
      owners: undefined,
    })
    return { ...pullRequestOf(row), mergeability: { state: row.state === 'merged' ? 'nothing' : 'unknown', isBehind: false }, requirements }
  }
  const { head, base } = tipsOf(row, refs)
  const current = { ...row, head_commit: head, base_commit: base ?? row.base_commit }
  const merge = await caseOf(core, current, base).catch((error: unknown) => {
    core.log.error({ err: error, repository: row.repository, number: row.number }, 'a pull request could not be compared with its target')
    return undefined
  })
  if (merge === undefined) {
    const text = `Git could not compare it with '${row.base_branch}': the server's log says why.`
    return {
      ...pullRequestOf(current),
      mergeability: { state: 'unknown', isBehind: false },
      requirements: [{ kind: 'conflicts', isMet: false, text }],
    }
  }
  const trial = merge.facts?.trial
  return {
    ...pullRequestOf(current),
    mergeability: {
      state: trial?.state ?? 'unknown',
      ...(trial?.state === 'conflicts' && { conflicts: trial.conflicts }),
      isBehind: (merge.facts?.behind ?? 0) > 0,
    },
    requirements: requirementsOf(merge),
  }
}

export function changedMeanwhile(row: { repository: string; number: number }): PlimsollError {
  return new PlimsollError('conflict', `Pull request ${row.number} of '${row.repository}' was changed at the same time.`)
}
