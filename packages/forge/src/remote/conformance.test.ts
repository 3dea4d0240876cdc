import { afterEach, describe, expect, it } from 'vitest'
import { allProviders, type ConformanceBench, startBench } from '../testing/conformance-benches.ts'

let bench: ConformanceBench

afterEach(() => bench.close())

/** What every provider promises alike: built in, GitHub, GitLab, Gitea. */
describe.each(allProviders)('pull requests of %s', (provider) => {
  async function start(): Promise<ConformanceBench> {
    bench = await startBench(provider)
    return bench
  }

  it('are opened from a branch, listed, changed, closed and reopened', async () => {
    const { forge, repository, push, ada } = await start()
    const head = await push('salt', 'Add salt')

    const made = await forge.open(repository, { title: 'Salt', body: 'Because.', head: 'salt', base: 'main' }, ada)
    const listed = await forge.list(repository)
    const changed = await forge.update(repository, made.number, { title: 'More salt', body: 'Really.' }, ada)
    const closed = await forge.update(repository, made.number, { state: 'closed' }, ada)
    const open = await forge.list(repository)
    const all = await forge.list(repository, { state: 'all' })
    const reopened = await forge.update(repository, made.number, { state: 'open' }, ada)

    expect(made).toMatchObject({ number: 1, title: 'Salt', body: 'Because.', state: 'open', isOutside: false, isDraft: false, provider })
    expect(made.head).toEqual({ branch: 'salt', commit: head })
    expect(made.base.branch).toBe('main')
    expect(listed.map(({ number }) => number)).toEqual([1])
    expect(changed).toMatchObject({ title: 'More salt', body: 'Really.' })
    expect([closed.state, open.length, all.length, reopened.state]).toEqual(['closed', 0, 1, 'open'])
  })

  it('show their files and commits', async () => {
    const { forge, repository, push, ada } = await start()
    const first = await push('salt', 'Add salt')
    const second = await push('salt', 'Add pepper')
    const { number } = await forge.open(repository, { title: 'Salt', body: '', head: 'salt', base: 'main' }, ada)

    const { files, from, to, isTruncated } = await forge.files(repository, number)
    const commits = await forge.commits(repository, number)

    expect(files.map(({ path, status, additions }) => [path, status, additions]).toSorted(byName)).toEqual([
      ['add-pepper.txt', 'added', 1],
      ['add-salt.txt', 'added', 1],
    ])
    expect(files[0]?.hunks?.[0]).toMatchObject({ oldStart: 0, newStart: 1, lines: ['+new'] })
    expect([from.length, to, isTruncated]).toEqual([40, second, false])
    expect(commits.map(({ commit }) => commit)).toEqual([first, second])
  })

  it('have one report for each marker, which is changed in place', async () => {
    const { forge, repository, push, ada, bob } = await start()
    await push('salt', 'Add salt')
    const { number } = await forge.open(repository, { title: 'Salt', body: '', head: 'salt', base: 'main' }, ada)

    const first = await forge.report(repository, number, 'gate/quality', 'It **fails**.')
    await forge.report(repository, number, 'gate/other--one', 'Something else.')
    await forge.comment(repository, number, { body: 'A word <!-- plimsoll:report gate/quality -->' }, bob)
    const second = await forge.report(repository, number, 'gate/quality', 'It passes.')
    const reports = (await forge.comments(repository, number)).filter(({ kind }) => kind === 'report')

    expect(second).toMatchObject({ id: first.id, body: 'It passes.', kind: 'report', marker: 'gate/quality' })
    expect(reports.map(({ marker, body }) => [marker, body])).toEqual([
      ['gate/quality', 'It passes.'],
      ['gate/other--one', 'Something else.'],
    ])
  })

  it('say of a commit what was said last under each name, and never more than was said', async () => {
    const { forge, repository, push } = await start()
    const commit = await push('salt', 'Add salt')

    await forge.setCheck(repository, { name: 'test', commit, status: 'inProgress', title: 'running' })
    await forge.setCheck(repository, { name: 'test', commit, status: 'completed', conclusion: 'success', title: 'all 12 pass' })
    await forge.setCheck(repository, { name: 'gate', commit, status: 'completed', conclusion: 'actionRequired', title: 'too few samples' })
    await forge.setCheck(repository, { name: 'lint', commit, status: 'completed', conclusion: 'timedOut', title: 'after 6 h' })
    const checks = await forge.checks(repository, commit)

    expect(checks.map(({ name, status, conclusion, title }) => [name, status, conclusion, title]).toSorted(byName)).toEqual([
      ['gate', 'completed', 'actionRequired', 'too few samples'],
      ['lint', 'completed', 'timedOut', 'after 6 h'],
      ['test', 'completed', 'success', 'all 12 pass'],
    ])
  })

  it("have a conversation, in which everybody changes one's own words only", async () => {
    const { forge, repository, push, ada, bob } = await start()
    await push('salt', 'Add salt')
    const { number } = await forge.open(repository, { title: 'Salt', body: '', head: 'salt', base: 'main' }, ada)

    const said = await forge.comment(repository, number, { body: 'How much?' }, bob)
    const onLine = await forge.comment(repository, number, { body: 'Here', path: 'add-salt.txt', line: 1, side: 'new' }, ada)
    const edited = await forge.editComment(repository, number, said.id, { body: 'How much of it?' }, bob)
    const refused = forge.editComment(repository, number, said.id, { body: 'None.' }, ada)

    await expect(refused).rejects.toMatchObject({ code: 'permission-denied' })
    expect(edited).toMatchObject({ id: said.id, body: 'How much of it?' })
    expect(onLine).toMatchObject({ kind: 'line', path: 'add-salt.txt', line: 1, side: 'new' })
    expect((await forge.comments(repository, number)).map(({ body }) => body)).toEqual(['How much of it?', 'Here'])
  })

  it('are approved for one head, which ends with the next push', async () => {
    const { forge, repository, push, openByOther, grace } = await start()
    const head = await push('salt', 'Add salt')
    const { number } = await openByOther('salt', 'Salt')

    const given = await forge.review(repository, number, { state: 'approved', body: 'Good.', head }, grace)
    const before = await forge.reviews(repository, number)
    await push('salt', 'Add more')
    const after = await forge.reviews(repository, number)
    const late = forge.review(repository, number, { state: 'approved', body: '', head }, grace)

    expect(given).toMatchObject({ state: 'approved', commit: head })
    expect(before.map(({ void: why }) => why)).toEqual([undefined])
    expect(after[0]?.void).toContain('the head moved')
    await expect(late).rejects.toMatchObject({ code: 'conflict' })
  })

  it('are not approved by whoever has proposed them', async () => {
    const { forge, repository, push, openByOther, ada } = await start()
    const head = await push('salt', 'Add salt')
    const { number } = await openByOther('salt', 'Salt')

    const own = forge.review(repository, number, { state: 'approved', body: '', head }, ada)

    // Built in it may be said where a branch allows it, and counts only there.
    if (provider === 'builtin') await own.catch(() => undefined)
    else await expect(own).rejects.toMatchObject({ code: 'permission-denied' })
    expect((await forge.get(repository, number)).state).toBe('open')
  })

  it('are merged at exactly the head that was seen', async () => {
    const { forge, repository, push, openByOther, grace } = await start()
    const seen = await push('salt', 'Add salt')
    const { number } = await openByOther('salt', 'Salt')
    const moved = await push('salt', 'Add more')

    const stale = forge.merge(repository, number, { head: seen, method: 'merge' }, grace)
    await expect(stale).rejects.toMatchObject({ code: 'conflict' })
    const merged = await forge.merge(repository, number, { head: moved, method: 'merge', title: 'Salt' }, grace)

    expect(merged).toMatchObject({ state: 'merged', head: { commit: moved } })
    expect(merged.merged?.commit).toMatch(/^[0-9a-f]{40}$/)
    expect((await forge.list(repository, { state: 'merged' })).map((one) => one.number)).toEqual([number])
  })

  it('are not merged into a target that has moved since it was seen', async () => {
    const { forge, repository, push, openByOther, grace } = await start()
    const head = await push('salt', 'Add salt')
    const { number } = await openByOther('salt', 'Salt')
    const { base } = await forge.get(repository, number)
    await push('main', 'Add water')

    const stale = forge.merge(repository, number, { head, base: base.commit, method: 'merge' }, grace)

    await expect(stale).rejects.toMatchObject({ code: 'conflict' })
    expect((await forge.get(repository, number)).state).toBe('open')
  })

  it('are not opened, merged, reviewed or changed by those who may not', async () => {
    const { forge, repository, push, openByOther, bob } = await start()
    const head = await push('salt', 'Add salt')
    const { number } = await openByOther('salt', 'Salt')

    const attempts = [
      forge.open(repository, { title: 'x', body: '', head: 'salt', base: 'main' }, bob),
      forge.merge(repository, number, { head, method: 'merge' }, bob),
      forge.review(repository, number, { state: 'approved', body: '', head }, bob),
      forge.update(repository, number, { title: 'x' }, bob),
    ]

    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'permission-denied' })
    expect(await forge.get(repository, number)).toMatchObject({ state: 'open', title: 'Salt' })
  })

  it('that are not there are not found', async () => {
    const { forge, repository, ada } = await start()

    await expect(forge.get(repository, 99)).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('99') })
    await expect(forge.comment(repository, 99, { body: 'x' }, ada)).rejects.toMatchObject({ code: 'not-found' })
    await expect(forge.report(repository, 99, 'm', 'x')).rejects.toMatchObject({ code: 'not-found' })
  })

  it.each(['hook', 'poll'] as const)('tell what happens to them (by %s)', async (way) => {
    const { forge, repository, push, openByOther, events, grace, ...rest } = await start()
    let number = 1
    const settle = async (): Promise<void> => (way === 'hook' ? rest.hook(number) : rest.poll())
    await push('salt', 'Add salt')
    ;({ number } = await openByOther('salt', 'Salt'))
    await settle()

    const head = await push('salt', 'Add more')
    await settle()
    await forge.comment(repository, number, { body: 'A word' }, grace)
    await settle()
    await forge.review(repository, number, { state: 'approved', body: '', head }, grace)
    await settle()
    await forge.setCheck(repository, { name: 'test', commit: head, status: 'completed', conclusion: 'success', title: 'ok' })
    await settle()
    await forge.merge(repository, number, { head, method: 'merge' }, grace)
    await settle()

    const kinds = events.filter((event) => event.number === number && event.repository === repository).map(({ kind }) => kind)
    expect([...new Set(kinds)]).toEqual(expect.arrayContaining(['opened', 'headMoved', 'commented', 'reviewed', 'checked', 'merged']))
    expect(kinds.indexOf('opened')).toBe(0)
    expect(kinds.filter((kind) => kind === 'merged')).toHaveLength(1)
  })
})

function byName([a]: unknown[], [b]: unknown[]): number {
  return String(a).localeCompare(String(b))
}
