import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommandFailure } from '../../exit-code.ts'

type Models = typeof import('@plimsoll/models')

export interface DigestedData {
  /** Absent where it cannot be told which data they are; `why` says it. */
  digest?: string
  why?: string
  /** On this disk, as far as it is here. */
  path: string
}

/** Of a file or folder the SHA-256; of what DVC keeps the MD5 that its `.dvc` names. */
export async function digestOfData(models: Models, path: string): Promise<DigestedData> {
  try {
    if (path.endsWith('.dvc')) return await digestOfTracked(models, path)
    const isFolder = (await stat(path)).isDirectory()
    return { path, digest: isFolder ? (await models.localArtifact(path)).digest : await models.digestOfFile(path) }
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(`The data at '${path}' cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What lies in its place may have been changed since: figures of that are of other data than the name says. */
async function digestOfTracked(models: Models, description: string): Promise<DigestedData> {
  const [output] = models.readDvcFile(description, await models.readTextFile(description))
  if (!output) throw new CommandFailure(`${description} names no output with an md5.`, { remedy: 'Run `dvc add` (or `dvc commit`) again.' })
  const path = join(dirname(description), ...output.path.split('/'))
  const digest = `md5:${output.md5}`
  if ((await stat(path).catch(() => undefined))?.isFile() !== true) return { path, digest }
  const found = output.isLegacy ? `md5:${await models.legacyMd5(path)}` : await models.digestOfFile(path, 'md5')
  return found === digest
    ? { path, digest }
    : { path, why: `${path} is not what ${description} names (${digest}, it is ${found}): add it again, or fetch it.` }
}
