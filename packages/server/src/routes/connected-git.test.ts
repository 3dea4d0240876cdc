import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WorkflowRun } from '@plimsoll/api'
import { emulatedGithub, startEmulatedServer } from '@plimsoll/forge/testing'
import { createRepositories, type GitRepositories } from '@plimsoll/git'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

/** A private repository elsewhere: pages and Git on one host, the API on another. */
let api: Awaited<ReturnType<typeof startEmulatedServer>>
let there: GitRepositories
let host: Server
let url: string
let commit: string
let dir: string
let server: ServerForTests

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plimsoll-connected-git-'))
  api = await startEmulatedServer(emulatedGithub)
  there = createRepositories({ dataDir: join(dir, 'there'), hosting: { baseUrl: () => 'http://there', root: join(dir, 'there/hosted') } })
  await there.hosted.create('acme/shop')
  const files = new Map([['secret.txt', 'a recipe']])
  const author = { name: 'zoe', email: 'zoe@example.org' }
  commit = (await there.hosted.commit({ repo: 'acme/shop', branch: 'main', files, message: 'First', author })).commit
  const everything = { username: 'x', canRead: () => true, canCreate: () => false, canWrite: () => false }
  host = createServer((request, response) => {
    const wanted = `Basic ${Buffer.from(`x-access-token:${api.token}`).toString('base64')}`
    if (request.headers.authorization !== wanted) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    request.url = `/git${request.url ?? ''}`
    void there.handle(request, response, everything)
  })
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(host.address() as AddressInfo).port}/acme/shop`
  server = await startServerForTests({ git: 'real', ci: { concurrency: 2, actionHosts: [] }, dataDir: join(dir, 'here') })
}, 30_000)

afterAll(async () => {
  await server.close()
  await there.close()
  await api.close()
  host.closeAllConnections()
  await new Promise((resolve) => host.close(resolve))
  await rm(dir, { recursive: true, force: true, maxRetries: 3 })
})

async function ask<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...server.bearer(), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as T }
}

const connect = () => ask('POST', '/api/v1/remote-repositories', { url, provider: 'github', apiUrl: `${api.url}/api/v3`, token: api.token })

/** The run of a workflow that is pushed to `repo`, when it is over, with its log. */
async function runOf(repo: string, steps: string): Promise<{ run: WorkflowRun; text: string }> {
  const workflow = `on: push\njobs:\n  a:\n    runs-on: x\n    permissions: { contents: read }\n    steps:\n${steps}`
  const files = new Map([['.github/workflows/ci.yml', workflow]])
  const author = { name: 'ada', email: 'ada@example.org' }
  const pushed = await server.parts.repositories.hosted.commit({ repo, branch: 'main', files, message: repo, author })
  const run = await vi.waitFor(
    async () => {
      const { body } = await ask<{ items: WorkflowRun[] }>('GET', `/api/v1/runs?repository=${repo}&commit=${pushed.commit}`)
      const [found] = body.items
      if (found?.state !== 'completed') throw new Error('it still runs')
      return found
    },
    { timeout: 25_000, interval: 50 },
  )
  const response = await fetch(`${server.url}/api/v1/jobs/${run.jobs[0]?.id}/log/raw`, { headers: server.bearer() })
  return { run, text: await response.text() }
}

describe('the token of a connected repository', { timeout: 60_000 }, () => {
  it('is used by Git for its address, once it is connected, and for nothing that only content names', async () => {
    const { repositories } = server.parts

    const before = await repositories.resolve(url, 'main').catch((error: unknown) => error)
    expect((await connect()).status).toBe(200)
    const after = await repositories.resolve(`${url}.git`, 'main')
    const entry = await repositories.entry(url, commit, 'secret.txt')
    const named = await repositories.anonymous.resolve(url, 'main').catch((error: unknown) => error)

    expect(before).toMatchObject({ code: 'repository-unreachable' })
    expect(after.commit).toBe(commit)
    expect(entry?.kind).toBe('file')
    expect(named).toMatchObject({ code: 'repository-unreachable' })
    for (const file of await readdir(join(dir, 'here'), { recursive: true, withFileTypes: true })) {
      if (file.isFile()) expect((await readFile(join(file.parentPath, file.name))).includes(api.token), file.name).toBe(false)
    }
  })

  it('fetches for the checkout of a trusted run, which never sees it', async () => {
    await connect()
    const checkout = `      - uses: actions/checkout@v4
        with: { repository: acme/shop, github-server-url: "${new URL(url).origin}", path: shop }
      - run: cat shop/secret.txt && git -C shop log --format=%H && cat shop/.git/config
`

    const { run, text } = await runOf('trusted', checkout)

    expect(run.conclusion, text).toBe('success')
    expect(text).toContain('a recipe')
    expect(text).toContain(commit)
    expect(text).toContain('/git-connected/trusted/')
    expect(text).not.toContain(api.token)
    expect(text).not.toContain(Buffer.from(`x-access-token:${api.token}`).toString('base64'))
  })

  it('gives nothing to a run from outside, to an account, or to another address', async () => {
    await connect()
    const path = `/git-connected/demo/${encodeURIComponent(url)}.git/info/refs?service=git-upload-pack`
    const status = async (token: string, where = path): Promise<number> => {
      const authorization = `Basic ${Buffer.from(`x:${token}`).toString('base64')}`
      const response = await fetch(server.url + where, { headers: { authorization } })
      await response.arrayBuffer()
      return response.status
    }
    const issue = (limits: object): string =>
      server.tokens.issueRun({ repository: 'demo', permissions: { contents: 'read' }, ...limits }, 60_000).token
    const trusted = issue({ readsConnected: true })

    expect(await status(trusted)).toBe(200)
    expect(
      await Promise.all([
        status(issue({})),
        status(server.bearer().authorization.slice('Bearer '.length)),
        status(trusted, path.replace('shop', 'other')),
        status(trusted, path.replace('upload', 'receive')),
        status(trusted, path.replace('/demo/', '/other/')),
        status(issue({ readsConnected: true, permissions: {} })),
      ]),
    ).toEqual([404, 404, 404, 403, 403, 403])
  })
})
