import { setImmediate } from 'node:timers/promises'
import { PlimsollError, type ApplicationSource } from '@plimsoll/api'
import type { SourceTree } from '../contract.ts'
import { compileGlob, type Glob } from './glob.ts'
import type { RenderLimits } from '../limits.ts'
import type { SourceProblem } from '../problem.ts'
import type { FileFormat } from './read-manifests.ts'
import { folderOf, nameOf, normalPath } from '../repository-path.ts'
import { jsonnetRefusal } from '../source-type.ts'

type Entry = Awaited<ReturnType<SourceTree['list']>>[number]

/** A file of the source. `path` is where it is named, `hash` and `size` are of the content behind it, links followed. */
export interface SelectedFile {
  path: string
  hash: string
  size: number
  format: FileFormat
}

/** As many as Linux follows (path_resolution(7)). */
const maxLinks = 40
/** Steps of patterns over all paths of a source: about a second, in which others have their turns. */
const maxMatchSteps = 100_000_000
/** How long the event loop may be kept at a time. */
const turnMs = 10

/**
 * The manifests of a directory source, in the order of a walk through it, as Argo CD chooses them (argo-cd `repository.go`, getPotentiallyValidManifests):
 * by ending, then `exclude`, then `include`, the patterns matched against the path below the folder. Links to files inside the repository are
 * followed, links to folders and to nothing left out; a link that leaves the repository is a problem, wherever it points.
 */
export async function selectFiles(
  tree: SourceTree,
  source: ApplicationSource,
  path: string,
  entries: readonly Entry[],
  limits: RenderLimits,
  takesJsonnet = false,
): Promise<{ files: SelectedFile[]; jsonnet: string[]; problems: SourceProblem[] }> {
  const problems: SourceProblem[] = []
  const jsonnet: string[] = []
  const { recurse = false, include = '', exclude = '' } = source.directory ?? {}
  const included = pattern('include', include)
  const excluded = pattern('exclude', exclude)
  const anyEnding = source.directory?.['disableExtensionFilter'] === true
  if (problems.length > 0) return { files: [], jsonnet, problems }

  const files: SelectedFile[] = []
  const below = path === '' ? 0 : path.length + 1
  const candidates = entries.filter((entry) => recurse || folderOf(entry.path) === path)
  const matchSteps = candidates.reduce((sum, entry) => sum + entry.path.length, 0) * ((included?.size ?? 0) + (excluded?.size ?? 0))
  if (matchSteps > maxMatchSteps) {
    problems.push({
      code: 'manifest-too-large',
      message: `directory.include and directory.exclude are too much to match with ${candidates.length} paths`,
      remedy: 'Use shorter patterns, or a path with fewer files.',
    })
    return { files: [], jsonnet, problems }
  }
  let turnEnds = performance.now() + turnMs
  for (const entry of sortedByPath(candidates)) {
    if (performance.now() > turnEnds) {
      await setImmediate()
      turnEnds = performance.now() + turnMs
    }
    if (entry.kind === 'submodule') continue
    const relative = entry.path.slice(below)
    const format = formatOf(entry.path, anyEnding)
    const isWanted = format !== undefined && !excluded?.matches(relative) && (included?.matches(relative) ?? true)
    if (entry.kind !== 'symlink') {
      if (isWanted) choose(entry.path, entry, format)
      continue
    }
    const target = await follow(entry)
    if (isWanted && target !== undefined) choose(entry.path, target, format)
  }
  checkTotals()
  return { files, jsonnet, problems }

  function choose(name: string, { hash, size }: { hash: string; size: number }, format: FileFormat | 'jsonnet'): void {
    if (format === 'jsonnet' && takesJsonnet) jsonnet.push(name)
    else if (format === 'jsonnet') problems.push(jsonnetRefusal(name))
    else if (size > limits.fileBytes) {
      problems.push(tooLarge(`the file has ${size} bytes; at most ${limits.fileBytes} are read`, name))
    } else files.push({ path: name, hash, size, format })
  }

  function checkTotals(): void {
    const bytes = files.reduce((sum, file) => sum + file.size, 0)
    const folder = path === '' ? '.' : path
    if (bytes > limits.totalBytes) {
      problems.push(tooLarge(`the manifests have ${bytes} bytes together; at most ${limits.totalBytes} are read`, folder))
    }
    if (files.length > limits.files)
      problems.push(tooLarge(`there are ${files.length} manifest files; at most ${limits.files} are read`, folder))
  }

  /** What a link leads to, when that is a file. */
  async function follow(link: Entry): Promise<Entry | undefined> {
    let current = link
    for (let hop = 0; hop < maxLinks; hop++) {
      const text = (await tree.read(current.hash, 4096)).toString()
      const target = normalPath(text, folderOf(current.path))
      if (target === undefined) {
        problems.push(outside(link.path))
        return undefined
      }
      let found: Entry | undefined
      try {
        found = tree.entry ? await tree.entry(target) : (await tree.list(folderOf(target))).find((entry) => entry.path === target)
      } catch (error) {
        if (!(error instanceof PlimsollError) || error.code !== 'path-outside-repository') throw error
        problems.push(outside(link.path))
        return undefined
      }
      if (found === undefined || found.kind === 'submodule') return undefined
      if (found.kind !== 'symlink') return found
      current = found
    }
    return undefined
  }

  function pattern(field: 'include' | 'exclude', text: string): Glob | undefined {
    if (text === '') return undefined
    const glob = compileGlob(text)
    if (glob === undefined) {
      problems.push({
        code: 'render-failed',
        message: `directory.${field} is not a pattern: '${text.slice(0, 200)}'`,
        remedy: "Close every bracket; use patterns such as '*.yaml' or '{a,b}/*.yaml'.",
      })
    }
    return glob
  }
}

/** Folder by folder, as `comparePaths` says; a slash is less than any other character then. */
function sortedByPath(entries: readonly Entry[]): Entry[] {
  const keyed = entries.map((entry) => ({ entry, key: entry.path.replaceAll('/', '\0') }))
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ entry }) => entry)
}

function formatOf(path: string, anyEnding: boolean): FileFormat | 'jsonnet' | undefined {
  const ending = /\.(yaml|yml|json|jsonnet)$/.exec(nameOf(path))?.[1]
  if (ending === 'json' || ending === 'jsonnet') return ending
  return ending !== undefined || anyEnding ? 'yaml' : undefined
}

function tooLarge(message: string, file: string): SourceProblem {
  return {
    code: 'manifest-too-large',
    message,
    remedy: 'Keep data out of Git, or leave the file out with directory.exclude.',
    at: { file },
  }
}

function outside(file: string): SourceProblem {
  return {
    code: 'path-outside-repository',
    message: 'the link leads out of the repository',
    remedy: 'Let the link point to a file of the repository, or replace it with the file.',
    at: { file },
  }
}
