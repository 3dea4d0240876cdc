import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A git that was killed may leave children that finish what they hold; none needs longer for a ref than this. */
const settledMs = 3000

/**
 * Removes what a killed `git` left behind: lock files, which would refuse every later change of that ref, and half-written packs. A lock that is
 * younger than three seconds may still be somebody's: it is waited for. Only for repositories that nobody but us changes.
 */
export async function clearStaleLocks(gitDir: string): Promise<void> {
  for (const path of await leftovers(gitDir)) {
    for (;;) {
      const age = await ageOf(path)
      if (age === undefined) break
      if (age >= settledMs) {
        await rm(path, { force: true, recursive: true })
        break
      }
      await sleep(Math.min(settledMs - age, 200))
    }
  }
}

async function leftovers(gitDir: string): Promise<string[]> {
  const found: string[] = []
  const visit = async (folder: string, isLeftover: (name: string) => boolean, deep: boolean): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (isLeftover(entry.name)) found.push(path)
      else if (deep && entry.isDirectory()) await visit(path, isLeftover, deep)
    }
  }
  const isLock = (name: string): boolean => name.endsWith('.lock')
  await visit(gitDir, isLock, false)
  await visit(join(gitDir, 'refs'), isLock, true)
  await visit(join(gitDir, 'objects', 'pack'), (name) => name.startsWith('tmp_') || name.startsWith('.tmp-'), false)
  await visit(join(gitDir, 'objects'), (name) => name.startsWith('tmp_objdir-'), false)
  return found
}

async function ageOf(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch {
    return undefined
  }
}
