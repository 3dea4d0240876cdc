import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRepositories, type GitRepositories } from '@plimsoll/git'
import { systemClock } from '@plimsoll/kube'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GitWriter } from '../contract.ts'
import { HostedGitWriter } from './hosted-git-writer.ts'
import { RemoteGitWriter } from './remote-git-writer.ts'

const author = { name: 'Plimsoll', email: 'plimsoll@localhost' }
let dir: string
let server: Server
let repositories: GitRepositories
let base: string
/** What the server was told about who asks. */
const authorizations = new Set<string | undefined>()

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plimsoll-writers-'))
  repositories = createRepositories({ dataDir: join(dir, 'data'), hosting: { baseUrl: () => base, root: join(dir, 'hosted') } })
  server = createServer((request, response) => {
    authorizations.add(request.headers.authorization)
    void repositories.handle(request, response, { username: 'bot', canRead: () => true, canCreate: () => true, canWrite: () => true })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  await repositories.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(dir, { recursive: true, force: true })
})

/** The same repository, written to from inside, and from outside over HTTP. */
const writers: [string, (name: string) => { writer: GitWriter; url: string }][] = [
  ['hosted here', (name) => ({ writer: new HostedGitWriter(repositories, systemClock), url: `${base}/git/${name}.git` })],
  [
    'elsewhere',
    (name) => ({
      writer: new RemoteGitWriter({
        dir: join(dir, 'scratch'),
        policy: { allowPrivateHosts: true },
        now: Date.now,
        written: async () => undefined,
      }),
      url: `${base.replace('://', '://bot:secret-token@')}/git/${name}.git`,
    }),
  ],
  [
    'elsewhere, by a connection',
    (name) => ({
      writer: new RemoteGitWriter({
        dir: join(dir, 'scratch'),
        policy: { allowPrivateHosts: true },
        accessOf: async (repoURL) =>
          repoURL.startsWith(base) ? { authorization: { kind: 'basic', username: 'oauth2', password: 'connected-token' } } : {},
        now: Date.now,
        written: async () => undefined,
      }),
      url: `${base}/git/${name}.git`,
    }),
  ],
]

let count = 0
async function repository(
  files: Record<string, string> = { 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' },
): Promise<{ name: string; first: string }> {
  const name = `r${++count}`
  const { commit } = await repositories.hosted.commit({
    repo: name,
    branch: 'main',
    files: new Map(Object.entries(files)),
    message: 'Begin',
    author,
  })
  return { name, first: commit }
}

async function textOf(name: string, commit: string, path: string): Promise<string | undefined> {
  return (await repositories.history.file(name, commit, path, 10_000))?.toString()
}

describe.each(writers)('a repository %s', (_where, writerOf) => {
  it('gets one commit on top of what was seen, that changes what it names and nothing else', async () => {
    const { name, first } = await repository()
    const { writer, url } = writerOf(name)

    const commit = await writer.commit({
      repoURL: url,
      ref: 'refs/heads/main',
      expected: first,
      files: new Map([
        ['a.yaml', Buffer.from('a: 2\r\n')],
        ['new dir/ü.yaml', Buffer.from('new')],
        ['b.yaml', null],
      ]),
      message: 'Promote\n\nPlimsoll-Promotion: x\n',
      author,
    })

    expect(await writer.tip(url, 'refs/heads/main')).toBe(commit)
    expect(await textOf(name, commit, 'a.yaml')).toBe('a: 2\r\n')
    expect(await textOf(name, commit, 'new dir/ü.yaml')).toBe('new')
    expect(await textOf(name, commit, 'b.yaml')).toBeUndefined()
    expect(await writer.since(url, first, commit)).toEqual([{ commit, message: expect.stringContaining('Plimsoll-Promotion: x') }])
    expect(await writer.isAncestor(url, first, commit)).toBe(true)
    expect(await writer.isAncestor(url, commit, first)).toBe(false)
    expect(await writer.defaultRef(url)).toBe('refs/heads/main')
  })

  it('refuses a commit, a merge and a move on top of what has moved meanwhile, and stays as it is', async () => {
    const { name, first } = await repository()
    const { writer, url } = writerOf(name)
    const { commit: theirs } = await repositories.hosted.commit({
      repo: name,
      branch: 'main',
      files: new Map([['a.yaml', 'theirs']]),
      message: 'Theirs',
      author,
    })
    const change = { repoURL: url, ref: 'refs/heads/main', expected: first, message: 'Ours', author }

    await expect(writer.commit({ ...change, files: new Map([['a.yaml', Buffer.from('ours')]]) })).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(writer.move({ repoURL: url, ref: 'refs/heads/main', expected: undefined, to: first, by: 'x' })).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(writer.move({ repoURL: url, ref: 'refs/heads/main', expected: first, to: first, by: 'x' })).rejects.toMatchObject({
      code: 'conflict',
    })

    expect(await writer.tip(url, 'refs/heads/main')).toBe(theirs)
  })

  it('moves a ref forward, back, and makes one', async () => {
    const { name, first } = await repository()
    const { writer, url } = writerOf(name)
    const { commit: second } = await repositories.hosted.commit({
      repo: name,
      branch: 'main',
      files: new Map([['a.yaml', 'two']]),
      message: 'Two',
      author,
    })
    const ref = 'refs/environments/production'

    await writer.move({ repoURL: url, ref, expected: undefined, to: first, by: 'x' })
    await writer.move({ repoURL: url, ref, expected: first, to: second, by: 'x' })
    await writer.move({ repoURL: url, ref, expected: second, to: first, by: 'x' })

    expect(await writer.tip(url, ref)).toBe(first)
  })

  it('is moved forward by a merge that needs no commit, and else gets one with both as parents', async () => {
    const { name, first } = await repository()
    const { writer, url } = writerOf(name)
    const change = { repoURL: url, ref: 'refs/heads/env', message: 'Promote', author }
    await writer.move({ repoURL: url, ref: 'refs/heads/env', expected: undefined, to: first, by: 'x' })
    const { commit: second } = await repositories.hosted.commit({
      repo: name,
      branch: 'main',
      files: new Map([['a.yaml', 'two']]),
      message: 'Two',
      author,
    })

    expect(await writer.merge({ ...change, expected: first, other: second })).toBe(second)
    const { commit: own } = await repositories.hosted.commit({
      repo: name,
      branch: 'env',
      files: new Map([['b.yaml', 'own']]),
      message: 'Own',
      author,
    })
    const { commit: third } = await repositories.hosted.commit({
      repo: name,
      branch: 'main',
      files: new Map([['a.yaml', 'three']]),
      message: 'Three',
      author,
    })
    const merged = await writer.merge({ ...change, expected: own, other: third })

    expect([await textOf(name, merged, 'a.yaml'), await textOf(name, merged, 'b.yaml')]).toEqual(['three', 'own'])
    expect((await repositories.history.commits(name, { to: merged }, 1))[0]?.parents).toEqual([own, third])
    const { commit: other } = await repositories.hosted.commit({
      repo: name,
      branch: 'main',
      files: new Map([['b.yaml', 'theirs']]),
      message: 'Four',
      author,
    })
    await expect(writer.merge({ ...change, expected: merged, other })).rejects.toThrow(/does not merge into refs\/heads\/env: .*b\.yaml/)
    expect(await writer.tip(url, 'refs/heads/env')).toBe(merged)
  })
})

describe('a repository elsewhere', () => {
  it('is asked with the credentials of its address, which show nowhere', async () => {
    const { name } = await repository()
    const [, writerOf] = writers[1] ?? []
    if (writerOf === undefined) throw new Error('no writer')
    const { writer, url } = writerOf(name)

    await writer.tip(url, 'refs/heads/main')
    const refused = await writer.tip(url.replace(name, 'no-such'), 'refs/heads/main').catch((error: unknown) => error)

    expect(authorizations).toContain(`Basic ${Buffer.from('bot:secret-token').toString('base64')}`)
    expect(authorizations).toContain(`Basic ${Buffer.from('oauth2:connected-token').toString('base64')}`)
    expect(JSON.stringify([String(refused), refused])).not.toContain('secret-token')
  })

  it('on this machine or its network is not dialled unless the operator allows it, and nothing is dialled over SSH with keys of this machine', async () => {
    const { name } = await repository()
    const writer = new RemoteGitWriter({
      dir: join(dir, 'scratch'),
      policy: { allowPrivateHosts: false },
      now: Date.now,
      written: async () => undefined,
    })

    await expect(writer.tip(`${base}/git/${name}.git`, 'refs/heads/main')).rejects.toThrow(/127\.0\.0\.1/)
    for (const url of ['ext::sh -c id', '--upload-pack=id', 'file:///etc', '/etc', 'ssh://git@example.org/a'])
      await expect(writer.tip(url, 'refs/heads/main')).rejects.toMatchObject({ code: 'invalid-request' })
  })
})
