import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import type { Artifact, ArtifactFile } from '../contract.ts'
import { folderDigest, maxArtifactFiles, sortedFiles } from './artifact-digest.ts'

/** A model on this disk, with where each of its files is. Links are not followed, and refused: what they lead to may be another tomorrow. */
export async function localArtifact(
  path: string,
): Promise<Pick<Artifact, 'digest' | 'kind' | 'files' | 'size'> & { pathOf(file: ArtifactFile): string }> {
  const info = await lstat(path).catch(() => undefined)
  if (info?.isFile()) {
    const file = { path: basename(path), size: info.size, digest: await digestOfFile(path) }
    return { digest: file.digest, kind: 'file', files: [file], size: info.size, pathOf: () => path }
  }
  if (!info?.isDirectory())
    throw new PlimsollError('invalid-request', `There is no model at '${path}'.`, {
      remedy: 'Give the path of the file or folder that training wrote.',
    })
  const files: ArtifactFile[] = []
  for (const name of await readdir(path, { recursive: true })) {
    const entry = await lstat(join(path, name))
    if (entry.isDirectory()) continue
    if (!entry.isFile())
      throw new PlimsollError('invalid-request', `'${join(path, name)}' is neither a file nor a folder: a model may not hold links.`)
    if (files.length >= maxArtifactFiles) throw new PlimsollError('invalid-request', `'${path}' holds more than ${maxArtifactFiles} files.`)
    files.push({ path: name.split(sep).join('/'), size: entry.size, digest: await digestOfFile(join(path, name)) })
  }
  if (files.length === 0) throw new PlimsollError('invalid-request', `'${path}' is an empty folder: there is no model in it.`)
  const sorted = sortedFiles(files)
  return {
    digest: folderDigest(sorted),
    kind: 'folder',
    files: sorted,
    size: sorted.reduce((sum, { size }) => sum + size, 0),
    pathOf: (file) => join(path, ...file.path.split('/')),
  }
}

export async function digestOfFile(path: string, algorithm: 'sha256' | 'md5' = 'sha256'): Promise<string> {
  const hash = createHash(algorithm)
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return `${algorithm}:${hash.digest('hex')}`
}
