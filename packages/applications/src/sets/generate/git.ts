import { type GitGenerator, PlimsollError } from '@plimsoll/api'
import { normalizedName } from '@plimsoll/render'
import { isObject } from '../../json.ts'
import type { Asked, Generator } from './generator.ts'
import { filePattern, folderPattern } from './git-patterns.ts'
import { flattened, type Parameters } from './parameters.ts'
import { isGo, withValues } from './values.ts'

/** A change of the repository is told at once; this is for what nobody tells. */
const defaultRequeueMs = 3 * 60_000
/** More files are no list of environments. */
const maxFiles = 5000

/** Folders of a repository, or what its files say. */
export const git: Generator<GitGenerator> = {
  async generate(spec, asked) {
    const { directories, files } = spec
    if (directories && directories.length > 0) return withValues(await fromFolders(spec, directories, asked), spec.values, asked)
    if (files && files.length > 0) return withValues(await fromFiles(spec, files, asked), spec.values, asked)
    throw new PlimsollError('invalid-application-set', `${asked.where}: needs directories or files.`)
  },
  requeueAfterMs: ({ requeueAfterSeconds }) => (typeof requeueAfterSeconds === 'number' ? requeueAfterSeconds * 1000 : defaultRequeueMs),
}

type Items = NonNullable<GitGenerator['directories']>

/** What is excluded stays out, whatever else includes it. */
function chosenBy(items: Items, field: string, read: typeof folderPattern, { where }: Asked): (path: string) => boolean {
  const patterns = items.map(({ path, exclude }, index) => ({
    matches: read(path, `${where}.${field}[${index}].path`),
    isExcluded: exclude === true,
  }))
  const included = patterns.filter(({ isExcluded }) => !isExcluded)
  const excluded = patterns.filter(({ isExcluded }) => isExcluded)
  return (path) => included.some(({ matches }) => matches(path)) && !excluded.some(({ matches }) => matches(path))
}

async function fromFolders(spec: GitGenerator, items: Items, asked: Asked): Promise<Parameters[]> {
  const isChosen = chosenBy(items, 'directories', folderPattern, asked)
  const folders = await asked.sources.git.directories(spec.repoURL, spec.revision ?? '', asked.isFresh)
  return folders.filter(isChosen).map((path) => withPath({}, { path }, spec, asked))
}

async function fromFiles(spec: GitGenerator, items: Items, asked: Asked): Promise<Parameters[]> {
  const isChosen = chosenBy(items, 'files', filePattern, asked)
  const files = await asked.sources.git.files(spec.repoURL, spec.revision ?? '', asked.isFresh)
  const chosen = files.paths.filter(isChosen).toSorted((a, b) => (a < b ? -1 : 1))
  if (chosen.length > maxFiles) {
    throw new PlimsollError('generator-failed', `${asked.where}.files: ${chosen.length} files match, at most ${maxFiles} are read.`, {
      remedy: 'Narrow the patterns.',
    })
  }
  const documents = await asked.sources.templates.read(await Promise.all(chosen.map((path) => files.read(path))))
  return chosen.flatMap((file, index) => {
    const document = documents[index]
    const fail = (why: string): PlimsollError =>
      new PlimsollError('generator-failed', `File '${file}' of ${spec.repoURL} (${asked.where}): ${why}.`, {
        remedy: 'Correct the file, and push.',
      })
    if (document === undefined || 'problem' in document) throw fail(document?.problem ?? 'could not be read')
    // An empty file is one application without parameters of its own.
    const objects = Array.isArray(document.value) ? (document.value as unknown[]) : [document.value ?? {}]
    return objects.map((object) => {
      if (!isObject(object)) throw fail('holds neither a map nor a list of maps')
      const slash = file.lastIndexOf('/')
      const place = { path: slash < 0 ? '.' : file.slice(0, slash), filename: file.slice(slash + 1) }
      return withPath(isGo(asked) ? object : flattened(object), place, spec, asked)
    })
  })
}

/** `path`, its parts and names made of it; under a prefix where the generator has one. */
function withPath(
  found: Parameters,
  { path, filename }: { path: string; filename?: string },
  spec: GitGenerator,
  asked: Asked,
): Parameters {
  const segments = path.split('/')
  const basename = segments.at(-1) ?? ''
  const prefix = spec.pathParamPrefix ?? ''
  if (isGo(asked)) {
    const place = {
      path,
      basename,
      basenameNormalized: normalizedName(basename),
      segments,
      ...(filename !== undefined && { filename, filenameNormalized: normalizedName(filename) }),
    }
    return prefix === '' ? { ...found, path: place } : { ...found, [prefix]: { path: place } }
  }
  const name = prefix === '' ? 'path' : `${prefix}.path`
  return {
    ...found,
    [name]: path,
    [`${name}.basename`]: basename,
    [`${name}.basenameNormalized`]: normalizedName(basename),
    ...(filename !== undefined && { [`${name}.filename`]: filename, [`${name}.filenameNormalized`]: normalizedName(filename) }),
    ...Object.fromEntries(segments.flatMap((segment, index) => (segment === '' ? [] : [[`${name}[${index}]`, segment]]))),
  }
}
