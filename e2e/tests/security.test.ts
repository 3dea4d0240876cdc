import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, cliProgram, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually, mustRun, run } from '../harness/run.ts'

interface Route {
  method: string
  path: string
}

const webhookSecret = randomBytes(20).toString('hex')

let plimsoll: Plimsoll
let cluster: Cluster
let routes: Route[]
let session: string

beforeAll(async () => {
  plimsoll = await startPlimsoll({ args: ['--allow-git-host', '127.0.0.1', '--log-level', 'debug'] })
  cluster = await openCluster(plimsoll)
  await run(process.execPath, [cliProgram, 'admin', 'webhook-secret', 'github', '--data-dir', plimsoll.dataDir, '--secret-stdin'], {
    input: webhookSecret,
  })
  const password = /password (\S+)/.exec(plimsoll.output())?.[1] ?? ''
  session = (await plimsoll.api<{ token: string }>('POST', '/api/v1/session', { username: 'admin', password })).token
  await plimsoll.push('demo', { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { a: b }\n' })
  await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'demo'))
  await untilSynced(plimsoll, 'demo')
  const { paths } = await plimsoll.api<{ paths: Record<string, Record<string, unknown>> }>('GET', '/openapi.json')
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  )
}, 60_000)
afterAll(async () => {
  await cluster?.close()
  await plimsoll?.stop()
})

/** Whom these let in is told by the server's own test of its policies. */
const open = new Set([
  '/healthz',
  '/metrics',
  '/openapi.json',
  '/api/version',
  '/api/v1/session',
  '/api/v1/session/userinfo',
  '/api/v1/settings',
  '/api/webhook',
  '/login/once',
  '/*',
  '/',
])

function addressOf({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'name' ? 'demo' : 'x')).replace('*', 'x')
}

interface Sent {
  headers?: Record<string, string>
  body?: string | Buffer
}

function send({ method, path }: Route, { headers = {}, body }: Sent): Promise<{ status: number; text: string }> {
  const { port } = new URL(plimsoll.url)
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path: addressOf({ method, path }), headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
      // A stream would go on for ever.
      if (path.includes('/stream/')) answer.once('data', () => answer.destroy())
      answer.on('close', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
    })
    asked.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EPIPE' || error.code === 'ECONNRESET' ? resolve({ status: 0, text: error.code }) : reject(error),
    )
    asked.end(body)
  })
}

const json = { 'content-type': 'application/json' }
const hasBody = (route: Route): boolean => !['GET', 'HEAD', 'DELETE'].includes(route.method)
const guarded = (): Route[] => routes.filter((route) => !open.has(route.path))

/** Routes that answer otherwise than expected, as a readable list. */
async function exceptions(asked: readonly Route[], expected: readonly number[], sent: (route: Route) => Sent): Promise<string[]> {
  const found: string[] = []
  for (const route of asked) {
    const { status, text } = await send(route, sent(route))
    if (!expected.includes(status)) found.push(`${route.method} ${route.path}: ${status} ${text.slice(0, 200)}`)
  }
  return found
}

async function stateOfDemo(): Promise<unknown> {
  const { spec, metadata } = await plimsoll.api<{ spec: unknown; metadata: { resourceVersion: string } }>(
    'GET',
    '/api/v1/applications/demo',
  )
  return { spec, version: metadata.resourceVersion }
}

describe('every route', { timeout: 60_000 }, () => {
  it('lets nobody in without a token, with one that is none, that was changed, or that was revoked', async () => {
    expect(guarded().length).toBeGreaterThan(25)
    const before = await stateOfDemo()
    const password = /password (\S+)/.exec(plimsoll.output())?.[1] ?? ''
    const { token: revoked } = await plimsoll.api<{ token: string }>('POST', '/api/v1/session', { username: 'admin', password })
    await send({ method: 'DELETE', path: '/api/v1/session' }, { headers: { authorization: `Bearer ${revoked}` } })
    const [head = '', claims = '', signature = ''] = plimsoll.token.split('.')
    const forged = Buffer.from(
      JSON.stringify({ ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), exp: 9_999_999_999 }),
    ).toString('base64url')
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    for (const authorization of [
      '',
      'Bearer',
      'Bearer x',
      `Bearer ${head}.${forged}.${signature}`,
      `Bearer ${none}.${claims}.`,
      `Bearer ${revoked}`,
      `Basic ${Buffer.from('admin:x').toString('base64')}`,
    ]) {
      const headers = { ...json, ...(authorization !== '' && { authorization }) }
      expect(
        await exceptions(guarded(), [401], (route) => ({ headers, ...(hasBody(route) && { body: '{}' }) })),
        authorization.slice(0, 30),
      ).toEqual([])
    }
    expect(await stateOfDemo()).toEqual(before)
  })

  it('answers to its own names only', async () => {
    const port = new URL(plimsoll.url).port
    for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '127.0.0.1:1', `localhost.:${port}`]) {
      const asked = routes.filter((route) => route.path !== '/healthz')
      expect(
        await exceptions(asked, [403, 400], (route) => ({
          headers: { ...json, host, authorization: `Bearer ${plimsoll.token}` },
          ...(hasBody(route) && { body: '{}' }),
        })),
        host,
      ).toEqual([])
    }
  })

  it('that changes or streams does nothing for a page of another origin', async () => {
    const before = await stateOfDemo()
    const asked = guarded().filter((route) => route.method !== 'GET' || route.path.includes('stream') || route.path.endsWith('logs'))
    const port = Number(new URL(plimsoll.url).port)
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${port + 1}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]
    const whos: Record<string, string>[] = [{ cookie: `plimsoll.token=${session}` }, { authorization: `Bearer ${plimsoll.token}` }]
    for (const headers of foreign) {
      for (const who of whos) {
        expect(
          await exceptions(asked, [403], (route) => ({
            headers: { ...json, ...headers, ...who },
            ...(hasBody(route) && { body: '{}' }),
          })),
          JSON.stringify(headers),
        ).toEqual([])
      }
    }
    expect(await stateOfDemo()).toEqual(before)
  })

  it('refuses bodies that are too large, no JSON, of another type, or that would become a prototype', async () => {
    const before = await stateOfDemo()
    const asked = routes.filter((route) => hasBody(route) && !route.path.startsWith('/git') && route.path !== '/api/webhook')
    const authorization = `Bearer ${plimsoll.token}`
    // Files of a folder that is not pushed, and figures row by row, have more room; of a model's content, a stream, only its type is looked at here.
    const isRoomy = ({ path }: Route): boolean => /\/plan$|\/applications\/\{name\}\/sync$|\/gates\/runs$|\/models\/artifacts$/.test(path)
    const isStream = ({ path }: Route): boolean => path === '/api/v1/models/files'
    const limited = asked.filter((route) => !isRoomy(route) && !isStream(route))
    const large = Buffer.alloc(6_000_000, 'x')
    expect(await exceptions(limited, [413, 0], () => ({ headers: { ...json, authorization }, body: large }))).toEqual([])
    const larger = Buffer.alloc(70_000_000, 'x')
    expect(await exceptions(asked.filter(isRoomy), [413, 0], () => ({ headers: { ...json, authorization }, body: larger }))).toEqual([])
    expect(await exceptions(asked, [400], () => ({ headers: { ...json, authorization }, body: '{"a":' }))).toEqual([])
    expect(await exceptions(asked, [400, 415], () => ({ headers: { 'content-type': 'text/plain', authorization }, body: '{}' }))).toEqual(
      [],
    )
    expect(await exceptions(asked, [400], () => ({ headers: { ...json, authorization }, body: '{"__proto__":{"a":1}}' }))).toEqual([])
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(await exceptions(asked, [400, 404], () => ({ headers: { ...json, authorization }, body: deep }))).toEqual([])
    expect(await stateOfDemo()).toEqual(before)
  })

  it('sends headers that keep a browser from doing harm with the answer', async () => {
    for (const path of [
      '/',
      '/api/v1/applications',
      '/api/v1/applications/demo/manifests',
      '/nothing',
      '/metrics',
      '/git/demo.git/info/refs?service=git-upload-pack',
    ]) {
      const response = await fetch(new URL(path, plimsoll.url), { headers: { authorization: `Bearer ${plimsoll.token}` } })
      await response.body?.cancel()
      expect(response.headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(response.headers.get('content-security-policy') ?? '', path).toMatch(/default-src 'none'|default-src 'self'/)
      expect(response.headers.get('content-security-policy') ?? '', path).toContain("frame-ancestors 'none'")
      expect(response.headers.get('access-control-allow-origin'), path).toBeNull()
    }
  })
})

describe('signing out', () => {
  it('ends a session, and never the token of the machine, which git and scripts live by', async () => {
    const headers = { authorization: `Bearer ${plimsoll.token}` }

    expect((await send({ method: 'DELETE', path: '/api/v1/session' }, { headers })).status).toBe(200)

    expect((await send({ method: 'GET', path: '/api/v1/applications' }, { headers })).status).toBe(200)
  })
})

describe('git over HTTP', { timeout: 60_000 }, () => {
  const withPassword = (user: string, password: string, name = 'demo'): string => {
    const url = new URL(plimsoll.repositoryUrl(name))
    url.username = user
    url.password = password
    return url.href
  }
  const git = (...args: string[]): ReturnType<typeof run> =>
    run('git', ['-c', 'credential.helper=', ...args], { env: { GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: 'true' } })

  it('neither reads nor writes without the right password, nor tells what is there', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'plimsoll-git-'))
    try {
      await mustRun('git', ['clone', '--quiet', withPassword('admin', plimsoll.token), join(dir, 'clone')])
      for (const url of [
        plimsoll.repositoryUrl('demo'),
        withPassword('admin', 'wrong'),
        withPassword('', ''),
        withPassword('somebody', 'wrong'),
      ]) {
        expect((await git('ls-remote', url)).code, url.replace(plimsoll.token, '…')).not.toBe(0)
        expect((await git('-C', join(dir, 'clone'), 'push', '--quiet', url, 'HEAD:refs/heads/sneaky')).code).not.toBe(0)
      }
      for (const path of [
        'info/refs?service=git-upload-pack',
        'info/refs?service=git-receive-pack',
        'HEAD',
        'config',
        'objects/info/packs',
      ]) {
        const answers = await Promise.all(['demo', 'missing'].map((name) => fetch(`${plimsoll.url}/git/${name}.git/${path}`)))
        const [there, missing] = await Promise.all(
          answers.map(async (answer) => [answer.status, (await answer.text()).replaceAll(/[0-9a-f-]{36}/g, '')]),
        )
        expect(there, path).toEqual(missing)
        expect(there?.[0], path).toBe(401)
      }
      expect(await mustRun('git', ['ls-remote', withPassword('admin', plimsoll.token)])).not.toContain('sneaky')
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  it('serves repositories and nothing beside them', async () => {
    const headers = { authorization: `Basic ${Buffer.from(`admin:${plimsoll.token}`).toString('base64')}` }
    for (const path of [
      '../token',
      '..%2ftoken',
      '%2e%2e/token',
      'demo.git/../../token',
      'demo.git/config',
      'demo.git/HEAD',
      'demo.git/hooks/pre-receive',
      'demo.git%00/info/refs',
      './/demo.git/config',
      'demo.git/info/refs?service=git-upload-archive',
      'demo.git/info/refs',
    ]) {
      const { status, text } = await send({ method: 'GET', path: `/git/${path}` }, { headers })
      expect([400, 403, 404, 405], path).toContain(status)
      expect(text, path).not.toContain(plimsoll.token)
    }
    for (const name of ['..', '.git', 'a/../../b', '-option', 'a b', 'x'.repeat(300), '__proto__.git/..']) {
      const { status } = await send(
        { method: 'GET', path: `/git/${encodeURIComponent(name)}.git/info/refs?service=git-receive-pack` },
        { headers },
      )
      expect([400, 403, 404], name).toContain(status)
    }
  })
})

describe('a webhook', () => {
  const payload = (): string => JSON.stringify({ ref: 'refs/heads/main', repository: { clone_url: plimsoll.repositoryUrl('demo') } })
  const sign = (body: string | Buffer, secret = webhookSecret): string =>
    `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const post = (headers: Record<string, string>, body: string | Buffer): ReturnType<typeof send> =>
    send({ method: 'POST', path: '/api/webhook' }, { headers: { ...json, 'x-github-event': 'push', ...headers }, body })

  it('that is not signed, signed wrongly, or for something else, is refused and changes nothing', async () => {
    const before = await stateOfDemo()
    const body = payload()
    for (const headers of [
      {},
      { 'x-hub-signature-256': '' },
      { 'x-hub-signature-256': 'sha256=' },
      { 'x-hub-signature-256': sign(body, 'wrong') },
      { 'x-hub-signature-256': sign(`${body} `) },
      { 'x-hub-signature-256': sign(body).slice('sha256='.length) },
      { 'x-hub-signature': `sha1=${createHmac('sha1', webhookSecret).update(body).digest('hex')}` },
      { 'x-gitlab-token': webhookSecret },
      { 'x-gitea-signature': createHmac('sha256', '').update(body).digest('hex') },
      { authorization: `Bearer ${plimsoll.token}` },
    ] as Record<string, string>[]) {
      expect((await post(headers, body)).status, JSON.stringify(headers)).toBe(401)
    }
    expect(await stateOfDemo()).toEqual(before)
  })

  it('that is right is a hint to look again, and the same one again changes nothing', async () => {
    const before = await stateOfDemo()
    for (let round = 0; round < 20; round++) expect((await post({ 'x-hub-signature-256': sign(payload()) }, payload())).status).toBe(200)
    expect(await stateOfDemo()).toEqual(before)
  })

  it('that is too large, no JSON, or odd inside, costs itself only', async () => {
    const large = Buffer.alloc(3_000_000, 'x')
    expect([413, 0]).toContain((await post({ 'x-hub-signature-256': sign(large) }, large)).status)
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '{"repository":null}',
      '{"repository":{"clone_url":["x"]}}',
      '{"repository":{"clone_url":"ext::sh -c id"}}',
    ]) {
      const { status } = await post({ 'x-hub-signature-256': sign(body) }, body)
      expect([200, 400], body).toContain(status)
    }
    expect((await send({ method: 'GET', path: '/healthz' }, {})).text).toBe('ok')
  })
})

/** A text that looks otherwise in each form that it could be hidden in. */
function canary(): string {
  return `cnry/${randomBytes(6).toString('hex')}+"q\\${randomBytes(6).toString('hex')}`
}

/** How a text could stand in an answer or a file: as it is, in JSON, twice in JSON, in a URL, and in Base64 at each of its three alignments. */
function formsOf(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1)
  const encoded = [0, 1, 2].map((shift) => {
    const text = Buffer.from(`${'x'.repeat(shift)}${secret}`).toString('base64')
    // What depends on the neighbours is cut off at both ends.
    return text.slice(shift === 0 ? 0 : 4, -4)
  })
  return [
    secret,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    encodeURIComponent(secret),
    ...encoded,
    ...encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    Buffer.from(secret).toString('hex'),
  ]
}

describe('a secret', { timeout: 180_000 }, () => {
  it('is in no answer, stream, event, log, metric or record, in whatever form, whatever is done with it', async () => {
    const secrets = {
      data: canary(),
      stringData: canary(),
      lastApplied: canary(),
      edited: canary(),
      next: canary(),
      broken: canary(),
      invalid: canary(),
      number: `${Math.floor(1e11 + Math.random() * 8e11)}`,
      annotation: canary(),
      elsewhere: canary(),
      file: canary(),
      git: `cnry${randomBytes(12).toString('hex')}`,
    }
    const base64 = (text: string): string => Buffer.from(text).toString('base64')
    const said: string[] = []
    const hear = async (method: string, path: string, body?: unknown): Promise<string> => {
      const { text } = await send(
        { method, path },
        { headers: { ...json, authorization: `Bearer ${plimsoll.token}` }, ...(body !== undefined && { body: JSON.stringify(body) }) },
      )
      said.push(`${method} ${path}\n${text}`)
      return text
    }
    const outside = mkdtempSync(join(tmpdir(), 'plimsoll-canary-'))
    writeFileSync(
      join(outside, 'secret.yaml'),
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: stolen }\ndata: { a: ${JSON.stringify(secrets.file)} }\nb: [\n`,
    )

    // A Secret that kubectl applied before, with the values in its annotation, and that Git holds now.
    await cluster.create('{ apiVersion: v1, kind: Namespace, metadata: { name: vault } }')
    await cluster.applyClientSide(
      `{ apiVersion: v1, kind: Secret, metadata: { name: old, namespace: vault }, data: { a: ${base64(secrets.lastApplied)} } }`,
    )
    const secretYaml = (value: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata: { name: old }\ndata: { a: ${base64(secrets.data)} }\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: text, annotations: { example.com/token: ${JSON.stringify(secrets.annotation)} } }\nstringData: { b: ${JSON.stringify(value)} }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: annotated, annotations: { example.com/token: ${JSON.stringify(secrets.elsewhere)} } }\n`
    await cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'argocd-cm', namespace: 'argocd' },
      data: { 'resource.sensitive.mask.annotations': 'example.com/other, example.com/token' },
    })
    const podYaml = `apiVersion: v1\nkind: Pod\nmetadata: { name: uses }\nspec: { containers: [{ name: a, image: none, command: [sh, -c, 'echo started; sleep 1000'], env: [{ name: B, valueFrom: { secretKeyRef: { name: text, key: b } } }] }] }\n`
    await plimsoll.push('vault', { 'secret.yaml': secretYaml(secrets.stringData), 'pod.yaml': podYaml })
    await hear('POST', '/api/v1/applications', applicationManifest(plimsoll, 'vault', { selfHeal: false }))
    await untilSynced(plimsoll, 'vault')

    const lookEverywhere = async (): Promise<void> => {
      for (const path of [
        '',
        '?refresh=hard',
        '/resource-tree',
        '/managed-resources',
        '/manifests',
        '/plan',
        '/rendering',
        '/events',
        '/deployments',
        '/logs',
        '/pods/uses/logs',
        '/syncwindows',
      ]) {
        await hear('GET', `/api/v1/applications/vault${path}`)
      }
      for (const name of ['old', 'text']) {
        const query = `namespace=vault&resourceName=${name}&version=v1&kind=Secret&group=`
        await hear('GET', `/api/v1/applications/vault/resource?${query}`)
        await hear('POST', `/api/v1/applications/vault/resource?${query}&patchType=application/merge-patch%2Bjson`, {
          metadata: { labels: { seen: 'yes' } },
        })
        await hear('GET', `/api/v1/applications/vault/resource/actions?${query}`)
      }
      for (const path of [
        '/api/v1/applications',
        '/api/v1/stream/applications',
        '/api/v1/fleet',
        '/api/v1/fleet/choices',
        '/api/v1/stream/fleet?follow=argocd/vault',
        '/api/v1/stream/applications/vault/resource-tree',
        '/api/v1/audit',
        '/api/v1/clusters',
        '/metrics',
        '/api/v1/settings',
      ])
        await hear('GET', path)
      for (const args of [
        ['app', 'diff', 'vault'],
        ['app', 'plan', 'vault'],
        ['app', 'get', 'vault', '-o', 'yaml'],
        ['app', 'manifests', 'vault'],
        ['app', 'resources', 'vault'],
        ['app', 'history', 'vault'],
      ]) {
        const { stdout, stderr } = await plimsoll.cli(args)
        said.push(`${args.join(' ')}\n${stdout}${stderr}`)
      }
    }
    await lookEverywhere()

    // Drift, so that there is a difference to show; then a change in Git, so that there is another.
    await cluster.patch('v1/Secret', 'vault', 'text', { data: { b: base64(secrets.edited) } }, { manager: 'kubectl-edit' })
    await eventually(
      'the drift is seen',
      async () =>
        (await plimsoll.api<{ status: { sync: { status: string } } }>('GET', '/api/v1/applications/vault')).status.sync.status ===
        'OutOfSync',
    )
    await lookEverywhere()
    expect(said.join('\n')).toMatch(/"differences":\[\{"path":"data\.b"/)

    // Every other way in which a difference is found: by the API server, without what is ignored, by programs that move values to where no mask is.
    const programs = [
      '.metadata.labels',
      '.x) | (.metadata.labels.moved = .data.b',
      '.x) | (.metadata.labels[.data.b] = "1"',
      '.x) | (.spec = .data',
      '.data.b | error',
      '.data | until(false; [.] + [1])',
    ]
    for (const [compareOptions, ignoreDifferences] of [
      ['ServerSideDiff=true', null],
      [
        'ServerSideDiff=true,IncludeMutationWebhook=true',
        [{ kind: 'Secret', jsonPointers: ['/data/a'], managedFieldsManagers: ['kubectl-edit'] }],
      ],
      ...programs.map((program) => [null, [{ kind: 'Secret', jqPathExpressions: [program] }]]),
      [null, null],
    ]) {
      await hear('PATCH', '/api/v1/applications/vault', {
        name: 'vault',
        patchType: 'merge',
        patch: JSON.stringify({
          metadata: { annotations: { 'argocd.argoproj.io/compare-options': compareOptions } },
          spec: { ignoreDifferences },
        }),
      })
      for (const path of ['?refresh=normal', '/managed-resources', '/plan', '/manifests', '/resource-tree', '/events'])
        await hear('GET', `/api/v1/applications/vault${path}`)
      const { stdout, stderr } = await plimsoll.cli(['app', 'diff', 'vault'])
      said.push(`app diff ${JSON.stringify([compareOptions, ignoreDifferences])}\n${stdout}${stderr}`)
    }
    await plimsoll.push('vault', { 'secret.yaml': secretYaml(secrets.next) })
    await untilSynced(plimsoll, 'vault')

    // What is refused: by the parser, by the cluster, for its Base64, for where it leads.
    const quoted = JSON.stringify(secrets.broken)
    for (const files of [
      { 'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: old }\nstringData:\n  a: ${quoted}\n b: ${quoted}\n` },
      {
        'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: old }\nstringData: { a: ${quoted} }\nstringdata: { a: ${quoted} }\n`,
      },
      { 'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: old }\ndata: { a: ${JSON.stringify(secrets.invalid)} }\n` },
      { 'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: old }\ndata: { a: ${secrets.number} }\n` },
      { 'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: old }\ndata: [${quoted}]\n` },
      { 'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: old }\nstringData: { a: { b: ${quoted} } }\n` },
      { 'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: old }\ntype: kubernetes.io/tls\nstringData: { a: ${quoted} }\n` },
      { 'secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: { name: ${quoted} }\n`.replaceAll(quoted, 'Bad') },
    ]) {
      const revision = await plimsoll.push('vault', files)
      await eventually('it is refused', async () => {
        const { status } = await plimsoll.api<{
          status: {
            sync: { revision: string; status: string }
            conditions?: unknown[]
            operationState?: { message: string; operation: { sync: { revision: string } } }
          }
        }>('GET', '/api/v1/applications/vault')
        return (
          (status.conditions ?? []).length > 0 ||
          (status.operationState?.operation.sync.revision === revision && /apply/.test(status.operationState.message))
        )
      })
      await lookEverywhere()
    }
    const link = mkdtempSync(join(tmpdir(), 'plimsoll-link-'))
    symlinkSync(join(outside, 'secret.yaml'), join(link, 'out.yaml'))
    await mustRun('git', ['init', '--quiet', '--initial-branch=main', link])
    await mustRun('git', ['-C', link, 'add', '.'])
    await mustRun('git', ['-C', link, '-c', 'user.name=T', '-c', 'user.email=t@example.com', 'commit', '--quiet', '-m', 'Link'])
    const url = new URL(plimsoll.repositoryUrl('vault'))
    url.username = 'admin'
    url.password = plimsoll.token
    await mustRun('git', ['-C', link, 'push', '--quiet', '--force', url.href, 'HEAD:main'])
    await eventually('the link is refused', async () =>
      /out of the repository/.test(JSON.stringify(await plimsoll.api('GET', '/api/v1/applications/vault'))),
    )
    await lookEverywhere()

    // A password in the address of a repository, which does not answer.
    const remote = applicationManifest(plimsoll, 'remote')
    ;(remote['spec'] as { source: { repoURL: string } }).source.repoURL = `http://robot:${secrets.git}@127.0.0.1:1/x.git`
    await plimsoll.api('POST', '/api/v1/applications', remote)
    const conditions = await eventually(
      'it is told',
      async () => (await plimsoll.api<{ status?: { conditions?: object[] } }>('GET', '/api/v1/applications/remote')).status?.conditions,
    )
    said.push(JSON.stringify(conditions))
    await send(
      { method: 'GET', path: '/api/v1/applications/remote/manifests' },
      { headers: { authorization: `Bearer ${plimsoll.token}` } },
    ).then(({ text }) => said.push(text))

    said.push(plimsoll.output())
    for (const event of await cluster.list('v1/Event', '')) said.push(JSON.stringify(event))
    const kept = filesBelow(plimsoll.dataDir).filter((path) => !/\/(cluster|repositories|git)\//.test(path))
    expect(kept.map((path) => path.slice(plimsoll.dataDir.length + 1))).toEqual(expect.arrayContaining(['server.log', 'records.sqlite']))
    const texts = [...said, ...kept.map((path) => `${path}\n${readFileSync(path, 'latin1')}`)]

    const leaks = Object.entries(secrets).flatMap(([name, secret]) =>
      formsOf(secret).flatMap((form) =>
        texts
          .filter((text) => text.includes(form))
          .map(
            (text) =>
              `${name} as ${form.slice(0, 20)}… in ${text.split('\n')[0]}: …${text.slice(Math.max(0, text.indexOf(form) - 200), text.indexOf(form) + 20)}`,
          ),
      ),
    )
    expect([...new Set(leaks)].slice(0, 10)).toEqual([])
    // The search finds what is there: the same forms, where they are meant to be.
    const live = JSON.stringify(await cluster.get('v1/Secret', 'vault', 'text'))
    expect(formsOf(secrets.next).some((form) => live.includes(form))).toBe(true)
    rmSync(outside, { recursive: true, force: true })
    rmSync(link, { recursive: true, force: true })
  })
})

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() && statSync(path).size < 200_000_000 ? [path] : []
  })
}

// Last: it locks this address out.
describe('signing in', () => {
  it('is slowed down after a few wrong passwords, for the right one too, and over a restart', async () => {
    const password = /password (\S+)/.exec(plimsoll.output())?.[1] ?? ''
    const signIn = (secret: string): ReturnType<typeof send> =>
      send({ method: 'POST', path: '/api/v1/session' }, { headers: json, body: JSON.stringify({ username: 'admin', password: secret }) })
    const statuses: number[] = []
    for (let round = 0; round < 12; round++) statuses.push((await signIn(`wrong-${round}`)).status)

    expect(statuses[0]).toBe(401)
    expect(statuses.at(-1)).toBe(429)
    expect((await signIn(password)).status).toBe(429)
    await plimsoll.kill()
    await plimsoll.restart()
    expect((await signIn(password)).status).toBe(429)
    expect(
      (await send({ method: 'GET', path: '/api/v1/applications' }, { headers: { authorization: `Bearer ${plimsoll.token}` } })).status,
    ).toBe(200)
  })
})
