import { execFileSync } from 'node:child_process'
import { createServer, type RequestListener, type Server } from 'node:http'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccountRole, ConfiguredRepository, RepositoryCertificate } from '@plimsoll/api'
import { createRepositories, type GitRepositories } from '@plimsoll/git'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

/** A private Git repository, a private chart repository and a private registry elsewhere, over real sockets; Secrets in a cluster in memory. */
let dir: string
let server: ServerForTests
let there: GitRepositories
const servers: Server[] = []
let gitURL: string
let helmURL: string
let registry: string
const password = 'canary-p4ss word/+'
const basic = `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`
let wanted = basic

async function listen(answer: RequestListener): Promise<string> {
  const listening = createServer(answer)
  servers.push(listening)
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(listening.address() as AddressInfo).port}`
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'plimsoll-kept-'))
  there = createRepositories({ dataDir: join(dir, 'there'), hosting: { baseUrl: () => 'http://there', root: join(dir, 'there/hosted') } })
  await there.hosted.create('team/app')
  await there.hosted.commit({
    repo: 'team/app',
    branch: 'main',
    files: new Map([
      ['web/kustomization.yaml', 'resources: []\n'],
      ['chart/Chart.yaml', 'name: chart\n'],
    ]),
    message: 'First',
    author: { name: 'zoe', email: 'zoe@example.org' },
  })
  const everything = { username: 'x', canRead: () => true, canCreate: () => false, canWrite: () => false }
  const git = await listen((request, response) => {
    if (request.headers.authorization !== wanted) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    request.url = `/git${request.url ?? ''}`
    void there.handle(request, response, everything)
  })
  gitURL = `http://${git}/team/app`
  const helm = await listen((request, response) => {
    if (request.headers.authorization !== basic) return void response.writeHead(401).end()
    response.end('entries: {}\n')
  })
  helmURL = `http://${helm}/stable`
  registry = await listen((request, response) => {
    if (request.url?.startsWith('/token')) {
      const isKnown = request.headers.authorization === basic
      return void response.writeHead(isKnown ? 200 : 401).end('{"token":"of-the-registry"}')
    }
    if (request.headers.authorization === 'Bearer of-the-registry') return void response.end('{}')
    response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry}/token",service="r"` }).end()
  })
  server = await startServerForTests({ git: 'real', dataDir: join(dir, 'here') })
}, 30_000)

afterAll(async () => {
  await server.close()
  await there.close()
  for (const listening of servers) {
    listening.closeAllConnections()
    await new Promise((resolve) => listening.close(resolve))
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
})

beforeEach(async () => {
  wanted = basic
  for (const { secretName } of (await list()).body.items) if (secretName) server.cluster.remove('Secret', secretName)
})

async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  role: AccountRole = 'admin',
): Promise<{ status: number; body: T; text: string }> {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...server.bearer(role), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text) as T }
}

const list = (query = '') => ask<{ items: ConfiguredRepository[] }>('GET', `/api/v1/repositories?hosted=false${query}`)
const at = (url: string, below = '') => `/api/v1/repositories/${encodeURIComponent(url)}${below}`

describe('a repository elsewhere', () => {
  it('is kept in a Secret that Argo CD would read, once it has answered, and its password is never shown', async () => {
    const wrong = await ask('POST', '/api/v1/repositories', { repo: gitURL, username: 'ada', password: 'wrong' })
    const made = await ask('POST', '/api/v1/repositories', { repo: gitURL, username: 'ada', password })
    const again = await ask('POST', '/api/v1/repositories', { repo: `${gitURL}.git`, username: 'ada', password: 'other' })
    const { body, text } = await list()
    const one = await ask<ConfiguredRepository>('GET', at(`${gitURL}.git`))

    expect([wrong.status, made.status, again.status]).toEqual([502, 200, 409])
    expect(made.body).toEqual({ repo: gitURL, type: 'git' })
    expect(body.items).toMatchObject([
      { repo: gitURL, type: 'git', username: 'ada', method: 'password', connectionState: { status: 'Successful', message: '' } },
    ])
    expect(one.body).toMatchObject(body.items[0] ?? expect.fail())
    const kept = server.cluster.get('Secret', body.items[0]?.secretName ?? '')
    expect(kept).toMatchObject({
      metadata: {
        name: expect.stringMatching(/^repo-\d+$/),
        labels: { 'argocd.argoproj.io/secret-type': 'repository' },
        annotations: { 'managed-by': 'argocd.argoproj.io' },
      },
      data: { password: Buffer.from(password).toString('base64') },
    })
    expect(text + one.text + wrong.text + again.text).not.toContain('canary')
  })

  it('that a manifest brings is read, its state told, and rotating its password counts at the next look', async () => {
    server.cluster.put({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'by-hand', namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'repository' } },
      stringData: { url: gitURL, username: 'ada', password },
    })
    const { repositories } = server.parts

    const { commit } = await repositories.resolve(gitURL, 'main')
    wanted = `Basic ${Buffer.from('ada:rotated').toString('base64')}`
    const refused = await repositories.resolve(gitURL, 'main', { maxAgeMs: 0 }).catch((error: unknown) => error)
    const failing = await list('&forceRefresh=true')
    server.cluster.put({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'by-hand', namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'repository' } },
      stringData: { url: gitURL, username: 'ada', password: 'rotated' },
    })
    await repositories.refresh(gitURL)
    const working = await list()

    expect(commit).toMatch(/^[0-9a-f]{40}$/)
    expect(refused).toMatchObject({ code: 'repository-unreachable' })
    expect(failing.body.items[0]?.connectionState).toMatchObject({ status: 'Failed', message: expect.stringContaining('cannot be read') })
    expect(working.body.items[0]?.connectionState.status).toBe('Successful')
    expect(JSON.stringify([String(refused), failing.text, server.logged])).not.toContain('canary')
  })

  it('shows branches, tags and folders with a chart or a kustomization, to everybody who may see it', async () => {
    await ask('POST', '/api/v1/repositories', { repo: gitURL, username: 'ada', password })

    const refs = await ask('GET', at(gitURL, '/refs'), undefined, 'readonly')
    const apps = await ask('GET', at(gitURL, '/apps'), undefined, 'readonly')
    const unknown = await ask('GET', at('http://127.0.0.1:1/other', '/refs'), undefined, 'readonly')

    expect(refs.body).toEqual({ branches: ['main'], tags: [] })
    expect(apps.body).toEqual({
      items: [
        { type: 'Helm', path: 'chart' },
        { type: 'Kustomize', path: 'web' },
      ],
    })
    expect(unknown.status).toBe(404)
  })

  it('is changed, tried without being kept, and forgotten; a Secret that somebody else keeps is only let go', async () => {
    await ask('POST', '/api/v1/repositories', { repo: gitURL, username: 'ada', password })
    const changed = await ask<ConfiguredRepository>('PUT', at(gitURL), { repo: gitURL, username: 'ada', password, enableLfs: true })
    const tried = await ask('POST', at(gitURL, '/validate'), { username: 'ada', password: 'wrong' })
    const asArgo = await ask('POST', `${at(gitURL, '/validate')}?username=ada&password=${encodeURIComponent(password)}`, gitURL)
    const gone = await ask('DELETE', at(gitURL))
    const twice = await ask('DELETE', at(gitURL))
    const labels = { 'argocd.argoproj.io/secret-type': 'repository' }
    server.cluster.put({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'theirs', namespace: 'argocd', labels },
      stringData: { url: gitURL },
    })
    await ask('DELETE', at(gitURL))

    expect(changed.body).toMatchObject({ enableLfs: true, username: 'ada' })
    expect([tried.status, asArgo.status, gone.status, twice.status]).toEqual([502, 200, 200, 404])
    expect(server.cluster.get('Secret', 'theirs')?.metadata.labels).toEqual({})
    expect((await list()).body.items).toEqual([])
    server.cluster.remove('Secret', 'theirs')
  })

  it('with charts, or that is a registry, is asked in its own way', async () => {
    const helm = await ask('POST', '/api/v1/repositories', { repo: helmURL, type: 'helm', name: 'stable', username: 'ada', password })
    const nameless = await ask('POST', '/api/v1/repositories', { repo: `${helmURL}2`, type: 'helm' })
    const wrong = await ask('POST', '/api/v1/repositories', {
      repo: registry,
      type: 'helm',
      name: 'r',
      enableOCI: true,
      username: 'ada',
      password: 'x',
    })
    const oci = await ask('POST', '/api/v1/repositories', {
      repo: registry,
      type: 'helm',
      name: 'r',
      enableOCI: true,
      username: 'ada',
      password,
    })

    expect([helm.status, nameless.status, wrong.status, oci.status]).toEqual([200, 400, 502, 200])
    expect((await list()).body.items.map(({ repo, type, name, enableOCI }) => ({ repo, type, name, enableOCI }))).toEqual([
      { repo: registry, type: 'helm', name: 'r', enableOCI: true },
      { repo: helmURL, type: 'helm', name: 'stable' },
    ])
  })

  it('that is broken is told with what to do, next to those that are not', async () => {
    const labels = { 'argocd.argoproj.io/secret-type': 'repository' }
    const metadata = (name: string) => ({ name, namespace: 'argocd', labels })
    server.cluster.put({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('broken'),
      stringData: { url: 'git@git.example.com:a/b', sshPrivateKey: 'canary' },
    })
    server.cluster.put({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('sound'),
      stringData: { url: gitURL, username: 'ada', password },
    })

    const { body, text } = await list()

    expect(body.items.map(({ secretName, connectionState }) => [secretName, connectionState.status])).toEqual([
      ['broken', 'Failed'],
      ['sound', 'Successful'],
    ])
    expect(body.items[0]?.connectionState.message).toMatch(/sshPrivateKey is no private key.*Correct that field of the Secret/)
    expect(text).not.toContain('canary')
  })

  it('is connected by administrators, and by nobody else; what they send is in no record', async () => {
    const sent = { repo: gitURL.replace('://', '://ada:canary-in-address@'), password: 'canary-sent' }
    const maintainer = await ask('POST', '/api/v1/repositories', sent, 'maintainer')
    const inAddress = await ask('POST', '/api/v1/repositories', sent)
    const audit = await ask<{ items: object[] }>('GET', '/api/v1/audit')

    expect([maintainer.status, inAddress.status]).toEqual([403, 400])
    expect(maintainer.text + inAddress.text + audit.text + server.logged.join()).not.toContain('canary')
    expect(audit.text).toContain('repository.create')
  })
})

describe('a credential template', () => {
  it('lets us into all repositories whose addresses begin alike, and says nothing secret', async () => {
    const prefix = gitURL.replace('/app', '')
    const made = await ask('POST', '/api/v1/repocreds', { url: prefix, username: 'ada', password })
    const other = await ask('POST', '/api/v1/repocreds', { url: prefix, username: 'ada', password: 'other' })
    const repository = await ask('POST', '/api/v1/repositories', { repo: gitURL })
    const listed = await ask('GET', '/api/v1/repocreds')
    const { body } = await list()

    expect([made.status, other.status, repository.status]).toEqual([200, 409, 200])
    expect(listed.body).toMatchObject({ items: [{ url: prefix, username: 'ada', method: 'password' }] })
    expect(body.items).toMatchObject([{ repo: gitURL, inheritedCreds: true, connectionState: { status: 'Successful' } }])
    expect((await server.parts.repositories.resolve(gitURL, 'main')).commit).toMatch(/^[0-9a-f]{40}$/)
    expect(made.text + listed.text).not.toContain('canary')

    const gone = await ask('DELETE', `/api/v1/repocreds/${encodeURIComponent(prefix)}`)

    expect(gone.status).toBe(200)
    expect((await list('&forceRefresh=true')).body.items[0]?.connectionState.status).toBe('Failed')
  })
})

describe('hosts', () => {
  it('are known by their keys and by whoever signs for them, as Argo CD keeps them', async () => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'host')])
    const [kind = '', key = ''] = readFileSync(join(dir, 'host.pub'), 'utf8').split(' ')
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        join(dir, 'ca.key'),
        '-out',
        join(dir, 'ca.pem'),
        '-days',
        '2',
        '-subj',
        '/CN=An authority',
      ],
      { stdio: 'pipe' },
    )
    const pem = readFileSync(join(dir, 'ca.pem'), 'utf8')
    const base64 = (text: string): string => Buffer.from(text).toString('base64')
    const ssh = { serverName: '[git.example.com]:2222', certType: 'ssh', certSubType: kind, certData: base64(key) }
    const tls = { serverName: 'git.example.com', certType: 'https', certData: base64(pem) }

    const made = await ask<{ items: RepositoryCertificate[] }>('POST', '/api/v1/certificates', { items: [ssh, tls] })
    const nonsense = await ask('POST', '/api/v1/certificates', { items: [{ ...ssh, certData: base64('AAAA') }] })
    const other = await ask('POST', '/api/v1/certificates', { items: [{ ...tls, certData: base64(`${pem}${pem}`) }] })
    const listed = await ask<{ items: RepositoryCertificate[] }>('GET', '/api/v1/certificates?hostNamePattern=git.*')
    const knownHosts = server.cluster.get('ConfigMap', 'argocd-ssh-known-hosts-cm')?.['data'] as Record<string, string>
    const removed = await ask<{ items: object[] }>('DELETE', '/api/v1/certificates?hostNamePattern=git.example.com&certType=https')
    const everything = await ask('DELETE', '/api/v1/certificates')

    expect([made.status, nonsense.status, other.status, everything.status]).toEqual([200, 400, 409, 400])
    expect(listed.body.items).toMatchObject([{ certType: 'https', certSubType: 'rsa', certInfo: 'CN=An authority' }])
    expect(made.body.items[0]).toMatchObject({ certType: 'ssh', certSubType: 'ssh-ed25519', certInfo: expect.stringMatching(/^SHA256:/) })
    expect(knownHosts['ssh_known_hosts']?.trim()).toBe(`[git.example.com]:2222 ${kind} ${key}`)
    expect(removed.body.items).toHaveLength(1)
    expect(server.cluster.get('ConfigMap', 'argocd-tls-certs-cm')?.['data']).toEqual({})
  })
})
