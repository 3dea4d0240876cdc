import { PlimsollError, type ApplicationSource } from '@plimsoll/api'
import type { SourceTree } from './contract.ts'
import { compileGlob, type Glob } from './glob.ts'
import type { RenderLimits } from './limits.ts'
import type { SourceProblem } from './problem.ts'
import type { FileFormat } from './read-manifests.ts'
import { comparePaths, folderOf, nameOf, normalPath } from './repository-path.ts'
import { jsonnetRefusal } from './source-type.ts'

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
): Promise<{ files: SelectedFile[]; problems: SourceProblem[] }> {
  const problems: SourceProblem[] = []
  const { recurse = false, include = '', exclude = '' } = source.directory ?? {}
  const included = pattern('include', include)
  const excluded = pattern('exclude', exclude)
  const anyEnding = source.directory?.['disableExtensionFilter'] === true
  if (problems.length > 0) return { files: [], problems }

  const files: SelectedFile[] = []
  const below = path === '' ? 0 : path.length + 1
  const candidates = entries.filter((entry) => recurse || folderOf(entry.path) === path)
  for (const entry of candidates.toSorted((a, b) => comparePaths(a.path, b.path))) {
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
  return { files, problems }

  function choose(name: string, { hash, size }: { hash: string; size: number }, format: FileFormat | 'jsonnet'): void {
    if (format === 'jsonnet') problems.push(jsonnetRefusal(name))
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
      const folder = folderOf(target)
      let siblings: readonly Entry[]
      try {
        siblings = await tree.list(folder)
      } catch (error) {
        if (!(error instanceof PlimsollError) || error.code !== 'path-outside-repository') throw error
        problems.push(outside(link.path))
        return undefined
      }
      const found = siblings.find((entry) => entry.path === target)
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
