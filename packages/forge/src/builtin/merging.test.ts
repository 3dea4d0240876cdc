import type { MergeMethod } from '@plimsoll/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lines, startForgeBench, type ForgeBench, type WorkTree } from '../testing/forge-bench.ts'

let bench: ForgeBench
let ada: WorkTree

beforeEach(async () => {
  bench = await startForgeBench()
  ada = await bench.clone('ada')
})
afterEach(() => bench.close())

/** A branch of ada's with a commit, pushed, and its pull request. */
async function propose(branch: string, files: Record<string, string>, commits = 1): Promise<{ number: number; head: string }> {
  await ada.git('checkout', '-q', '-B', branch, 'origin/main')
  let head = ''
  for (let count = 1; count <= commits; count++) {
    const content = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, count === commits ? text : `${text}${count}\n`]))
    head = await ada.commit(content, `${branch} ${count}`)
  }
  await ada.git('push', '-q', 'origin', branch)
  const { number } = await bench.forge.open('demo', { title: `Do ${branch}`, body: 'Why', head: branch, base: 'main' }, bench.actor('ada'))
  return { number, head }
}

describe('a pull request from a branch', () => {
  test('shows what it changes, can be merged, and says so', async () => {
    const { number, head } = await propose('feature', { 'a.txt': lines(1, 20).replace('line 3\n', 'line three\n'), 'new.txt': 'n\n' })

    const shown = await bench.forge.get('demo', number)
    const { files, isTruncated } = await bench.forge.files('demo', number)
    const commits = await bench.forge.commits('demo', number)

    expect(shown).toMatchObject({ number: 1, state: 'open', author: 'ada', isOutside: false, head: { branch: 'feature', commit: head } })
    expect(shown.mergeability).toEqual({ state: 'clean', isBehind: false })
    expect(isTruncated).toBe(false)
    expect(files.map(({ path, status, additions, deletions }) => [path, status, additions, deletions])).toEqual([
      ['a.txt', 'modified', 1, 1],
      ['new.txt', 'added', 1, 0],
    ])
    expect(files[0]?.hunks?.[0]?.lines).toEqual(expect.arrayContaining(['-line 3', '+line three', ' line 4']))
    expect(commits.map(({ message }) => message)).toEqual(['feature 1'])
  })

  test.each<[MergeMethod, string[], string]>([
    ['merge', ['Merge pull request 1: Do feature', 'feature 2', 'feature 1', 'Meanwhile', 'First'], 'GRACE'],
    ['squash', ['Do feature (#1)', 'Meanwhile', 'First'], 'ADA'],
    ['rebase', ['feature 2', 'feature 1', 'Meanwhile', 'First'], 'ADA'],
  ])('is merged by %s, as git log in a clone shows', async (method, subjects, author) => {
    const { number, head } = await propose('feature', { 'x.txt': 'x\n' }, 2)
    const other = await bench.clone('grace')
    await other.commit({ 'main.txt': 'meanwhile\n' }, 'Meanwhile')
    await other.git('push', '-q', 'origin', 'main')

    const merged = await bench.forge.merge('demo', number, { head, method }, bench.actor('grace'))

    await other.git('pull', '-q', '--ff-only', 'origin', 'main')
    expect(merged).toMatchObject({ state: 'merged', merged: { by: 'grace', method } })
    expect(await other.git('rev-parse', 'HEAD')).toBe(merged.merged?.commit)
    expect((await other.git('log', '--topo-order', '--format=%s')).split('\n')).toEqual(subjects)
    expect(await other.git('log', '-1', '--format=%cn <%ce>')).toBe('GRACE <grace@example.org>')
    expect(await other.git('log', '-1', '--format=%an')).toBe(author)
    expect(await other.git('diff', 'HEAD', '--stat', `${head}`)).toContain('main.txt')
    expect(await other.git('show', 'HEAD:x.txt')).toBe('x')
    expect(await other.git('ls-remote', 'origin', `refs/pull/${number}/head`)).toContain(head)
    expect(await other.git('fsck', '--strict')).toBe('')
  })

  test('that conflicts names the files, and is not merged by any method', async () => {
    const { number, head } = await propose('feature', { 'a.txt': lines(1, 20).replace('line 3\n', 'mine\n') })
    const other = await bench.clone('grace')
    const main = await other.commit({ 'a.txt': lines(1, 20).replace('line 3\n', 'theirs\n') })
    await other.git('push', '-q', 'origin', 'main')

    const { mergeability } = await bench.forge.get('demo', number)

    expect(mergeability).toEqual({ state: 'conflicts', conflicts: ['a.txt'], isBehind: true })
    for (const method of ['merge', 'squash', 'rebase'] as const) {
      await expect(bench.forge.merge('demo', number, { head, method }, bench.actor('grace'))).rejects.toMatchObject({
        code: 'merge-blocked',
      })
    }
    expect(await other.git('ls-remote', 'origin', 'main')).toContain(main)
  })

  test('is not merged at a head that has moved, nor into a target that has', async () => {
    const { number, head } = await propose('feature', { 'x.txt': 'x\n' })
    const [before] = (await ada.git('ls-remote', 'origin', 'main')).split('\t')
    const moved = await ada.commit({ 'x.txt': 'y\n' })
    await ada.git('push', '-q', 'origin', 'feature')
    const other = await bench.clone('grace')
    await other.commit({ 'main.txt': '1\n' })
    await other.git('push', '-q', 'origin', 'main')
    const merge = (options: { head: string; base?: string }) =>
      bench.forge.merge('demo', number, { ...options, method: 'merge' }, bench.actor('grace'))

    await expect(merge({ head })).rejects.toMatchObject({ code: 'conflict' })
    await expect(merge({ head: moved, base: before ?? '' })).rejects.toMatchObject({ code: 'conflict' })
    expect((await merge({ head: moved })).state).toBe('merged')
  })

  test('whose head somebody pushes to the target is merged, by whoever pushed it', async () => {
    const { number, head } = await propose('feature', { 'x.txt': 'x\n' })
    const other = await bench.clone('grace')
    await other.git('push', '-q', 'origin', 'origin/feature:main')
    await bench.forge.idle()

    const shown = await bench.forge.get('demo', number)

    expect(shown).toMatchObject({ state: 'merged', merged: { by: 'grace', commit: head } })
    expect(bench.events.map(({ kind }) => kind)).toContain('merged')
  })

  test('keeps its head when the branch is deleted, and tells of a target that advanced', async () => {
    const { number, head } = await propose('feature', { 'x.txt': 'x\n' })
    await ada.git('push', '-q', 'origin', ':feature')
    const other = await bench.clone('grace')
    const main = await other.commit({ 'main.txt': '1\n' })
    await other.git('push', '-q', 'origin', 'main')
    await bench.forge.idle()

    const shown = await bench.forge.get('demo', number)

    expect(shown).toMatchObject({
      state: 'open',
      head: { commit: head },
      base: { commit: main },
      mergeability: { state: 'clean', isBehind: true },
    })
    expect(bench.events.map(({ kind }) => kind)).toEqual(['opened', 'baseMoved'])
    expect((await bench.forge.merge('demo', number, { head, method: 'merge' }, bench.actor('grace'))).state).toBe('merged')
  })
})
