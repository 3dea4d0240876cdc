import { createHash } from 'node:crypto'

/** The name of before there was one for each repository. In each namespace it belongs to the repository that was there first. */
export const sharedModelSecret = 'plimsoll-models'

const plain = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/**
 * `plimsoll-models-fraud-detector`. What a Secret cannot be called (`team/Demo`) is written with `-`, and told apart by its digest behind a dot,
 * which no plain name has: `plimsoll-models.team-demo-3f2a90b1c4d5e6f7`.
 */
export function modelSecretOf(repository: string): string {
  if (plain.test(repository)) return `${sharedModelSecret}-${repository}`
  const words = repository.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '') // prettier-ignore
  const digest = createHash('sha256').update(repository).digest('hex').slice(0, 16)
  return `${sharedModelSecret}.${words === '' ? '' : `${words}-`}${digest}`
}
