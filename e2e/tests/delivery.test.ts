import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryView, PromotionView, ReleaseView } from '@plimsoll/api'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, askGateway, type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually, mustRun, type RunResult } from '../harness/run.ts'

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`
const kustomization = (model: string): string =>
  `# Which model runs here\nresources:\n  - ../base\nconfigMapGenerator:\n  - name: model\n    literals:\n      - MODEL=${model} # pinned\n`

const base = {
  'base/kustomization.yaml': 'resources: [server.yaml]\n',
  'base/server.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: server }
spec:
  selector: { matchLabels: { app: server } }
  template:
    metadata: { labels: { app: server } }
    spec:
      containers:
        - name: server
          image: node:20-alpine
          command: [node, -e, "require('http').createServer((_, answer) => answer.end('model ' + process.env.MODEL)).listen(process.env.PORT)"]
          envFrom: [{ configMapRef: { name: model } }]
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: server }
spec: { selector: { app: server }, ports: [{ port: 80, targetPort: 8080 }] }
`,
}

const delivery = (url: string): object => ({
  apiVersion: 'plimsoll.dev/v1alpha1',
  kind: 'Delivery',
  metadata: { name: 'shop' },
  spec: {
    source: { repoURL: url, branch: 'main' },
    fields: [{ file: 'kustomization.yaml', configMap: { name: 'model', key: 'MODEL' }, value: 'model.digest' }],
    stages: [
      {
        name: 'staging',
        application: 'shop-staging',
        verify: [
          { name: 'smoke', http: { service: 'server', path: '/', contains: 'model sha256:' } },
          {
            name: 'golden',
            job: {
              template: {
                template: {
                  spec: {
                    containers: [
                      {
                        name: 'check',
                        image: 'node:20-alpine',
                        command: ['node', '-e', "process.exit(process.env.PLIMSOLL_STAGE === 'staging' ? 0 : 1)"],
                      },
                    ],
                  },
                },
              },
            },
          },
        ],
        soak: '1s',
      },
      { name: 'production', application: 'shop-production', approvals: { required: 1, groups: ['leads'] } },
    ],
  },
})

let plimsoll: Plimsoll
let cluster: Cluster
const tokens = new Map<string, string>()
const folders: string[] = []

beforeAll(async () => {
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
  for (const [name, groups] of [
    ['mira', []],
    ['jonas', ['leads']],
  ] as const) {
    const made = await plimsoll.cli(['account', 'create', name, '--role', 'maintainer', ...groups.flatMap((group) => ['--group', group])])
    if (made.code !== 0) throw new Error(made.stderr)
    const token = await plimsoll.cli(['account', 'generate-token', '--account', name])
    tokens.set(name, token.stdout.trim())
  }
}, 90_000)
afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const as = (name: string, ...args: string[]): Promise<RunResult> =>
  plimsoll.cli(args, { env: { PLIMSOLL_AUTH_TOKEN: tokens.get(name) ?? '' } })
const see = (): Promise<DeliveryView> => plimsoll.api<DeliveryView>('GET', '/api/v1/deliveries/shop')
const history = async (query = ''): Promise<PromotionView[]> =>
  (await plimsoll.api<{ items: PromotionView[] }>('GET', `/api/v1/deployments?${query}`)).items

async function served(stage: string): Promise<string | undefined> {
  const { status, body } = await askGateway(plimsoll, `server.shop-${stage}.localhost`)
  return status === 200 ? body.replace('model ', '') : undefined
}

async function untilIn(stage: string, release: string, ...phases: string[]): Promise<DeliveryView> {
  return eventually(
    `${release} is ${phases.join(' or ')} in ${stage}`,
    async () => {
      const view = await see()
      const at = view.stages.find((one) => one.name === stage)
      return at?.release?.name === release && phases.includes(at.phase) ? view : undefined
    },
    60_000,
  )
}

describe('a model on its way to production', { timeout: 120_000 }, () => {
  it('goes through staging by itself, and to production when somebody else approves it', async () => {
    await plimsoll.push('shop', {
      ...base,
      'staging/kustomization.yaml': kustomization(digest('a')),
      'production/kustomization.yaml': kustomization(digest('0')),
    })
    for (const stage of ['staging', 'production']) {
      const manifest = applicationManifest(plimsoll, `shop-${stage}`, {
        repository: 'shop',
        path: stage,
        namespace: `shop-${stage}`,
        automated: true,
      })
      await plimsoll.api('POST', '/api/v1/applications', manifest)
    }
    await plimsoll.api('POST', '/api/v1/deliveries', delivery(plimsoll.repositoryUrl('shop')))

    await untilIn('staging', 'shop-1', 'Verified')
    const waiting = await as('jonas', 'delivery', 'wait', 'shop', '--approval', '--timeout', '30')
    expect([waiting.code, waiting.stdout]).toEqual([0, expect.stringContaining('[ ] 1 approval of leads')])
    expect(await served('staging')).toBe(digest('a'))
    expect(await served('production')).toBe(digest('0'))

    const refused = await as('mira', 'delivery', 'approve', 'shop', 'production')
    expect([refused.code, refused.stderr]).toEqual([
      20,
      expect.stringContaining('mira is in none of the groups that approve for production: leads'),
    ])
    const approved = await as('jonas', 'delivery', 'approve', 'shop', 'production', '--comment', 'looks good')
    expect([approved.code, approved.stderr]).toEqual([0, ''])
    await untilIn('production', 'shop-1', 'Finished')

    expect(await served('production')).toBe(digest('a'))
    expect(await history('stage=production')).toMatchObject([
      { kind: 'promotion', approvedBy: ['jonas'], release: { name: 'shop-1', author: 'admin' } },
    ])
    expect((await plimsoll.api<{ items: ReleaseView[] }>('GET', '/api/v1/releases')).items).toHaveLength(1)
    expect((await cluster.get('plimsoll.dev/v1alpha1/Release', 'argocd', 'shop-1'))?.spec).toMatchObject({
      number: 1,
      model: { digest: digest('a') },
    })
    expect((await cluster.get('plimsoll.dev/v1alpha1/Delivery', 'argocd', 'shop'))?.status).toMatchObject({
      stages: [{ release: 'shop-1' }, { release: 'shop-1' }],
    })
  })

  it('is told to whoever follows, and every decision is in the audit', async () => {
    const response = await fetch(`${plimsoll.url}/api/v1/stream/deliveries?name=shop`, {
      headers: { authorization: `Bearer ${tokens.get('mira') ?? ''}`, accept: 'text/event-stream' },
    })
    const reader = response.body?.getReader()
    const first = new TextDecoder().decode((await reader?.read())?.value)
    await plimsoll.api('POST', '/api/v1/deliveries/shop/hold', { why: 'the sale is on' })
    const second = new TextDecoder().decode((await reader?.read())?.value)
    await reader?.cancel()
    const refused = await as('jonas', 'delivery', 'hold', 'shop', '--reason', ' ')
    await plimsoll.api('POST', '/api/v1/deliveries/shop/resume')

    expect(first).toContain('"type":"ADDED","delivery":{"name":"shop"')
    expect(second).toContain('the sale is on')
    expect(refused.stderr).toContain('A reason is missing')
    const { items } = await plimsoll.api<{ items: { actor: string; action: string; object: string; outcome: string; detail: object }[] }>(
      'GET',
      '/api/v1/audit?limit=200',
    )
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ actor: 'mira', action: 'delivery.approve', object: 'deliveries/shop', outcome: 'denied' }),
        expect.objectContaining({
          actor: 'jonas',
          action: 'delivery.approve',
          outcome: 'allowed',
          detail: expect.objectContaining({ stage: 'production', release: 'shop-1' }),
        }),
        expect.objectContaining({ actor: 'admin', action: 'delivery.hold', detail: expect.objectContaining({ why: 'the sale is on' }) }),
      ]),
    )
  })

  it('is moved by a pipeline that changes the version in Git, and taken back by one commit', async () => {
    const clone = await cloneShop()
    await clone.edit('staging/kustomization.yaml', (text) => text.replace(digest('a'), digest('b')), 'Move the model')
    await untilIn('staging', 'shop-2', 'Verified')
    const approved = await as('jonas', 'delivery', 'approve', 'shop', 'production', '--release', 'shop-2')
    expect([approved.code, approved.stderr]).toEqual([0, ''])
    await untilIn('production', 'shop-2', 'Finished')
    expect(await served('production')).toBe(digest('b'))
    const before = await clone.commits()

    const reverted = await as('jonas', 'delivery', 'revert', 'shop', 'production', '--to', 'shop-1', '--reason', 'predictions drift')
    expect([reverted.code, reverted.stderr]).toEqual([0, ''])
    await untilIn('production', 'shop-1', 'Finished')

    expect(await served('production')).toBe(digest('a'))
    expect(await served('staging')).toBe(digest('b'))
    expect(await clone.commits()).toEqual([expect.stringContaining('Revert production to shop-1'), ...before])
    expect(await clone.read('production/kustomization.yaml')).toBe(kustomization(digest('a')))
    const shown = await as('mira', 'delivery', 'history', 'shop', '--stage', 'production')
    expect(shown.stdout).toMatch(/shop-1 .*jonas .*Finished \(predictions drift\)[^]*shop-2 .*RolledBack/)
  })

  it('gets to production once, however often the server is killed on the way', async () => {
    const clone = await cloneShop()
    await clone.edit('staging/kustomization.yaml', (text) => text.replace(digest('b'), digest('c')), 'Move it again')
    for (const pause of [50, 400, 900]) {
      await new Promise((resolve) => setTimeout(resolve, pause))
      await plimsoll.kill()
      await plimsoll.restart()
    }
    await untilIn('staging', 'shop-3', 'Verified')
    await as('jonas', 'delivery', 'approve', 'shop', 'production', '--release', 'shop-3')
    await plimsoll.kill()
    await plimsoll.restart()
    await untilIn('production', 'shop-3', 'Finished')

    expect(await served('production')).toBe(digest('c'))
    expect((await clone.commits()).filter((subject) => subject.includes('Promote shop-3'))).toHaveLength(1)
    expect((await history('release=shop-3')).map(({ stage, kind }) => [stage, kind])).toEqual([
      ['production', 'promotion'],
      ['staging', 'pin'],
    ])
    expect((await plimsoll.api<{ items: ReleaseView[] }>('GET', '/api/v1/releases')).items).toHaveLength(3)
  })
})

/** A clone of somebody's own: what Plimsoll commits is pulled before it is pushed to, as anybody would. */
async function cloneShop() {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-shop-'))
  folders.push(dir)
  const url = new URL(plimsoll.repositoryUrl('shop'))
  url.username = 'mira'
  url.password = tokens.get('mira') ?? ''
  const git = (...args: string[]): Promise<string> =>
    mustRun('git', ['-C', dir, '-c', 'user.name=Mira', '-c', 'user.email=mira@plimsoll.localhost', ...args], {
      env: { GIT_TERMINAL_PROMPT: '0' },
    })
  await git('clone', '--quiet', url.href, '.')
  return {
    async edit(path: string, change: (text: string) => string, message: string): Promise<void> {
      await git('pull', '--quiet', '--rebase')
      writeFileSync(join(dir, path), change(readFileSync(join(dir, path), 'utf8')))
      await git('commit', '--quiet', '--all', '-m', message)
      await git('push', '--quiet')
    },
    async commits(): Promise<string[]> {
      await git('pull', '--quiet', '--rebase')
      return (await git('log', '--format=%s')).trim().split('\n')
    },
    async read(path: string): Promise<string> {
      await git('pull', '--quiet', '--rebase')
      return readFileSync(join(dir, path), 'utf8')
    },
  }
}
