import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The clone's root, from the sources as well as from what is built of them. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)))

/** Material that a development machine has beside the clone, and a user's does not. */
export const shared = [join(root, '..', 'shared')].find((path) => existsSync(path))
export const sharedMissing = 'the shared material is not beside this clone'

function findRoot(directory: string): string {
  const file = join(directory, 'package.json')
  if (existsSync(file) && readFileSync(file, 'utf8').includes('"plimsoll-workspace"')) return directory
  return findRoot(dirname(directory))
}
