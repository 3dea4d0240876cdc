import { PlimsollError } from '@plimsoll/api'
import type { LocalSource } from '@plimsoll/applications'
import { z } from 'zod'
import { bodyInteger } from './query.ts'

const maxFiles = 5_000
/** Of a request that brings a repository's files. */
export const longestLocalBody = 48 * 1024 * 1024

/** Files that are not pushed: a repository as it would be. `content` is base64; `path` is the folder that the source stands for. */
export const LocalFiles = z.object({
  position: bodyInteger.nullish(),
  path: z.string().max(4096),
  files: z.array(z.object({ path: z.string().min(1).max(4096), content: z.string() })).max(maxFiles),
})

export function localSourceOf({ position, path, files }: z.infer<typeof LocalFiles>): LocalSource {
  const contents = new Map<string, Uint8Array>()
  for (const file of files) {
    if (contents.has(file.path)) throw new PlimsollError('invalid-request', `local.files: '${file.path.slice(0, 200)}' is there twice.`)
    contents.set(file.path, Buffer.from(file.content, 'base64'))
  }
  return { position: position ?? 0, path, files: contents }
}
