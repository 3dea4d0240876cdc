import { RenderError, type Sources, type Tree } from '../engine/tree.ts'
import { parseRepoUrl, type RepoSpec } from './repo-spec.ts'

/** What a build may read, for every loader of it. */
export interface LoaderRules {
  sources: Sources
  /** `--load-restrictor LoadRestrictionsNone`. */
  allowOutsideRoot: boolean
  allowRemoteBases: boolean
}

interface Clone {
  spec: RepoSpec
  tree: Tree
}

/** A file or folder cannot be had: kustomize then tries whether the path means something else. */
export class LoadError extends RenderError {}

/**
 * Reads for one kustomization: files in or below its folder, other kustomizations anywhere in the same repository. kustomize's `FileLoader`; in
 * its messages the repository's root is `/`.
 */
export class Loader {
  readonly rules: LoaderRules
  readonly tree: Tree
  /** Relative to the tree's root, without slashes around it. */
  readonly root: string
  readonly #referrer: Loader | undefined
  readonly #clone: Clone | undefined

  private constructor(rules: LoaderRules, tree: Tree, root: string, referrer: Loader | undefined, clone: Clone | undefined) {
    this.rules = rules
    this.tree = tree
    this.root = root
    this.#referrer = referrer
    this.#clone = clone
  }

  static start(rules: LoaderRules, path: string): Loader {
    const tree = rules.sources.tree
    return new Loader(rules, tree, confirmFolder(tree, resolvePath('', path)), undefined, undefined)
  }

  /** As messages show it. */
  get rootText(): string {
    return `/${this.root}`
  }

  /** The repository that it was cloned from; undefined in the Application's own. */
  get repo(): RepoSpec | undefined {
    return this.#clone?.spec ?? this.#referrer?.repo
  }

  /** For people: where the file at `path` is. */
  describe(path: string): string {
    const repo = this.repo
    if (isHttpUrl(path)) return path
    const file = joinPath(this.root, path)
    return repo === undefined ? file : `${repo.url}//${file}${repo.revision === '' ? '' : `?ref=${repo.revision}`}`
  }

  /** Content of a file. Throws `LoadError` in kustomize's words. */
  load(path: string): Uint8Array {
    if (isHttpUrl(path)) return this.#loadRemote(path)
    const file = this.resolve(path)
    const content = this.tree.read(file)
    if (content === undefined) throw new LoadError(notThere(this.tree, file))
    return content
  }

  loadText(path: string): string {
    return readText(this.load(path))
  }

  /** Undefined instead of an error for a file that is not there. */
  loadOptional(path: string): string | undefined {
    if (this.tree.stat(joinPath(this.root, path)) !== 'file') return undefined
    try {
      return this.loadText(path)
    } catch (error) {
      // A link out of the folder: the real tool does not take the file for one.
      if (error instanceof LoadError) return undefined
      throw error
    }
  }

  /** Says that these files will be read, so that they are fetched in one go; what is no file of the tree is left out. */
  expect(paths: readonly string[]): void {
    const files = paths
      .filter((path) => path !== '' && !path.includes('\n') && !path.startsWith('/') && parseRepoUrl(path) === undefined)
      .map((path) => joinPath(this.root, path))
      .filter((path) => !path.startsWith('..') && this.tree.stat(path) === 'file')
    if (files.length > 0) this.tree.expect(files)
  }

  /** Path in the tree of a file that this loader may read. */
  resolve(path: string): string {
    const named = path.startsWith('/') ? resolvePath('', path) : resolvePath(this.root, path)
    const file = followLinks(this.tree, named)
    const kind = this.tree.stat(file)
    if (path.startsWith('/') && !this.#mayLeave) throw new LoadError(`security; file '${path}' is not in or below '${this.rootText}'`)
    if (kind === undefined) throw new LoadError(notThere(this.tree, file))
    if (kind === 'folder') throw new LoadError(this.#mayLeave ? `read /${file}: is a directory` : `'/${file}' must resolve to a file`)
    if (!this.#mayLeave && !isBelow(file, this.root)) throw new LoadError(`security; file '/${file}' is not in or below '${this.rootText}'`)
    return file
  }

  /** A loader for another kustomization: a folder, or a repository. */
  open(path: string): Loader {
    if (path === '') throw new LoadError('new root cannot be empty')
    const spec = parseRepoUrl(path)
    if (spec !== undefined) return this.#openClone(spec)
    if (path.startsWith('/')) throw new LoadError(`new root '${path}' cannot be absolute`)
    const root = confirmFolder(this.tree, resolvePath(this.root, path))
    this.#refuseCycle(this.tree, root)
    return new Loader(this.rules, this.tree, root, this, undefined)
  }

  /** Clones never leave their root. */
  get #mayLeave(): boolean {
    return this.rules.allowOutsideRoot && this.repo === undefined
  }

  #openClone(spec: RepoSpec): Loader {
    this.#refuseRepoCycle(spec)
    if (spec.url.startsWith('file://')) {
      throw new LoadError(`'${spec.raw}' is a path of the machine, which is never read`, { remedy: 'Name a repository by its URL.' })
    }
    if (!this.rules.allowRemoteBases) throw new LoadError(notAllowed(spec.raw), { remedy: remoteRemedy })
    const tree = this.rules.sources.git({ url: spec.url, revision: spec.revision })
    const path = resolvePath('', spec.path)
    if (tree.stat(path) === 'file') throw new LoadError(`'/${path}' refers to file '${path}'; expecting directory`)
    return new Loader(this.rules, tree, confirmFolder(tree, path), this, { spec, tree })
  }

  #refuseCycle(tree: Tree, candidate: string): void {
    if (this.tree === tree && isBelow(this.root, candidate)) {
      throw new LoadError(`cycle detected: candidate root '/${candidate}' contains visited root '${this.rootText}'`)
    }
    if (this.#referrer !== undefined) this.#referrer.#refuseCycle(tree, candidate)
  }

  #refuseRepoCycle(spec: RepoSpec): void {
    const raw = this.#clone?.spec.raw
    if (raw?.startsWith(spec.raw)) throw new LoadError(`cycle detected: URI '${spec.raw}' referenced by previous URI '${raw}'`)
    if (this.#referrer !== undefined) this.#referrer.#refuseRepoCycle(spec)
  }

  /**
   * What an address that is no repository leads to after all: the real tool asks for everything by HTTP first, which would cost a page of the
   * forge for each remote base. Undefined where there is nothing of the kind.
   */
  loadPage(url: string): Uint8Array | undefined {
    if (!/^https:/i.test(url) || !this.rules.allowRemoteBases || isFileUrl(url)) return undefined
    try {
      return this.rules.sources.file?.(url)
    } catch (error) {
      if (error instanceof RenderError) return undefined
      throw error
    }
  }

  /** Files of a repository on GitHub are read from the repository, others from their server. */
  #loadRemote(url: string): Uint8Array {
    const file = rawFile(url)
    if (file === undefined) {
      const isFile = isFileUrl(url)
      if (!isFile && parseRepoUrl(url) !== undefined) throw new LoadError('URL is a git repository')
      if (!this.rules.allowRemoteBases) throw new LoadError(notAllowed(url), { remedy: remoteRemedy })
      if (isFile && this.rules.sources.file !== undefined) return this.rules.sources.file(url)
      throw new LoadError(`'${url}' is a file of a web server, which is not read`, {
        remedy: 'Put the file into the repository, or name it by https, or by a Git repository, a path and a revision.',
      })
    }
    if (!this.rules.allowRemoteBases) throw new LoadError(notAllowed(url), { remedy: remoteRemedy })
    const content = this.rules.sources.git({ url: file.url, revision: file.revision }).read(file.path)
    if (content === undefined) throw new LoadError(`HTTP Error: status code 404 (Not Found)`)
    return content
  }
}

export function isHttpUrl(path: string): boolean {
  return /^https?:\/\//i.test(path)
}

/** `a/b` and `../c/d` to `a/c/d`. Throws for what leads out of the repository. */
export function resolvePath(folder: string, path: string): string {
  const names: string[] = []
  for (const name of `${folder}/${path}`.split('/')) {
    if (name === '..') {
      if (names.pop() === undefined) {
        throw new LoadError(`security; '${path}' leads out of the repository`, { remedy: 'Name only what is in the repository.' })
      }
    } else if (name !== '' && name !== '.') names.push(name)
  }
  return names.join('/')
}

/** As Go's `filepath.Join` of relative paths, which may begin with `..`. */
export function joinPath(...parts: readonly string[]): string {
  const names: string[] = []
  for (const name of parts.join('/').split('/')) {
    if (name === '..' && names.length > 0 && names.at(-1) !== '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names.join('/')
}

/** YAML is UTF-8; bytes that are not become U+FFFD, which the reader then shows. */
export function readText(content: Uint8Array): string {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8')
}

/** A link leads where it says, and what is there is judged by that place. */
function followLinks(tree: Tree, path: string): string {
  return tree.realPath?.(path) ?? path
}

function confirmFolder(tree: Tree, root: string): string {
  const kind = tree.stat(root)
  if (kind === 'file') throw new LoadError(`must build at directory: '/${root}': file is not directory`)
  if (kind === undefined) throw new LoadError(`must build at directory: not a valid directory: ${notThere(tree, root)}`)
  return followLinks(tree, root)
}

function isBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}

function notThere(tree: Tree, file: string): string {
  const names = file.split('/')
  const known = names.findIndex((_, index) => tree.stat(names.slice(0, index + 1).join('/')) === undefined)
  return `evalsymlink failure on '/${file}' : lstat /${names.slice(0, known + 1).join('/')}: no such file or directory`
}

const remoteRemedy = 'Allow remote bases for this Application, or put the files into its repository.'

function notAllowed(url: string): string {
  return `'${url}' is in another repository, and remote bases are not allowed`
}

/** What can only be a file: one by its name, and no revision of anything; or too short for a repository. */
function isFileUrl(url: string): boolean {
  return /^https:/i.test(url) && (manifestUrl.test(url) || parseRepoUrl(url) === undefined)
}

const manifestUrl = /^https:\/\/(?:(?!\/\/|\.git\/)[^?#])+\.(?:ya?ml|json)(?:\?(?!(?:.*&)?(?:ref|version)=)[^#]*)?$/i
const rawHost = /^https:\/\/raw\.githubusercontent\.com\/([^/?#]+\/[^/?#]+)\/(?:refs\/(?:heads|tags)\/)?([^/?#]+)\/([^?#]+)$/
const rawPath = /^https:\/\/github\.com\/([^/?#]+\/[^/?#]+)\/raw\/(?:refs\/(?:heads|tags)\/)?([^/?#]+)\/([^?#]+)$/

function rawFile(url: string): { url: string; revision: string; path: string } | undefined {
  const match = rawHost.exec(url) ?? rawPath.exec(url)
  if (match === null) return undefined
  const [, repository = '', revision = '', path = ''] = match
  return { url: `https://github.com/${repository}`, revision, path: decodePath(path) }
}

function decodePath(path: string): string {
  try {
    return resolvePath('', decodeURIComponent(path))
  } catch (error) {
    if (error instanceof URIError) return path
    throw error
  }
}
