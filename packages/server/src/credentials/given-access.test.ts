import { generateKeyPairSync, verify } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { comparableAddress, matchLength } from './address.ts'
import { createGivenAccess, type GivenAccess } from './given-access.ts'
import { createGithubAppTokens } from './github-app.ts'
import { createMemoryCluster, type MemoryCluster } from './testing/memory-cluster.ts'
import { createTrustedHosts } from './trusted-hosts.ts'

let cluster: MemoryCluster
let given: GivenAccess
let connected: Set<string>
let now: number
const servers: Server[] = []

beforeEach(() => {
  cluster = createMemoryCluster()
  connected = new Set()
  now = Date.parse('2026-11-21T00:00:00Z')
  given = createGivenAccess({
    home: cluster.home,
    namespace: 'argocd',
    connections: {
      has: (url) => connected.has(url),
      authorizationOf: async () => ({ kind: 'basic', username: 'oauth2', password: 'of-the-connection' }),
    },
    trusted: createTrustedHosts(cluster.home, 'argocd'),
    githubApps: createGithubAppTokens({ policy: { allowPrivateHosts: true }, now: () => now }),
  })
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** As a user's manifest has it. */
function secret(type: 'repository' | 'repo-creds', name: string, stringData: Record<string, string>): void {
  const labels = { 'argocd.argoproj.io/secret-type': type }
  cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'argocd', labels }, stringData })
}

const passwordFor = async (url: string, project?: string): Promise<string | undefined> => {
  const { authorization } = await given.of(url, given.keyOf(url, project))
  return authorization?.kind === 'basic' ? authorization.password : authorization?.token
}

describe('addresses', () => {
  it.each([
    ['https://GitHub.com/Team/App.git', 'https://github.com/team/app/'],
    ['https://github.com:443/team/app', 'https://ada:secret@github.com/team/app'],
    ['git@github.com:team/app.git', 'ssh://git@github.com/team/app'],
    ['ssh://git@github.com:22/team/app', 'git@github.com:/team/app'],
    ['oci://registry.example.org/team', 'registry.example.org/team'],
  ])('%s and %s are one', (a, b) => {
    expect(comparableAddress(a)).toBe(comparableAddress(b))
  })

  it.each([
    ['https://github.com/team', 'http://github.com/team'],
    ['git@github.com:team/app', 'https://github.com/team/app'],
    ['git@github.com:team/app', 'other@github.com:team/app'],
    ['https://github.com/team', 'https://github.com:8443/team'],
  ])('%s and %s are two', (a, b) => {
    expect(comparableAddress(a)).not.toBe(comparableAddress(b))
  })

  it.each([
    ['https://git.example.com', 'https://git.example.com/team/app', true],
    ['https://git.example.com/tea', 'https://git.example.com/team/app', true],
    ['git@git.example.com', 'git@git.example.com:team/app', true],
    ['git@git.example.com:team', 'ssh://git@git.example.com/team/app', true],
    ['registry.example.org/team', 'oci://registry.example.org/team/charts', true],
    ['https://git.example.com', 'https://git.example.com.elsewhere.org/team', false],
    ['https://git.example.com', 'https://git.example.com:8443/team', false],
    ['https://git.example.com', 'http://git.example.com/team', false],
    ['git@git.example.com', 'git@git.example.com.elsewhere.org:team', false],
    ['https://', 'https://git.example.com/team', false],
    ['', 'https://git.example.com/team', false],
  ])('a template for %j is for %s: %s', (template, url, isFor) => {
    expect(matchLength(template, url) !== undefined).toBe(isFor)
  })
})

describe('what is given for a repository', () => {
  const url = 'https://git.example.com/team/app'

  it('is its own Secret, else its connection, else the longest template, else nothing', async () => {
    const nothing = given.keyOf(url)
    secret('repo-creds', 'short', { url: 'https://git.example.com', password: 'short' })
    secret('repo-creds', 'long', { url: 'https://git.example.com/team', password: 'long' })
    secret('repo-creds', 'other', { url: 'https://git.example.com/other', password: 'other' })
    const template = await passwordFor(url)
    connected.add(url)
    const connection = await passwordFor(url)
    secret('repository', 'own', { url: `${url}.git`, username: 'ada', password: 'own' })
    const own = await passwordFor(url)

    expect([nothing, template, connection, own]).toEqual(['', 'long', 'of-the-connection', 'own'])
  })

  it('is the template’s where its own Secret has no credentials, together with what that says of the way', async () => {
    secret('repo-creds', 'template', { url: 'https://git.example.com', username: 'ada', password: 'template', proxy: 'http://unused:1' })
    secret('repository', 'own', { url, type: 'git', insecure: 'true', proxy: 'http://proxy.example.com:3128', noProxy: 'x' })

    const access = await given.of(url, given.keyOf(url))

    expect(access).toMatchObject({
      authorization: { kind: 'basic', username: 'ada', password: 'template' },
      isInsecure: true,
      proxy: { url: 'http://proxy.example.com:3128', noProxy: 'x' },
    })
  })

  it('for one project is for no other, and goes before what is given for all', async () => {
    secret('repository', 'for-fraud', { url, password: 'fraud', project: 'fraud' })
    const others = given.keyOf(url, 'other')
    secret('repository', 'for-all', { url, password: 'all' })

    expect(others).toBe('')
    expect([await passwordFor(url, 'fraud'), await passwordFor(url, 'other'), await passwordFor(url)]).toEqual(['fraud', 'all', 'all'])
  })

  it('stays with whom it was given to: a key of before is never answered with what another was given since', async () => {
    secret('repository', 'for-all', { url, password: 'all' })
    const key = given.keyOf(url, 'fraud')
    secret('repository', 'for-fraud', { url, password: 'fraud', project: 'fraud' })

    expect((await given.of(url, key)).authorization).toMatchObject({ password: 'all' })
    cluster.remove('Secret', 'for-all')
    await expect(given.of(url, key)).rejects.toMatchObject({
      code: 'repository-unreachable',
      message: expect.stringContaining('no longer'),
    })
  })

  it('is another one as soon as its Secret is', async () => {
    secret('repository', 'own', { url, password: 'before' })
    const key = given.keyOf(url)
    secret('repository', 'own', { url, password: 'after' })

    expect(given.keyOf(url)).toBe(key)
    expect(await passwordFor(url)).toBe('after')
  })

  it.each([
    ['no private key in it', { sshPrivateKey: 'canary' }, 'sshPrivateKey is no private key'],
    ['half a client certificate', { tlsClientCertData: 'canary' }, 'tlsClientCertData and tlsClientCertKey'],
    ['a certificate that is none', { tlsClientCertData: 'canary', tlsClientCertKey: 'canary' }, 'tlsClientCertData is no certificate'],
    ['a key of an App that is none', { githubAppPrivateKey: 'canary', githubAppID: '1' }, 'githubAppPrivateKey is no private key'],
    ['a number that is none', { githubAppID: 'canary' }, 'githubAppID is not a number'],
    ['a switch that is none', { insecure: 'canary' }, 'insecure is neither true nor false'],
    ['a type that is none', { type: 'canary' }, 'its type is none of'],
    ['a line break in a password', { password: 'canary\nAuthorization: x' }, 'has a line break'],
    ['a cloud’s own way in', { gcpServiceAccountKey: 'canary' }, 'gcpServiceAccountKey is not supported'],
  ])('with %s is the trouble of that repository alone, in a sentence without what it holds', async (_what, data, expected) => {
    secret('repository', 'broken', { url, ...data })
    secret('repository', 'sound', { url: 'https://git.example.com/other', password: 'sound' })

    const refused = await given.of(url, given.keyOf(url)).catch((error: unknown) => error)

    expect(refused).toMatchObject({
      code: 'repository-unreachable',
      message: expect.stringContaining("Secret 'broken' in namespace argocd"),
    })
    expect(refused).toMatchObject({ message: expect.stringContaining(expected), remedy: expect.stringContaining('--upsert') })
    expect(String(refused)).not.toContain('canary')
    expect(await passwordFor('https://git.example.com/other')).toBe('sound')
  })

  it('that is not base64, or names no address, harms no other', async () => {
    const labels = { 'argocd.argoproj.io/secret-type': 'repository' }
    cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'argocd', labels }, data: { url: '%%%' } })
    cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b', namespace: 'argocd', labels } })
    secret('repository', 'c', { url, password: 'sound' })

    expect(await passwordFor(url)).toBe('sound')
    expect(given.repositories().map(({ problem }) => problem)).toEqual(['data.url is not base64', 'it has no url', undefined])
  })

  it('is read from Secrets of the installation’s namespace that say by their label what they are, and from no others', () => {
    const data = { url: Buffer.from(url).toString('base64') }
    cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'unlabelled', namespace: 'argocd' }, data })
    const labels = { 'argocd.argoproj.io/secret-type': 'repository' }
    cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'elsewhere', namespace: 'team', labels }, data })

    expect(given.keyOf(url)).toBe('')
  })
})

describe('a GitHub App', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()

  async function github(options: { expiresInMs: number }) {
    const asked: string[] = []
    const proofs: Record<string, unknown>[] = []
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      const [head = '', body = '', signature = ''] = (request.headers.authorization ?? '').replace('Bearer ', '').split('.')
      const isSigned = verify('RSA-SHA256', Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url'))
      if (!isSigned) return void response.writeHead(401).end('{}')
      proofs.push(JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>)
      if (request.url?.endsWith('/installation')) return void response.end('{"id": 77}')
      const token = `ghs_token${asked.length}`
      response.writeHead(201).end(JSON.stringify({ token, expires_at: new Date(now + options.expiresInMs).toISOString() }))
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`, asked, proofs }
  }

  it('gives a token of its installation, signed for as GitHub wants it, and used until shortly before it ends', async () => {
    const { base, asked, proofs } = await github({ expiresInMs: 60 * 60_000 })
    secret('repo-creds', 'app', {
      url: 'https://ghe.example.com/team',
      githubAppID: '12',
      githubAppInstallationID: '34',
      githubAppEnterpriseBaseUrl: base,
      githubAppPrivateKey: pem,
    })
    const url = 'https://ghe.example.com/team/app'

    const [first, second] = await Promise.all([passwordFor(url), passwordFor(`${url}2`)])
    now += 50 * 60_000
    const third = await passwordFor(url)

    expect([first, second, third]).toEqual(['ghs_token1', 'ghs_token1', 'ghs_token2'])
    expect(asked).toEqual(Array(2).fill('POST /api/v3/app/installations/34/access_tokens'))
    expect(proofs[0]).toEqual({ iss: '12', iat: expect.any(Number), exp: expect.any(Number) })
    expect(Number(proofs[0]?.['exp']) - Number(proofs[0]?.['iat'])).toBeLessThanOrEqual(600)
  })

  it('finds its installation by the repository where none is named', async () => {
    const { base, asked } = await github({ expiresInMs: 60 * 60_000 })
    const url = 'https://ghe.example.com/team/app.git'
    secret('repository', 'app', { url, githubAppID: '12', githubAppEnterpriseBaseUrl: base, githubAppPrivateKey: pem })

    expect(await passwordFor(url)).toBe('ghs_token2')
    expect(asked).toEqual(['GET /api/v3/repos/team/app/installation', 'POST /api/v3/app/installations/77/access_tokens'])
  })

  it('whose API nobody names is asked at github.com alone', async () => {
    const url = 'https://ghe.example.com/team/app'
    secret('repository', 'app', { url, githubAppID: '12', githubAppPrivateKey: pem })

    await expect(given.of(url, given.keyOf(url))).rejects.toMatchObject({ remedy: expect.stringContaining('githubAppEnterpriseBaseUrl') })
  })

  it('that GitHub does not know is refused with what to check, and without its key', async () => {
    const { base } = await github({ expiresInMs: 1 })
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const url = 'https://ghe.example.com/team/app'
    secret('repository', 'app', { url, githubAppID: '12', githubAppEnterpriseBaseUrl: base, githubAppPrivateKey: other })

    const refused = await given.of(url, given.keyOf(url)).catch((error: unknown) => error)

    expect(refused).toMatchObject({ code: 'repository-unreachable', message: expect.stringContaining('answers 401') })
    expect(refused).toMatchObject({ remedy: expect.stringContaining('githubAppPrivateKey') })
    expect(JSON.stringify([refused, String(refused)])).not.toContain('PRIVATE KEY')
  })
})
