import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { findHelm } from '../harness/helm.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const helm3 = findHelm('3.18')

const chart = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: "7"\n',
  'values.yaml': 'greeting: from the chart\nreplicas: 1\nsub: { enabled: false }\n',
  'templates/config.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }}-web }\ndata:\n  greeting: {{ .Values.greeting | quote }}\n  replicas: {{ .Values.replicas | quote }}\n  namespace: {{ .Release.Namespace }}\n',
  'templates/secret.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata: { name: {{ .Release.Name }}-secret }\nstringData: { password: {{ randAlphaNum 20 }} }\n',
}
const overlay = {
  'base/kustomization.yaml': 'resources: [config.yaml]\n',
  'base/config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { mode: base }\n',
  'prod/kustomization.yaml':
    'resources: [../base]\nnamePrefix: prod-\npatches: [{ patch: "- { op: replace, path: /data/mode, value: prod }", target: { kind: ConfigMap } }]\nconfigMapGenerator: [{ name: made, literals: [a=b] }]\n',
}

/** A `.tgz` of regular files: what `helm package` makes, as far as anybody looks. */
function archive(files: Record<string, string>, folder: string): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const body = Buffer.from(content)
    const header = Buffer.alloc(512)
    header.write(`${folder}/${name}`, 0)
    header.write('0000644\0', 100)
    header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124)
    header.write('        ', 148)
    header.write('0', 156)
    header.write('ustar\0' + '00', 257)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

let plimsoll: Plimsoll
let cluster: Cluster
let charts: Server
let chartsURL: string
const versions = new Map<string, Buffer>()

beforeAll(async () => {
  charts = createServer((request, response) => {
    if (request.url === '/index.yaml') {
      const entries = [...versions.keys()].map((version) => `    - { version: ${version}, urls: [web-${version}.tgz] }`).join('\n')
      return response.end(`apiVersion: v1\nentries:\n  web:\n${entries}\n`)
    }
    const found = versions.get(/^\/web-(.*)\.tgz$/.exec(request.url ?? '')?.[1] ?? '')
    return found ? response.end(found) : response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => charts.listen(0, '127.0.0.1', resolve))
  chartsURL = `http://127.0.0.1:${(charts.address() as AddressInfo).port}`
  versions.set('1.2.3', archive(chart, 'web'))
  plimsoll = await startPlimsoll({ args: ['--allow-git-host', '127.0.0.1', ...(helm3 ? ['--program', `helm3=${helm3}`] : [])] })
  cluster = await openCluster(plimsoll)
})
afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
  charts?.close()
})

type Source = Record<string, unknown>

async function create(
  name: string,
  spec: { source: Source } | { sources: Source[] },
  annotations: Record<string, string> = {},
): Promise<void> {
  const manifest = applicationManifest(plimsoll, name) as { metadata: object; spec: { source?: unknown } }
  delete manifest.spec.source
  Object.assign(manifest.spec, spec)
  Object.assign(manifest.metadata, { annotations })
  await plimsoll.api('POST', '/api/v1/applications?validate=false', manifest)
}

const dataOf = async (namespace: string, name: string): Promise<unknown> => (await cluster.get('v1/ConfigMap', namespace, name))?.data

interface Application {
  metadata: { annotations?: Record<string, string> }
  status?: {
    sync?: { status: string; revision?: string; revisions?: string[]; comparedTo?: { sources?: unknown[] } }
    sourceType?: string
    sourceTypes?: string[]
    history?: { id: number; revision?: string; revisions?: string[]; sources?: unknown[] }[]
    conditions?: { type: string; message: string }[]
  }
}
const application = (name: string): Promise<Application> => plimsoll.api<Application>('GET', `/api/v1/applications/${name}`)
const conditionOf = (name: string, type: string): Promise<string> =>
  eventually(`${name} has a ${type}`, async () => (await application(name)).status?.conditions?.find((item) => item.type === type)?.message)

describe('an application is made from', { timeout: 60_000 }, () => {
  it.concurrent('a Helm chart in Git, with value files, values and parameters in the order of Argo CD', async () => {
    await plimsoll.push('in-git', {
      ...Object.fromEntries(Object.entries(chart).map(([path, content]) => [`chart/${path}`, content])),
      'chart/prod.yaml': 'greeting: from the file\nreplicas: 2\n',
    })
    await create('in-git', {
      source: {
        repoURL: plimsoll.repositoryUrl('in-git'),
        path: 'chart',
        targetRevision: 'main',
        helm: { valueFiles: ['prod.yaml'], values: 'greeting: from values\n', parameters: [{ name: 'replicas', value: '3' }] },
      },
    })

    await untilSynced(plimsoll, 'in-git')

    expect(await dataOf('in-git', 'in-git-web')).toEqual({ greeting: 'from values', replicas: '3', namespace: 'in-git' })
    expect((await application('in-git')).status?.sourceType).toBe('Helm')
  })

  it.concurrent('a chart of a repository, by a range, and follows it to the next version', async () => {
    await create('by-range', { source: { repoURL: chartsURL, chart: 'web', targetRevision: '^1' } })
    await untilSynced(plimsoll, 'by-range')
    expect((await application('by-range')).status?.sync?.revision).toBe('1.2.3')

    versions.set(
      '1.3.0',
      archive(
        { ...chart, 'Chart.yaml': chart['Chart.yaml'].replace('1.2.3', '1.3.0'), 'values.yaml': 'greeting: newer\nreplicas: 1\n' },
        'web',
      ),
    )
    await plimsoll.api('GET', '/api/v1/applications/by-range?refresh=normal')

    await eventually('the newer version is there', async () => (await application('by-range')).status?.sync?.revision === '1.3.0')
    await untilSynced(plimsoll, 'by-range')
    expect(await dataOf('by-range', 'by-range-web')).toMatchObject({ greeting: 'newer' })
  })

  it.concurrent('several sources: a chart of a repository with value files from Git, and plain manifests', async () => {
    await plimsoll.push('many', {
      'envs/prod.yaml': 'greeting: from another source\n',
      'plain/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: plain }\ndata: { a: b }\n',
    })
    const commit = await plimsoll.push('many', { 'README.md': 'x' })
    await create('many', {
      sources: [
        { repoURL: chartsURL, chart: 'web', targetRevision: '1.2.3', helm: { valueFiles: ['$values/envs/prod.yaml'] } },
        { repoURL: plimsoll.repositoryUrl('many'), targetRevision: 'main', ref: 'values' },
        { repoURL: plimsoll.repositoryUrl('many'), targetRevision: 'main', path: 'plain' },
      ],
    })

    await untilSynced(plimsoll, 'many')

    expect(await dataOf('many', 'many-web')).toMatchObject({ greeting: 'from another source' })
    expect(await dataOf('many', 'plain')).toEqual({ a: 'b' })
    const { status } = await application('many')
    expect(status?.sync?.revisions).toEqual(['1.2.3', commit, commit])
    expect(status?.sourceTypes).toEqual(['Helm', 'Directory'])
    expect(status?.history?.at(-1)).toMatchObject({ revisions: ['1.2.3', commit, commit] })

    await plimsoll.push('many', { 'envs/prod.yaml': 'greeting: pushed\n' })
    await eventually('the push arrives', async () => JSON.stringify(await dataOf('many', 'many-web')).includes('pushed'))
    const moved = await plimsoll.cli(['app', 'set', 'many', '--source-position', '3', '--directory-recurse'])
    expect(moved).toMatchObject({ code: 0 })
    await plimsoll.cli(['app', 'rollback', 'many', '0'])
    await eventually('the rollback arrives', async () => JSON.stringify(await dataOf('many', 'many-web')).includes('from another source'))
  })

  it.concurrent('a kustomization, with overrides of the Application', async () => {
    await plimsoll.push('overlay', overlay)
    await create('overlay', {
      source: {
        repoURL: plimsoll.repositoryUrl('overlay'),
        path: 'prod',
        targetRevision: 'main',
        kustomize: { nameSuffix: '-v1', commonLabels: { team: 'a' } },
      },
    })

    await untilSynced(plimsoll, 'overlay')

    const maps = await cluster.list('v1/ConfigMap', 'overlay')
    const names = maps.map((object) => object.metadata.name).filter((name) => name !== 'kube-root-ca.crt')
    expect(names.toSorted()).toEqual([expect.stringMatching(/^prod-made-v1-[a-z0-9]{10}$/), 'prod-settings-v1'])
    expect(await dataOf('overlay', 'prod-settings-v1')).toEqual({ mode: 'prod' })
    expect(maps.find((object) => object.metadata.name === 'prod-settings-v1')?.metadata.labels).toMatchObject({ team: 'a' })
  })
})

describe('what is random in a chart', { timeout: 60_000 }, () => {
  it('stays over commits and restarts, and is made anew by a rotation', async () => {
    const files = Object.fromEntries(Object.entries(chart).map(([path, content]) => [`chart/${path}`, content]))
    await plimsoll.push('random', files)
    await create('random', { source: { repoURL: plimsoll.repositoryUrl('random'), path: 'chart', targetRevision: 'main' } })
    await untilSynced(plimsoll, 'random')
    const password = async (): Promise<unknown> =>
      ((await cluster.get('v1/Secret', 'random', 'random-secret'))?.data as { password?: string })?.password
    const first = await password()
    expect(first).toEqual(expect.any(String))

    const commit = await plimsoll.push('random', { 'chart/values.yaml': 'greeting: other\nreplicas: 1\n' })
    await untilSynced(plimsoll, 'random', { revision: commit })
    expect(await password()).toBe(first)
    await plimsoll.kill()
    await plimsoll.restart()
    await plimsoll.api('GET', '/api/v1/applications/random?refresh=hard')
    await untilSynced(plimsoll, 'random')
    expect(await password()).toBe(first)

    const manifest = await plimsoll.api<{ spec: { syncPolicy: { automated: object } } }>('GET', '/api/v1/applications/random')
    manifest.spec.syncPolicy.automated = { prune: true }
    await plimsoll.api('PUT', '/api/v1/applications/random/spec', manifest.spec)
    const rotated = await plimsoll.cli(['app', 'rotate', 'random'])
    expect(rotated.code).toBe(0)
    await eventually('the password is another, without self-heal too', async () => (await password()) !== first)
  })
})

it('nobody learns what is drawn for an application by asking for a rendering under its UID', { timeout: 60_000 }, async () => {
  const shows = {
    ...chart,
    'templates/secret.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shown }\ndata: { drawn: {{ randAlphaNum 20 }} }\n',
  }
  await plimsoll.push('victim', Object.fromEntries(Object.entries(shows).map(([path, content]) => [`chart/${path}`, content])))
  await create('victim', { source: { repoURL: plimsoll.repositoryUrl('victim'), path: 'chart', targetRevision: 'main' } })
  await untilSynced(plimsoll, 'victim')
  const { drawn } = (await dataOf('victim', 'shown')) as { drawn: string }
  const copy = await plimsoll.api<{ metadata: { uid: string } }>('GET', '/api/v1/applications/victim')

  const { manifests } = await plimsoll.api<{ manifests: string[] }>('POST', '/api/v1/render', { application: copy })

  expect(drawn).toMatch(/^\w{20}$/)
  expect(manifests.join()).toContain('"name":"shown"')
  expect(manifests.join()).not.toContain(drawn)
})

describe('what a source is rendered to', { timeout: 60_000 }, () => {
  it('is shown with parameters, their origin and the time it took, and no Secret', async () => {
    const name = 'shown'
    const files = { ...chart, 'values.yaml': `${chart['values.yaml']}password: canary-in-a-secret\n` }
    files['templates/secret.yaml'] =
      'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { password: {{ .Values.password }} }\n'
    await plimsoll.push(name, Object.fromEntries(Object.entries(files).map(([path, content]) => [`chart/${path}`, content])))
    await create(name, {
      source: {
        repoURL: plimsoll.repositoryUrl(name),
        path: 'chart',
        targetRevision: 'main',
        helm: { parameters: [{ name: 'replicas', value: '3' }] },
      },
    })
    await untilSynced(plimsoll, name)

    const { items } = await plimsoll.api<{ items: Record<string, unknown>[] }>('GET', `/api/v1/applications/${name}/rendering`)

    const [rendering] = items as [{ details: { parameters: { name: string; value: string; origin: string }[] }; durationMs: number }]
    expect(rendering).toMatchObject({ sourceType: 'Helm', chart: { name: 'web', version: '1.2.3' }, durationMs: expect.any(Number) })
    const origins = Object.fromEntries(rendering.details.parameters.map((parameter) => [parameter.name, parameter.origin]))
    expect(origins).toMatchObject({ greeting: 'chart', replicas: 'parameter' })
    expect(JSON.stringify(items)).not.toContain('canary-in-a-secret')
    const manifests = await plimsoll.cli(['render', 'app', name])
    expect(manifests.stdout).toContain('kind: Secret')
    expect(manifests.stdout).not.toContain('canary-in-a-secret')
    expect(manifests.stdout).not.toContain(Buffer.from('canary-in-a-secret').toString('base64'))
  })

  it.skipIf(!helm3)('is compared with the real tool where the Application asks for it', async () => {
    const files = { ...chart, 'templates/secret.yaml': '' }
    await plimsoll.push('compared', Object.fromEntries(Object.entries(files).map(([path, content]) => [`chart/${path}`, content])))
    await create(
      'compared',
      { source: { repoURL: plimsoll.repositoryUrl('compared'), path: 'chart', targetRevision: 'main' } },
      { 'plimsoll.dev/render-with-binary': 'compare' },
    )
    await untilSynced(plimsoll, 'compared')
    const rendered = await plimsoll.cli(['render', 'app', 'compared', '--with-binary'])

    expect(rendered.stderr).toContain('renders the same')
    expect(rendered.code).toBe(0)
    expect((await application('compared')).status?.conditions ?? []).toEqual([])
  })
})

describe('a chart that', { timeout: 60_000 }, () => {
  it.each([
    ['fails', { 'templates/config.yaml': '{{ fail "say why" }}' }, /say why/],
    ['does not parse', { 'templates/config.yaml': 'a: {{ if }}' }, /config\.yaml:1/],
    ['lacks a value it requires', { 'templates/config.yaml': '{{ required "set host" .Values.host }}' }, /set host/],
    ['loops', { 'templates/config.yaml': '{{ range $i := until 1000000 }}{{ range $j := until 1000000 }}x{{ end }}{{ end }}' }, /./],
    [
      'reads what is outside',
      { 'templates/config.yaml': 'a: 1', 'templates/out.yaml': '{{ .Files.Get "../../../../etc/passwd" }}{{ fail "read nothing" }}' },
      /read nothing/,
    ],
  ] as const)('%s costs its own application a condition, and nobody else anything', async (title, change, message) => {
    const name = `bad-${title.replaceAll(' ', '-').slice(0, 20)}`
    const files = { ...chart, ...change }
    await plimsoll.push(name, Object.fromEntries(Object.entries(files).map(([path, content]) => [`chart/${path}`, content])))
    await create(name, { source: { repoURL: plimsoll.repositoryUrl(name), path: 'chart', targetRevision: 'main' } })
    await plimsoll.push(`good-${name}`, { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n' })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, `good-${name}`))

    await untilSynced(plimsoll, `good-${name}`)

    expect(await conditionOf(name, 'ComparisonError')).toMatch(message)
  })

  it('has hooks is deployed with them: before and after, those of a test never', async () => {
    const job = (name: string, hook: string): string =>
      `apiVersion: batch/v1\nkind: Job\nmetadata: { name: ${name}, annotations: { helm.sh/hook: "${hook}" } }\nspec: { template: { spec: { restartPolicy: Never, containers: [{ name: a, image: a, command: ['true'] }] } } }\n`
    const files = {
      ...chart,
      'templates/migrate.yaml': job('migrate', 'pre-install,pre-upgrade'),
      'templates/smoke.yaml': job('smoke', 'post-install,post-upgrade'),
      'templates/test.yaml': job('never', 'test'),
    }
    await plimsoll.push('hooked', Object.fromEntries(Object.entries(files).map(([path, content]) => [`chart/${path}`, content])))
    await create('hooked', { source: { repoURL: plimsoll.repositoryUrl('hooked'), path: 'chart', targetRevision: 'main' } })

    await untilSynced(plimsoll, 'hooked')
    const { status } = await eventually('its operation is over', async () => {
      const seen = await plimsoll.api<Record<string, unknown>>('GET', '/api/v1/applications/hooked')
      return (
        seen['operation'] === undefined &&
        (seen as { status: { operationState?: { phase: string; syncResult?: { resources: object[] } } } })
      )
    })

    expect(status.operationState?.phase).toBe('Succeeded')
    expect(status.operationState?.syncResult?.resources).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'migrate', hookType: 'PreSync', hookPhase: 'Succeeded' }),
        expect.objectContaining({ name: 'smoke', hookType: 'PostSync', hookPhase: 'Succeeded' }),
      ]),
    )
    expect(await cluster.get('batch/v1/Job', 'hooked', 'never')).toBeUndefined()
  })
})

describe('plimsoll render', { timeout: 60_000 }, () => {
  it('prints what helm template and kubectl kustomize print, without a server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-render-'))
    for (const [path, content] of Object.entries({
      ...Object.fromEntries(Object.entries(chart).map(([name, text]) => [`chart/${name}`, text])),
      ...overlay,
    })) {
      mkdirSync(join(folder, path, '..'), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    writeFileSync(join(folder, 'my.yaml'), 'greeting: mine\n')

    const asChart = await plimsoll.cli(['render', 'helm', 'rel', 'chart', '-f', 'my.yaml', '--set', 'replicas=5', '-n', 'space'], {
      cwd: folder,
    })
    const asOverlay = await plimsoll.cli(['render', 'kustomize', 'prod'], { cwd: folder })

    expect(asChart.stdout).toContain('# Source: web/templates/config.yaml\n')
    expect(asChart.stdout).toMatch(/greeting: "mine"\n {2}replicas: "5"\n {2}namespace: space/)
    expect(asOverlay.stdout).toContain('name: prod-settings')
    expect((await plimsoll.cli(['render', 'helm', 'nowhere'], { cwd: folder })).stderr).toContain('not found')
    rmSync(folder, { recursive: true })
  })
})

it('a chart repository on a private address is refused unless the operator allows it', async () => {
  const other = await startPlimsoll()
  try {
    const manifest = applicationManifest(other, 'refused') as { spec: { source: unknown } }
    manifest.spec.source = { repoURL: chartsURL, chart: 'web', targetRevision: '1.2.3' }
    await other.api('POST', '/api/v1/applications?validate=false', manifest)
    const message = await eventually('a condition', async () => {
      const { status } = await other.api<Application>('GET', '/api/v1/applications/refused')
      return status?.conditions?.[0]?.message
    })
    expect(message).toContain('inside this machine or its network')
    expect(readFileSync(join(other.dataDir, 'server.log'), 'utf8')).not.toContain('unhandled')
  } finally {
    await other.stop()
  }
}, 60_000)
