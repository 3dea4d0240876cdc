import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { folderOf, normalPath } from '../repository-path.ts'
import { RenderError, type Sources, type Tree } from './tree.ts'

const maxLinks = 40
const maxListed = 200_000
const maxFileBytes = 64 * 1024 * 1024

export interface DirectorySourcesOptions {
  /** Folders of other sources by their `ref`. */
  refs?: ReadonlyMap<string, string>
  chart?(request: { repository: string; name: string; version: string }): Tree
  git?(request: { url: string; revision: string }): Tree
}

/**
 * A folder on disk as the sources of one render, read synchronously and remembered: for scripts that call the engines without a worker. Nothing outside
 * of the folder is read, wherever links lead; `.git` is left out. A change on disk is not seen: make new ones.
 */
export function directorySources(root: string, options: DirectorySourcesOptions = {}): Sources {
  const refs = new Map([...(options.refs ?? [])].map(([name, folder]) => [name, new DirectoryTree(folder)]))
  return {
    tree: new DirectoryTree(root),
    ref: (name) => refs.get(name),
    chart(request) {
      if (options.chart !== undefined) return options.chart(request)
      throw new RenderError(`Chart '${request.name}' of ${request.repository} is wanted, and charts cannot be fetched here.`)
    },
    git(request) {
      if (options.git !== undefined) return options.git(request)
      throw new RenderError(`The remote base ${request.url} is wanted, and repositories cannot be fetched here.`)
    },
  }
}

type Kind = { kind: 'file' | 'folder' } | { kind: 'link'; target: string } | undefined

const file: Kind = { kind: 'file' }
const folder: Kind = { kind: 'folder' }

/** A folder on disk as an engine's tree. */
export class DirectoryTree implements Tree {
  readonly #root: string
  readonly #kinds = new Map<string, Kind>()
  readonly #contents = new Map<string, Uint8Array>()
  readonly #lists = new Map<string, readonly string[]>()

  constructor(root: string) {
    this.#root = realpathSync(root)
  }

  stat(path: string): 'file' | 'folder' | undefined {
    const real = this.#resolve(path)
    const kind = real === undefined ? undefined : this.#kindOf(real)?.kind
    return kind === 'link' ? undefined : kind
  }

  realPath(path: string): string | undefined {
    return this.stat(path) === undefined ? undefined : this.#resolve(path)
  }

  read(path: string): Uint8Array | undefined {
    const real = this.#resolve(path)
    if (real === undefined || this.#kindOf(real)?.kind !== 'file') return undefined
    const known = this.#contents.get(real)
    if (known !== undefined) return known
    const content = readPlainFile(`${this.#root}/${real}`, path)
    this.#contents.set(real, content)
    return content
  }

  list(path: string): readonly string[] {
    const real = this.#resolve(path)
    if (real === undefined || this.#kindOf(real)?.kind !== 'folder') return []
    const shown = normalPath(path) ?? ''
    const known = this.#lists.get(shown)
    if (known !== undefined) return known
    const paths: string[] = []
    this.#listInto(paths, real, shown, 0)
    const sorted = paths.toSorted()
    this.#lists.set(shown, sorted)
    return sorted
  }

  expect(): void {}

  #listInto(paths: string[], real: string, shown: string, links: number): void {
    if (links > maxLinks) throw new RenderError(`${shown}: too many levels of symbolic links`, { at: { file: shown } })
    for (const entry of readdirSync(join(this.#root, real), { withFileTypes: true })) {
      if (entry.name === '.git') continue
      if (paths.length >= maxListed) throw new RenderError(`There are more than ${maxListed} files below '${shown}'.`)
      const path = shown === '' ? entry.name : `${shown}/${entry.name}`
      const inside = real === '' ? entry.name : `${real}/${entry.name}`
      if (entry.isDirectory()) {
        this.#kinds.set(inside, folder)
        this.#listInto(paths, inside, path, links)
      } else if (entry.isFile()) {
        this.#kinds.set(inside, file)
        paths.push(path)
      } else if (entry.isSymbolicLink()) {
        const target = this.#resolve(inside)
        if (target !== undefined && this.#kindOf(target)?.kind === 'folder') this.#listInto(paths, target, path, links + 1)
        else paths.push(path)
      }
    }
  }

  /** The path with every link on the way followed; undefined where there is nothing. */
  #resolve(path: string): string | undefined {
    let rest = this.#inside(path, '', path)
    for (let links = 0; links <= maxLinks; links++) {
      const found = this.#firstLink(rest, path)
      if (found === undefined || typeof found === 'string') return found
      rest = found.to
    }
    throw new RenderError(`${path}: too many levels of symbolic links`, { at: { file: path } })
  }

  #firstLink(path: string, asked: string): string | { to: string } | undefined {
    // What was looked at before lies in folders alone: no link was followed to get there.
    const known = this.#kinds.get(path)
    if (known === file || known === folder) return path
    const parts = path === '' ? [] : path.split('/')
    for (let count = 1; count <= parts.length; count++) {
      const at = parts.slice(0, count).join('/')
      const kind = this.#kindOf(at)
      if (kind === undefined) return undefined
      if (kind.kind === 'link') return { to: this.#inside([kind.target, ...parts.slice(count)].join('/'), folderOf(at), asked) }
      if (kind.kind === 'file' && count < parts.length) return undefined
    }
    return path
  }

  #inside(path: string, from: string, asked: string): string {
    const normal = normalPath(path, from)
    if (normal !== undefined) return normal
    throw new RenderError(`file '${asked.slice(0, 200)}' resolved to outside repository root`, { code: 'path-outside-repository' })
  }

  #kindOf(path: string): Kind {
    const known = this.#kinds.get(path)
    if (known !== undefined || this.#kinds.has(path)) return known
    const kind = kindOnDisk(join(this.#root, path))
    this.#kinds.set(path, kind)
    return kind
  }
}

function kindOnDisk(place: string): Kind {
  const info = lstatSync(place, { throwIfNoEntry: false })
  if (info === undefined) return undefined
  if (info.isSymbolicLink()) return { kind: 'link', target: readlinkSync(place) }
  return info.isFile() ? file : info.isDirectory() ? folder : undefined
}

/** Its size and its content by one opening. */
function readPlainFile(place: string, shown: string): Uint8Array {
  const descriptor = openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { size } = fstatSync(descriptor)
    if (size > maxFileBytes)
      throw new RenderError(`${shown} has ${size} bytes; at most ${maxFileBytes} are read.`, { code: 'manifest-too-large' })
    const content = Buffer.allocUnsafeSlow(size)
    let length = 0
    while (length < size) {
      const count = readSync(descriptor, content, length, size - length, null)
      if (count === 0) break
      length += count
    }
    return length === size ? content : content.subarray(0, length)
  } finally {
    closeSync(descriptor)
  }
}
