import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

interface Seen {
  status: { sync: { status: string }; conditions?: { type: string; message: string }[] }
}

const configMap = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { value: "${value}" }\n`

/** One that deploys; another that is the Git server elsewhere, over HTTPS with a certificate that nobody on this machine knows. */
let plimsoll: Plimsoll
let forge: Plimsoll
let cluster: Cluster
let tls: Server
let base: string
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'plimsoll-private-'))
  const certificate = ['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=git', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...certificate], { cwd: dir, stdio: 'pipe' })
  ;[plimsoll, forge] = await Promise.all([startPlimsoll({ args: ['--allow-git-host', '127.0.0.0/8'] }), startPlimsoll()])
  cluster = await openCluster(plimsoll)
  const { host, port } = new URL(forge.url)
  tls = createServer({ key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(join(dir, 'cert.pem')) }, (request, response) => {
    const options = { host: '127.0.0.1', port, path: request.url, method: request.method, headers: { ...request.headers, host } }
    const onward = httpRequest(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
  base = `https://127.0.0.1:${(tls.address() as AddressInfo).port}/git`
}, 90_000)
afterAll(async () => {
  await cluster?.close()
  tls?.closeAllConnections()
  tls?.close()
  await Promise.all([plimsoll?.stop(), forge?.stop()])
  rmSync(dir, { recursive: true, force: true })
})

async function newToken(): Promise<string> {
  return (await forge.cli(['account', 'generate-token', '--account', 'admin', '--expires-in', '1h'])).stdout.trim()
}

async function create(name: string): Promise<void> {
  const manifest = applicationManifest(plimsoll, name)
  ;(manifest['spec'] as { source: { repoURL: string } }).source.repoURL = `${base}/${name}.git`
  await plimsoll.api('POST', '/api/v1/applications', manifest)
}

const value = async (namespace: string): Promise<unknown> =>
  ((await cluster.get('v1/ConfigMap', namespace, 'settings'))?.data as Record<string, unknown> | undefined)?.value
const seen = (name: string): Promise<Seen> => plimsoll.api<Seen>('GET', `/api/v1/applications/${name}?refresh=normal`)
const problemOf = async (name: string): Promise<string | undefined> =>
  (await seen(name)).status.conditions?.find(({ type }) => type === 'ComparisonError')?.message

/** Everything that the server keeps, but for the cluster, which keeps the Secrets. */
function keptFiles(): string {
  return readdirSync(plimsoll.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes('/cluster/'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

describe('a private repository', { timeout: 90_000 }, () => {
  it('is deployed once its host is known and a template lets us in, said as argocd says it', async () => {
    await forge.push('shop', { 'settings.yaml': configMap('one') })
    await create('shop')
    const unknownHost = await eventually('the certificate is refused', () => problemOf('shop'))

    const host = await plimsoll.cli(['cert', 'add-tls', '127.0.0.1', '--from', join(dir, 'cert.pem')])
    const noPassword = await eventually('nobody is let in', async () => {
      const problem = await problemOf('shop')
      return problem !== undefined && problem !== unknownHost && problem
    })
    const token = await newToken()
    const template = await plimsoll.cli(['repocreds', 'add', base, '--username', 'robot', '--password-stdin'], { input: token })
    await seen('shop')
    await untilSynced(plimsoll, 'shop')

    expect(unknownHost).toMatch(/certificate/i)
    expect(noPassword).toMatch(/shop/)
    expect([host.code, template.code]).toEqual([0, 0])
    expect(await value('shop')).toBe('one')
    expect((await plimsoll.cli(['repocreds', 'list'])).stdout).toContain(base)
    expect((await plimsoll.cli(['cert', 'list'])).stdout).toMatch(/^127\.0\.0\.1 +https +rsa +CN=git$/m)
    expect(template.stdout + plimsoll.output()).not.toContain(token)
    expect(keptFiles()).not.toContain(token)
  })

  it('is connected by a manifest, and a Secret that is rotated, or broken, counts from the next look without a restart', async () => {
    await forge.push('till', { 'settings.yaml': configMap('one') })
    const token = await newToken()
    const labels = { 'argocd.argoproj.io/secret-type': 'repository' }
    const secret = (password: string): string =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'till-repository', namespace: 'argocd', labels },
        stringData: { type: 'git', url: `${base}/till`, username: 'robot', password },
      })
    await cluster.create(secret(token))
    await create('till')
    await untilSynced(plimsoll, 'till')

    const change = (stringData: object) => cluster.patch('v1/Secret', 'argocd', 'till-repository', { stringData })
    await change({ password: 'canary-wrong' })
    const wrong = await eventually('the wrong password is refused', () => problemOf('till'))
    await change({ password: token, insecure: 'canary-maybe' })
    const broken = await eventually('the broken Secret is told', async () => {
      const problem = await problemOf('till')
      return problem?.includes('insecure') && problem
    })
    await change({ insecure: 'false' })
    await forge.push('till', { 'settings.yaml': configMap('two') })
    await eventually('the new password counts', async () => (await problemOf('till')) === undefined && (await value('till')) === 'two')

    expect(broken).toContain("Secret 'till-repository' in namespace argocd cannot be used: insecure is neither true nor false")
    expect(wrong + broken).not.toContain('canary')
    expect((await seen('shop')).status.sync.status).toBe('Synced')
  })

  it('is listed, shown and forgotten as argocd does, and never with what lets us in', async () => {
    const url = `${base}/shop`
    const wrong = await plimsoll.cli(['repo', 'add', `${base}/none`, '--username', 'robot', '--password-stdin'], { input: 'canary-wrong' })
    const added = await plimsoll.cli(['repo', 'add', url, '--name', 'the shop'])
    const listed = await plimsoll.cli(['repo', 'list', '--refresh', 'hard'])
    const got = await plimsoll.cli(['repo', 'get', url, '-o', 'json'])
    const removed = await plimsoll.cli(['repo', 'rm', url])
    const again = await plimsoll.cli(['repo', 'get', url])

    expect([wrong.code, added.code, removed.code, again.code]).toEqual([20, 0, 0, 20])
    expect(added.stdout).toBe(`Repository '${url}' added\n`)
    expect(listed.stdout).toMatch(new RegExp(`^git +the shop +${url} +false +false +false +inherited +Successful`, 'm'))
    expect(listed.stdout).toMatch(new RegExp(`^git +${base}/till +false +false +false +true +Successful`, 'm'))
    expect(JSON.parse(got.stdout)).toMatchObject({ repo: url, inheritedCreds: true, connectionState: { status: 'Successful' } })
    expect([wrong, added, listed, got, removed, again].map(({ stdout, stderr }) => stdout + stderr).join()).not.toContain('canary')
  })

  it('of one project is no other’s', async () => {
    await forge.push('vault', { 'settings.yaml': configMap('one') })
    await plimsoll.cli(['repocreds', 'rm', base])
    const token = await newToken()
    const added = await plimsoll.cli(['repo', 'add', `${base}/vault`, '--project', 'other', '--username', 'robot', '--password-stdin'], {
      input: token,
    })
    await create('vault')

    expect(added.code).toBe(0)
    expect(await eventually('the default project is not let in', () => problemOf('vault'))).toMatch(/vault/)
    await plimsoll.cli(['repo', 'add', `${base}/vault`, '--username', 'robot', '--password-stdin'], { input: token })
    await eventually('now it is', async () => (await problemOf('vault')) === undefined && (await value('vault')) === 'one')
  })
})
