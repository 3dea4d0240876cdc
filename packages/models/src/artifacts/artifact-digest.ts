import { createHash } from 'node:crypto'
import { PlimsollError } from '@plimsoll/api'
import type { ArtifactFile } from '../contract.ts'

export const maxArtifactFiles = 10_000

/** Of a folder: the SHA-256 of a line for each file, sorted by path (by code point): digest, size, path as JSON. */
export function folderDigest(files: readonly ArtifactFile[]): string {
  const hash = createHash('sha256').update('plimsoll/model-folder/1\n')
  for (const { path, size, digest } of sortedFiles(files)) hash.update(`${digest} ${size} ${JSON.stringify(path)}\n`)
  return `sha256:${hash.digest('hex')}`
}

export function sortedFiles(files: readonly ArtifactFile[]): ArtifactFile[] {
  return files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
}

/** Throws `invalid-request` for a list that no folder can have: paths that leave it, twice the same, a file that is a folder too. */
export function requireFileList(files: readonly ArtifactFile[]): void {
  if (files.length === 0) throw refused('it has no files')
  if (files.length > maxArtifactFiles) throw refused(`it has ${files.length} files; at most ${maxArtifactFiles} are kept`)
  const paths = new Set<string>()
  for (const { path, digest, size } of files) {
    if (!isInside(path)) throw refused(`'${path.slice(0, 200)}' is no path inside of it`)
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw refused(`'${digest.slice(0, 100)}' is no digest of the form sha256:…`)
    if (!Number.isSafeInteger(size) || size < 0) throw refused(`the size of '${path}' is no number of bytes`)
    if (paths.has(path)) throw refused(`'${path}' is there twice`)
    paths.add(path)
  }
  for (const path of paths) {
    const parts = path.split('/')
    for (let end = 1; end < parts.length; end++)
      if (paths.has(parts.slice(0, end).join('/'))) throw refused(`'${parts.slice(0, end).join('/')}' is a file and a folder`)
  }
}

function isInside(path: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (path === '' || path.length > 1024 || /[\u0000-\u001f\u007f\\]/.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function refused(why: string): PlimsollError {
  return new PlimsollError('invalid-request', `This model cannot be kept: ${why}.`)
}
