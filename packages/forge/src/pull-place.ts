import { PlimsollError, type PullRequest } from '@plimsoll/api'

/** Where a pull request stands among those of all repositories: the newest change first, then by repository, then the highest number. */
export interface PullPlace {
  /** Milliseconds since 1970. */
  updatedAt: number
  repository: string
  number: number
}

export function placeOf({ updatedAt, repository, number }: Pick<PullRequest, 'updatedAt' | 'repository' | 'number'>): PullPlace {
  return { updatedAt: Date.parse(updatedAt) || 0, repository, number }
}

/** Negative when `a` stands before `b`. By code points, as a database sorts. */
export function comparePlaces(a: PullPlace, b: PullPlace): number {
  if (a.updatedAt !== b.updatedAt) return b.updatedAt - a.updatedAt
  if (a.repository !== b.repository) return a.repository < b.repository ? -1 : 1
  return b.number - a.number
}

/** For an address: where the next page begins. */
export function writePlace({ updatedAt, repository, number }: PullPlace): string {
  return Buffer.from(JSON.stringify([updatedAt, repository, number])).toString('base64url')
}

/** Rejects with `invalid-request` what `writePlace` has not written. */
export function readPlace(text: string): PullPlace {
  try {
    const [updatedAt, repository, number] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[]
    if (Number.isSafeInteger(updatedAt) && typeof repository === 'string' && Number.isSafeInteger(number))
      return { updatedAt: updatedAt as number, repository, number: number as number }
  } catch {
    // Told below.
  }
  throw new PlimsollError('invalid-request', '`after` is no place in a list of pull requests.', {
    remedy: 'Give `next` of the page before, or leave it out.',
  })
}
