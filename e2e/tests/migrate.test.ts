import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubeObject } from '@plimsoll/kube'
import { loadAll } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applied, type ArgocdCluster, startArgocd } from '../harness/argocd-cluster.ts'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { cliProgram, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, type RunResult } from '../harness/run.ts'

const canary = 'c4n4ry-of-the-old-installation'
const configMap = (greeting: string, namespace: string): string =>
  `{ apiVersion: v1, kind: ConfigMap, metadata: { name: settings, namespace: ${namespace} }, data: { greeting: ${greeting} } }`

/** An Application as Argo CD leaves it: automated, in step, with a status. */
const application = (name: string, repoURL: string, status = 'Synced', within = 'argocd'): string => `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: ${within}, finalizers: [resources-finalizer.argocd.argoproj.io] }
spec:
  project: default
  source: { repoURL: '${repoURL}', path: ., targetRevision: main }
  destination: { server: https://kubernetes.default.svc, namespace: ${name} }
  syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: [CreateNamespace=true] }
status:
  reconciledAt: '2026-01-01T00:00:00Z'
  sync: { status: ${status}, revision: '0123456789012345678901234567890123456789' }
  health: { status: Healthy }
  resources:
  - { version: v1, kind: ConfigMap, namespace: ${name}, name: settings, status: ${status} }
`

const migrate = (plimsoll: Plimsoll, ...args: string[]): Promise<RunResult> =>
  plimsoll.cli(['migrate', ...args], { env: { PLIMSOLL_DATA_DIR: plimsoll.dataDir }, timeoutMs: 120_000 })

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-migrate-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('with a home of its own', () => {
  let plimsoll: Plimsoll
  let home: Cluster
  let argocd: ArgocdCluster
  beforeAll(async () => {
    plimsoll = await startPlimsoll()
    home = await openCluster(plimsoll)
    argocd = await startArgocd()
    await plimsoll.push('shop', { 'settings.yaml': configMap('hello', 'shop') })
    await argocd.create(`${application('shop', plimsoll.repositoryUrl('shop'), 'OutOfSync')}---
apiVersion: v1
kind: Secret
metadata: { name: cluster-a, namespace: argocd, labels: { argocd.argoproj.io/secret-type: cluster } }
stringData: { name: a, server: 'https://a.example', config: ${canary} }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: argocd-cm, namespace: argocd }, data: { resource.compareoptions: 'ignoreResourceStatusField: all', url: 'https://argo.example' } }
---
{ apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: { name: team, namespace: argocd }, spec: { sourceRepos: ['*'] } }
`)
  }, 120_000)
  afterAll(async () => {
    await home?.close()
    await argocd?.stop()
    await plimsoll?.stop()
  })

  const of = (): string[] => ['--kubeconfig', argocd.cluster.kubeconfig]

  it('an application goes over and back, and never are both at work', { timeout: 180_000 }, async () => {
    const dry = await migrate(plimsoll, 'from-argocd', ...of())
    expect(dry.code, dry.stderr).toBe(0)
    expect(dry.stdout).toContain('Application argocd/shop: as it is')
    expect(dry.stdout).toContain('Secret argocd/cluster-a, cluster')
    expect(dry.stdout).toContain('not needed  url:')
    expect(await home.get('argoproj.io/v1alpha1/Application', 'argocd', 'shop')).toBeUndefined()

    // Whose cluster `https://kubernetes.default.svc` is, nobody may guess.
    const unsaid = await migrate(plimsoll, 'from-argocd', ...of(), '--apply')
    expect(unsaid.code).toBe(1)
    expect(unsaid.stdout).toContain('--in-cluster ADDRESS')
    expect(await home.get('argoproj.io/v1alpha1/Application', 'argocd', 'shop')).toBeUndefined()

    const taken = await migrate(plimsoll, 'from-argocd', ...of(), '--apply', '--include-secrets', '--in-cluster', 'home')
    expect(taken.code, taken.stdout + taken.stderr).toBe(0)
    const again = await migrate(plimsoll, 'from-argocd', ...of(), '--apply', '--include-secrets', '--in-cluster', 'home')
    expect(again.stdout).toContain('0 created, 0 changed, 4 as they were, 0 left.')
    for (const { stdout, stderr } of [dry, unsaid, taken, again]) expect(stdout + stderr).not.toContain(canary)
    const secret = (await home.get('v1/Secret', 'argocd', 'cluster-a'))?.['data'] as Record<string, string>
    expect(Buffer.from(secret['config'] ?? '', 'base64').toString()).toBe(canary)

    await eventually('Plimsoll has looked at it', async () => {
      const seen = await plimsoll.api<{ status?: { sync?: { status?: string } } }>('GET', '/api/v1/applications/shop?refresh=normal')
      return seen.status?.sync?.status === 'OutOfSync'
    })
    const compared = await migrate(plimsoll, 'compare')
    expect(compared.code).toBe(1)
    expect(compared.stdout).toContain('health: Argo CD says Healthy, Plimsoll Missing')
    expect(await home.get('v1/ConfigMap', 'shop', 'settings')).toBeUndefined()

    const refused = await migrate(plimsoll, 'hand-over', 'shop', ...of())
    expect(refused.code).toBe(1)
    expect(refused.stdout).toContain('shop: refused: it looks different')
    expect((await argocd.get('Application', 'shop'))?.metadata.annotations).toBeUndefined()

    await argocd.patch('Application', 'shop', { status: { operationState: { phase: 'Running' } } })
    expect((await migrate(plimsoll, 'hand-over', 'shop', ...of(), '--accept-differences')).stdout).toContain(
      'a sync is under way in Argo CD',
    )
    await argocd.patch('Application', 'shop', { status: { operationState: null } })

    const handed = await migrate(plimsoll, 'hand-over', 'shop', ...of(), '--accept-differences')
    expect(handed.code, handed.stdout + handed.stderr).toBe(0)
    expect((await argocd.get('Application', 'shop'))?.metadata.annotations).toMatchObject({ 'argocd.argoproj.io/skip-reconcile': 'true' })
    await untilSynced(plimsoll, 'shop')
    expect((await migrate(plimsoll, 'hand-over', '--all', ...of())).code).toBe(0)
    expect((await migrate(plimsoll, 'from-argocd', ...of(), '--apply', '--in-cluster', 'home')).stdout).toContain('it is handed over')
    expect((await plimsoll.api<KubeObject>('GET', '/api/v1/applications/shop')).metadata.annotations).not.toHaveProperty([
      'plimsoll.dev/automation-hold',
    ])

    const back = await migrate(plimsoll, 'hand-back', '--all', ...of())
    expect(back.code, back.stdout + back.stderr).toBe(0)
    expect((await argocd.get('Application', 'shop'))?.metadata.annotations).toBeUndefined()
    expect((await plimsoll.api<KubeObject>('GET', '/api/v1/applications/shop')).metadata.annotations).toHaveProperty([
      'plimsoll.dev/automation-hold',
    ])
  })

  it('a set goes over once all that it would make is there and held', { timeout: 120_000 }, async () => {
    await plimsoll.push('fleet', { 'settings.yaml': configMap('hello', 'fleet') })
    const set = (name: string, elements: string): string => `
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: ${name}, namespace: argocd }
spec:
  goTemplate: true
  generators: [{ list: { elements: [${elements}] } }]
  template:
    metadata: { name: '${name}-{{.where}}' }
    spec:
      project: default
      source: { repoURL: '${plimsoll.repositoryUrl('fleet')}', path: ., targetRevision: main }
      destination: { server: https://kubernetes.default.svc, namespace: fleet }
      syncPolicy: { automated: {}, syncOptions: [CreateNamespace=true] }
`
    await argocd.create(set('fleet', '{ where: east }') + '---' + set('growing', '{ where: new }'))
    // By another address its applications would be sent back to what Plimsoll calls https://kubernetes.default.svc.
    const astray = await migrate(plimsoll, 'from-argocd', ...of(), '--apply', '--in-cluster', 'https://production.example')
    expect(astray.stdout).toContain('ApplicationSet argocd/fleet: left (its applications go to https://kubernetes.default.svc (fleet-east)')
    expect(await home.get('argoproj.io/v1alpha1/ApplicationSet', 'argocd', 'fleet')).toBeUndefined()

    const uid = (await argocd.get('ApplicationSet', 'fleet'))?.metadata.uid ?? ''
    await argocd.create(
      application('fleet-east', plimsoll.repositoryUrl('fleet')).replace(
        'finalizers:',
        `ownerReferences: [{ apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, name: fleet, uid: ${uid}, controller: true }], finalizers:`,
      ),
    )

    const taken = await migrate(plimsoll, 'from-argocd', ...of(), '--apply', '--include-secrets', '--in-cluster', 'home')
    expect(taken.code).toBe(1)
    expect(taken.stdout).toContain('ApplicationSet argocd/fleet: created')
    expect(taken.stdout).toContain('ApplicationSet argocd/growing: left (it would make growing-new, which would sync at once')
    expect(await home.get('argoproj.io/v1alpha1/Application', 'argocd', 'growing-new')).toBeUndefined()
    const adopted = await eventually('the set has taken up its application', async () => {
      const live = await home.get('argoproj.io/v1alpha1/Application', 'argocd', 'fleet-east')
      return live?.metadata.ownerReferences?.some(({ name }) => name === 'fleet') ? live : undefined
    })
    expect(adopted.metadata.annotations).toHaveProperty(['plimsoll.dev/automation-hold'])
    expect(await home.get('v1/ConfigMap', 'fleet', 'settings')).toBeUndefined()

    // Its own set in Argo CD would take the annotation back that keeps the controller away.
    const refused = await migrate(plimsoll, 'hand-over', 'fleet-east', ...of(), '--accept-differences')
    expect(refused.code).toBe(1)
    expect(refused.stdout).toContain('scale argocd-applicationset-controller to 0')
    expect((await argocd.get('Application', 'fleet-east'))?.metadata.annotations).toBeUndefined()
  })

  it('a move that is killed goes on where it was', { timeout: 120_000 }, async () => {
    const file = join(folder, 'many.yaml')
    const names = Array.from({ length: 300 }, (_, index) => `many-${index}`)
    writeFileSync(file, names.map((name) => application(name, 'https://git.example/shop.git')).join('---'))
    const args = ['migrate', 'from-argocd', file, '--apply', '--in-cluster', 'home']
    const env = { ...process.env, PLIMSOLL_SERVER: plimsoll.url, PLIMSOLL_AUTH_TOKEN: plimsoll.token, PLIMSOLL_DATA_DIR: plimsoll.dataDir }
    const child = spawn(process.execPath, [cliProgram, ...args], { env, stdio: 'ignore' })
    const there = async (): Promise<KubeObject[]> =>
      (await home.list('argoproj.io/v1alpha1/Application', 'argocd')).filter(({ metadata }) => metadata.name.startsWith('many-'))
    await eventually('some are written', async () => (await there()).length > 20)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const before = (await there()).length

    const again = await plimsoll.cli(args, { env: { PLIMSOLL_DATA_DIR: plimsoll.dataDir } })

    expect(before).toBeLessThan(names.length)
    expect(again.code, again.stderr).toBe(0)
    // The last request of the one that was killed may still have been taken.
    const [, created, kept] = /(\d+) created, 0 changed, (\d+) as they were, 0 left/.exec(again.stdout)?.map(Number) ?? []
    expect(kept).toBeGreaterThanOrEqual(before)
    expect((created ?? 0) + (kept ?? 0)).toBe(names.length)
    const all = await there()
    expect(all).toHaveLength(names.length)
    expect(all.every(({ metadata }) => metadata.annotations?.['plimsoll.dev/automation-hold'] !== undefined)).toBe(true)
  })
})

describe('on the cluster of Argo CD', () => {
  let plimsoll: Plimsoll | undefined
  let argocd: ArgocdCluster
  beforeAll(async () => {
    argocd = await startArgocd()
  }, 60_000)
  afterAll(async () => {
    await plimsoll?.stop()
    await argocd?.stop()
  })

  it('nothing is copied, nothing is made anew, and the way back leaves it as it was', { timeout: 240_000 }, async () => {
    plimsoll = await startPlimsoll({ args: ['--kubeconfig', argocd.cluster.kubeconfig] })
    await plimsoll.push('shop', { 'settings.yaml': configMap('hello', 'shop') })
    await plimsoll.kill()
    const repository = plimsoll.repositoryUrl('shop')
    await argocd.create(`{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }\n---${application('shop', repository)}`)
    await applied(argocd, configMap('hello', 'shop'), 'shop')
    const before = { app: await argocd.get('Application', 'shop'), live: await argocd.get('ConfigMap', 'settings', 'shop') }
    const of = ['--kubeconfig', argocd.cluster.kubeconfig]

    const early = await migrate(plimsoll, 'from-argocd', ...of, '--apply', '--in-place')
    expect(early.code).toBe(20)
    expect(early.stderr).toContain('Argo CD is at work in namespace argocd: StatefulSet argocd-application-controller (1)')
    expect(early.stderr).toContain('kubectl -n argocd scale statefulset/argocd-application-controller --replicas=0')
    expect((await argocd.get('Application', 'shop'))?.metadata.annotations).toBeUndefined()

    const held = await migrate(plimsoll, 'from-argocd', ...of, '--apply', '--in-place', '--stop-argocd')
    expect(held.code, held.stdout + held.stderr).toBe(0)
    expect(held.stderr).toContain('nothing has to be copied')
    expect(held.stdout).toContain('Application argocd/shop: changed')
    expect((await argocd.get('StatefulSet', 'argocd-application-controller'))?.['spec']).toMatchObject({ replicas: 0 })

    await plimsoll.restart()
    await untilSynced(plimsoll, 'shop')
    const compared = await migrate(plimsoll, 'compare')
    expect(compared.stdout).toBe('shop: the same\n')
    await plimsoll.push('shop', { 'settings.yaml': configMap('held', 'shop') })
    await eventually('Plimsoll sees what it may not sync yet', async () => {
      const seen = await plimsoll?.api<{ status?: { sync?: { status?: string } } }>('GET', '/api/v1/applications/shop?refresh=normal')
      return seen?.status?.sync?.status === 'OutOfSync'
    })
    expect(await argocd.get('ConfigMap', 'settings', 'shop')).toEqual(before.live)

    const refused = await migrate(plimsoll, 'hand-over', '--all', ...of)
    expect(refused.stdout).toContain('sync: Argo CD says Synced, Plimsoll OutOfSync')
    const handed = await migrate(plimsoll, 'hand-over', '--all', ...of, '--accept-differences')
    expect(handed.code, handed.stdout + handed.stderr).toBe(0)
    await untilSynced(plimsoll, 'shop')
    expect((await argocd.get('ConfigMap', 'settings', 'shop'))?.metadata.uid).toBe(before.live?.metadata.uid)
    expect((await argocd.get('ConfigMap', 'settings', 'shop'))?.['data']).toEqual({ greeting: 'held' })

    const running = await migrate(plimsoll, 'to-argocd', ...of, '--in-place', '--start-argocd')
    expect(running.code).toBe(20)
    expect(running.stderr).toContain('Plimsoll runs on this cluster')
    await plimsoll.kill()
    const back = await migrate(plimsoll, 'to-argocd', ...of, '--in-place', '--start-argocd')
    expect(back.code, back.stdout + back.stderr).toBe(0)
    const after = await argocd.get('Application', 'shop')
    expect(after?.metadata.uid).toBe(before.app?.metadata.uid)
    expect(after?.metadata.annotations).toBeUndefined()
    expect(after?.['spec']).toEqual(before.app?.['spec'])
    expect((await argocd.get('StatefulSet', 'argocd-application-controller'))?.['spec']).toMatchObject({ replicas: 1 })
  })

  it('an application of another namespace is held and handed over where it is', { timeout: 240_000 }, async () => {
    const of = ['--kubeconfig', argocd.cluster.kubeconfig]
    const run = plimsoll as Plimsoll
    await argocd.patch('AppProject', 'default', { spec: { sourceNamespaces: ['team-a'] } })
    const theirs = application('shop', run.repositoryUrl('shop'), 'Synced', 'team-a').replace(
      ', namespace: shop }',
      ', namespace: theirs }',
    )
    await argocd.create(`
{ apiVersion: v1, kind: Namespace, metadata: { name: team-a } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: argocd-cmd-params-cm, namespace: argocd }, data: { application.namespaces: '/^team-.$/' } }
---${theirs}`)

    const held = await migrate(run, 'from-argocd', ...of, '--apply', '--in-place', '--stop-argocd')
    expect(held.stdout).toContain('Application team-a/shop: changed')
    await run.restart()
    const see = (): Promise<{ status?: { sync?: { status?: string } } }> =>
      run.api('GET', '/api/v1/applications/shop?appNamespace=team-a&refresh=normal')
    await eventually('Plimsoll sees it', async () => (await see()).status?.sync?.status === 'OutOfSync')
    expect(await argocd.get('ConfigMap', 'settings', 'theirs')).toBeUndefined()

    expect((await migrate(run, 'compare', 'team-a/shop')).stdout).toMatch(/^team-a\/shop:\n/)
    const handed = await migrate(run, 'hand-over', 'team-a/shop', ...of, '--accept-differences')
    expect([handed.code, handed.stdout]).toEqual([0, 'team-a/shop: handed over, automation is on\n'])
    await eventually('it is synced', async () => (await see()).status?.sync?.status === 'Synced')
    expect((await argocd.get('Application', 'shop'))?.metadata.annotations).toHaveProperty(['plimsoll.dev/automation-hold'])

    await run.kill()
    expect((await migrate(run, 'to-argocd', ...of, '--in-place', '--start-argocd')).code).toBe(0)
    expect((await argocd.get('Application', 'shop', 'team-a'))?.metadata.annotations).toBeUndefined()
  })
})

describe('an export', () => {
  let plimsoll: Plimsoll
  beforeAll(async () => {
    plimsoll = await startPlimsoll()
  }, 60_000)
  afterAll(() => plimsoll?.stop())

  it('goes to Plimsoll and comes back as it was, and Secrets only where they are asked for', { timeout: 180_000 }, async () => {
    const file = join(folder, 'export.yaml')
    writeFileSync(file, wholeInstallation)
    const given = (loadAll(wholeInstallation) as KubeObject[]).toSorted(byTitle)

    const taken = await migrate(plimsoll, 'from-argocd', file, '--apply', '--include-secrets', '--in-cluster', 'home', '--no-hold')
    expect(taken.code, taken.stdout + taken.stderr).toBe(0)

    const open = await migrate(plimsoll, 'to-argocd')
    expect(open.code, open.stderr).toBe(0)
    expect(open.stdout + open.stderr).not.toContain(canary)
    expect((await migrate(plimsoll, 'to-argocd', '--include-secrets')).code).toBe(2)
    const out = join(folder, 'out')
    const written = await migrate(plimsoll, 'to-argocd', '--out', out, '--include-secrets')
    expect(written.code, written.stderr).toBe(0)
    const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'))
    const returned = files.flatMap((name) => loadAll(readFileSync(join(out, name), 'utf8')) as KubeObject[])

    const expected = given.map((object) => ({ ...object, metadata: { ...object.metadata, namespace: 'argocd' } }))
    // What an installation has from the beginning comes along.
    expect(returned.filter(({ kind, metadata }) => kind !== 'AppProject' || metadata.name !== 'default').toSorted(byTitle)).toEqual(
      expected,
    )
    expect(statSync(join(out, 'secrets', 'repo-a.yaml')).mode & 0o777).toBe(0o600)
  })

  it(
    'that says something else than what is there changes it only when that is asked for, and keeps what it does not name',
    { timeout: 60_000 },
    async () => {
      const cluster = await openCluster(plimsoll)
      await cluster.create(`
      apiVersion: v1
      kind: ConfigMap
      metadata: { name: argocd-cmd-params-cm, namespace: argocd }
      data: { ignore.normalizer.jq.timeout: 5s, controller.diff.server.side: 'true' }`)
      const file = join(folder, 'parameters.yaml')
      writeFileSync(
        file,
        `{ apiVersion: v1, kind: ConfigMap, metadata: { name: argocd-cmd-params-cm }, data: { ignore.normalizer.jq.timeout: 9s, application.namespaces: a } }`,
      )
      const data = async (): Promise<unknown> => (await cluster.get('v1/ConfigMap', 'argocd', 'argocd-cmd-params-cm'))?.['data']

      const left = await migrate(plimsoll, 'from-argocd', file, '--apply')
      expect(left.code).toBe(1)
      expect(left.stdout).toContain('left (it is there, and ignore.normalizer.jq.timeout is different: --upsert changes it)')
      expect(await data()).toEqual({ 'ignore.normalizer.jq.timeout': '5s', 'controller.diff.server.side': 'true' })

      expect((await migrate(plimsoll, 'from-argocd', file, '--apply', '--upsert')).code).toBe(0)
      expect(await data()).toEqual({
        'ignore.normalizer.jq.timeout': '9s',
        'controller.diff.server.side': 'true',
        'application.namespaces': 'a',
      })
      await cluster.close()
    },
  )

  it('of a thousand applications with what does not belong in between is read to its end', { timeout: 180_000 }, async () => {
    const file = join(folder, 'hostile.yaml')
    const many = Array.from({ length: 1000 }, (_, index) => application(`app-${index}`, 'https://git.example/shop.git'))
    const hostile = [
      '{ apiVersion: v1, kind: [\n',
      '{ apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: { name: __proto__ }, spec: { destination: {} } }\n',
      '{ apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: { name: ../../etc/passwd }, spec: {} }\n',
      '{ apiVersion: v1, kind: ConfigMap, metadata: { name: argocd-cm }, data: { __proto__: x, constructor: y } }\n',
      '{ apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: { name: constructor }, spec: null }\n',
      'just a text\n',
      '{ apiVersion: example.com/v1, kind: Widget, metadata: { name: w } }\n',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(',')}]`)
        .join('\n')}\n`,
      `${'['.repeat(20_000)}\n`,
    ]
    writeFileSync(file, [...many.slice(0, 500), ...hostile.map((text) => `\n${text}`), ...many.slice(500)].join('---'))

    const { code, stdout, stderr } = await migrate(plimsoll, 'from-argocd', file, '-o', 'json')

    expect(code).toBe(1)
    expect(stderr).toContain('6 of what was given could not be read')
    const report = JSON.parse(stdout) as {
      objects: { kind: string; name: string }[]
      problems: { at: string; message: string }[]
      others: object
    }
    expect(report.objects.filter(({ kind }) => kind === 'Application')).toHaveLength(1001)
    expect(report.others).toEqual({ Widget: 1 })
    for (const { at } of report.problems) expect(at).toMatch(/hostile\.yaml:\d+$/)
    await expect(plimsoll.api('GET', '/api/v1/applications/app-0')).rejects.toThrow('404')
  })
})

function byTitle(a: KubeObject, b: KubeObject): number {
  return `${a.kind}/${a.metadata.name}` < `${b.kind}/${b.metadata.name}` ? -1 : 1
}

/** Something of everything that an export can hold, as `argocd admin export` writes it: without a namespace. */
const wholeInstallation = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  labels: { team: shop, constructor: 'yes' }
  annotations: { notifications.argoproj.io/subscribe.on-deployed.slack: deploys }
  finalizers: [resources-finalizer.argocd.argoproj.io/foreground]
spec:
  project: team
  sources:
  - { repoURL: https://charts.example, chart: web, targetRevision: 1.2.3, helm: { valueFiles: [$config/web.yaml], parameters: [{ name: a.b, value: '1e3', forceString: true }], valuesObject: { time: '12:30', port: 0x10, none: null } } }
  - { repoURL: 'git@git.example:team/config.git', targetRevision: main, ref: config, tagPrefix: v }
  destination: { name: in-cluster, namespace: shop }
  syncPolicy:
    automated: { prune: true, selfHeal: true }
    syncOptions: [CreateNamespace=true, ServerSideApply=true, Unknown=true]
    managedNamespaceMetadata: { labels: { a: b } }
    retry: { limit: -1, backoff: { duration: 5s, factor: 2, maxDuration: 3m } }
  ignoreDifferences: [{ group: apps, kind: Deployment, jqPathExpressions: ['.spec.template.spec.initContainers[] | select(.name == "x")'] }]
  info: [{ name: url, value: https://example.com }]
  revisionHistoryLimit: 0
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: hydrated }
spec:
  project: default
  sourceHydrator: { drySource: { repoURL: https://git.example/a.git, path: a, targetRevision: HEAD }, syncSource: { targetBranch: env, path: a } }
  source: { repoURL: https://git.example/a.git, path: a, plugin: { name: p, env: [{ name: A, value: b }], parameters: [{ name: m, map: { a: b } }] } }
  destination: { server: https://elsewhere.example, namespace: a }
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: team }
spec:
  sourceRepos: ['*']
  destinations: [{ server: '*', namespace: 'team-*' }]
  roles: [{ name: ci, policies: ['p, proj:team:ci, applications, sync, team/*, allow'], jwtTokens: [{ iat: 1535390316 }] }]
  syncWindows: [{ kind: allow, schedule: '0 9 * * 1-5', duration: 8h, applications: ['*'] }]
---
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: none }
spec:
  goTemplate: true
  generators: [{ list: { elements: [] } }]
  template:
    metadata: { name: '{{.name}}' }
    spec: { project: default, source: { repoURL: https://git.example/a.git, path: '{{.path}}' }, destination: { name: in-cluster, namespace: a } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-cm, labels: { app.kubernetes.io/part-of: argocd } }
data:
  url: https://argo.example
  resource.customizations.health.example.com_Model: |
    hs = {}
    hs.status = "Healthy"
    return hs
---
apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-rbac-cm }
data: { policy.default: 'role:readonly', policy.csv: "g, team, role:admin\n" }
---
apiVersion: v1
kind: Secret
metadata: { name: repo-a, labels: { argocd.argoproj.io/secret-type: repository } }
data: { url: ${Buffer.from('https://git.example/a.git').toString('base64')}, password: ${Buffer.from(canary).toString('base64')} }
type: Opaque
`
