import type { BranchProtection } from '@plimsoll/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lines, startForgeBench, type ForgeBench, type WorkTree } from '../testing/forge-bench.ts'

let bench: ForgeBench
let ada: WorkTree

beforeEach(async () => {
  bench = await startForgeBench()
  ada = await bench.clone('ada')
})
afterEach(() => bench.close())

const strict: BranchProtection = {
  pattern: 'main',
  requiredChecks: [],
  requiredApprovals: 1,
  codeOwners: false,
  allowSelfApproval: false,
  linearHistory: false,
  upToDate: false,
  mayPush: [],
}

const protect = (change: Partial<BranchProtection> = {}) =>
  bench.forge.setProtections('demo', [{ ...strict, ...change }], bench.actor('root'))

async function propose(files: Record<string, string> = { 'x.txt': 'x\n' }): Promise<{ number: number; head: string }> {
  await ada.git('checkout', '-q', '-B', 'feature', 'origin/main')
  const head = await ada.commit(files, 'Feature')
  await ada.git('push', '-q', '-f', 'origin', 'feature')
  const { number } = await bench.forge.open('demo', { title: 'Feature', body: '', head: 'feature', base: 'main' }, bench.actor('ada'))
  return { number, head }
}

const approve = (number: number, head: string, by = 'grace') =>
  bench.forge.review('demo', number, { state: 'approved', body: '', head }, bench.actor(by))
const merge = (number: number, head: string, by = 'grace') => bench.forge.merge('demo', number, { head, method: 'merge' }, bench.actor(by))
const unmet = async (number: number) =>
  (await bench.forge.get('demo', number)).requirements.filter(({ isMet }) => !isMet).map(({ kind }) => kind)

describe('an approval', () => {
  test('is needed where the branch demands it, and is enough', async () => {
    await protect()
    const { number, head } = await propose()

    await expect(merge(number, head)).rejects.toMatchObject({ code: 'merge-blocked', message: expect.stringContaining('0 of 1 approvals') })
    await approve(number, head)

    expect((await merge(number, head)).state).toBe('merged')
  })

  test('ends with a push, also when the old head comes back', async () => {
    await protect()
    const { number, head } = await propose()
    await approve(number, head)
    const next = await ada.commit({ 'x.txt': 'y\n' })
    await ada.git('push', '-q', 'origin', 'feature')
    await bench.forge.idle()
    await expect(merge(number, next)).rejects.toMatchObject({ code: 'merge-blocked' })
    await ada.git('push', '-q', '-f', 'origin', `${head}:feature`)
    await bench.forge.idle()

    const [review] = await bench.forge.reviews('demo', number)

    expect(review).toMatchObject({
      state: 'approved',
      commit: head,
      void: `the head moved from ${head.slice(0, 7)} to ${next.slice(0, 7)}`,
    })
    expect(await unmet(number)).toEqual(['approvals'])
    await expect(merge(number, head)).rejects.toMatchObject({ code: 'merge-blocked' })
  })

  test('ends with another target, also when the old one comes back', async () => {
    await protect()
    const { number, head } = await propose()
    await bench.repositories.hosted.commit({
      repo: 'demo',
      branch: 'other',
      files: new Map([['o', 'o']]),
      message: 'o',
      author: { name: 'Plimsoll', email: 'p@localhost' },
    })
    await approve(number, head)
    const retargeted = await bench.forge.update('demo', number, { base: 'other' }, bench.actor('ada'))
    await bench.forge.update('demo', number, { base: 'main' }, bench.actor('ada'))

    expect(retargeted.base.branch).toBe('other')
    expect((await bench.forge.reviews('demo', number))[0]?.void).toBe('the target changed from main to other')
    expect(await unmet(number)).toEqual(['approvals'])
  })

  test('is not given by the author, nor by who pushed or wrote commits of it', async () => {
    await protect()
    const { number } = await propose()
    const grace = await bench.clone('grace')
    await grace.git('checkout', '-q', 'feature')
    const head = await grace.commit({ 'y.txt': 'y\n' })
    await grace.git('push', '-q', 'origin', 'feature')

    await expect(approve(number, head, 'ada')).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringContaining('opened'),
    })
    await expect(approve(number, head, 'grace')).rejects.toMatchObject({ message: expect.stringContaining('has commits in') })
    await expect(approve(number, head, 'eve')).rejects.toMatchObject({ code: 'permission-denied' })
    await approve(number, head, 'root')
    expect(await unmet(number)).toEqual([])
  })

  test('is not kept by pushing under the name of another one', async () => {
    await protect()
    await ada.git('checkout', '-q', '-B', 'feature', 'origin/main')
    await ada.commit({ 'x.txt': 'x\n' })
    await ada.git('commit', '-q', '--amend', '--no-edit', '--author', 'Nobody <nobody@example.org>')
    const head = await ada.git('rev-parse', 'HEAD')
    await ada.git('push', '-q', 'origin', 'feature')
    const { number } = await bench.forge.open('demo', { title: 'T', body: '', head: 'feature', base: 'main' }, bench.actor('grace'))

    await expect(approve(number, head, 'ada')).rejects.toMatchObject({ message: expect.stringContaining('has commits in') })
  })

  test('counts no more once its author may not write', async () => {
    await protect()
    const { number, head } = await propose()
    await approve(number, head)
    expect(await unmet(number)).toEqual([])

    bench.people.set('grace', { name: 'grace', role: 'readonly' })

    expect(await unmet(number)).toEqual(['approvals'])
    await expect(merge(number, head, 'root')).rejects.toMatchObject({ code: 'merge-blocked' })
  })

  test('of one’s own counts where the branch allows it', async () => {
    await protect({ allowSelfApproval: true })
    const { number, head } = await propose()

    await approve(number, head, 'ada')

    expect(await unmet(number)).toEqual([])
  })
})

describe('a request for changes', () => {
  test('blocks through pushes until the same reviewer approves, or it is dismissed', async () => {
    const { number, head } = await propose()
    const { id } = await bench.forge.review('demo', number, { state: 'changesRequested', body: 'No', head }, bench.actor('grace'))
    const next = await ada.commit({ 'x.txt': 'y\n' })
    await ada.git('push', '-q', 'origin', 'feature')
    await approve(number, next, 'root')
    expect(await unmet(number)).toEqual(['changesRequested'])
    await expect(bench.forge.dismissReview('demo', number, id, 'I know better', bench.actor('ada'))).rejects.toMatchObject({
      code: 'permission-denied',
    })

    await bench.forge.dismissReview('demo', number, id, 'On holiday', bench.actor('root'))

    expect(await unmet(number)).toEqual([])
    expect((await bench.forge.reviews('demo', number))[0]).toMatchObject({ state: 'dismissed', void: 'dismissed by root: On holiday' })
  })
})

describe('a request for changes to what somebody has pushed to', () => {
  test('is not dismissed by them, whoever opened the pull request', async () => {
    const { number, head } = await propose()
    const grace = await bench.clone('grace')
    await grace.git('checkout', '-q', '-B', 'feature', head)
    const next = await grace.commit({ 'g.txt': 'g\n' })
    await grace.git('push', '-q', 'origin', 'feature')
    const { id } = await bench.forge.review('demo', number, { state: 'changesRequested', body: 'No', head: next }, bench.actor('root'))

    await expect(bench.forge.dismissReview('demo', number, id, 'I know better', bench.actor('grace'))).rejects.toMatchObject({
      code: 'permission-denied',
    })

    expect(await unmet(number)).toContain('changesRequested')
  })
})

describe('a branch demands', () => {
  test('checks by name on the head itself', async () => {
    await protect({ requiredApprovals: 0, requiredChecks: ['test', '__proto__'] })
    const { number, head } = await propose()
    const report = (name: string, commit: string, conclusion: 'success' | 'failure' | 'actionRequired') =>
      bench.forge.setCheck('demo', { name, commit, status: 'completed', conclusion, title: '' })
    const [first = ''] = (await ada.git('rev-parse', 'HEAD~1')).split('\n')
    await report('test', first, 'success')
    await report('test', head, 'actionRequired')
    await report('__proto__', head, 'success')
    expect(await unmet(number)).toEqual(['check'])

    await report('test', head, 'success')

    expect(await unmet(number)).toEqual([])
    expect(bench.events.filter(({ kind }) => kind === 'checked')).toHaveLength(3)
  })

  test('checks of each workflow file that speaks under a name', async () => {
    await protect({ requiredApprovals: 0, requiredChecks: ['CI / test'] })
    const { number, head } = await propose()
    const report = (file: string, conclusion: 'success' | 'failure') =>
      bench.forge.setCheck('demo', {
        name: 'CI / test',
        commit: head,
        status: 'completed',
        conclusion,
        title: '',
        source: { workflow: file, trust: 'trusted' },
      })

    await report('ci.yml', 'failure')
    await report('evil.yml', 'success')

    expect(await bench.forge.checks('demo', head)).toMatchObject([{ conclusion: 'failure' }, { conclusion: 'success' }])
    expect(await unmet(number)).toEqual(['check'])
    await report('ci.yml', 'success')
    expect(await unmet(number)).toEqual([])
  })

  test('the newest commit of the target, and a history without merges', async () => {
    await protect({ requiredApprovals: 0, upToDate: true, linearHistory: true, mayPush: ['@reviewers'] })
    const { number, head } = await propose()
    const grace = await bench.clone('grace')
    await grace.commit({ 'm.txt': 'm\n' })
    await grace.git('push', '-q', 'origin', 'main')
    expect(await unmet(number)).toEqual(['upToDate'])
    await expect(merge(number, head)).rejects.toMatchObject({ code: 'merge-blocked' })
    await ada.git('fetch', '-q')
    await ada.git('rebase', '-q', 'origin/main')
    await ada.git('push', '-q', '-f', 'origin', 'feature')
    const rebased = await ada.git('rev-parse', 'HEAD')

    await expect(merge(number, rebased)).rejects.toMatchObject({
      code: 'merge-blocked',
      message: expect.stringContaining('squash or rebase'),
    })
    expect((await bench.forge.merge('demo', number, { head: rebased, method: 'rebase' }, bench.actor('grace'))).state).toBe('merged')
  })

  test('the owners that its own CODEOWNERS names, not that of the head', async () => {
    await ada.commit({ CODEOWNERS: '/owned/ @reviewers\n' })
    await ada.git('push', '-q', 'origin', 'HEAD:main')
    await ada.git('fetch', '-q')
    await protect({ codeOwners: true })
    const { number, head } = await propose({ 'owned/a.txt': 'a\n', CODEOWNERS: '/owned/ @ada\n' })
    await approve(number, head, 'root')
    expect(await unmet(number)).toEqual(['codeOwners'])

    await approve(number, head, 'grace')

    expect(await unmet(number)).toEqual([])
  })

  test('nothing of drafts, which are not merged', async () => {
    const { number, head } = await propose()
    await bench.forge.update('demo', number, { isDraft: true }, bench.actor('ada'))
    await expect(merge(number, head)).rejects.toMatchObject({ code: 'merge-blocked', message: expect.stringContaining('draft') })

    await bench.forge.update('demo', number, { isDraft: false }, bench.actor('ada'))

    expect((await merge(number, head)).state).toBe('merged')
    await expect(bench.forge.update('demo', number, { state: 'open' }, bench.actor('ada'))).rejects.toMatchObject({ code: 'merge-blocked' })
  })
})

describe('a comment on a line', () => {
  test('follows the line, and is outdated when the line is changed', async () => {
    const { number } = await propose({ 'a.txt': lines(1, 20).replace('line 10\n', 'line ten\n') })
    const on = (line: number) => bench.forge.comment('demo', number, { body: 'Here', path: 'a.txt', line }, bench.actor('eve'))
    const changed = await on(10)
    const kept = await on(15)
    await ada.commit({ 'a.txt': `line 0\n${lines(1, 20).replace('line 10\n', 'line 10 again\n')}` })
    await ada.git('push', '-q', 'origin', 'feature')

    const comments = await bench.forge.comments('demo', number)

    expect(comments.find(({ id }) => id === changed.id)).toMatchObject({ line: 10, isOutdated: true })
    expect(comments.find(({ id }) => id === kept.id)).toMatchObject({ line: 15, isOutdated: false, currentLine: 16 })
    await expect(on(500)).rejects.toMatchObject({ code: 'invalid-request' })
    await expect(
      bench.forge.comment('demo', number, { body: 'x', path: '../../etc/passwd', line: 1 }, bench.actor('eve')),
    ).rejects.toMatchObject({ code: 'path-outside-repository' })
  })

  test('is answered in its thread, changed by its author alone, and resolved', async () => {
    const { number } = await propose()
    const root = await bench.forge.comment('demo', number, { body: 'Why?', path: 'x.txt', line: 1 }, bench.actor('eve'))
    const reply = await bench.forge.comment('demo', number, { body: 'So', inReplyTo: root.id }, bench.actor('ada'))
    const edit = (by: string) => bench.forge.editComment('demo', number, root.id, { body: 'Why not?' }, bench.actor(by))

    await expect(edit('ada')).rejects.toMatchObject({ code: 'permission-denied' })
    expect(await edit('eve')).toMatchObject({ body: 'Why not?' })
    expect(reply).toMatchObject({ kind: 'line', path: 'x.txt', line: 1, inReplyTo: root.id })
    expect(await bench.forge.editComment('demo', number, root.id, { isResolved: true }, bench.actor('ada'))).toMatchObject({
      isResolved: true,
    })
  })
})

test('a report is one comment that is changed in place', async () => {
  const { number } = await propose()

  const first = await bench.forge.report('demo', number, 'gate', 'one')
  const second = await bench.forge.report('demo', number, 'gate', 'two')

  expect(second).toMatchObject({ id: first.id, kind: 'report', marker: 'gate', body: 'two' })
  expect((await bench.forge.comments('demo', number)).filter(({ kind }) => kind === 'report')).toHaveLength(1)
})
