import type { Sources, Tree } from '../engine/tree.ts'
import { RenderError } from '../engine/tree.ts'

/** Content by path: text, or bytes where they are no text. */
export type MemoryFiles = Record<string, string | Uint8Array>

/** A tree whose files are all there already. */
export class MemoryTree implements Tree {
  readonly #files = new Map<string, Uint8Array>()
  readonly #folders = new Set<string>([''])
  readonly #paths: readonly string[]

  constructor(files: MemoryFiles) {
    for (const [path, content] of Object.entries(files)) {
      const clean = normalise(path)
      this.#files.set(clean, typeof content === 'string' ? Buffer.from(content, 'utf8') : content)
      for (let end = clean.lastIndexOf('/'); end > 0; end = clean.lastIndexOf('/', end - 1)) this.#folders.add(clean.slice(0, end))
    }
    this.#paths = [...this.#files.keys()].toSorted()
  }

  stat(path: string): 'file' | 'folder' | undefined {
    const clean = normalise(path)
    if (this.#files.has(clean)) return 'file'
    return this.#folders.has(clean) ? 'folder' : undefined
  }

  read(path: string): Uint8Array | undefined {
    return this.#files.get(normalise(path))
  }

  list(path: string): readonly string[] {
    const clean = normalise(path)
    return clean === '' ? this.#paths : this.#paths.filter((each) => each.startsWith(`${clean}/`))
  }

  expect(): void {}
}

/**
 * Sources of which everything is in memory. `charts` are keyed `REPOSITORY NAME VERSION`, `gits` `URL REVISION`; what is not there throws, as it
 * does when a repository answers that it has no such thing.
 */
export function memorySources(
  files: MemoryFiles,
  others: { refs?: Record<string, MemoryFiles>; charts?: Record<string, MemoryFiles>; gits?: Record<string, MemoryFiles> } = {},
): Sources {
  const tree = new MemoryTree(files)
  const refs = trees(others.refs)
  const charts = trees(others.charts)
  const gits = trees(others.gits)
  return {
    tree,
    ref: (name) => refs.get(name),
    chart: ({ repository, name, version }) => known(charts, `${repository} ${name} ${version}`, 'chart'),
    git: ({ url, revision }) => known(gits, `${url} ${revision}`, 'Git repository'),
  }
}

function trees(named: Record<string, MemoryFiles> | undefined): Map<string, Tree> {
  return new Map(Object.entries(named ?? {}).map(([name, files]) => [name, new MemoryTree(files)]))
}

function known(all: ReadonlyMap<string, Tree>, key: string, what: string): Tree {
  const found = all.get(key)
  if (found === undefined) throw new RenderError(`There is no ${what} '${key}'.`)
  return found
}

function normalise(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) throw new RenderError(`'${path}' leads out of the repository.`)
    } else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}
