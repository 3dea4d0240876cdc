import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ChangedFile } from '@plimsoll/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GitHistory, MergeRequest } from '../contract.ts'
import { git, startBench, type Bench } from '../testing/real-git.ts'

let bench: Bench
let work: string
let history: GitHistory

beforeEach(async () => {
  bench = await startBench()
  history = bench.repositories.history
  work = join(bench.dir, 'work')
  await mkdir(work)
  await git(work, 'init', '-q')
})
afterEach(() => bench.close())

async function write(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(work, path)), { recursive: true })
  await writeFile(join(work, path), content)
}

async function commit(files: Record<string, string>, ...more: string[]): Promise<string> {
  for (const [path, content] of Object.entries(files)) await write(path, content)
  await git(work, 'add', '-A')
  await git(work, 'commit', '-q', '--allow-empty', '-m', 'Change', ...more)
  return git(work, 'rev-parse', 'HEAD')
}

const push = (...refspecs: string[]) =>
  git(work, 'push', '-q', '-f', `${bench.url}/git/demo.git`, ...(refspecs.length ? refspecs : ['--all']))
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}\n`).join('')

describe('the difference of two commits', () => {
  test('names what became of each file, as git does', async () => {
    const before = await commit({
      'changed.txt': numbered(30),
      'gone.txt': 'gone\n',
      'old name.txt': numbered(20),
      'mode.sh': 'x\n',
      'kind.txt': 'a\n',
      'no-newline.txt': 'a',
    })
    await write('changed.txt', numbered(30).replace('line 3\n', 'three\n').replace('line 25\n', ''))
    await rm(join(work, 'gone.txt'))
    await rename(join(work, 'old name.txt'), join(work, 'new\tname "ü".txt'))
    await chmod(join(work, 'mode.sh'), 0o755)
    await rm(join(work, 'kind.txt'))
    await symlink('changed.txt', join(work, 'kind.txt'))
    await write('image.bin', Buffer.from([0, 1, 2, 3]))
    await write('no-newline.txt', 'b')
    await write('it is\ndiff --git a/x b/x', 'in\n')
    const after = await commit({ 'added.txt': '-- looks like a header\n@@ -1 +1 @@\ndiff --git a/x b/x\n' })
    await push()

    const { files, isTruncated } = await history.difference('demo', before, after)

    const facts = files.map(({ path, status, additions, deletions }) => `${path} ${status} ${additions} ${deletions}`)
    expect(isTruncated).toBe(false)
    expect(facts.toSorted()).toEqual([
      'added.txt added 3 0',
      'changed.txt modified 1 2',
      'gone.txt removed 0 1',
      'image.bin added 0 0',
      'it is\ndiff --git a/x b/x added 1 0',
      'kind.txt typeChanged 1 1',
      'mode.sh modified 0 0',
      'new\tname "ü".txt renamed 0 0',
      'no-newline.txt modified 1 1',
    ])
    const named = (path: string): ChangedFile | undefined => files.find((file) => file.path === path)
    expect(named('changed.txt')?.hunks?.map(({ oldStart, newStart }) => [oldStart, newStart])).toEqual([
      [1, 1],
      [23, 23],
    ])
    expect(named('added.txt')?.hunks?.[0]?.lines).toEqual(['+-- looks like a header', '+@@ -1 +1 @@', '+diff --git a/x b/x'])
    expect(named('new\tname "ü".txt')).toMatchObject({ previousPath: 'old name.txt', hunks: [] })
    expect(named('image.bin')).toMatchObject({ isBinary: true })
    expect(named('image.bin')?.hunks).toBeUndefined()
    expect(named('kind.txt')?.hunks?.map(({ lines }) => lines)).toEqual([['-a'], ['+changed.txt', '\\ No newline at end of file']])
    expect(named('no-newline.txt')?.hunks?.[0]?.lines).toEqual(['-a', '\\ No newline at end of file', '+b', '\\ No newline at end of file'])
  })

  test('says what was too large instead of showing it, and how many files there were', async () => {
    const before = await commit({ 'first.txt': 'x\n' })
    const after = await commit({ 'a-large.txt': numbered(5000), 'b.txt': 'b\n', 'c-wide.txt': `${'x'.repeat(20_000)}\n`, 'd.txt': 'd\n' })
    await push()

    const byLines = await history.difference('demo', before, after, { linesOfFile: 1000 })
    const byBytes = await history.difference('demo', before, after, { bytesOfFile: 10_000 })
    const byAll = await history.difference('demo', before, after, { bytes: 100 })
    const byFiles = await history.difference('demo', before, after, { files: 2 })

    const tooLarge = ({ files }: { files: ChangedFile[] }) => files.filter((file) => file.isTooLarge).map(({ path }) => path)
    expect(tooLarge(byLines)).toEqual(['a-large.txt'])
    expect(byLines.files[1]?.hunks?.[0]?.lines).toEqual(['+b'])
    expect(tooLarge(byBytes)).toEqual(['a-large.txt', 'c-wide.txt'])
    expect(tooLarge(byAll)).toEqual(['a-large.txt', 'b.txt', 'c-wide.txt', 'd.txt'])
    expect(byAll.files[0]?.additions).toBe(5000)
    expect([byFiles.files.length, byFiles.isTruncated]).toEqual([2, true])
  })
})

describe('a merge without a work tree', () => {
  const request = (change: Pick<MergeRequest, 'base' | 'head' | 'method'>): MergeRequest => ({
    message: 'Subject\n\nBody',
    by: { name: 'Grace <x>', email: 'grace@example.org' },
    at: 1_700_000_000_000,
    ...change,
  })
  const prepare = (change: Pick<MergeRequest, 'base' | 'head' | 'method'>) =>
    history.change('demo', undefined, (writer) => writer.prepareMerge(request(change)))

  /** `main` and `side`, apart since their first commit. */
  async function apart(): Promise<{ base: string; head: string }> {
    await commit({ 'kept.txt': numbered(30) })
    await git(work, 'checkout', '-q', '-b', 'side')
    await commit({ 's.txt': '1\n' }, '--author', 'Ünal <unal@example.org>', '--date', '2020-01-02T03:04:05+09:00')
    await commit({ 'kept.txt': numbered(30).replace('line 2\n', 'two\n') }, '--author', 'Eve <eve@example.org>')
    const head = await git(work, 'rev-parse', 'HEAD')
    await git(work, 'checkout', '-q', 'main')
    await git(work, 'mv', 'kept.txt', 'moved.txt')
    const base = await commit({ 'm.txt': 'm\n' })
    await push()
    return { base, head }
  }

  test('gives what git merge gives, also across a rename', async () => {
    const { base, head } = await apart()
    await git(work, 'merge', '-q', '-m', 'x', 'side')

    const trial = await history.tryMerge('demo', base, head)

    expect(trial).toEqual({ tree: await git(work, 'rev-parse', 'HEAD^{tree}') })
  })

  test('squashes into one commit by the first author, who merges as committer, the others credited', async () => {
    const { base, head } = await apart()

    const made = await prepare({ base, head, method: 'squash' })

    const [one] = await history.commits('demo', { to: 'commit' in made ? made.commit : '' }, 1)
    expect(one).toMatchObject({ author: 'Ünal', email: 'unal@example.org', parents: [base] })
    expect(one?.message).toBe('Subject\n\nBody\n\nCo-authored-by: Eve <eve@example.org>')
  })

  test('rebases each commit with its author, date and message, as git rebase does', async () => {
    const { base, head } = await apart()
    await git(work, 'checkout', '-q', 'side')
    await git(work, 'rebase', '-q', 'main')

    const made = await prepare({ base, head, method: 'rebase' })

    const to = 'commit' in made ? made.commit : ''
    await history.change('demo', undefined, (writer) => writer.update([{ ref: 'refs/heads/rebased', from: undefined, to }]))
    await git(work, 'fetch', '-q', `${bench.url}/git/demo.git`, 'rebased')
    const format = '--format=%T %an %ae %aI %s'
    expect(await git(work, 'log', format, 'FETCH_HEAD')).toBe(await git(work, 'log', format, 'side'))
    expect(await git(work, 'log', '-1', '--format=%cn <%ce> %ct', 'FETCH_HEAD')).toBe('Grace x <grace@example.org> 1700000000')
    expect(await git(work, 'fsck', '--strict', '--no-dangling')).toBe('')
  })

  test('leaves out of a rebase what the target has already, and refuses one that would lose what a merge commit held', async () => {
    await commit({ 'a.txt': 'a\n' })
    await git(work, 'checkout', '-q', '-b', 'side')
    const picked = await commit({ 'b.txt': 'b\n' })
    const head = await commit({ 'c.txt': 'c\n' })
    await git(work, 'checkout', '-q', 'main')
    await git(work, 'cherry-pick', picked)
    const base = await commit({ 'd.txt': 'd\n' })
    await git(work, 'checkout', '-q', '-b', 'evil', 'side')
    await git(work, 'merge', '-q', '--no-commit', 'main')
    const evil = await commit({ 'only-in-the-merge.txt': 'x\n' })
    await push()

    const made = await prepare({ base, head, method: 'rebase' })

    expect((await history.commits('demo', { from: base, to: 'commit' in made ? made.commit : '' }, 10)).length).toBe(1)
    await expect(prepare({ base, head: evil, method: 'rebase' })).rejects.toMatchObject({ code: 'merge-blocked' })
  })

  test('names each file that conflicts, once, and says when the two have nothing in common', async () => {
    await commit({ 'both "ü".txt': 'x\n', 'deleted.txt': numbered(10) })
    await git(work, 'checkout', '-q', '-b', 'side')
    const head = await commit({ 'both "ü".txt': 'mine\n', 'deleted.txt': numbered(11) })
    await git(work, 'checkout', '-q', 'main')
    await rm(join(work, 'deleted.txt'))
    const base = await commit({ 'both "ü".txt': 'theirs\n' })
    await git(work, 'checkout', '-q', '--orphan', 'other')
    const orphan = await commit({ 'z.txt': 'z\n' })
    await push()

    expect(await history.tryMerge('demo', base, head)).toEqual({ conflicts: ['both "ü".txt', 'deleted.txt'] })
    expect(await history.tryMerge('demo', base, orphan)).toEqual({ conflicts: [], unrelated: true })
    expect(await history.mergeBase('demo', base, orphan)).toBeUndefined()
    expect(await history.distance('demo', base, head)).toEqual({ ahead: 1, behind: 1 })
  })
})

describe('a transaction of refs', () => {
  test('moves all of them or none, and only from where they were said to be', async () => {
    const first = await commit({ 'a.txt': '1\n' })
    const second = await commit({ 'a.txt': '2\n' })
    await push()
    const update = (mainFrom: string) =>
      history.change('demo', 'ada', (writer) =>
        writer.update([
          { ref: 'refs/pull/1/head', from: undefined, to: second },
          { ref: 'refs/heads/main', from: mainFrom, to: first },
        ]),
      )

    expect(await update(first)).toBe(false)
    expect([...(await history.refs('demo'))]).toEqual([['refs/heads/main', second]])
    expect(await update(second)).toBe(true)
    expect([...(await history.refs('demo'))]).toEqual([
      ['refs/heads/main', first],
      ['refs/pull/1/head', second],
    ])
  })

  test.each(['main', 'refs/heads/../x', 'refs/heads/a\ndelete refs/heads/main', 'refs/heads/a b', 'refs/heads/x.lock'])(
    'refuses the ref %j',
    async (ref) => {
      const to = await commit({ 'a.txt': '1\n' })
      await push()

      const updating = history.change('demo', 'ada', (writer) => writer.update([{ ref, from: undefined, to }]))

      await expect(updating).rejects.toMatchObject({ code: 'invalid-request' })
    },
  )
})

test.each(['--upload-pack=x', 'HEAD', 'main', `${'0'.repeat(39)}g`, '0'.repeat(40)])(
  'the commit %j is none, whatever is asked of it',
  async (bad) => {
    const good = await commit({ 'a.txt': '1\n' })
    await push()
    const refused = { code: 'revision-not-found' }

    await expect(history.mergeBase('demo', good, bad)).rejects.toMatchObject(refused)
    await expect(history.difference('demo', bad, good)).rejects.toMatchObject(refused)
    await expect(history.commits('demo', { from: bad, to: good }, 5)).rejects.toMatchObject(refused)
    await expect(history.tryMerge('demo', good, bad)).rejects.toMatchObject(refused)
  },
)

test('a commit on a branch that has moved is refused', async () => {
  const first = await commit({ 'a.txt': '1\n' })
  await push()
  const author = { name: 'Plimsoll', email: 'plimsoll@localhost' }
  const write = (expectedHead: string | null) =>
    bench.repositories.hosted.commit({
      repo: 'demo',
      branch: 'main',
      files: new Map([['b', expectedHead ?? '']]),
      message: 'm',
      author,
      expectedHead,
    })

  expect((await write(first)).changed).toBe(true)
  await expect(write(first)).rejects.toMatchObject({ code: 'conflict' })
  await expect(write(null)).rejects.toMatchObject({ code: 'conflict' })
})
