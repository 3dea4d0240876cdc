import { PlimsollError, type PullRequestGenerator } from '@plimsoll/api'
import { slugOf } from '@plimsoll/render'
import type { PullRequestEntry } from '../forges/contract.ts'
import { textPattern } from './filters.ts'
import type { Asked, Generator } from './generator.ts'
import type { Parameters } from './parameters.ts'
import { isGo, withValues } from './values.ts'

const defaultRequeueMs = 30 * 60_000
/** Leaves room for a prefix and a suffix in a DNS label of 63 characters. */
const longestSlug = 50

/** The pull requests that are open, here or elsewhere. */
export const pullRequest: Generator<PullRequestGenerator> = {
  async generate(spec, asked) {
    const isWanted = filterOf(spec, asked)
    const pulls = (await listed(spec, asked)).filter(isWanted)
    return withValues(
      pulls.map((pull) => parametersOf(pull, asked)),
      spec.values,
      asked,
    )
  },
  requeueAfterMs: ({ requeueAfterSeconds }) => (typeof requeueAfterSeconds === 'number' ? requeueAfterSeconds * 1000 : defaultRequeueMs),
}

async function listed(spec: PullRequestGenerator, asked: Asked): Promise<PullRequestEntry[]> {
  try {
    return await asked.sources.forges.pullRequests(spec, asked.where)
  } catch (error) {
    if (spec.continueOnRepoNotFoundError === true && error instanceof PlimsollError && error.code === 'not-found') return []
    throw error
  }
}

/** One filter is enough; of one filter all that it says. */
function filterOf({ filters }: PullRequestGenerator, { where }: Asked): (pull: PullRequestEntry) => boolean {
  const compiled = (filters ?? []).map(({ branchMatch, targetBranchMatch, titleMatch }, index) => ({
    branch: textPattern(branchMatch, `${where}.filters[${index}].branchMatch`),
    targetBranch: textPattern(targetBranchMatch, `${where}.filters[${index}].targetBranchMatch`),
    title: textPattern(titleMatch, `${where}.filters[${index}].titleMatch`),
  }))
  if (compiled.length === 0) return () => true
  return ({ branch, targetBranch, title }) =>
    compiled.some(
      (filter) => (filter.branch?.(branch) ?? true) && (filter.targetBranch?.(targetBranch) ?? true) && (filter.title?.(title) ?? true),
    )
}

function parametersOf(pull: PullRequestEntry, asked: Asked): Parameters {
  return {
    number: String(pull.number),
    title: pull.title,
    branch: pull.branch,
    branch_slug: branchSlug(pull.branch),
    target_branch: pull.targetBranch,
    target_branch_slug: branchSlug(pull.targetBranch),
    head_sha: pull.headSha,
    head_short_sha: pull.headSha.slice(0, 8),
    head_short_sha_7: pull.headSha.slice(0, 7),
    author: pull.author,
    ...(isGo(asked) && { labels: [...pull.labels] }),
  }
}

function branchSlug(branch: string): string {
  return slugOf(branch.replaceAll('_', '-'), longestSlug)
}
