import { createHash } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PlimsollError } from '@plimsoll/api'
import { commitStream, type FileChange } from './commit-stream.ts'
import type { CommitRequest, HistoryRewritten, HostedRepositories, HostedRepository, RefsChanged } from './contract.ts'
import { GitFailure, runGit } from './git-command.ts'
import { KeyedLock } from './keyed-lock.ts'
import type { ObjectPool } from './object-pool.ts'
import type { ObjectStore } from './object-store.ts'
import { differenceOf, readRefs, type RefSet, rewrittenBranches } from './refs.ts'
import { hostedURL } from './repository-url.ts'
import { isRefName } from './revision.ts'
import { clearStaleLocks } from './stale-locks.ts'
import type { Clock, Log } from './time-and-log.ts'
import type { TreeWalk } from './tree-walk.ts'

export interface HostedContext {
  root: string
  baseUrl: () => string
  pool: ObjectPool
  store: ObjectStore
  walk: TreeWalk
  clock: Clock
  log: Log
  changed(name: string, change: Pick<RefsChanged, 'refs' | 'pusher'>): void
  rewritten(name: string, branches: HistoryRewritten['branches']): void
}

/**
 * What is written is on disk before it is acknowledged: objects and refs both (git-config(1), `core.fsync`; versions that do not
 * know it ignore it).
 */
export const durability = ['core.fsync=committed,loose-object,reference', 'core.fsyncMethod=batch']

const partGrammar = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/
const tidyAfterChanges = 50

/** `demo`, or `team/demo`. */
export function isRepositoryName(name: string): boolean {
  const parts = name.split('/')
  return (
    parts.length <= 2 &&
    parts.every((part) => partGrammar.test(part) && !part.includes('..') && !/\.(git|lock)$/i.test(part) && !part.endsWith('.'))
  )
}

/** Bare repositories on disk, one folder each. Every change goes through here, one at a time for each repository. */
export class HostedOnDisk implements HostedRepositories {
  readonly #context: HostedContext
  readonly #locks = new KeyedLock()
  /** Refs as of the last change, for repositories that were opened in this process. */
  readonly #known = new Map<string, Promise<RefSet>>()
  readonly #changesSinceTidy = new Map<string, number>()

  constructor(context: HostedContext) {
    this.#context = context
  }

  gitDirOf(name: string): string {
    if (!isRepositoryName(name)) throw notAName(name)
    return join(this.#context.root, `${name}.git`)
  }

  async has(name: string): Promise<boolean> {
    if (!isRepositoryName(name)) return false
    return stat(join(this.gitDirOf(name), 'HEAD')).then(
      () => true,
      () => false,
    )
  }

  urlOf(name: string): string {
    return hostedURL(this.#context.baseUrl(), name)
  }

  /** Its refs were read before: a thousand applications of one repository need not look at the disk for each look. */
  isOpen(name: string): boolean {
    return this.#known.has(name)
  }

  async list(): Promise<HostedRepository[]> {
    const names: string[] = []
    const visit = async (folder: string, prefix: string): Promise<void> => {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
      for (const entry of entries) {
        if (!entry.isDirectory() || entry.name.startsWith('.')) continue
        const name = `${prefix}${entry.name.replace(/\.git$/, '')}`
        if (entry.name.endsWith('.git')) {
          if (isRepositoryName(name)) names.push(name)
        } else if (prefix === '') await visit(join(folder, entry.name), `${entry.name}/`)
      }
    }
    await visit(this.#context.root, '')
    return names.toSorted().map((name) => this.#describe(name))
  }

  async create(name: string): Promise<HostedRepository> {
    await this.#locks.run(name, async () => {
      if (await this.has(name)) throw new PlimsollError('already-exists', `Repository '${name}' is there already.`)
      await this.#make(name)
    })
    return this.#describe(name)
  }

  /** An empty repository whose refs are shown to those who push to one that is not there yet. */
  async emptyRepository(): Promise<string> {
    const gitDir = join(this.#context.root, '.empty.git')
    await this.#locks.run('', async () => {
      const isThere = await stat(join(gitDir, 'HEAD')).then(
        () => true,
        () => false,
      )
      if (!isThere) await this.#initialise(gitDir)
    })
    return gitDir
  }

  /**
   * Runs what changes refs, alone on its repository, which is made first when `create` is set, and then tells what changed. A repository
   * that was made for this and is still empty afterwards is taken away again.
   */
  async change<T>(name: string, options: { pusher?: string; create: boolean }, work: (gitDir: string) => Promise<T>): Promise<T> {
    const gitDir = this.gitDirOf(name)
    return this.#locks.run(name, async () => {
      const isNew = !(await this.has(name))
      if (isNew && !options.create) throw new PlimsollError('not-found', `There is no repository '${name}'.`)
      if (isNew) await this.#make(name)
      const before = await this.refs(name)
      try {
        return await work(gitDir)
      } finally {
        await this.#settle(name, gitDir, before, isNew, options.pusher)
      }
    })
  }

  async commit(request: CommitRequest): Promise<{ commit: string; changed: boolean }> {
    const { repo, branch, author } = request
    const ref = `refs/heads/${branch}`
    if (!isRefName(ref)) throw new PlimsollError('invalid-request', `'${branch}' is not a branch name.`)
    const { store, clock } = this.#context
    return this.change(repo, { pusher: author.name, create: true }, async (gitDir) => {
      const parent = await store.resolveCommit(gitDir, ref)
      const { expectedHead } = request
      if (expectedHead !== undefined && (parent ?? null) !== expectedHead) {
        throw new PlimsollError(
          'conflict',
          `Branch '${branch}' of '${repo}' is at ${parent ?? 'no commit'}, not at ${expectedHead ?? 'none'}.`,
        )
      }
      const files = await this.#effective(gitDir, parent, request.files)
      if (parent !== undefined && files.length === 0) return { commit: parent, changed: false }
      const input = commitStream({ ref, parent, files, message: request.message, author, seconds: Math.floor(clock.now() / 1000) })
      await runGit(['--git-dir', gitDir, 'fast-import', '--quiet', '--done'], { input, config: durability })
      const commit = await store.resolveCommit(gitDir, ref)
      if (commit === undefined) throw new Error(`git fast-import wrote no commit to ${ref}`)
      return { commit, changed: true }
    })
  }

  /** Refs as they are known; read from disk the first time. */
  refs(name: string): Promise<RefSet> {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const gitDir = this.gitDirOf(name)
    const reading = clearStaleLocks(gitDir).then(() => readRefs(gitDir))
    this.#known.set(name, reading)
    reading.catch(() => this.#known.delete(name))
    return reading
  }

  #describe(name: string): HostedRepository {
    return { name, url: this.urlOf(name) }
  }

  /** Leaves out what is already so: a commit that changes nothing is no commit. */
  async #effective(gitDir: string, parent: string | undefined, files: CommitRequest['files']): Promise<FileChange[]> {
    const { store, walk } = this.#context
    const tree = parent === undefined ? undefined : (await store.commit(gitDir, parent)).tree
    const present = new Map((tree === undefined ? [] : await walk.list(gitDir, tree)).map((entry) => [entry.path, entry]))
    const changes: FileChange[] = []
    for (const [path, content] of files) {
      if (!isFilePath(path)) throw new PlimsollError('path-outside-repository', `'${path}' is not a path inside a repository.`)
      const entry = present.get(path)
      if (content === null) {
        if (entry !== undefined) changes.push({ path, content })
        continue
      }
      const bytes = Buffer.from(content)
      const isExecutable = entry?.kind === 'executable'
      if (entry?.hash !== blobHash(bytes) || entry.kind === 'symlink') changes.push({ path, content: bytes, isExecutable })
    }
    return changes
  }

  async #settle(name: string, gitDir: string, before: RefSet, isNew: boolean, pusher: string | undefined): Promise<void> {
    const after = await readRefs(gitDir)
    this.#known.set(name, Promise.resolve(after))
    if (isNew && after.refs.size === 0) {
      this.#known.delete(name)
      this.#context.pool.forget(gitDir)
      await rm(gitDir, { recursive: true, force: true })
      return
    }
    const refs = differenceOf(before, after)
    if (refs.length === 0) return
    await this.#pointHead(gitDir, after)
    this.#context.changed(name, { refs, ...(pusher !== undefined && { pusher }) })
    // Nobody waits for it: who follows the branch goes on with what it is now.
    void rewrittenBranches(gitDir, refs).then((branches) => {
      if (branches.length > 0) this.#context.rewritten(name, branches)
    })
    this.#tidyLater(name, gitDir)
  }

  /** HEAD of a new repository names a branch that nobody may ever push: it follows what is there, `main` before others. */
  async #pointHead(gitDir: string, { refs }: RefSet): Promise<void> {
    if ((await this.#context.store.resolveCommit(gitDir, 'HEAD')) !== undefined) return
    const branches = [...refs.keys()].filter((ref) => ref.startsWith('refs/heads/')).toSorted()
    const head = ['refs/heads/main', 'refs/heads/master'].find((ref) => refs.has(ref)) ?? branches[0]
    if (head !== undefined) await runGit(['--git-dir', gitDir, 'symbolic-ref', 'HEAD', head])
  }

  /** Packs what many small pushes left as single files. Git decides whether it is worth it, and keeps what is younger than two weeks. */
  #tidyLater(name: string, gitDir: string): void {
    const changes = (this.#changesSinceTidy.get(name) ?? 0) + 1
    this.#changesSinceTidy.set(name, changes % tidyAfterChanges)
    if (changes < tidyAfterChanges) return
    const config = ['gc.auto=2000', 'gc.autoDetach=false']
    runGit(['--git-dir', gitDir, 'gc', '--auto', '--quiet'], { config, timeoutMs: 10 * 60 * 1000 }).catch((error: unknown) => {
      this.#context.log.warn({ repository: name, reason: error instanceof GitFailure ? error.message : String(error) }, 'git gc failed')
    })
  }

  async #make(name: string): Promise<void> {
    const gitDir = this.gitDirOf(name)
    await this.#initialise(gitDir)
    this.#known.set(name, readRefs(gitDir))
  }

  async #initialise(gitDir: string): Promise<void> {
    const fresh = join(this.#context.root, `.new-${createHash('sha256').update(gitDir).digest('hex').slice(0, 16)}`)
    await mkdir(dirname(gitDir), { recursive: true })
    await rm(fresh, { recursive: true, force: true })
    await runGit(['init', '--quiet', '--bare', '--template=', '--end-of-options', fresh])
    // Whole or not at all: a name that exists is a repository.
    await rename(fresh, gitDir)
  }
}

function isFilePath(path: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (path === '' || path.length > 4096 || /[\u0000-\u001f\u007f]/.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git')
}

function blobHash(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}

function notAName(name: string): PlimsollError {
  return new PlimsollError('invalid-request', `'${name.slice(0, 120)}' is not a repository name.`, {
    remedy: "Use letters, digits, '-', '_' and '.', with at most one folder: 'demo' or 'team/demo'.",
  })
}
