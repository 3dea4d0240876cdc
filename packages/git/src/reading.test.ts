import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { childrenRunning, git, startBench, type Bench } from './testing/real-git.ts'

let bench: Bench
let work: string
let url: string

beforeEach(async () => {
  bench = await startBench()
  url = `${bench.url}/git/demo.git`
  work = join(bench.dir, 'work')
  await mkdir(work)
  await git(work, 'init', '-q')
})
afterEach(() => bench.close())

async function write(path: string, content: string): Promise<void> {
  await mkdir(join(work, path, '..'), { recursive: true })
  await writeFile(join(work, path), content)
}

async function push(message = 'Change'): Promise<string> {
  await git(work, 'add', '-A')
  await git(work, 'commit', '-qm', message, '--allow-empty')
  await git(work, 'push', '-q', '--force', '--follow-tags', url, 'main')
  return git(work, 'rev-parse', 'HEAD')
}

describe('what a revision names', () => {
  test('branches, tags, full and short hashes, refs and HEAD', async () => {
    await write('a', '1')
    const first = await push()
    await git(work, 'tag', '-a', 'v1', '-m', 'x')
    await git(work, 'tag', 'light')
    await git(work, 'branch', 'feature/x')
    await git(work, 'push', '-q', url, 'v1', 'light', 'feature/x')
    await write('a', '2')
    const second = await push()

    const resolve = async (revision: string): Promise<string> => (await bench.repositories.resolve(url, revision)).commit
    expect(await resolve('')).toBe(second)
    expect(await resolve('HEAD')).toBe(second)
    expect(await resolve('main')).toBe(second)
    expect(await resolve('refs/heads/main')).toBe(second)
    expect(await resolve('feature/x')).toBe(first)
    expect(await resolve('v1')).toBe(first)
    expect(await resolve('light')).toBe(first)
    expect(await resolve('refs/tags/v1')).toBe(first)
    expect(await resolve(first)).toBe(first)
    expect(await resolve(first.slice(0, 8))).toBe(first)
  })

  test('version ranges name the highest tag that they admit', async () => {
    const commits = new Map<string, string>()
    for (const tag of ['v1.0.0', '1.4.0', '1.4.9', 'v1.5.0-rc.1', '2.0.0', 'latest', '3.0.0-beta']) {
      await write('a', tag)
      commits.set(tag, await push(tag))
      await git(work, 'tag', tag)
      await git(work, 'push', '-q', url, tag)
    }

    const resolve = async (range: string): Promise<string | undefined> => {
      const { commit } = await bench.repositories.resolve(url, range)
      return [...commits].find(([, hash]) => hash === commit)?.[0]
    }
    expect(await resolve('^1.0')).toBe('1.4.9')
    expect(await resolve('~1.4.0')).toBe('1.4.9')
    expect(await resolve('1.x')).toBe('1.4.9')
    expect(await resolve('>=1.0.0 <1.4.9')).toBe('1.4.0')
    expect(await resolve('*')).toBe('2.0.0')
    expect(await resolve('>=1.5.0-0 <2')).toBe('v1.5.0-rc.1')
    expect(await resolve('1.0 - 1.4.5')).toBe('1.4.0')
    expect(await resolve('^9 || ~1.0')).toBe('v1.0.0')
    expect(await resolve('1.4.0')).toBe('1.4.0')
    await expect(resolve('^4')).rejects.toMatchObject({ code: 'revision-not-found' })
  })

  test.each(['absent', 'f'.repeat(40), 'abcdef1', 'refs/heads/absent', 'refs/plimsoll/x'])('%s is not found, by name', async (revision) => {
    await push()
    await expect(bench.repositories.resolve(url, revision)).rejects.toMatchObject({
      code: 'revision-not-found',
      message: expect.stringContaining(revision),
    })
  })

  test.each([
    '--upload-pack=touch /tmp/x',
    '-h',
    'main:a',
    'HEAD~1',
    'main^{tree}',
    'main@{1}',
    ':/Change',
    'main\nHEAD',
    'a b',
    'main\0',
    '..',
    '@{u}',
    '\ud800',
    'x'.repeat(10_000),
  ])('%j is no revision, and git is not asked', async (revision) => {
    await push()
    await expect(bench.repositories.resolve(url, revision)).rejects.toMatchObject({ code: 'revision-not-found' })
  })

  test('an empty repository says that it has no commits', async () => {
    await bench.repositories.hosted.create('empty')
    await expect(bench.repositories.resolve(`${bench.url}/git/empty`, 'HEAD')).rejects.toMatchObject({
      code: 'revision-not-found',
      message: expect.stringContaining('no commits'),
    })
  })
})

describe('trees', () => {
  test('every entry is listed with kind and size, links and submodules as such', async () => {
    await write('app/a.yaml', 'hello')
    await write('app/run.sh', '#!')
    await chmod(join(work, 'app/run.sh'), 0o755)
    await symlink('../../etc/passwd', join(work, 'app/link'))
    await write('app.yaml', '')
    await git(work, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},app/sub`)
    await git(work, 'add', 'app', 'app.yaml')
    await git(work, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},app/sub`)
    await git(work, 'commit', '-qm', 'x')
    await git(work, 'push', '-q', url, 'main')
    const { commit } = await bench.repositories.resolve(url, 'main')

    const tree = await bench.repositories.tree(url, commit)
    const lines = (await git(work, 'ls-tree', '-r', '--name-only', 'HEAD')).split('\n')

    expect(tree.entries.map(({ path }) => path)).toEqual(lines)
    expect(tree.entries.map(({ path, kind, size }) => [path, kind, size])).toEqual([
      ['app.yaml', 'file', 0],
      ['app/a.yaml', 'file', 5],
      ['app/link', 'symlink', 16],
      ['app/run.sh', 'executable', 2],
      ['app/sub', 'submodule', 0],
    ])
    expect(tree.hash).toBe(await git(work, 'rev-parse', 'HEAD^{tree}'))
    expect((await bench.repositories.tree(url, commit, 'app')).hash).toBe(await git(work, 'rev-parse', 'HEAD:app'))
    const submodule = tree.entries[4]
    await expect(submodule && tree.read(submodule, 10)).rejects.toMatchObject({ code: 'path-not-found' })
  })

  test('a path is a folder of the repository, also through links that stay inside', async () => {
    await write('apps/v2/a.yaml', '2')
    await symlink('v2', join(work, 'apps/current'))
    await symlink('../..', join(work, 'apps/v2/out'))
    await symlink('..', join(work, 'up'))
    await symlink('/etc', join(work, 'etc'))
    await symlink('loop', join(work, 'loop'))
    const commit = await push()
    const list = async (path: string): Promise<string[]> =>
      (await bench.repositories.tree(url, commit, path)).entries.map((entry) => entry.path).filter((name) => name.endsWith('.yaml'))

    expect(await list('apps/current')).toEqual(['a.yaml'])
    expect(await list('./apps//v2/')).toEqual(['a.yaml'])
    expect(await list('apps/v2/out')).toEqual(['apps/v2/a.yaml'])
    for (const path of ['../x', '/apps', 'apps/../../x', 'up', 'etc', 'etc/ssh', 'a\0b', `${'x/'.repeat(3000)}`]) {
      await expect(list(path)).rejects.toMatchObject({ code: 'path-outside-repository' })
    }
    for (const path of ['absent', 'apps/v2/a.yaml', 'loop', 'Apps'])
      await expect(list(path)).rejects.toMatchObject({ code: 'path-not-found' })
  })

  test('a file of 50 MB is refused by its size, and is never read', async () => {
    await write('big.bin', 'x'.repeat(50_000_000))
    const commit = await push()
    const tree = await bench.repositories.tree(url, commit)
    const entry = tree.entries[0]
    if (entry === undefined) throw new Error('nothing listed')

    await expect(tree.read(entry, 5_000_000)).rejects.toMatchObject({
      code: 'manifest-too-large',
      message: expect.stringContaining('50000000'),
    })
    // Also when the caller's word about the size is not true: git's own word counts.
    await expect(tree.read({ ...entry, size: 1 }, 5_000_000)).rejects.toMatchObject({ code: 'manifest-too-large' })
    expect((await bench.repositories.resolve(url, 'main')).commit).toBe(commit)
  })

  test('what changed between two commits, as git tells it', async () => {
    await write('a/one', '1')
    await write('a/two', '1')
    await write('b', '1')
    await write('c/deep/er', '1')
    const before = await push()
    await write('a/one', '2')
    await rm(join(work, 'b'))
    await write('b/now-a-folder', '1')
    await rm(join(work, 'c'), { recursive: true })
    await chmod(join(work, 'a/two'), 0o755)
    const after = await push()

    const expected = (await git(work, 'diff-tree', '-r', '--name-only', before, after)).split('\n').toSorted()
    expect(await bench.repositories.changedPaths(url, before, after)).toEqual(expected)
    expect(await bench.repositories.changedPaths(url, after, after)).toEqual([])
    expect(await bench.repositories.changedPaths(url, 'e'.repeat(40), after)).toBeUndefined()
  })

  test('a few kilobytes of trees that stand for billions of files are refused', async () => {
    let tree = (await git(work, 'hash-object', '-w', '-t', 'tree', '/dev/null')).trim()
    const { execFileSync } = await import('node:child_process')
    for (let level = 0; level < 12; level++) {
      const input = Array.from({ length: 10 }, (_, index) => `040000 tree ${tree}\td${index}`).join('\n')
      tree = execFileSync('git', ['mktree'], { cwd: work, input: `${input}\n`, encoding: 'utf8' }).trim()
    }
    const commit = await git(work, 'commit-tree', '-m', 'bomb', tree)
    await git(work, 'push', '-q', url, `${commit}:refs/heads/main`)

    await expect(bench.repositories.tree(url, commit)).rejects.toMatchObject({ code: 'manifest-too-large' })
  })

  test('a hash from outside is a hash or nothing', async () => {
    await push()
    for (const hash of ['HEAD', `${'a'.repeat(40)}\nHEAD`, '--batch', 'A'.repeat(40)]) {
      await expect(bench.repositories.tree(url, hash)).rejects.toMatchObject({ code: 'revision-not-found' })
    }
  })
})

test('readers that are killed are replaced without anybody noticing', async () => {
  await write('a', 'x')
  const commit = await push()
  await bench.repositories.resolve(url, 'main')
  const readers = (): number[] => childrenRunning('cat-file')
  expect(readers().length).toBeGreaterThan(0)

  for (const pid of readers()) process.kill(pid, 'SIGKILL')
  const answers = await Promise.all(Array.from({ length: 20 }, () => bench.repositories.resolve(url, 'main')))
  for (const pid of readers()) process.kill(pid, 'SIGKILL')
  const tree = await bench.repositories.tree(url, commit)

  expect(new Set(answers.map((answer) => answer.commit))).toEqual(new Set([commit]))
  expect(tree.entries.map(({ path }) => path)).toEqual(['a'])
})

test('every spelling of a hosted repository is the same repository', () => {
  const { port } = new URL(bench.url)
  const normalize = (text: string): string => bench.repositories.normalize(text)
  for (const spelling of [
    url,
    `${bench.url}/git/demo`,
    `${url}/`,
    `http://localhost:${port}/git/demo.git`,
    `http://LOCALHOST:${port}/git/demo/`,
    `http://[::1]:${port}/git/demo.git`,
    `http://admin:secret@127.0.0.1:${port}/git/demo.git`,
  ]) {
    expect(normalize(spelling)).toBe(url)
  }
  expect(normalize('HTTPS://user:pass@GitHub.com:443/Org/Repo.git/')).toBe('https://github.com/Org/Repo')
  expect(normalize('git@GitHub.com:Org/Repo.git')).toBe('ssh://git@github.com/Org/Repo')
  expect(normalize('ssh://git@github.com:22/Org/Repo')).toBe('ssh://git@github.com/Org/Repo')
  expect(normalize('https://github.com/Org/Repo')).not.toBe(normalize('https://github.com/org/repo'))
})
