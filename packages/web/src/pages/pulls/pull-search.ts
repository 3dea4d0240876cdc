/** What of a pull request is looked at, as the address holds it. */
export interface PullSearch {
  tab?: PullTab
  /** Side by side instead of one below the other. */
  diff?: 'split'
  /** A file to begin with. */
  file?: string
  /** Which of several reports. */
  report?: string
}

export const pullTabs = ['report', 'plan', 'conversation', 'files', 'commits'] as const
export type PullTab = (typeof pullTabs)[number]

export function readPullSearch({ tab: given, view, diff, file, report }: Record<string, unknown>): PullSearch {
  // Checks of plans lead here with `view`.
  const tab = given ?? view
  return {
    ...(pullTabs.includes(tab as PullTab) && { tab: tab as PullTab }),
    ...(diff === 'split' && { diff }),
    ...((typeof file === 'string' || typeof file === 'number') && file !== '' && { file: String(file) }),
    ...((typeof report === 'string' || typeof report === 'number') && report !== '' && { report: String(report) }),
  }
}
