import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startForgeBench, type ForgeBench, type WorkTree } from '../testing/forge-bench.ts'

let bench: ForgeBench
let eve: WorkTree

beforeEach(async () => {
  bench = await startForgeBench()
  eve = await bench.clone('eve')
})
afterEach(() => bench.close())

const refsNow = () => bench.repositories.history.refs('demo')

describe('a push to refs/for/BRANCH', () => {
  test('opens a pull request from outside, and the next one updates it', async () => {
    const first = await eve.commit({ 'e.txt': '1\n' }, 'Add e')
    const opened = await eve.tryGit('push', 'origin', 'HEAD:refs/for/main')
    const second = await eve.commit({ 'e.txt': '2\n' }, 'Change e')
    const updated = await eve.tryGit('push', 'origin', 'HEAD:refs/for/main')

    expect(opened).toMatchObject({ ok: true, text: expect.stringContaining(`remote:   ${bench.url}/pulls/demo/1`) })
    expect(opened.text).toContain('refs/pull/1/head')
    expect(updated).toMatchObject({ ok: true, text: expect.stringContaining('Updated pull request 1') })
    expect(await bench.forge.get('demo', 1)).toMatchObject({ author: 'eve', isOutside: true, title: 'Add e', head: { commit: second } })
    expect((await bench.forge.get('demo', 1)).head.branch).toBeUndefined()
    expect([...(await refsNow())].filter(([ref]) => ref !== 'refs/heads/main')).toEqual([['refs/pull/1/head', second]])
    expect(await eve.git('ls-remote', 'origin', 'refs/pull/1/head')).toContain(second)
    expect(bench.events.map(({ kind }) => kind)).toEqual(['opened', 'headMoved'])
    expect(first).not.toBe(second)
  })

  test('has a title that reads as it is written', async () => {
    await eve.commit({ 'e.txt': '1\n' }, 'Harmless \u202etxt.exe\u2066 \u009b31m title')
    await eve.git('push', '-q', 'origin', 'HEAD:refs/for/main')

    const before = await bench.forge.get('demo', 1)
    expect(before.title).toBe('Harmless  txt.exe   31m title')
    for (const title of ['\u202eevil', 'a\u2028b', 'a\u009bb', 'a\nb'])
      await expect(bench.forge.update('demo', 1, { title }, bench.actor('eve'))).rejects.toMatchObject({ code: 'invalid-request' })
  })

  test('shows whoever is told of it the head that it has by then', async () => {
    const seen: Promise<string>[] = []
    bench.forge.subscribe(({ number }) => seen.push(bench.forge.get('demo', number).then(({ head }) => head.commit)))
    const heads: string[] = []
    for (const text of ['1\n', '2\n', '3\n']) {
      heads.push(await eve.commit({ 'e.txt': text }))
      await eve.git('push', '-q', 'origin', 'HEAD:refs/for/main')
    }

    expect(await Promise.all(seen)).toEqual(heads)
  })

  test('keeps topics and targets apart, and takes a title and a description', async () => {
    await eve.commit({ 'e.txt': '1\n' })

    await eve.git('push', '-q', 'origin', 'HEAD:refs/for/main%topic=one')
    await eve.git('push', '-q', '-o', 'topic=two', '-o', 'title=A title', '-o', 'description=Why', 'origin', 'HEAD:refs/for/main')
    await eve.git('push', '-q', 'origin', 'HEAD:refs/for/main/three', 'HEAD:refs/for/main%draft')

    const pulls = await bench.forge.list('demo')
    expect(pulls.map(({ number, title, isDraft }) => [number, title, isDraft])).toEqual([
      [4, 'Change', true],
      [3, 'Change', false],
      [2, 'A title', false],
      [1, 'Change', false],
    ])
    expect(pulls[2]?.body).toBe('Why')
  })

  test('of somebody who may write is one from inside, and an amended commit ends its approval', async () => {
    const ada = await bench.clone('ada')
    const first = await ada.commit({ 'a2.txt': '1\n' })
    await ada.git('push', '-q', 'origin', 'HEAD:refs/for/main')
    await bench.forge.review('demo', 1, { state: 'approved', body: '', head: first }, bench.actor('grace'))
    await ada.git('commit', '-q', '--amend', '-m', 'Otherwise')
    await ada.git('push', '-q', 'origin', 'HEAD:refs/for/main')

    expect(await bench.forge.get('demo', 1)).toMatchObject({ isOutside: false })
    expect((await bench.forge.reviews('demo', 1))[0]?.void).toContain('the head moved')
  })

  test.each([
    ['HEAD:refs/for/nowhere', 'there is no branch nowhere'],
    [':refs/for/main', 'close the pull request instead'],
    ['HEAD:refs/for/main%reviewer=x', 'is not understood'],
    ['HEAD:refs/for/main%topic=$(x)', 'a topic has letters'],
    ['HEAD:refs/heads/mine', 'you may not write here'],
    ['HEAD:refs/heads/main', 'you may not write here'],
    ['HEAD:refs/tags/v1', 'you may not write here'],
    ['HEAD:refs/pull/1/head', 'nobody writes it'],
    ['HEAD:refs/plimsoll/x', 'nobody writes it'],
    ['HEAD:refs/notes/x', 'you may not write here'],
  ])('%s of an outsider is refused with a reason, and nothing moves', async (refspec, reason) => {
    await eve.commit({ 'e.txt': '1\n' })
    const before = await refsNow()

    const { ok, text } = await eve.tryGit('push', 'origin', refspec)

    expect([ok, text]).toEqual([false, expect.stringContaining(reason)])
    expect(await refsNow()).toEqual(before)
    expect(await bench.forge.list('demo', { state: 'all' })).toEqual([])
  })

  test('of somebody who has lost the right to write is one from outside from then on', async () => {
    const ada = await bench.clone('ada')
    await ada.commit({ 'a2.txt': '1\n' })
    await ada.git('push', '-q', 'origin', 'HEAD:refs/for/main')
    bench.people.set('ada', { name: 'ada', role: 'contributor' })
    await ada.commit({ 'a2.txt': '2\n' })

    await ada.git('push', '-q', 'origin', 'HEAD:refs/for/main')

    expect(await bench.forge.get('demo', 1)).toMatchObject({ author: 'ada', isOutside: true })
  })

  test('with nothing new, or twice in one push, is refused', async () => {
    const nothing = await eve.tryGit('push', 'origin', 'HEAD:refs/for/main')
    await eve.commit({ 'e.txt': '1\n' })
    const twice = await eve.tryGit('push', 'origin', 'HEAD:refs/for/main', 'HEAD:refs/for/main%draft')

    expect(nothing).toMatchObject({ ok: false, text: expect.stringContaining('there is nothing new for main') })
    expect(twice).toMatchObject({ ok: false, text: expect.stringContaining('twice') })
    expect(await bench.forge.list('demo')).toHaveLength(1)
  })

  test('is not for those who may only read', async () => {
    const bob = await bench.clone('bob')
    await bob.commit({ 'b2.txt': '1\n' })

    expect(await bob.tryGit('push', 'origin', 'HEAD:refs/for/main')).toMatchObject({ ok: false, text: expect.stringContaining('403') })
  })

  test('beside a ref that is refused goes through alone, and with --atomic not at all', async () => {
    await eve.commit({ 'e.txt': '1\n' })

    const atomic = await eve.tryGit('push', '--atomic', 'origin', 'HEAD:refs/for/main', 'HEAD:refs/heads/mine')
    expect([atomic.ok, await bench.forge.list('demo')]).toEqual([false, []])
    const plain = await eve.tryGit('push', 'origin', 'HEAD:refs/for/main', 'HEAD:refs/heads/mine')

    expect(plain.ok).toBe(false)
    expect(plain.text).toContain('you may not write here')
    expect((await bench.forge.list('demo')).map(({ number }) => number)).toEqual([1])
    expect((await refsNow()).has('refs/heads/mine')).toBe(false)
  })

  test.each(['0', '1', '2'])('works from a shallow clone with protocol version %s', async (version) => {
    await eve.git('clone', '-q', '--depth', '1', await eve.git('remote', 'get-url', 'origin'), 'shallow')
    const shallow = `${eve.dir}/shallow`
    await eve.git('-C', shallow, 'commit', '-q', '--allow-empty', '-m', 'From a shallow clone')

    const pushed = await eve.tryGit('-C', shallow, '-c', `protocol.version=${version}`, 'push', 'origin', 'HEAD:refs/for/main')

    expect(pushed).toMatchObject({ ok: true, text: expect.stringContaining('New pull request 1') })
  })
})

describe('a protected branch', () => {
  test('refuses direct pushes and deletion with what to do, but for those it names', async () => {
    const protection = {
      pattern: 'main',
      requiredChecks: [],
      requiredApprovals: 0,
      codeOwners: false,
      allowSelfApproval: false,
      linearHistory: false,
      upToDate: false,
      mayPush: ['@reviewers'],
    }
    await expect(bench.forge.setProtections('demo', [protection], bench.actor('ada'))).rejects.toMatchObject({ code: 'permission-denied' })
    await bench.forge.setProtections('demo', [protection, { ...protection, pattern: 'release/*', mayPush: [] }], bench.actor('root'))
    const ada = await bench.clone('ada')
    await ada.commit({ 'x.txt': '1\n' })
    const grace = await bench.clone('grace')
    const head = await grace.commit({ 'y.txt': '1\n' })

    const push = await ada.tryGit('push', 'origin', 'HEAD:main')
    const deletion = await ada.tryGit('push', 'origin', ':main')
    const creation = await ada.tryGit('push', 'origin', 'HEAD:release/1')

    for (const { ok, text } of [push, deletion]) {
      expect([ok, text]).toEqual([false, expect.stringContaining('protected: open a pull request (git push origin HEAD:refs/for/main)')])
    }
    expect([creation.ok, creation.text]).toEqual([false, expect.stringContaining('protected')])
    expect(await ada.tryGit('push', 'origin', 'HEAD:refs/heads/MAIN')).toMatchObject({
      ok: false,
      text: expect.stringContaining('differs from refs/heads/main in letter case alone'),
    })
    expect((await ada.tryGit('push', 'origin', 'HEAD:feature')).ok).toBe(true)
    expect((await grace.tryGit('push', 'origin', 'HEAD:main')).ok).toBe(true)
    expect((await refsNow()).get('refs/heads/main')).toBe(head)
  })

  test.each([['refs/heads/main'], ['a b'], ['a[bc]'], ['']])('is not named by the pattern %j', async (pattern) => {
    const protection = {
      pattern,
      requiredChecks: [],
      requiredApprovals: 0,
      codeOwners: false,
      allowSelfApproval: false,
      linearHistory: false,
      upToDate: false,
      mayPush: [],
    }
    await expect(bench.forge.setProtections('demo', [protection], bench.actor('root'))).rejects.toMatchObject({ code: 'invalid-request' })
  })
})

describe('names that are made to hurt', () => {
  test.each(['--upload-pack=x', '../x', 'refs/heads/../x', 'constructor', '__proto__', 'main@{1}', 'HEAD~1', ':/First'])(
    'the branch %j is not there, and nothing else happens',
    async (branch) => {
      const open = (head: string, base: string) => bench.forge.open('demo', { title: 'T', body: '', head, base }, bench.actor('ada'))

      await expect(open(branch, 'main')).rejects.toMatchObject({ code: 'invalid-request' })
      await expect(open('main', branch)).rejects.toMatchObject({ code: 'invalid-request' })
    },
  )

  test.each(['../x', 'constructor', '__proto__', '--upload-pack', 'a/b/c'])('the repository %j is not there', async (name) => {
    await expect(bench.forge.list(name)).rejects.toMatchObject({ code: 'not-found' })
    await expect(bench.forge.checks(name, 'x')).rejects.toMatchObject({ code: 'not-found' })
  })
})
