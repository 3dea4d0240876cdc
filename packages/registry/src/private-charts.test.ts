import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import type { Access, AccessSource } from '@plimsoll/network'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createChartRegistry } from './chart-registry.ts'
import type { ChartRegistry } from './contract.ts'

/** Chart repositories and registries over TLS, by an authority nobody on this machine knows. */
let dir: string
let registry: ChartRegistry
let given: Record<string, Access>
const servers: Server[] = []
const read = (name: string): string => readFileSync(join(dir, name), 'utf8')
const authorityOf = (): string => read('ca.pem')
const basic = `Basic ${Buffer.from('ada:canary').toString('base64')}`
const authorization = { kind: 'basic', username: 'ada', password: 'canary' } as const
const archive = Buffer.from('archive of 1.0.0')
const digest = `sha256:${createHash('sha256').update(archive).digest('hex')}`

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'plimsoll-private-charts-'))
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=CA')
  for (const [name, extension] of [
    ['server', 'subjectAltName=IP:127.0.0.1'],
    ['client', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    writeFileSync(join(dir, `${name}.ext`), extension)
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`]
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`)
  }
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

beforeEach(() => {
  given = {}
  const access: AccessSource = {
    keyOf: (_url, project = '') => (given[project] === undefined ? '' : `given ${project}`),
    of: async (_url, key) => (key === '' ? { authorityOf } : (given[key.slice('given '.length)] ?? {})),
  }
  registry = createChartRegistry({ dataDir: mkdtempSync(join(dir, 'kept-')), allowPrivateHosts: true, access })
})
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: RequestListener): Promise<string> {
  const options = { key: read('server.key'), cert: read('server.pem'), ca: authorityOf(), requestCert: true, rejectUnauthorized: false }
  const server = createServer(options, answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const helm = (demand: (request: Parameters<RequestListener>[0]) => boolean) =>
  serve((request, response) => {
    if (!demand(request)) return void response.writeHead(401).end()
    if (request.url !== '/index.yaml') return void response.end(archive)
    response.end(`entries: { web: [{ version: 1.0.0, urls: [web.tgz], digest: ${digest.slice(7)} }] }`)
  })

describe('a private chart repository', () => {
  it('is read with password and certificate of its own, where its authority is believed', async () => {
    const repoURL = `https://${await helm(({ headers, socket }) => headers.authorization === basic && (socket as TLSSocket).authorized)}`
    const request = { repoURL, chart: 'web', version: '' }

    const refused = await registry.resolve(request).catch((error: unknown) => error)
    given[''] = { authorityOf, authorization, clientCertificate: { certificate: read('client.pem'), key: read('client.key') } }
    const chart = await registry.resolve(request)

    expect(refused).toMatchObject({ code: 'repository-unreachable', message: expect.stringContaining('answers 401') })
    expect((await registry.archive(chart)).bytes.toString()).toBe('archive of 1.0.0')
    await expect(registry.probe(repoURL, given[''] ?? {})).resolves.toBeUndefined()
    await expect(registry.probe(repoURL, { authorityOf })).rejects.toMatchObject({ remedy: expect.stringContaining('credentials') })
  })

  it('whose authority nobody knows is refused, unless nothing is to be checked', async () => {
    const request = { repoURL: `https://${await helm(() => true)}`, chart: 'web', version: '' }
    given[''] = {}
    const refused = await registry.resolve(request).catch((error: unknown) => error)
    given[''] = { isInsecure: true }

    expect(refused).toMatchObject({ code: 'repository-unreachable', message: expect.stringMatching(/certificate|verify/) })
    expect((await registry.resolve(request)).version).toBe('1.0.0')
  })

  it('is read by those it is given to, and what they were told is told to nobody else', async () => {
    const repoURL = `https://${await helm(({ headers }) => headers.authorization === basic)}`
    given['fraud'] = { authorityOf, authorization }

    const own = await registry.resolve({ repoURL, chart: 'web', version: '', project: 'fraud' })

    expect(own.version).toBe('1.0.0')
    for (const reader of [{}, { project: 'other' }, { project: 'fraud', isAnonymous: true as const }]) {
      await expect(registry.resolve({ repoURL, chart: 'web', version: '', ...reader })).rejects.toMatchObject({
        message: expect.stringContaining('answers 401'),
      })
    }
  })
})

describe('a private registry', () => {
  it('gives a token for what is given, at the realm that it names, and charts for the token', async () => {
    const asked: string[] = []
    const host: string = await serve((request, response) => {
      const { url = '', headers } = request
      asked.push(`${url.split('?')[0]} ${headers.authorization ?? ''}`)
      if (url.startsWith('/token')) return void response.writeHead(headers.authorization === basic ? 200 : 401).end('{"token":"short"}')
      if (headers.authorization !== 'Bearer short') {
        return void response.writeHead(401, { 'www-authenticate': `Bearer realm="https://${host}/token",service="r"` }).end()
      }
      if (url.includes('/blobs/')) return void response.end(archive)
      const layer = { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest }
      response.end(url === '/v2/' ? '{}' : JSON.stringify({ layers: [layer] }))
    })
    const request = { repoURL: `${host}/team`, chart: 'web', version: '1.0.0' }
    given[''] = { authorityOf, authorization }

    const chart = await registry.resolve(request)

    expect((await registry.archive(chart)).digest).toBe(digest)
    expect(asked.filter((line) => line.startsWith('/v2/') && line.includes('Basic'))).toEqual([])
  })
})
