import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessSource } from '@plimsoll/network'
import type { ChartRegistryOptions } from './contract.ts'
import { createChartRegistry } from './chart-registry.ts'

let dataDir: string
const servers: Server[] = []

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'plimsoll-charts-'))
})
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const accessForAll: AccessSource = {
  keyOf: () => 'given',
  of: async () => ({ authorization: { kind: 'basic', username: 'me', password: 'canary' } }),
}

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

async function serve(
  answer: RequestListener,
): Promise<{ host: string; url: string; paths: string[]; authorizations: (string | undefined)[] }> {
  const paths: string[] = []
  const authorizations: (string | undefined)[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    authorizations.push(request.headers.authorization)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { host, url: `http://${host}`, paths, authorizations }
}

function registryOf(options: Partial<ChartRegistryOptions> = {}) {
  return createChartRegistry({ dataDir, allowPrivateHosts: true, ...options })
}

const archives = new Map(['1.0.0', '1.4.0', '1.10.0', '2.0.0-rc.1'].map((version) => [version, Buffer.from(`archive of ${version}`)]))

function helmRepository(options: { digestOf?: (bytes: Buffer) => string } = {}) {
  const index = [
    'apiVersion: v1',
    'entries:',
    '  web:',
    ...[...archives].flatMap(([version, bytes]) => [
      `  - version: ${version}`,
      `    urls: [charts/web-${version}.tgz]`,
      `    digest: ${(options.digestOf ?? sha256)(bytes).replace('sha256:', '')}`,
    ]),
  ].join('\n')
  return serve((request, response) => {
    if (request.url === '/stable/index.yaml') return response.end(index)
    const version = /^\/stable\/charts\/web-(.*)\.tgz$/.exec(request.url ?? '')?.[1]
    const archive = archives.get(version ?? '')
    return archive ? response.end(archive) : response.writeHead(404).end()
  })
}

describe('a chart repository', () => {
  it.each([
    ['', '1.10.0'],
    ['*', '1.10.0'],
    ['^1', '1.10.0'],
    ['~1.4', '1.4.0'],
    ['>=1.0, <1.4', '1.0.0'],
    ['v1.4.0', '1.4.0'],
    ['>=2.0.0-0', '2.0.0-rc.1'],
  ])("has for '%s' version %s", async (version, expected) => {
    const { url } = await helmRepository()
    const registry = registryOf()

    const chart = await registry.resolve({ repoURL: `${url}/stable`, chart: 'web', version })
    const { bytes, digest } = await registry.archive(chart)

    expect(chart.version).toBe(expected)
    expect(bytes.toString()).toBe(`archive of ${expected}`)
    expect(digest).toBe(sha256(bytes))
  })

  it('says which versions there are', async () => {
    const { url } = await helmRepository()

    const asked = registryOf().resolve({ repoURL: `${url}/stable/`, chart: 'web', version: '^7' })

    await expect(asked).rejects.toMatchObject({
      code: 'revision-not-found',
      message: expect.stringContaining("no version matching '^7' (found 2.0.0-rc.1, 1.10.0, 1.4.0, 1.0.0)"),
    })
  })

  it.each(['constructor', '__proto__', 'nothing'])("has no chart named '%s'", async (chart) => {
    const { url } = await helmRepository()

    await expect(registryOf().resolve({ repoURL: `${url}/stable`, chart, version: '' })).rejects.toMatchObject({
      code: 'revision-not-found',
    })
  })

  it('is asked once for what many want, and not again for an archive on disk', async () => {
    const { url, paths } = await helmRepository()
    const registry = registryOf()
    const request = { repoURL: `${url}/stable`, chart: 'web', version: '^1' }

    const charts = await Promise.all([registry.resolve(request), registry.resolve(request), registry.resolve(request)])
    await Promise.all(charts.map((chart) => registry.archive(chart)))
    await registryOf().archive(charts[0] ?? expect.fail())

    expect(paths).toEqual(['/stable/index.yaml', '/stable/charts/web-1.10.0.tgz'])
  })

  it('gives nothing that is not what its index announces', async () => {
    const { url } = await helmRepository({ digestOf: () => sha256(Buffer.from('something else')) })
    const registry = registryOf()
    const chart = await registry.resolve({ repoURL: `${url}/stable`, chart: 'web', version: '1.0.0' })

    await expect(registry.archive(chart)).rejects.toMatchObject({ message: expect.stringContaining('but the repository announces') })
    expect(readdirSync(dataDir)).toEqual([])
  })

  it('an archive that was damaged on disk is fetched anew', async () => {
    const { url } = await helmRepository()
    const registry = registryOf()
    const chart = await registry.resolve({ repoURL: `${url}/stable`, chart: 'web', version: '1.0.0' })
    await registry.archive(chart)
    writeFileSync(join(dataDir, readdirSync(dataDir)[0] ?? ''), 'damaged')

    const { bytes } = await registry.archive(chart)

    expect(bytes.toString()).toBe('archive of 1.0.0')
  })

  it('keeps no more than it may', async () => {
    const { url } = await helmRepository()
    const registry = registryOf({ diskBytes: 40 })

    for (const version of archives.keys())
      await registry.archive(await registry.resolve({ repoURL: `${url}/stable`, chart: 'web', version }))

    expect(readdirSync(dataDir)).toHaveLength(2)
  })

  it('on a private address is not dialled unless the operator allows it', async () => {
    const { url, paths } = await helmRepository()

    const asked = registryOf({ allowPrivateHosts: false }).resolve({ repoURL: `${url}/stable`, chart: 'web', version: '' })

    await expect(asked).rejects.toMatchObject({ code: 'repository-unreachable' })
    expect(paths).toEqual([])
  })

  it('is used where nothing can be kept on disk', async () => {
    const { url } = await helmRepository()
    const file = join(dataDir, 'not-a-folder')
    writeFileSync(file, '')
    const registry = registryOf({ dataDir: file })

    const { bytes } = await registry.archive(await registry.resolve({ repoURL: `${url}/stable`, chart: 'web', version: '1.0.0' }))

    expect(bytes.toString()).toBe('archive of 1.0.0')
  })

  it('with versions without end is refused', async () => {
    const index = `x: &v { version: 1.0.0, urls: [a.tgz] }\nentries:\n  web: [${'*v,'.repeat(30_000)}]\n`
    const { url } = await serve((_request, response) => response.end(index))

    await expect(registryOf().resolve({ repoURL: url, chart: 'web', version: '' })).rejects.toMatchObject({
      code: 'repository-unreachable',
      message: expect.stringContaining('30000 versions'),
    })
  })

  it('gives its password to no other scheme, host or port', async () => {
    const other = await serve((_request, response) => response.end('archive'))
    const own = await serve((request, response) => {
      if (request.url !== '/index.yaml') return response.end('archive')
      return response.end(`entries: { web: [{ version: 1.0.0, urls: [own.tgz] }, { version: 2.0.0, urls: ['${other.url}/x.tgz'] }] }`)
    })
    const registry = registryOf({ access: accessForAll })

    for (const version of ['1.0.0', '2.0.0']) await registry.archive(await registry.resolve({ repoURL: own.url, chart: 'web', version }))

    expect(own.authorizations).toEqual(Array(own.paths.length).fill(expect.stringMatching(/^Basic /)))
    expect(other.authorizations).toEqual([undefined])
  })

  it('that answers with something else is told apart', async () => {
    const { url } = await serve((_request, response) => response.end('<html>'))

    await expect(registryOf().resolve({ repoURL: url, chart: 'web', version: '' })).rejects.toMatchObject({
      code: 'repository-unreachable',
      message: expect.stringContaining('index.yaml'),
    })
  })
})

/** A registry as the distribution specification has it, with a token from the realm that it names. */
async function ociRegistry() {
  const blobs = new Map<string, Buffer>()
  const manifests = new Map<string, Buffer>()
  for (const [version, archive] of archives) {
    blobs.set(sha256(archive), archive)
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' },
        layers: [
          { mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov', digest: sha256(Buffer.from('p')), size: 1 },
          { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest: sha256(archive), size: archive.length },
        ],
      }),
    )
    manifests.set(version.replace('+', '_'), manifest)
    manifests.set(sha256(manifest), manifest)
  }
  const server = await serve((request, response) => {
    const url = new URL(request.url ?? '', 'http://registry')
    if (url.pathname === '/token') return response.end(JSON.stringify({ token: `for ${url.searchParams.get('scope')}` }))
    if (request.headers.authorization !== 'Bearer for repository:team/charts/web:pull') {
      return response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token",service="r"` }).end()
    }
    const rest = url.pathname.replace('/v2/team/charts/web/', '')
    if (rest === 'tags/list') {
      const all = [...archives.keys()]
      const page = url.searchParams.get('last') === '1.4.0' ? all.slice(2) : all.slice(0, 2)
      const more = page[0] === all[0] ? { link: '</v2/team/charts/web/tags/list?last=1.4.0>; rel="next"' } : {}
      return response.writeHead(200, more).end(JSON.stringify({ tags: page }))
    }
    const body = manifests.get(rest.replace('manifests/', '')) ?? blobs.get(rest.replace('blobs/', ''))
    return body ? response.end(body) : response.writeHead(404).end()
  })
  return { ...server, manifests }
}

describe('an OCI registry', () => {
  it.each(['oci://', ''])("has charts by range, with '%s' before its name", async (scheme) => {
    const { host } = await ociRegistry()
    const registry = registryOf()

    const chart = await registry.resolve({ repoURL: `${scheme}${host}/team/charts`, chart: 'web', version: '1.x' })
    const { bytes, digest } = await registry.archive(chart)

    expect(chart).toMatchObject({ version: '1.10.0', digest })
    expect(bytes.toString()).toBe('archive of 1.10.0')
  })

  it('has charts by the digest of their manifest', async () => {
    const { host, manifests } = await ociRegistry()
    const digest = [...manifests.keys()].find((key) => key.startsWith('sha256:')) ?? ''

    const chart = await registryOf().resolve({ repoURL: `oci://${host}/team/charts`, chart: 'web', version: digest })

    expect(chart.digest).toBe(sha256(archives.get('1.0.0') ?? Buffer.alloc(0)))
  })

  it('is not asked for all versions when one is named', async () => {
    const { host, paths } = await ociRegistry()

    await registryOf().resolve({ repoURL: `oci://${host}/team/charts`, chart: 'web', version: '1.4.0' })

    expect(paths.filter((path) => path.includes('tags/list'))).toEqual([])
  })

  it('says which versions there are', async () => {
    const { host } = await ociRegistry()

    await expect(registryOf().resolve({ repoURL: `oci://${host}/team/charts`, chart: 'web', version: '3.0.0' })).rejects.toMatchObject({
      code: 'revision-not-found',
      message: expect.stringContaining('found 2.0.0-rc.1, 1.10.0'),
    })
  })

  it('gets a password only where it may be sent', async () => {
    const elsewhere = await serve((_request, response) => response.end('{"token":"t"}'))
    const { host } = await serve((_request, response) =>
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${elsewhere.url}/token"` }).end(),
    )
    const registry = registryOf({ access: accessForAll })

    await expect(registry.resolve({ repoURL: `oci://${host}/team`, chart: 'web', version: '1.0.0' })).rejects.toMatchObject({
      message: expect.not.stringContaining('canary'),
    })
    expect(elsewhere.paths).toHaveLength(1)
    expect(elsewhere.authorizations).toEqual([undefined])
  })

  it.each(['../../etc', 'Web', 'a//b', 'web?x=1', 'web#f', ''])("refuses a chart named '%s'", async (chart) => {
    const { host, paths } = await ociRegistry()

    await expect(registryOf().resolve({ repoURL: `oci://${host}/team`, chart, version: '1.0.0' })).rejects.toMatchObject({
      code: 'invalid-request',
    })
    expect(paths).toEqual([])
  })
})
