import type { ApplicationPlan, Check } from '@plimsoll/api'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun } from '../harness/run.ts'

const configMap = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { value: "${value}" }\n`

let plimsoll: Plimsoll
let work: string

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  work = mkdtempSync(join(tmpdir(), 'pull-plan-'))
  const first = await plimsoll.push('shop', { 'one/a.yaml': configMap('1'), 'two/a.yaml': configMap('1'), 'notes.md': 'x\n' })
  for (const name of ['one', 'two'])
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name, { repository: 'shop', path: name }))
  for (const name of ['one', 'two']) await untilSynced(plimsoll, name, { revision: first })
  const url = new URL(plimsoll.repositoryUrl('shop'))
  url.username = 'git'
  url.password = plimsoll.token
  await mustRun('git', ['clone', '--quiet', url.href, work])
  for (const [key, value] of [
    ['user.name', 'Mina'],
    ['user.email', 'mina@example.com'],
  ] as const)
    await mustRun('git', ['-C', work, 'config', key, value])
})
afterAll(async () => {
  rmSync(work, { recursive: true, force: true })
  await plimsoll?.stop()
})

async function propose(branch: string, file: string, content: string): Promise<{ number: number; head: { commit: string } }> {
  await mustRun('git', ['-C', work, 'checkout', '--quiet', '-B', branch, 'origin/main'])
  writeFileSync(join(work, file), content)
  await mustRun('git', ['-C', work, 'commit', '--quiet', '-am', `Change ${file}`])
  await mustRun('git', ['-C', work, 'push', '--quiet', 'origin', branch])
  return plimsoll.api('POST', '/api/v1/repositories/shop/pulls', { title: branch, body: '', head: branch, base: 'main' })
}

const plansOf = (number: number): Promise<{ items: ApplicationPlan[] }> =>
  plimsoll.api('GET', `/api/v1/repositories/shop/pulls/${number}/plan`)

describe('the plan of a pull request', () => {
  it('has every application that it touches, and no other, as a check of its head', async () => {
    const { number, head } = await propose('better', 'two/a.yaml', configMap('2'))

    const { items } = await plansOf(number)

    expect(items.map(({ application }) => application)).toEqual(['two'])
    expect(items[0]?.changes).toMatchObject([
      { action: 'change', kind: 'ConfigMap', name: 'a', differences: [{ live: '"1"', target: '"2"' }] },
    ])
    const check = await eventually('the plan is a check', async () => {
      const { items: checks } = await plimsoll.api<{ items: Check[] }>('GET', `/api/v1/repositories/shop/commits/${head.commit}/checks`)
      return checks.find(({ name }) => name === 'plan: two')
    })
    expect(check).toMatchObject({ conclusion: 'success', title: '1 changed; 0 unchanged.' })
    expect(check.summary).toContain('data.value: "1" → "2"')
  })

  it('fails where an application could not be rendered any more', async () => {
    const { number, head } = await propose('broken', 'one/a.yaml', 'a: [')

    const { items } = await plansOf(number)

    expect(items).toMatchObject([{ application: 'one', changes: [], problems: [expect.stringContaining('a.yaml') as unknown] }])
    await eventually('the check has failed', async () => {
      const { items: checks } = await plimsoll.api<{ items: Check[] }>('GET', `/api/v1/repositories/shop/commits/${head.commit}/checks`)
      return checks.find(({ name, conclusion }) => name === 'plan: one' && conclusion === 'failure')
    })
  })

  it('is made for every head, also when the server is killed right after it has taken them', { timeout: 120_000 }, async () => {
    const heads: string[] = []
    for (const value of ['5', '6', '7']) heads.push((await propose(`killed-${value}`, 'two/a.yaml', configMap(value))).head.commit)
    await plimsoll.kill()
    await plimsoll.restart()

    for (const head of heads) {
      await eventually(`${head} has a plan`, async () => {
        const { items } = await plimsoll.api<{ items: Check[] }>('GET', `/api/v1/repositories/shop/commits/${head}/checks`)
        return items.find(({ name, status }) => name === 'plan: two' && status === 'completed')
      })
    }
  })

  it('is empty for what no application reads', async () => {
    const { number } = await propose('notes', 'notes.md', 'y\n')

    expect((await plansOf(number)).items).toEqual([])
  })
})
