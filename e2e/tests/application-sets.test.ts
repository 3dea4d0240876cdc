import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApplicationSet } from '@plimsoll/api'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun, type RunResult } from '../harness/run.ts'

let plimsoll: Plimsoll
let cluster: Cluster
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-appsets-'))
  plimsoll = await startPlimsoll()
  cluster = await openCluster(plimsoll)
})
afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const config = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { from: ${name} }\n`

function yamlOf(name: string, repository: string, generators: string, more = ''): string {
  return `
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: ${name} }
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators: ${generators.replaceAll('REPOSITORY', plimsoll.repositoryUrl(repository))}
  template:
    metadata: { name: '${name}-{{ .path.basename }}' }
    spec:
      project: default
      source: { repoURL: ${plimsoll.repositoryUrl(repository)}, path: '{{ .path.path }}', targetRevision: main }
      destination: { server: https://kubernetes.default.svc, namespace: '${name}-{{ .path.basename }}' }
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: [CreateNamespace=true] }
${more}`
}

const folders = '[{ git: { repoURL: "REPOSITORY", revision: HEAD, directories: [{ path: "apps/*" }] } }]'

/** Previews are meant to go with their pull requests, the last one too: nobody has to be asked. */
const previews = (): string => `
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: pr, annotations: { plimsoll.dev/deletion-guard: 'off' } }
spec:
  goTemplate: true
  generators: [{ pullRequest: { plimsoll: { repository: preview } } }]
  template:
    metadata: { name: 'pr-{{ .number }}-{{ .branch_slug }}', finalizers: [resources-finalizer.argocd.argoproj.io] }
    spec:
      project: default
      source: { repoURL: ${plimsoll.repositoryUrl('preview')}, path: apps/web, targetRevision: '{{ .head_sha }}' }
      destination: { server: https://kubernetes.default.svc, namespace: 'preview-{{ .number }}' }
      syncPolicy: { automated: {}, syncOptions: [CreateNamespace=true] }
`

/** Answers with the commit that the branch of this name has afterwards. */
async function pushBranch(repository: string, branch: string, file: string, content: string): Promise<string> {
  const work = mkdtempSync(join(folder, 'clone-'))
  const url = new URL(plimsoll.repositoryUrl(repository))
  url.username = 'admin'
  url.password = plimsoll.token
  const git = (...args: string[]): Promise<string> =>
    mustRun('git', ['-C', work, '-c', 'user.name=Mina', '-c', 'user.email=mina@example.com', ...args])
  await git('clone', '--quiet', url.href, '.')
  await git('switch', '--quiet', '--create', branch)
  writeFileSync(join(work, file), content)
  await git('commit', '--quiet', '--all', '-m', 'Change')
  await git('push', '--quiet', 'origin', branch)
  return (await git('rev-parse', 'HEAD')).trim()
}

function fileOf(yaml: string): string {
  const file = join(folder, 'set.yaml')
  writeFileSync(file, yaml)
  return file
}

const appset = (...args: string[]): Promise<RunResult> => plimsoll.cli(['appset', ...args])
const get = (name: string): Promise<ApplicationSet> => plimsoll.api('GET', `/api/v1/applicationsets/${name}`)

async function names(prefix: string): Promise<string[]> {
  const { items } = await plimsoll.api<{ items: { metadata: { name: string } }[] }>('GET', '/api/v1/applications')
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(`${prefix}-`))
}

async function untilNames(prefix: string, expected: string[]): Promise<void> {
  await eventually(`applications of ${prefix} are ${expected.join(', ')}`, async () => {
    const found = await names(prefix)
    if (found.join() !== expected.map((name) => `${prefix}-${name}`).join()) throw new Error(`they are ${found.join(', ')}`)
    return true
  })
}

describe('a set over the folders of a hosted repository', () => {
  it('deploys a folder that is pushed, and takes along what one had deployed that is removed', { timeout: 120_000 }, async () => {
    await plimsoll.push('fleet', { 'apps/web/a.yaml': config('web'), 'apps/api/a.yaml': config('api'), 'apps/jobs/a.yaml': config('jobs') })
    const file = fileOf(yamlOf('fleet', 'fleet', folders))

    const preview = await appset('generate', file)
    expect(preview.stdout).toMatch(/argocd\/fleet-api .*\n.*argocd\/fleet-jobs .*\n.*argocd\/fleet-web /)
    const dryRun = await appset('create', file, '--dry-run')
    expect(dryRun).toMatchObject({ code: 0, stderr: expect.stringContaining("ApplicationSet 'fleet' created (dry-run)") as string })
    expect(await names('fleet')).toEqual([])

    const created = await appset('create', file, '--wait')
    expect(created).toMatchObject({ code: 0, stderr: expect.stringContaining('resources are up to date') as string })
    for (const name of ['api', 'jobs', 'web']) await untilSynced(plimsoll, `fleet-${name}`, { health: 'Healthy' })
    expect((await cluster.get('v1/ConfigMap', 'fleet-web', 'web'))?.['data']).toEqual({ from: 'web' })

    await plimsoll.push('fleet', { 'apps/new/a.yaml': config('new') })
    await untilSynced(plimsoll, 'fleet-new', { health: 'Healthy' })
    expect((await cluster.get('v1/ConfigMap', 'fleet-new', 'new'))?.['data']).toEqual({ from: 'new' })

    await plimsoll.push('fleet', { 'apps/web': null })
    await untilNames('fleet', ['api', 'jobs', 'new'])
    expect(await cluster.get('v1/ConfigMap', 'fleet-web', 'web')).toBeUndefined()
    await eventually('the set counts three', async () =>
      /^argocd\/fleet\s+default\s+sync\s+Healthy\s+3\s+/m.test((await appset('list')).stdout),
    )
    const tree = await plimsoll.api<{ nodes: { name: string; parentRefs: { name: string }[] }[] }>(
      'GET',
      '/api/v1/applicationsets/fleet/resource-tree',
    )
    expect(tree.nodes.map(({ name, parentRefs }) => `${parentRefs[0]?.name}/${name}`)).toEqual([
      'fleet/fleet-api',
      'fleet/fleet-jobs',
      'fleet/fleet-new',
    ])
  })

  it('holds a deletion of most until it is confirmed by what was shown', { timeout: 60_000 }, async () => {
    await plimsoll.push('fleet', { apps: null })

    const status = await eventually('it is held', async () => (await get('fleet')).status?.pendingDeletion)
    const shown = await appset('confirm-deletion', 'fleet')
    expect(shown.stdout).toContain(
      '3 of 3 applications would be deleted, because the generators give nothing:\n  fleet-api\n  fleet-jobs\n  fleet-new\n',
    )
    expect((await appset('get', 'fleet')).stdout).toMatch(/DeletionHeld\s+True/)
    expect((await appset('confirm-deletion', 'fleet', '--digest', 'sha256:0')).code).toBe(20)
    expect(await names('fleet')).toHaveLength(3)

    expect((await appset('confirm-deletion', 'fleet', '--digest', status.digest)).code).toBe(0)
    await untilNames('fleet', [])
    const audit = await plimsoll.api<{ items: { action: string; object: string; detail?: unknown }[] }>('GET', '/api/v1/audit')
    expect(audit.items.find(({ action }) => action === 'applicationset.confirm-deletion')).toMatchObject({
      object: 'applicationsets/argocd/fleet',
      detail: { digest: status.digest, count: 3 },
    })
  })

  it('goes on after the server was killed', { timeout: 90_000 }, async () => {
    await plimsoll.push('fleet', { 'apps/one/a.yaml': config('one') })
    await plimsoll.kill()
    await plimsoll.restart()
    await untilSynced(plimsoll, 'fleet-one', { health: 'Healthy' })

    expect((await appset('delete', 'fleet', '--yes', '--wait')).code).toBe(0)
    await untilNames('fleet', [])
    expect(await cluster.get('v1/ConfigMap', 'fleet-one', 'one')).toBeUndefined()
  })
})

describe('generators of what is here', () => {
  it('follow clusters by their Secrets, and keep what those hold to themselves', { timeout: 60_000 }, async () => {
    const generators =
      '[{ matrix: { generators: [{ git: { repoURL: "REPOSITORY", revision: HEAD, directories: [{ path: apps/web }] } }, { clusters: { selector: { matchLabels: { env: test } } } }] } }]'
    await plimsoll.push('clusters', { 'apps/web/a.yaml': config('web') })
    await plimsoll.cli(['appset', 'create', '-'], { input: yamlOf('perc', 'clusters', generators) })
    await untilNames('perc', [])

    await cluster.applyClientSide(`
apiVersion: v1
kind: Secret
metadata: { name: here, namespace: argocd, labels: { argocd.argoproj.io/secret-type: cluster, env: test } }
stringData: { name: here, server: https://kubernetes.default.svc, config: '{"bearerToken": "canary-5d1c"}' }
`)

    await untilNames('perc', ['web'])
    expect(JSON.stringify(await plimsoll.api('GET', '/api/v1/applicationsets'))).not.toContain('canary-5d1c')
  })

  it('follow pull requests that are open here', { timeout: 90_000 }, async () => {
    await plimsoll.push('preview', { 'apps/web/a.yaml': config('web') })
    const head = await pushBranch('preview', 'feature/Dark_Mode', 'apps/web/a.yaml', config('dark'))
    const { number } = await plimsoll.api<{ number: number }>('POST', '/api/v1/repositories/preview/pulls', {
      title: 'Dark',
      body: '',
      head: 'feature/Dark_Mode',
      base: 'main',
    })
    const created = await plimsoll.cli(['appset', 'create', '-', '--wait'], { input: previews() })
    expect(created.code).toBe(0)

    await untilSynced(plimsoll, `pr-${number}-feature-dark-mode`, { revision: head })
    expect((await cluster.get('v1/ConfigMap', `preview-${number}`, 'dark'))?.['data']).toEqual({ from: 'dark' })
    await plimsoll.api('PATCH', `/api/v1/repositories/preview/pulls/${number}`, { state: 'closed' })
    await untilNames('pr', [])
    expect(await cluster.get('v1/ConfigMap', `preview-${number}`, 'dark')).toBeUndefined()
  })
})

describe('a set that is wrong', () => {
  it.each([
    ['no generator', (yaml: string) => yaml.replace('[{ git:', '[{ gitt:'), "spec.generators[0]: 'gitt' is no generator"],
    ['a name that is none', (yaml: string) => yaml.replace('name: bad }', 'name: Bad_ }'), 'metadata.name: "Bad_" is not a name'],
    [
      'a templated project',
      (yaml: string) => yaml.replace('project: default', "project: '{{ .x }}'"),
      'a templated project is not taken by the API',
    ],
    [
      'another namespace',
      (yaml: string) => yaml.replace('name: bad }', 'name: bad, namespace: kube-system }'),
      'is not where ApplicationSets live. Use argocd',
    ],
  ])('is refused with the field: %s', async (_what, change, message) => {
    const result = await appset('create', fileOf(change(yamlOf('bad', 'fleet', folders))))

    expect(result).toMatchObject({ code: 20, stderr: expect.stringContaining(message) as string })
  })

  it('that somebody applies all the same is told in its status, and the others go on', { timeout: 60_000 }, async () => {
    await cluster.create(
      '{apiVersion: argoproj.io/v1alpha1, kind: ApplicationSet, metadata: {name: poisoned, namespace: argocd}, spec: {generators: [{list: {elements: 5}}], template: {}}}',
    )

    const { status } = await eventually('it is told', async () => {
      const found = await get('poisoned')
      return found.status?.health?.status === 'Degraded' && found
    })
    expect(status?.health?.message).toMatch(/^spec\.generators\[0\]\.list\.elements/)
    expect((await appset('get', 'poisoned')).stdout).toMatch(/ErrorOccurred\s+True/)
    expect((await appset('get', 'none')).code).toBe(20)
  })
})

describe('a plugin on this machine', () => {
  let plugin: Server
  let seen: string[] = []

  beforeAll(async () => {
    plugin = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`)
      response.end(JSON.stringify({ output: { parameters: [{ name: 'one' }] } }))
    })
    await new Promise<void>((resolve) => plugin.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => plugin?.close())

  it('is not dialled while the operator does not allow it', { timeout: 60_000 }, async () => {
    seen = []
    const { port } = plugin.address() as AddressInfo
    await cluster.create(
      `{apiVersion: v1, kind: ConfigMap, metadata: {name: plugin, namespace: argocd}, data: {baseUrl: "http://127.0.0.1:${port}", token: $plugin:token}}`,
    )
    await cluster.create(
      '{apiVersion: v1, kind: Secret, metadata: {name: plugin, namespace: argocd, labels: {app.kubernetes.io/part-of: argocd}}, stringData: {token: canary-77aa}}',
    )
    const result = await appset('generate', fileOf(yamlOf('plug', 'fleet', '[{ plugin: { configMapRef: { name: plugin } } }]')))

    expect(result).toMatchObject({
      code: 20,
      stderr: expect.stringContaining('leads to 127.0.0.1, an address inside this machine') as string,
    })
    expect(result.stderr).not.toContain('canary-77aa')
    expect(seen).toEqual([])
  })
})
