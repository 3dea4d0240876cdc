import type { DeliveryView, GateReport, PullRequest, Review } from '@plimsoll/api'

/** Names of the demo, as it makes them. */
export const demo = {
  repository: 'fraud-detector',
  delivery: 'fraud-detector',
  gate: 'fraud-quality',
  author: 'mina',
  approver: 'jonas',
  stages: ['staging', 'production'],
  branches: { improve: 'see-bursts-from-new-devices', regress: 'fewer-features' },
} as const

export const storySteps = ['propose', 'judge', 'approve', 'merge', 'staging', 'production', 'ask', 'regress', 'stopped'] as const
export type StoryStep = (typeof storySteps)[number]

export interface StoryFacts {
  pulls: readonly PullRequest[]
  /** Reports of the two pull requests, newest first. */
  reports: readonly GateReport[]
  reviews: readonly Review[]
  delivery: DeliveryView | undefined
  /** The reader says that they have asked the model: nobody else can know. */
  hasAsked: boolean
}

export interface Story {
  improve: PullRequest | undefined
  regress: PullRequest | undefined
  improveReport: GateReport | undefined
  regressReport: GateReport | undefined
  isDone: Record<StoryStep, boolean>
  /** The first that is not done. */
  next: StoryStep | undefined
  done: number
}

/** Where somebody stands in the story: from what has happened, wherever they did it. */
export function storyOf({ pulls, reports, reviews, delivery, hasAsked }: StoryFacts): Story {
  const newest = (branch: string) =>
    pulls
      .filter((one) => isOf(one, branch) && one.state !== 'closed')
      .toSorted((a, b) => b.number - a.number)
      .at(0)
  const improve = newest(demo.branches.improve)
  const regress = newest(demo.branches.regress)
  const reportOf = (pull: PullRequest | undefined) => reports.find((one) => pull !== undefined && one.pullRequest === pull.number)
  const improveReport = reportOf(improve)
  const regressReport = reportOf(regress)
  const isMerged = improve?.state === 'merged'
  const releases = new Set(
    (delivery?.releases ?? []).filter((one) => improve !== undefined && one.pullRequest?.number === improve.number).map(({ name }) => name),
  )
  const [first, last] = [delivery?.stages[0], delivery?.stages.at(-1)]
  // Not while it is verified: until its pods run, the model before it may answer.
  const isInLast =
    last?.release !== undefined && releases.has(last.release.name) && ['Soaking', 'Verified', 'Finished'].includes(last.phase)
  const isThroughFirst =
    isInLast || (first?.release !== undefined && releases.has(first.release.name) && ['Verified', 'Finished'].includes(first.phase))
  const isDone: Record<StoryStep, boolean> = {
    propose: improve !== undefined,
    judge: isMerged || improveReport !== undefined,
    approve: isMerged || reviews.some((one) => one.state === 'approved' && one.void === undefined && one.author !== improve?.author),
    merge: isMerged,
    staging: isMerged && isThroughFirst,
    production: isMerged && isInLast,
    ask: hasAsked,
    regress: regress !== undefined,
    stopped: regressReport !== undefined && (regressReport.override?.verdict ?? regressReport.verdict) !== 'pass',
  }
  return {
    improve,
    regress,
    improveReport,
    regressReport,
    isDone,
    next: storySteps.find((one) => !isDone[one]),
    done: storySteps.filter((one) => isDone[one]).length,
  }
}

/** A second proposal has a branch of its own: `fewer-features-2`. */
function isOf(pull: PullRequest, branch: string): boolean {
  const head = pull.head.branch ?? ''
  return head === branch || (head.startsWith(`${branch}-`) && /^\d+$/.test(head.slice(branch.length + 1)))
}
