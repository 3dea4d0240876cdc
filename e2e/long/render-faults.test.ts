import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { createRenderer, type Renderer, type RenderRequest, type RenderResult, treeOfFiles } from '@plimsoll/render'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun } from '../harness/run.ts'

type Files = Record<string, string>
const metadata = 'apiVersion: v2\nname: web\nversion: 1.0.0\n'
const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n'
const chart = (template: string, values = ''): Files => ({ 'Chart.yaml': metadata, 'values.yaml': values, 'templates/a.yaml': template })
const slow = '{{ range until (int .Values.count) }}{{ range until 100000 }}{{ end }}{{ end }}'
const treeOf = (files: Files): RenderRequest['tree'] =>
  treeOfFiles(new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])))

function requestOf(files: Files, more: Partial<RenderRequest> = {}, helm: RenderRequest['source']['helm'] = {}): RenderRequest {
  return {
    source: { repoURL: 'https://git.example.com/a.git', path: '.', targetRevision: 'main', helm },
    tree: treeOf(files),
    applicationName: 'demo',
    destinationNamespace: 'space',
    capabilities: { kubeVersion: 'v1.33.0', apiVersions: ['v1'] },
    ...more,
  }
}

describe('a renderer', () => {
  const renderers: Renderer[] = []
  const rendererOf = (options: Parameters<typeof createRenderer>[0] = {}): Renderer => {
    const made = createRenderer({ secret: Buffer.alloc(32, 7), timeoutMs: 10_000, ...options })
    renderers.push(made)
    return made
  }
  afterAll(() => Promise.all(renderers.map((each) => each.close())))

  it('tries a source that took too long again when another source of its application is changed', async () => {
    const renderer = rendererOf({ timeoutMs: 1500 })
    const files = chart(`${configMap}data: { a: "${slow}" }\n`)
    const withCount = (n: number): RenderRequest =>
      requestOf(files, { refs: new Map([['values', treeOf({ 'v.yaml': `count: ${n}\n` })]]) }, { valueFiles: ['$values/v.yaml'] })

    const first = await renderer.render(withCount(1_000_000))
    const fixed = await renderer.render(withCount(1))

    expect(first).toMatchObject({ ok: false, code: 'render-timeout' })
    expect(fixed).toMatchObject({ ok: true })
  })

  it('whose workers are ended from outside loses what they did at that moment, and nothing that waits', { timeout: 90_000 }, async () => {
    const workers = new Set<Worker>()
    // oxlint-disable-next-line typescript/unbound-method -- It is called with its worker below.
    const { postMessage } = Worker.prototype
    Worker.prototype.postMessage = function (this: Worker, ...args: Parameters<Worker['postMessage']>) {
      workers.add(this)
      postMessage.apply(this, args)
    }
    try {
      const renderer = rendererOf({ workers: 2 })
      const requests = Array.from({ length: 12 }, (_, index) =>
        requestOf(chart(`${configMap}data: { a: "${index}" }\n${slow}`, 'count: 4\n'), { applicationUid: `${index}` }),
      )
      const rendering = requests.map((request) => renderer.render(request))
      await eventually('two workers work', () => Promise.resolve(workers.size === 2))

      await Promise.all([...workers].map((worker) => worker.terminate()))
      const results = await Promise.all(rendering)
      const failed = results.filter(({ ok }) => !ok)
      const again = await Promise.all(requests.map((request) => renderer.render({ ...request, isFresh: true })))

      expect(failed.length).toBeGreaterThan(0)
      expect(failed.length).toBeLessThanOrEqual(2)
      expect(again.map(({ ok }) => ok)).toEqual(Array(12).fill(true))
    } finally {
      Worker.prototype.postMessage = postMessage
    }
  })

  const random = (password: string, more = ''): Files =>
    chart(`apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nstringData: { p: {{ ${password} | quote }} }\n${more}`)

  it.each([
    'randAlphaNum 20',
    'randBytes 20',
    'uuidv4',
    'genPrivateKey "ecdsa"',
    '(genCA "a" 365).Cert',
    'genSignedCert "a" nil nil 365 (genCA "b" 9) | toJson',
    'htpasswd "u" "p"',
    'now | toString',
    'randInt 0 1000000000',
    'encryptAES "k" "text"',
    'shuffle "abcdefghijklmnopqrstuvwxyz"',
  ])(
    'makes of %s the same for an application over commits and restarts, and another for each other one',
    { timeout: 30_000 },
    async (call) => {
      const valueOf = async (renderer: Renderer, files: Files, more: Partial<RenderRequest> = {}): Promise<unknown> => {
        const result = await renderer.render(requestOf(files, { applicationUid: 'one', ...more }))
        return (result as RenderResult).manifests[0]?.object['stringData']
      }
      const renderer = rendererOf()
      const first = await valueOf(renderer, random(call))
      const isTime = call.startsWith('now')

      expect(first).toBeDefined()
      expect(await valueOf(renderer, random(call, '---\n# Another commit.\n'))).toEqual(first)
      expect(await valueOf(renderer, random(call), { isFresh: true })).toEqual(first)
      expect(await valueOf(rendererOf(), random(call))).toEqual(first)
      const rotation = { id: 'r', at: new Date(Date.UTC(2026, 5, 1)) }
      const rotated = await valueOf(renderer, random(call), { rotation })
      expect(rotated).not.toEqual(first)
      expect(await valueOf(rendererOf(), random(call), { rotation })).toEqual(rotated)
      if (isTime) return
      expect(await valueOf(renderer, random(call), { applicationUid: 'two' })).not.toEqual(first)
      expect(await valueOf(rendererOf({ secret: Buffer.alloc(32, 8) }), random(call))).not.toEqual(first)
    },
  )
})

/** A `.tgz` of regular files under `web/`. */
function archive(files: Files): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const body = Buffer.from(content)
    const header = Buffer.alloc(512)
    header.write(`web/${name}`, 0)
    header.write('0000644\0', 100)
    header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124)
    header.write('        0', 148)
    header.write('ustar\x0000', 257)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

const servers: Server[] = []
async function serve(host: string, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return `http://${host}:${(server.address() as AddressInfo).port}`
}

interface Application {
  status?: {
    sync?: { status: string; revision?: string }
    history?: { id: number }[]
    conditions?: { type: string; message: string }[]
  }
}

describe('a running Plimsoll', () => {
  let plimsoll: Plimsoll
  let cluster: Cluster
  const good = archive(chart(`${configMap}data: { a: from the repository }\n`))
  /** What the chart repository does with each request. */
  const faults = new Map<string, RequestListener>()
  let charts: string
  /** On an address that the operator has not allowed. */
  let inner: string
  const innerRequests: string[] = []
  const canary = 'canary-5be21f'
  const indexOf = (digest = ''): string =>
    `apiVersion: v1\nentries:\n  web:\n  - { version: 1.0.0, urls: [web.tgz]${digest && `, digest: ${digest}`} }\n`

  beforeAll(async () => {
    charts = await serve('127.0.0.1', (request, response) => {
      const [, name = ''] = (request.url ?? '').split('/')
      const fault = faults.get(name)
      if (fault !== undefined) {
        fault(request, response)
        return
      }
      response.end(request.url?.endsWith('.tgz') ? good : indexOf())
    })
    inner = await serve('127.0.0.2', (request, response) => {
      innerRequests.push(request.url ?? '')
      response.end(request.url?.endsWith('.tgz') ? good : `${indexOf()}# ${canary}\n`)
    })
    plimsoll = await startPlimsoll({ args: ['--allow-git-host', '127.0.0.1'] })
    cluster = await openCluster(plimsoll)
  }, 90_000)
  afterAll(async () => {
    await cluster?.close()
    await plimsoll?.stop()
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })

  async function create(name: string, source: object, annotations: Record<string, string> = {}): Promise<void> {
    const manifest = applicationManifest(plimsoll, name) as { metadata: object; spec: { source?: unknown } }
    manifest.spec.source = source
    Object.assign(manifest.metadata, { annotations })
    await plimsoll.api('POST', '/api/v1/applications?validate=false', manifest)
  }
  const fromCharts = (name: string): Promise<void> => create(name, { repoURL: `${charts}/${name}`, chart: 'web', targetRevision: '*' })
  const application = (name: string): Promise<Application> => plimsoll.api<Application>('GET', `/api/v1/applications/${name}`)
  const errorOf = (name: string): Promise<string> =>
    eventually(
      `${name} has an error`,
      async () => (await application(name)).status?.conditions?.find(({ type }) => type === 'ComparisonError')?.message,
      60_000,
    )
  async function createGood(name: string): Promise<void> {
    await plimsoll.push(name, { 'a.yaml': configMap })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name))
  }

  it('goes on while a chart repository hangs, fails or lies, and takes its chart when it is well again', { timeout: 150_000 }, async () => {
    const redirect =
      (location: string): RequestListener =>
      (_request, response) =>
        void response.writeHead(302, { location }).end()
    const cases: [name: string, fault: RequestListener, expected: RegExp][] = [
      ['hanging', () => undefined, /did not answer within/],
      ['failing', (_request, response) => void response.writeHead(500).end(canary), /answers 500/],
      ['redirecting', (request, response) => redirect(`${inner}${request.url}`)(request, response), /inside this machine or its network/],
      ['metadata', redirect('http://169.254.169.254/latest/meta-data'), /inside this machine or its network/],
      ['circling', (request, response) => redirect(request.url ?? '')(request, response), /redirects again and again/],
      [
        'pointing',
        (_request, response) => void response.end(indexOf().replace('web.tgz', `${inner}/web.tgz`)),
        /inside this machine or its network/,
      ],
      ['filing', (_request, response) => void response.end(indexOf().replace('web.tgz', '"file:///etc/passwd"')), /neither http nor https/],
      ['lying', (request, response) => void response.end(request.url?.endsWith('.tgz') ? good : indexOf('0'.repeat(64))), /announces/],
      ['emptying', (request, response) => void response.end(request.url?.endsWith('.tgz') ? 'no archive' : indexOf()), /cannot be read/],
      [
        'exploding',
        (request, response) => void response.end(request.url?.endsWith('.tgz') ? gzipSync(Buffer.alloc(130_000_000)) : indexOf()),
        /larger than the maximum/,
      ],
      ['dying', (request) => void request.socket.destroy(), /did not answer/],
      [
        'aliasing',
        (_request, response) =>
          void response.end(
            `a: &a [${'x,'.repeat(9)}]\n${Array.from(
              { length: 12 },
              (_, i) =>
                `b${i}: &b${i} [${Array(9)
                  .fill(i === 0 ? '*a' : `*b${i - 1}`)
                  .join(',')}]\n`,
            ).join('')}entries: { web: *b11 }\n`,
          ),
        /no chart 'web'|no version/,
      ],
    ]
    for (const [name, fault] of cases) faults.set(name, fault)

    await Promise.all(cases.map(([name]) => fromCharts(name)))
    await Promise.all(Array.from({ length: 10 }, (_, index) => createGood(`well-${index}`)))
    await Promise.all(Array.from({ length: 10 }, (_, index) => untilSynced(plimsoll, `well-${index}`, {}, 60_000)))
    for (const [name, , expected] of cases) expect(await errorOf(name), name).toMatch(expected)

    expect(innerRequests).toEqual([])
    faults.clear()
    for (const [name] of cases) {
      await plimsoll.api('GET', `/api/v1/applications/${name}?refresh=hard`)
      await untilSynced(plimsoll, name, {}, 60_000)
    }
    expect(await everything(cases.map(([name]) => name))).not.toContain(canary)
  })

  it('asks no realm for a token that is inside of its network', { timeout: 60_000 }, async () => {
    faults.set(
      'v2',
      (_request, response) => void response.writeHead(401, { 'www-authenticate': `Bearer realm="${inner}/token",service="r"` }).end(),
    )
    await create('realm', { repoURL: `oci://${charts.replace('http://', '')}/team`, chart: 'web', targetRevision: '*' })

    expect(await errorOf('realm')).toMatch(/inside this machine or its network/)
    expect(innerRequests).toEqual([])
    faults.delete('v2')
  })

  /** Every answer that could show what a source has read, and what the server has written down. */
  async function everything(names: readonly string[]): Promise<string> {
    const answer = async (path: string): Promise<string> =>
      (await fetch(new URL(path, plimsoll.url), { headers: { authorization: `Bearer ${plimsoll.token}` } })).text()
    const ways = ['', '/rendering', '/manifests', '/events', '/resource-tree', '/managed-resources', '/deployments']
    const answers = await Promise.all(names.flatMap((name) => ways.map((way) => answer(`/api/v1/applications/${name}${way}`))))
    const maps = await Promise.all(names.map((name) => cluster.list('v1/ConfigMap', name)))
    const log = readdirSync(plimsoll.dataDir)
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(join(plimsoll.dataDir, name), 'utf8'))
    const text = [...answers, JSON.stringify(maps), ...log, plimsoll.output(), await answer('/metrics')].join('\n')
    return text + [...text.matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g)].map(([word]) => Buffer.from(word, 'base64').toString('latin1')).join('\n')
  }

  /** A push with links in it. */
  async function pushLinks(repository: string, files: Files, links: Files): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-links-'))
    const git = (...args: string[]): Promise<string> =>
      mustRun('git', ['-C', folder, '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args])
    try {
      await git('init', '--quiet', '--initial-branch=main')
      for (const [path, content] of Object.entries({ ...files, ...links })) {
        mkdirSync(dirname(join(folder, path)), { recursive: true })
        if (path in links) symlinkSync(content, join(folder, path))
        else writeFileSync(join(folder, path), content)
      }
      const url = new URL(plimsoll.repositoryUrl(repository))
      url.username = 'admin'
      url.password = plimsoll.token
      await git('add', '--all')
      await git('commit', '--quiet', '-m', 'Change')
      await git('push', '--quiet', url.href, 'HEAD:main')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  it('shows its token to no source, whatever leads to it', { timeout: 120_000 }, async () => {
    const token = join(plimsoll.dataDir, 'token')
    const up = '../'.repeat(12) + token.slice(1)
    const shows = `${configMap}data: { a: {{ printf "%s%s" (toJson .Values) (.Files.Get "link") | quote }} }\n`
    const kustomization = (fields: object): Files => ({ 'kustomization.yaml': JSON.stringify(fields) })
    const cases: Record<string, { files: Files; links?: Files; source?: object }> = {
      'value-file': { files: chart(shows), source: { helm: { valueFiles: [token] } } },
      'value-file-up': { files: chart(shows), source: { helm: { valueFiles: [up] } } },
      'file-parameter': { files: chart(shows), source: { helm: { fileParameters: [{ name: 'a', path: up }] } } },
      'linked-value-file': { files: chart(shows), links: { 'v.yaml': token }, source: { helm: { valueFiles: ['v.yaml'] } } },
      'linked-file': { files: chart(shows), links: { link: up } },
      'linked-folder': { files: chart(shows.replace('"link"', '"link/token"')), links: { link: plimsoll.dataDir } },
      'generated-file': { files: kustomization({ configMapGenerator: [{ name: 'a', files: [`k=${token}`] }] }) },
      'generated-link': { files: kustomization({ configMapGenerator: [{ name: 'a', files: ['k=link'] }] }), links: { link: token } },
      'linked-manifest': { files: {}, links: { 'a.yaml': token } },
      'outer-path': { files: {}, source: { path: `../../${plimsoll.dataDir}` } },
      overridden: {
        files: {
          ...chart(shows),
          '.argocd-source.yaml': `repoURL: file://${plimsoll.dataDir}\npath: ${plimsoll.dataDir}\nhelm: { valueFiles: ["${up}"] }\n`,
        },
      },
    }

    for (const [name, { files, links = {}, source = {} }] of Object.entries(cases)) {
      await pushLinks(name, { ...files, README: name }, links)
      await create(name, { repoURL: plimsoll.repositoryUrl(name), path: '.', targetRevision: 'main', ...source })
    }
    const names = Object.keys(cases)
    await eventually('each is looked at', async () => {
      const statuses = await Promise.all(names.map(async (name) => (await application(name)).status))
      return statuses.every((status) => (status?.conditions ?? []).length > 0 || status?.sync?.status === 'Synced')
    })

    expect(await everything(names)).not.toContain(plimsoll.token)
    for (const name of names.filter((each) => each !== 'linked-file' && each !== 'linked-folder'))
      expect(await errorOf(name), name).not.toBe('')
  })

  it('comes to the same end when it is killed while it renders, and while it fetches a chart', { timeout: 120_000 }, async () => {
    // One that is not on disk yet.
    const fresh = archive(chart(`${configMap}data: { a: fetched }\n`))
    let asked = 0
    let waits = true
    faults.set('slowly', (request, response) => {
      if (!request.url?.endsWith('.tgz')) return void response.end(indexOf(createHash('sha256').update(fresh).digest('hex')))
      asked += 1
      if (waits) response.write(fresh.subarray(0, 100))
      else response.end(fresh)
    })
    await plimsoll.push(
      'working',
      chart(`${configMap}data: { a: "rendered{{ range until 30 }}{{ range until 100000 }}{{ end }}{{ end }}" }\n`),
    )
    await fromCharts('slowly')
    await create('working', { repoURL: plimsoll.repositoryUrl('working'), path: '.', targetRevision: 'main' })
    await eventually('the archive is asked for', () => Promise.resolve(asked > 0))

    await plimsoll.kill()
    waits = false
    await cluster.close()
    await plimsoll.restart()
    cluster = await openCluster(plimsoll)
    await Promise.all(['slowly', 'working'].map((name) => untilSynced(plimsoll, name, {}, 60_000)))

    expect((await cluster.get('v1/ConfigMap', 'slowly', 'a'))?.data).toEqual({ a: 'fetched' })
    expect((await cluster.get('v1/ConfigMap', 'working', 'a'))?.data).toEqual({ a: 'rendered' })
    expect((await application('working')).status?.history).toHaveLength(1)
    const left = readdirSync(join(plimsoll.dataDir, 'charts'), { recursive: true }).filter((name) => String(name).endsWith('.part'))
    expect(left).toEqual([])
  })

  it("with Helm's random values is not synced again and again", { timeout: 60_000 }, async () => {
    await plimsoll.push(
      'restless',
      chart('apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nstringData: { p: {{ randAlphaNum 20 | quote }} }\n'),
    )
    await create(
      'restless',
      { repoURL: plimsoll.repositoryUrl('restless'), path: '.', targetRevision: 'main' },
      { 'plimsoll.dev/random-values': 'helm' },
    )
    await untilSynced(plimsoll, 'restless')
    const deployments = async (): Promise<number> => (await application('restless')).status?.history?.length ?? 0
    expect(await deployments()).toBe(1)

    for (let round = 0; round < 5; round++) {
      await plimsoll.api('GET', '/api/v1/applications/restless?refresh=hard')
      await new Promise((resolve) => setTimeout(resolve, 500))
    }

    // One for each time that somebody looks is what Argo CD does with such charts; a loop would be dozens.
    expect(await deployments()).toBeLessThanOrEqual(6)
  })
})
