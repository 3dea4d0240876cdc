import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { PlimsollError } from '@plimsoll/api'

const run = promisify(execFile)

export interface Snapshot {
  /** Of the folder: the repository's name here. */
  name: string
  branch: string
  /** What is in the folder now, also what is not committed; HEAD itself when that is the same. */
  commit: string
  head: string
  /** The last commit that the default branch has as well. */
  base: string
  baseBranch: string
  message: string
  author: string
  hasChanges: boolean
}

/** Takes a picture of a working copy as a commit in a bare repository of ours; nothing is written to the user's own. */
export async function takeSnapshot(folder: string, root: string): Promise<Snapshot> {
  const git = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> => {
    const { stdout } = await run('git', ['-C', folder, ...args], { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 })
    return stdout.trim()
  }
  let top: string
  let head: string
  try {
    top = await git(['rev-parse', '--show-toplevel'])
    head = await git(['rev-parse', '--verify', 'HEAD^{commit}'])
  } catch (error) {
    throw new PlimsollError('invalid-request', `'${folder}' is no working copy of Git with a commit in it.`, {
      remedy: 'Run this in a repository, after its first commit.',
      cause: error,
    })
  }
  const name =
    basename(top)
      .replaceAll(/[^A-Za-z0-9_-]/g, '-')
      .replace(/^-+/, '') || 'repository'
  const bare = join(root, `${name}.git`)
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare])
  const objects = await git(['rev-parse', '--path-format=absolute', '--git-path', 'objects'])
  await mkdir(join(bare, 'objects/info'), { recursive: true })
  await writeFile(join(bare, 'objects/info/alternates'), `${objects}\n`)
  const own = {
    GIT_INDEX_FILE: join(root, 'index'),
    GIT_OBJECT_DIRECTORY: join(bare, 'objects'),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
  }
  await git(['read-tree', 'HEAD'], own)
  await git(['-C', top, 'add', '--all', '.'], own)
  const tree = await git(['write-tree'], own)
  const hasChanges = tree !== (await git(['rev-parse', 'HEAD^{tree}']))
  const who = { GIT_AUTHOR_NAME: 'Plimsoll', GIT_AUTHOR_EMAIL: 'plimsoll@localhost', GIT_COMMITTER_NAME: 'Plimsoll', GIT_COMMITTER_EMAIL: 'plimsoll@localhost' } // prettier-ignore
  const message = await git(['log', '-1', '--format=%B', 'HEAD'])
  const commit = hasChanges ? await git(['commit-tree', tree, '-p', 'HEAD', '-m', message || 'Working copy'], { ...own, ...who }) : head
  const branch = await git(['symbolic-ref', '--quiet', '--short', 'HEAD']).catch(() => 'detached')
  const baseBranch = await defaultBranch(git)
  const base = await git(['merge-base', 'HEAD', baseBranch.ref]).catch(() => head)
  for (const [ref, to] of [
    [`refs/heads/${branch}`, commit],
    ...(branch === baseBranch.name ? [] : [[`refs/heads/${baseBranch.name}`, base]]),
  ] as [string, string][])
    // prettier-ignore
    await run('git', ['--git-dir', bare, 'update-ref', ref, to])
  await run('git', ['--git-dir', bare, 'symbolic-ref', 'HEAD', `refs/heads/${branch}`])
  const author = await git(['log', '-1', '--format=%an', 'HEAD'])
  return { name, branch, commit, head, base, baseBranch: baseBranch.name, message, author, hasChanges }
}

async function defaultBranch(git: (args: readonly string[]) => Promise<string>): Promise<{ name: string; ref: string }> {
  const remote = await git(['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']).catch(() => '')
  if (remote !== '') return { name: remote.replace(/^origin\//, ''), ref: remote }
  for (const name of ['main', 'master']) {
    for (const ref of [`origin/${name}`, name]) {
      const isThere = await git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]).then(() => true, () => false) // prettier-ignore
      if (isThere) return { name, ref }
    }
  }
  return { name: 'main', ref: 'HEAD' }
}
