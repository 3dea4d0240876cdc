import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

/** What policies say of repositories, on every way to them. Policies name one that lives here by its name, one elsewhere by `[PROJECT/]ADDRESS`. */
let dir: string
let server: ServerForTests
const shared = 'https://git.example.org/shared.git'
const ofShop = 'https://git.example.org/shop.git'
const account = 'contributor'

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'plimsoll-rights-'))
  server = await startServerForTests({ git: 'real', dataDir: dir })
  const { hosted } = server.parts.repositories
  const author = { name: 'zoe', email: 'zoe@example.org' }
  for (const repo of ['open/app', 'closed/app']) {
    await hosted.create(repo)
    await hosted.commit({ repo, branch: 'main', files: new Map([['a.txt', 'a\n']]), message: 'First', author })
  }
  secret('repo-shared', 'repository', { url: shared })
  secret('repo-shop', 'repository', { url: ofShop, project: 'shop' })
  secret('creds-a', 'repo-creds', { url: 'https://git.example.org' })
  secret('creds-b', 'repo-creds', { url: 'https://other.example.org' })
}, 30_000)

afterAll(async () => {
  await server.close()
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
})

beforeEach(() => policies(''))

function secret(name: string, kind: string, data: Record<string, string>): void {
  server.cluster.put({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': kind } },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  })
}

function policies(text: string): void {
  server.cluster.put({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-rbac-cm', namespace: 'argocd' },
    data: { 'policy.csv': text },
  })
}

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...server.bearer(account), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text() }
}

async function listed(path: string, key: string): Promise<string[]> {
  const { text } = await ask('GET', path)
  return (JSON.parse(text) as { items: Record<string, unknown>[] }).items.map((item) => String(item[key])).toSorted()
}

const at = (name: string, below = '') => `/api/v1/repositories/${encodeURIComponent(name)}${below}`

describe('a list of repositories', () => {
  it('leaves out what somebody may not see', async () => {
    expect(await listed('/api/v1/repositories?hosted=true', 'name')).toEqual(['closed/app', 'open/app'])
    expect(await listed('/api/v1/repositories?hosted=false', 'repo')).toEqual([shared, ofShop])
    expect(await listed('/api/v1/repocreds', 'url')).toEqual(['https://git.example.org', 'https://other.example.org'])

    policies(`p, ${account}, repositories, get, closed/*, deny\np, ${account}, repositories, *, shop/*, deny
p, ${account}, repositories, get, https://other.*, deny`)

    expect(await listed('/api/v1/repositories?hosted=true', 'name')).toEqual(['open/app'])
    expect(await listed('/api/v1/repositories?hosted=false', 'repo')).toEqual([shared])
    expect(await listed('/api/v1/repocreds', 'url')).toEqual(['https://git.example.org'])
  })
})

describe('a repository that somebody may not see', () => {
  it('is not shown by its name or address, and not fetched, pushed to or read as data', async () => {
    policies(`p, ${account}, *, *, closed/*, deny\np, ${account}, repositories, get, shop/*, deny`)
    const { authorization } = server.bearer(account)
    const clone = (name: string) =>
      promisify(execFile)('git', [
        '-c',
        `http.extraHeader=Authorization: ${authorization}`,
        'ls-remote',
        `${server.url}/git/${name}.git`,
      ]).then(
        () => 'fetched',
        () => 'refused',
      )
    const data = `/dvc/${encodeURIComponent('closed/app')}/files/md5/ab/${'0'.repeat(30)}`

    for (const path of [at('closed/app'), at('closed/app', '/tree'), at('closed/app', '/refs'), at(ofShop), at(ofShop, '/refs'), data])
      expect([path, (await ask('GET', path)).status]).toEqual([path, 403])
    expect((await ask('GET', at('open/app'))).status).toBe(200)
    expect((await ask('GET', at(shared))).status).toBe(200)
    expect(await Promise.all(['open/app', 'closed/app'].map(clone))).toEqual(['fetched', 'refused'])
    expect((await ask('GET', '/api/v1/pulls?repository=closed%2Fapp')).text).not.toContain('"number"')
  })
})

describe('a repository elsewhere', () => {
  it('is changed and forgotten by whom policies let, by its project and its address, and nobody who is denied', async () => {
    const gone = () => ask('DELETE', at(ofShop, '?appProject=shop'))
    expect((await gone()).status).toBe(403)

    policies(`p, ${account}, repositories, *, shop/*, allow\np, ${account}, repositories, delete, shop/*, deny`)
    expect((await gone()).status).toBe(403)
    expect((await ask('DELETE', at(shared))).status).toBe(403)

    policies(`p, ${account}, repositories, *, shop/*, allow`)
    expect((await ask('DELETE', at(shared))).status).toBe(403)
    expect((await gone()).status).toBe(200)
    expect(await listed('/api/v1/repositories?hosted=false', 'repo')).toEqual([shared])
  })

  it('is not made where a policy denies it', async () => {
    policies(`p, ${account}, repositories, *, *, allow\np, ${account}, repositories, create, closed/*, deny`)

    expect((await ask('POST', '/api/v1/repositories', { name: 'closed/other' })).status).toBe(403)
    expect((await ask('POST', '/api/v1/repositories', { name: 'open/other' })).status).toBe(200)
  })
})
