import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DataRemote } from './remote.ts'

/** A folder that DVC keeps content in. What comes in takes its place whole, or not at all. */
export function folderRemote(name: string, folder: string): DataRemote {
  const placeOf = (path: string): string => join(folder, ...path.split('/'))
  return {
    name,
    async fetch(path, target) {
      if (!(await this.has(path))) return false
      await copyFile(placeOf(path), target)
      return true
    },
    has: (path) =>
      stat(placeOf(path)).then(
        (info) => info.isFile(),
        () => false,
      ),
    async store(path, source) {
      const place = placeOf(path)
      await mkdir(dirname(place), { recursive: true })
      const temporary = `${place}.${randomUUID()}`
      try {
        await copyFile(source, temporary)
        await rename(temporary, place)
      } finally {
        await rm(temporary, { force: true })
      }
    },
  }
}
