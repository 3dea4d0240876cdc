import { type ForgeProvider, type MergeMethod, PlimsollError } from '@plimsoll/api'

/** How each provider calls things, for messages. */
export const providerWords = {
  builtin: { name: 'Plimsoll', pullRequest: 'Pull request' },
  github: { name: 'GitHub', pullRequest: 'Pull request' },
  gitlab: { name: 'GitLab', pullRequest: 'Merge request' },
  gitea: { name: 'Gitea', pullRequest: 'Pull request' },
} as const satisfies Record<ForgeProvider, { name: string; pullRequest: string }>

export function notSupported(provider: ForgeProvider, what: string, instead: string): PlimsollError {
  return new PlimsollError('not-supported-by-provider', `${providerWords[provider].name} has no way to ${what} through its API.`, {
    remedy: instead,
  })
}

/** The title and text of a merge commit by git's own convention, when none are given. */
export function mergeTitle(method: MergeMethod, pull: { number: number; title: string }, mark: '#' | '!'): string {
  return method === 'squash' ? `${pull.title} (${mark}${pull.number})` : `Merge ${mark}${pull.number}: ${pull.title}`
}
