import { afterEach, beforeEach, expect, it } from 'vitest'
import { actorForTests, type EmulatedForge, startEmulatedForge } from '../testing/conformance-benches.ts'

let bench: EmulatedForge

beforeEach(async () => {
  bench = await startEmulatedForge('github', { isApp: true })
  bench.server.repository.commit('salt', 'Add salt')
  bench.server.repository.open({ title: 'Salt', body: '', head: 'salt', base: 'main', author: 'zoe' })
})

afterEach(() => bench.close())

it('with the token of an App checks are check runs, with summary and annotations, changed in place', async () => {
  const { forge, server } = bench
  const { head } = await forge.get(server.address, 1)
  const about = { name: 'gate: quality', commit: head.commit }

  await forge.setCheck(server.address, { ...about, status: 'inProgress', title: 'judging' })
  await forge.setCheck(server.address, {
    ...about,
    status: 'completed',
    conclusion: 'actionRequired',
    title: 'too few rows',
    summary: 'Ten rows decide **nothing**.',
    detailsUrl: 'https://plimsoll.example/gates/1',
    annotations: [{ path: 'gate.yaml', line: 3, level: 'warning', message: 'here' }],
  })
  const checks = await forge.checks(server.address, head.commit)

  expect(server.repository.runs).toHaveLength(1)
  expect(server.repository.runs[0]).toMatchObject({
    status: 'completed',
    conclusion: 'action_required',
    output: { title: 'too few rows', annotations: [{ path: 'gate.yaml', start_line: 3, end_line: 3, annotation_level: 'warning' }] },
  })
  expect(server.repository.statuses).toEqual([])
  expect(checks).toMatchObject([{ ...about, status: 'completed', conclusion: 'actionRequired', summary: 'Ten rows decide **nothing**.' }])
})

it('the report of an App is found again although its token has no account, and what others wrote is left alone', async () => {
  const { forge, server } = bench
  const copied = 'Mine <!-- plimsoll:report gate/quality -->'
  const [pull] = server.repository.pulls
  if (pull) server.repository.say(pull, 'eve', copied)
  if (pull) server.repository.say(pull, 'other[bot]', copied)

  const first = await forge.report(server.address, 1, 'gate/quality', 'It fails.')
  const second = await forge.report(server.address, 1, 'gate/quality', 'It passes.')

  expect(second).toMatchObject({ id: first.id, kind: 'report', body: 'It passes.', author: 'plimsoll[bot]' })
  expect(server.repository.comments.map(({ author }) => author)).toEqual(['eve', 'other[bot]', 'plimsoll[bot]'])
  expect(server.repository.comments.slice(0, 2).map(({ body }) => body)).toEqual([copied, copied])
})

it('a mark is only as good as its place: in what an own account says for somebody it is a text', async () => {
  const { forge, server } = bench
  await forge.comment(server.address, 1, { body: 'Look <!-- plimsoll:report gate/quality -->' }, actorForTests('bob', false))

  const report = await forge.report(server.address, 1, 'gate/quality', 'It passes.')

  expect(server.repository.comments).toHaveLength(2)
  expect(report.body).toBe('It passes.')
  expect(server.repository.comments[0]?.body).toContain('Look')
})
