import { PlimsollError, type VersionField } from '@plimsoll/api'
import type { Repositories } from '@plimsoll/git'
import { fieldKey, readField, writeField } from '../fields/version-field.ts'
import { maxFileBytes } from '../fields/yaml-text.ts'

export type Files = Pick<Repositories, 'entry' | 'blob' | 'resolve'>

/** What two fields of different stages have in common when they are to have one value. */
export function valueKey(field: VersionField): string {
  if (field.name !== undefined) return `name:${field.name}`
  if (field.value !== undefined && field.value !== 'copy') return field.value
  return field.image === undefined ? fieldKey(field) : `image:${field.image}`
}

/** What the fields of a folder say at a commit, by `valueKey`. What has no value, or whose file is not there, is left out. */
export async function readValues(
  git: Files,
  place: { repoURL: string; commit: string; path: string },
  fields: readonly VersionField[],
): Promise<Map<string, string>> {
  const values = new Map<string, string>()
  // What was seen where it lives may not be read here yet.
  await git.resolve(place.repoURL, place.commit)
  for (const [file, own] of byFile(fields)) {
    const text = await readText(git, place, file)
    if (text === undefined) continue
    for (const field of own) {
      const { prefix = '' } = field
      const value = readField(text, field)
      if (value?.startsWith(prefix) === true && !values.has(valueKey(field))) values.set(valueKey(field), value.slice(prefix.length))
    }
  }
  return values
}

/** The files that must change, by their path in the repository, for a folder to say `values`. Empty when it does. */
export async function planFiles(
  git: Files,
  place: { repoURL: string; commit: string; path: string },
  fields: readonly VersionField[],
  values: Readonly<Record<string, string>>,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  await git.resolve(place.repoURL, place.commit)
  for (const [file, own] of byFile(fields)) {
    const before = await readText(git, place, file)
    if (before === undefined)
      throw new PlimsollError('path-not-found', `${join(place.path, file)} is not there at ${place.commit.slice(0, 7)}.`)
    let text = before
    for (const field of own) {
      const key = valueKey(field)
      const value = Object.hasOwn(values, key) ? values[key] : undefined
      if (value === undefined) {
        throw new PlimsollError(
          'path-not-found',
          `The release has no value for ${fieldKey(field)}: the first stage had none when it was made.`,
          {
            remedy: 'Give the first stage the same field, or give both fields one `name`.',
          },
        )
      }
      text = writeField(text, field, (field.prefix ?? '') + value)
    }
    if (text !== before) files.set(join(place.path, file), Buffer.from(text))
  }
  return files
}

function byFile(fields: readonly VersionField[]): Map<string, VersionField[]> {
  const files = new Map<string, VersionField[]>()
  for (const field of fields) files.set(field.file, [...(files.get(field.file) ?? []), field])
  return files
}

async function readText(git: Files, place: { repoURL: string; commit: string; path: string }, file: string): Promise<string | undefined> {
  const path = join(place.path, file)
  const entry = await git.entry(place.repoURL, place.commit, path)
  if (entry === undefined) return undefined
  if (entry.kind !== 'file' && entry.kind !== 'executable') {
    throw new PlimsollError('manifest-invalid', `${path} is a ${entry.kind}, not a file.`)
  }
  const content = await git.blob(place.repoURL, entry.hash, maxFileBytes)
  const text = content.toString('utf8')
  if (!Buffer.from(text).equals(content)) throw new PlimsollError('manifest-invalid', `${path} is not UTF-8.`)
  return text
}

function join(path: string, file: string): string {
  return path === '' ? file : `${path}/${file}`
}
