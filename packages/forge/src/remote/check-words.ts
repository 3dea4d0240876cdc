import type { Check, CheckConclusion } from '@plimsoll/api'

/** How a conclusion begins when all that can be said is a state and one line. */
const words: Record<CheckConclusion, string> = {
  success: '',
  failure: '',
  neutral: 'Neutral: ',
  cancelled: 'Cancelled: ',
  skipped: 'Skipped: ',
  timedOut: 'Timed out: ',
  actionRequired: 'Inconclusive: ',
}

/** One line of a status: what GitHub takes (140 characters), GitLab and Gitea more. */
export function describe(check: Check, most: number): string {
  const line = `${check.conclusion ? words[check.conclusion] : ''}${check.title}`.replace(/\s+/g, ' ').trim()
  return line.length <= most ? line : `${line.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** What `describe` has said, read back: a conclusion only makes a state more precise, it never makes a success of something else. */
export function readDescription(description: string, isSuccess: boolean): { title: string; conclusion: CheckConclusion } {
  const among: CheckConclusion[] = isSuccess ? ['neutral', 'skipped'] : ['cancelled', 'timedOut', 'actionRequired']
  const conclusion = among.find((one) => description.startsWith(words[one].trimEnd()))
  if (conclusion === undefined) return { title: description, conclusion: isSuccess ? 'success' : 'failure' }
  return { title: description.slice(words[conclusion].trimEnd().length).trimStart(), conclusion }
}

/** Whether it satisfies a requirement, as GitHub has it (`success`, `neutral`, `skipped`). */
export function isSatisfying(conclusion: CheckConclusion | undefined): boolean {
  return conclusion === 'success' || conclusion === 'neutral' || conclusion === 'skipped'
}

/** Only an address that a browser can follow from elsewhere. */
export function absolute(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:\/\//.test(url) && url.length <= 2000 ? url : undefined
}
