import type { ApplicationPlan } from '@plimsoll/api'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'

const configMap = (name: string, value: string, annotations = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}${annotations} }\ndata: { value: "${value}" }\n`
const secret = (value: string): string => `apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { password: ${value} }\n`
const wave = (number: number): string => `, annotations: { argocd.argoproj.io/sync-wave: "${number}" }`

let plimsoll: Plimsoll
let cluster: Cluster
let first: string
let folder: string

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
  first = await plimsoll.push('shop', {
    'a.yaml': configMap('a', 'one'),
    'b.yaml': configMap('b', 'one'),
    'key.yaml': secret('canary-one'),
  })
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'shop'))
  await untilSynced(plimsoll, 'shop', { revision: first })
  folder = mkdtempSync(join(tmpdir(), 'plan-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await cluster?.close()
  await plimsoll?.stop()
})

const plan = (body: object = {}): Promise<ApplicationPlan> => plimsoll.api('POST', '/api/v1/applications/shop/plan', body)
const lines = ({ changes }: ApplicationPlan): string[] => changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)

describe('the plan of an application', () => {
  it('is empty for what is deployed', async () => {
    const planned = await plan()

    expect(planned).toMatchObject({ application: 'shop', revisions: [first], changes: [], unchanged: 3, problems: [] })
  })

  it('of a folder on disk says what would be created, changed and pruned, in which order, and does nothing', async () => {
    mkdirSync(join(folder, 'k8s'))
    writeFileSync(join(folder, 'k8s', 'a.yaml'), configMap('a', 'two'))
    writeFileSync(join(folder, 'k8s', 'late.yaml'), configMap('late', 'new', wave(2)))
    writeFileSync(join(folder, 'k8s', 'early.yaml'), configMap('early', 'new', wave(-1)))
    writeFileSync(join(folder, 'k8s', 'key.yaml'), secret('canary-two'))
    const before = await cluster.get('v1/ConfigMap', 'shop', 'a')

    const told = await plimsoll.cli([
      'app',
      'plan',
      'shop',
      '--local',
      join(folder, 'k8s'),
      '--local-repo-root',
      folder,
      '--diff',
      '--exit-code',
    ])

    expect(told.code).toBe(1)
    const order = [...told.stdout.matchAll(/^ {2}[+~=-] (\w+) +(\w+) shop\/(\w+)/gm)].map(
      ([, action, kind, name]) => `${action} ${kind} ${name}`,
    )
    expect(order).toEqual([
      'create ConfigMap early',
      'prune ConfigMap b',
      'change Secret key',
      'change ConfigMap a',
      'create ConfigMap late',
    ])
    expect(told.stdout).toMatch(/^ +- {2}value: one$/m)
    expect(told.stdout).toContain('2 to create, 2 to change, 1 to prune; 0 left as they are.')
    expect(told.stdout).not.toMatch(/canary|Y2FuYXJ5/)
    const after = await cluster.get('v1/ConfigMap', 'shop', 'a')
    expect(after?.metadata['resourceVersion']).toBe(before?.metadata['resourceVersion'])
    expect(await cluster.get('v1/ConfigMap', 'shop', 'late')).toBeUndefined()
  })

  it('of another revision keeps what a sync does not prune unasked, and says why', async () => {
    const second = await plimsoll.push('other', { 'a.yaml': configMap('a', 'one'), 'b.yaml': configMap('b', 'one') })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'other', { prune: false }))
    await untilSynced(plimsoll, 'other', { revision: second })
    const third = await plimsoll.push('other', { 'b.yaml': null })

    const kept = await plimsoll.api<ApplicationPlan>('POST', '/api/v1/applications/other/plan', { revision: third })
    const pruned = await plimsoll.api<ApplicationPlan>('POST', '/api/v1/applications/other/plan', { revision: third, prune: true })

    expect(kept.changes).toMatchObject([{ action: 'keep', name: 'b', why: expect.stringContaining('--prune') as unknown }])
    expect(lines(pruned)).toEqual(['prune ConfigMap b'])
    const diff = await plimsoll.cli(['app', 'diff', 'other', '--revision', third])
    expect(diff.code).toBe(1)
    expect(diff.stdout).toContain('===== /ConfigMap other/b ======')
  })

  it('of a kind that nobody serves says so, and what else would happen', async () => {
    const files = [
      { path: 'x.yaml', content: Buffer.from('apiVersion: example.com/v1\nkind: Odd\nmetadata: { name: odd }\n').toString('base64') },
      { path: 'a.yaml', content: Buffer.from(configMap('a', 'three')).toString('base64') },
    ]

    const planned = await plan({ local: { path: '', files } })

    expect(lines(planned)).toEqual(['prune ConfigMap b', 'prune Secret key', 'change ConfigMap a', 'create Odd odd'])
    expect(planned.problems.join()).toContain('kind Odd of example.com/v1 is not served')
  })

  it('is refused with the reason where it cannot be made', async () => {
    const broken = [{ path: 'a.yaml', content: Buffer.from('a: [').toString('base64') }]

    await expect(plan({ local: { path: '', files: broken } })).rejects.toThrow(/a\.yaml/)
    await expect(plan({ local: { path: '', position: 4, files: [] } })).rejects.toThrow('no source number 5')
    await expect(plan({ revision: '--upload-pack=x' })).rejects.toThrow()
    const outside = await plimsoll.cli(['app', 'plan', 'shop', '--local', folder, '--local-repo-root', join(folder, 'k8s')])
    expect(outside.stderr).toContain('is not inside of')
  })
})
