import type { BranchProtection, Check, MergeMethod, MergeRequirement } from '@plimsoll/api'
import { isOwner, ownersOf, type OwnerRule } from './code-owners.ts'
import type { PullRequestRow, ReviewRow } from './forge-rows.ts'
import type { GitFacts } from './git-facts.ts'
import { requiredCheck } from './required-check.ts'
import type { TargetWorkflow } from './target-workflows.ts'

/** Everything that a decision to merge is made from, as it is now. */
export interface MergeCase {
  row: PullRequestRow
  /** Undefined when the target branch is gone. */
  facts: GitFacts | undefined
  rules: BranchProtection | undefined
  reviews: readonly ReviewRow[]
  checks: readonly Check[]
  /** Of the target, where a required check is a workflow's; undefined when they could not be read. */
  workflows: readonly TargetWorkflow[] | undefined
  /** Whoever has put commits into it, the author included. */
  coAuthors: ReadonlySet<string>
  /** Reviewers as they are now; those who are gone or may not write any more are left out. */
  reviewers: ReadonlyMap<string, { name: string; email?: string; groups: readonly string[] }>
  /** Files that change, and the target's CODEOWNERS, where its rules ask for them. */
  paths: readonly string[] | undefined
  owners: readonly OwnerRule[] | undefined
}

const shown = 5

/** What the target branch demands, met or not, each in words. */
export function requirementsOf(merge: MergeCase): MergeRequirement[] {
  const { row, rules, facts } = merge
  const found: MergeRequirement[] = []
  const say = (kind: MergeRequirement['kind'], isMet: boolean, text: string): void => void found.push({ kind, isMet, text })

  if (row.state !== 'open') {
    say('state', false, row.state === 'merged' ? 'It is merged already.' : 'It is closed: reopen it first.')
    return found
  }
  if (facts === undefined) {
    say('state', false, `The target branch '${row.base_branch}' is gone: choose another one.`)
    return found
  }
  if (row.is_draft === 1) say('draft', false, 'It is a draft: mark it as ready for review.')
  const { trial } = facts
  if (trial.state === 'clean') say('conflicts', true, `No conflicts with '${row.base_branch}'.`)
  else if (trial.state === 'nothing') say('conflicts', false, `There is nothing to merge: '${row.base_branch}' has all of it.`)
  else if (trial.unrelated) say('conflicts', false, `It has no commit in common with '${row.base_branch}'.`)
  else
    say(
      'conflicts',
      false,
      `Conflicts with '${row.base_branch}' in ${listed(trial.conflicts)}: merge or rebase it, resolve them, and push.`,
    )

  const decisive = decisiveReviews(merge)
  const blocking = [...decisive.values()].filter(({ state }) => state === 'changesRequested').map(({ author }) => author)
  if (blocking.length > 0) {
    say('changesRequested', false, `${listed(blocking)} asked for changes: they approve, or the review is dismissed.`)
  }
  if (rules === undefined) return found

  const approvers = [...decisive.values()].filter((review) => counts(review, merge)).map(({ author }) => author)
  if (rules.requiredApprovals > 0) {
    say('approvals', approvers.length >= rules.requiredApprovals, approvalsText(merge, approvers))
  }
  if (rules.codeOwners) found.push(codeOwners(merge, approvers))
  for (const name of rules.requiredChecks) found.push(requiredCheck(name, merge))
  if (rules.linearHistory) say('linearHistory', true, 'History stays linear: squash or rebase.')
  if (rules.upToDate) {
    const text = facts.behind === 0 ? 'It holds the newest commit of' : `It lacks ${facts.behind} commits of`
    say('upToDate', facts.behind === 0, `${text} '${row.base_branch}'${facts.behind === 0 ? '' : ': merge or rebase it, and push'}.`)
  }
  return found
}

/** What a method is refused for that the branch's demands do not name. */
export function refusalOfMethod(method: MergeMethod, rules: BranchProtection | undefined): MergeRequirement | undefined {
  if (method !== 'merge' || rules?.linearHistory !== true) return undefined
  return { kind: 'linearHistory', isMet: false, text: 'The history of this branch is linear: squash or rebase.' }
}

/** Of each reviewer the last word: an approval, a request for changes, or neither once it was dismissed. */
function decisiveReviews({ reviews, reviewers }: MergeCase): Map<string, ReviewRow> {
  const last = new Map<string, ReviewRow>()
  for (const review of reviews) {
    if (!reviewers.has(review.author)) continue
    if (review.state === 'approved' || review.state === 'changesRequested') last.set(review.author, review)
  }
  return last
}

function counts(review: ReviewRow, { row, rules, coAuthors }: MergeCase): boolean {
  if (review.state !== 'approved' || review.void !== null) return false
  if (review.head_commit !== row.head_commit || review.base_branch !== row.base_branch) return false
  return rules?.allowSelfApproval === true || !coAuthors.has(review.author)
}

function approvalsText({ row, rules, reviews }: MergeCase, approvers: string[]): string {
  const needed = rules?.requiredApprovals ?? 0
  const text = `${approvers.length} of ${needed} approvals`
  if (approvers.length >= needed) return `${text}: ${listed(approvers)}.`
  const isStale = reviews.some(({ state, head_commit }) => state === 'approved' && head_commit !== row.head_commit)
  const short = row.head_commit.slice(0, 7)
  if (approvers.length > 0) return `${text}: ${listed(approvers)} approved ${short}.`
  return `${text}: nobody who counts has approved ${short}${isStale ? '; earlier approvals were for another head' : ''}.`
}

function codeOwners({ reviewers, paths, owners }: MergeCase, approvers: string[]): MergeRequirement {
  const kind = 'codeOwners'
  if (owners === undefined) return { kind, isMet: true, text: 'The target branch has no CODEOWNERS file.' }
  if (paths === undefined) return { kind, isMet: false, text: 'Too many files change to tell their owners: split the pull request.' }
  const missing = new Map<OwnerRule, string>()
  let owned = 0
  for (const path of paths) {
    const rule = ownersOf(owners, path)
    if (rule === undefined || rule.owners.length === 0) continue
    owned += 1
    if (missing.has(rule)) continue
    const isApproved = approvers.some((name) => {
      const who = reviewers.get(name)
      return who !== undefined && rule.owners.some((owner) => isOwner(owner, who))
    })
    if (!isApproved) missing.set(rule, path)
  }
  if (owned === 0) return { kind, isMet: true, text: 'Nobody owns what changes.' }
  if (missing.size === 0) return { kind, isMet: true, text: 'Its code owners have approved.' }
  const needs = [...missing]
    .slice(0, shown)
    .map(([rule, path]) => `'${path}' needs ${rule.owners.map((owner) => (owner.includes('@') ? owner : `@${owner}`)).join(' or ')}`)
  const more = missing.size > shown ? ` and ${missing.size - shown} more` : ''
  return { kind, isMet: false, text: `Code owners have not approved: ${needs.join('; ')}${more}.` }
}

function listed(names: readonly string[]): string {
  const quoted = names.slice(0, shown)
  return names.length > shown ? `${quoted.join(', ')} and ${names.length - shown} more` : quoted.join(', ')
}
