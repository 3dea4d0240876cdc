import { lstat, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { DvcFolderFile, DvcOutput } from '@plimsoll/models'
import { CommandFailure } from '../../exit-code.ts'

type Models = typeof import('@plimsoll/models')

/** How many files are looked at, fetched or sent at the same time. */
export const atOnce = 8

/** What a file on this disk is for DVC, by the kind of digest that the output has; undefined where there is none. */
export async function md5Of(models: Models, file: string, isLegacy: boolean): Promise<string | undefined> {
  try {
    return isLegacy ? await models.legacyMd5(file) : (await models.digestOfFile(file, 'md5')).slice('md5:'.length)
  } catch {
    return undefined
  }
}

/** Where the content of an output is on this disk: in its place, or in DVC's cache. */
export async function localContent(models: Models, root: string, output: DvcOutput, file: string): Promise<string | undefined> {
  for (const place of [file, join(root, '.dvc', 'cache', ...models.remotePath(output).split('/'))])
    if ((await md5Of(models, place, output.isLegacy)) === output.md5.slice(0, 32)) return place
  return undefined
}

/** The files of a folder as DVC lists them, and how large they are together. Links are refused: DVC would keep what they lead to. */
export async function listFolder(models: Models, folder: string, isLegacy: boolean): Promise<{ files: DvcFolderFile[]; size: number }> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    // What DVC ignores by itself (`dvc/ignore.py`).
    .filter(
      (name) =>
        !relative(folder, name)
          .split(sep)
          .some((part) => part === '.git' || part === '.hg' || part === '.dvc'),
    )
  let size = 0
  const files = await inTurns(names, async (name): Promise<DvcFolderFile> => {
    const info = await lstat(name)
    if (!info.isFile()) throw new CommandFailure(`${relative('.', name)} is neither a file nor a folder: put no links into data.`)
    size += info.size
    const md5 = await md5Of(models, name, isLegacy)
    if (md5 === undefined) throw new CommandFailure(`${relative('.', name)} cannot be read.`)
    return { path: relative(folder, name).split(sep).join('/'), md5 }
  })
  return { files, size }
}

/** Does something for each, some at the same time; answers in their order. The first failure ends it. */
export async function inTurns<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  let isOver = false
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (let at = next++; at < items.length && !isOver; at = next++) {
        try {
          results[at] = await act(items[at] as T)
        } catch (error) {
          isOver = true
          throw error
        }
      }
    }),
  )
  return results
}
