import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Material that a development machine has beside the clone, and a user's does not. */
export const shared = [join(root, '..', 'shared')].find((path) => existsSync(path))
export const sharedMissing = 'the shared material is not beside this clone'
