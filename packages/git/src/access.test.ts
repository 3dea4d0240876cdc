import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import type { Access, AccessSource } from '@plimsoll/network'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRepositories, type GitRepositories } from './repositories.ts'
import { makeAuthority } from './testing/authority.ts'
import { type Bench, everything, git, startBench } from './testing/real-git.ts'
import { findSshd, type SshServer, startSshServer } from './testing/ssh-server.ts'

/** A repository elsewhere behind whatever a test puts there, and ours that reach it by what is `given`. */
let elsewhere: Bench
let ours: GitRepositories
let certificates: ReturnType<typeof makeAuthority>
let certificateDir: string
let given: Record<string, Access>
let commit: string
let demand: (request: IncomingMessage) => boolean
const servers: Server[] = []
const sockets: Socket[] = []

async function listen(server: Server): Promise<number> {
  servers.push(server)
  server.on('connection', (socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  certificateDir = await mkdtemp(join(tmpdir(), 'plimsoll-authority-'))
  certificates = makeAuthority(certificateDir)
})
afterAll(() => rm(certificateDir, { recursive: true, force: true }))

beforeEach(async () => {
  elsewhere = await startBench()
  const work = join(elsewhere.dir, 'work')
  await mkdir(work)
  await git(work, 'init', '-q')
  await writeFile(join(work, 'a.yaml'), 'a: 1\n')
  await git(work, 'add', '-A')
  await git(work, 'commit', '-qm', 'one')
  await git(work, 'push', '-q', `${elsewhere.url}/git/lib.git`, 'HEAD:main')
  commit = await git(work, 'rev-parse', 'HEAD')
  given = {}
  demand = () => true
  const access: AccessSource = {
    keyOf: (url, project = '') => (given[project] === undefined || !url.includes('lib') ? '' : `given ${project}`),
    of: async (_url, key) => (key === '' ? { authorityOf } : (given[key.slice('given '.length)] ?? {})),
  }
  ours = createRepositories({
    dataDir: join(elsewhere.dir, 'ours'),
    hosting: { baseUrl: () => 'http://127.0.0.1:7420', root: join(elsewhere.dir, 'ours/hosted') },
    allowPrivateHosts: ['127.0.0.1'],
    access,
  })
})
afterEach(async () => {
  await ours.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
  await elsewhere.close()
})

const authorityOf = (host: string): string | undefined => (host === '127.0.0.1' ? certificates.authority : undefined)
const scratch = (): string => join(elsewhere.dir, 'ours/handed-over')

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (demand(request)) void elsewhere.repositories.handle(request, response, everything)
  else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
}

async function overTls(options: { requestCert?: boolean } = {}): Promise<string> {
  const { server } = certificates
  const listening = createHttps(
    { cert: server.certificate, key: server.key, ca: certificates.authority, ...options, rejectUnauthorized: false },
    answer,
  )
  return `https://127.0.0.1:${await listen(listening)}/git/lib.git`
}

/** A proxy that connects to whatever it is asked for, and remembers what that was. */
async function startProxy(password?: string): Promise<{ url: string; asked: { to: string; authorization: string | undefined }[] }> {
  const asked: { to: string; authorization: string | undefined }[] = []
  const proxy = createHttp((request, response) => {
    asked.push({ to: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    // In the clear a proxy is given the whole address.
    const { pathname, search } = new URL(request.url ?? '')
    request.url = pathname + search
    answer(request, response)
  })
  proxy.on('connect', (request, client, head) => {
    asked.push({ to: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    if (password !== undefined && request.headers['proxy-authorization'] !== `Basic ${Buffer.from(password).toString('base64')}`) {
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
      )
      return
    }
    const [host = '', port = ''] = (request.url ?? '').split(':')
    const server = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      server.write(head)
      server.pipe(client).pipe(server)
    })
    server.on('error', () => client.destroy())
    client.on('error', () => server.destroy())
  })
  return { url: `http://127.0.0.1:${await listen(proxy)}`, asked }
}

/** Everything below a directory, as text. */
function everythingIn(dir: string): string {
  if (!existsSync(dir)) return ''
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

describe('over HTTPS', () => {
  test('an authority of its own is believed where the operator says so', async () => {
    const url = await overTls()

    given[''] = { authorityOf }

    expect((await ours.resolve(url, 'main')).commit).toBe(commit)
    // Whom we believe is no secret: whoever reads it as anybody believes the same.
    expect((await ours.anonymous.resolve(url, 'main')).commit).toBe(commit)
  })

  test('a certificate that nobody knows is refused, and says what to do; unless nothing is to be checked', async () => {
    const url = await overTls()
    given[''] = {}

    const refused = await ours.resolve(url, 'main').catch((error: unknown) => error)
    given[''] = { isInsecure: true }
    await ours.refresh(url)

    expect(refused).toMatchObject({ code: 'repository-unreachable', remedy: expect.stringContaining('cert add-tls') })
    expect((await ours.resolve(url, 'main')).commit).toBe(commit)
  })

  test.each([
    [
      'user name and password',
      { kind: 'basic', username: 'ada', password: 'canary-p4ss' },
      `Basic ${Buffer.from('ada:canary-p4ss').toString('base64')}`,
    ],
    ['a token', { kind: 'bearer', token: 'canary-t0ken' }, 'Bearer canary-t0ken'],
  ] as const)('%s let us in, and are in no file afterwards', async (_what, authorization, expected) => {
    const url = await overTls()
    demand = (request) => request.headers.authorization === expected
    given[''] = { authorityOf, authorization }

    const found = await ours.resolve(url, 'main')

    expect(found.commit).toBe(commit)
    expect(everythingIn(join(elsewhere.dir, 'ours'))).not.toMatch(/canary|Basic |Bearer /)
    expect(readdirSync(scratch())).toEqual([])
  })

  test("a client's certificate lets us in, and its key is gone with the git that used it", async () => {
    const url = await overTls({ requestCert: true })
    demand = (request) => (request.socket as TLSSocket).authorized
    given[''] = { authorityOf }

    const without = await ours.resolve(url, 'main').catch((error: unknown) => error)
    given[''] = { authorityOf, clientCertificate: certificates.client }
    await ours.refresh(url)

    expect(without).toMatchObject({ code: 'repository-unreachable' })
    expect((await ours.resolve(url, 'main')).commit).toBe(commit)
    expect(everythingIn(join(elsewhere.dir, 'ours'))).not.toContain('PRIVATE KEY')
  })

  test('what is given for one project is nobody else’s, and its objects are read with it alone', async () => {
    const url = await overTls()
    const password = 'canary-of-a-project'
    demand = (request) => request.headers.authorization === `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`
    given['fraud'] = { authorityOf, authorization: { kind: 'basic', username: 'ada', password } }

    const own = await ours.forProject('fraud').resolve(url, 'main')

    expect(own.commit).toBe(commit)
    expect((await ours.forProject('fraud').tree(url, commit)).entries).toHaveLength(1)
    for (const reader of [ours, ours.anonymous, ours.forProject('other')]) {
      await expect(reader.resolve(url, 'main')).rejects.toMatchObject({ code: 'repository-unreachable' })
      await expect(reader.tree(url, commit)).rejects.toMatchObject({ code: 'revision-not-found' })
    }
  })
})

describe('by a proxy', () => {
  test('everything goes, with the password of the proxy for the proxy alone', async () => {
    const url = await overTls()
    const proxy = await startProxy('me:canary-proxy')
    const seen: (string | undefined)[] = []
    demand = (request) => (seen.push(request.headers['proxy-authorization']), true)
    given[''] = { authorityOf, proxy: { url: proxy.url.replace('://', '://me:canary-proxy@'), noProxy: '' } }

    const found = await ours.resolve(url, 'main')

    expect(found.commit).toBe(commit)
    expect(new Set(proxy.asked.map(({ to }) => to))).toEqual(new Set([new URL(url).host]))
    expect(new Set(seen)).toEqual(new Set([undefined]))
    expect(everythingIn(join(elsewhere.dir, 'ours'))).not.toContain('canary')
  })

  test.each(['127.0.0.1', '*', 'x.example.org, 127.0.0.0/8'])('nothing goes to a host that %j leaves out', async (noProxy) => {
    const url = await overTls()
    const proxy = await startProxy()
    given[''] = { authorityOf, proxy: { url: proxy.url, noProxy } }

    expect((await ours.resolve(url, 'main')).commit).toBe(commit)
    expect(proxy.asked).toEqual([])
  })

  test('on an address that is not allowed nothing goes at all', async () => {
    given[''] = { proxy: { url: 'http://10.255.255.1:3128', noProxy: '' } }

    await expect(ours.resolve(await overTls(), 'main')).rejects.toMatchObject({ message: expect.stringContaining('10.255.255.1') })
  })

  test('that is no address of one is refused without being shown', async () => {
    given[''] = { proxy: { url: 'canary nonsense', noProxy: '' } }

    const refused = await ours.resolve(await overTls(), 'main').catch((error: unknown) => error)

    expect(refused).toMatchObject({ code: 'repository-unreachable', remedy: expect.stringContaining('proxy') })
    expect(String(refused)).not.toContain('canary')
  })
})

describe('what was probed', () => {
  test('answers, or says what is wrong', async () => {
    const url = await overTls()

    await expect(ours.probe(url, { authorityOf })).resolves.toBeUndefined()
    await expect(ours.probe(url.replace('lib', 'none'), { authorityOf })).rejects.toMatchObject({ code: 'repository-unreachable' })
  })
})

const sshd = findSshd()
describe.skipIf(sshd === undefined)('over SSH (needs an sshd: openssh-server, or PLIMSOLL_SSHD)', () => {
  let ssh: SshServer
  let url: string

  beforeEach(async () => {
    ssh = await startSshServer(sshd ?? '', join(elsewhere.dir, 'sshd'))
    url = `ssh://${ssh.user}@127.0.0.1:${ssh.port}${join(elsewhere.dir, 'hosted/lib.git')}`
  })
  afterEach(() => ssh.close())

  test('a key that is given lets us in, where the host is known, and is gone afterwards', async () => {
    given[''] = { sshPrivateKey: ssh.key.trimEnd(), knownHosts: `${ssh.knownHost}\n` }

    expect((await ours.resolve(url, 'main')).commit).toBe(commit)
    expect(everythingIn(join(elsewhere.dir, 'ours'))).not.toContain('PRIVATE KEY')
    expect(readdirSync(scratch())).toEqual([])
  })

  test('a host that nobody knows, or by another key, is refused; unless nothing is to be checked', async () => {
    given[''] = { sshPrivateKey: ssh.key }
    const unknown = await ours.resolve(url, 'main').catch((error: unknown) => error)
    given[''] = { sshPrivateKey: ssh.key, knownHosts: `[127.0.0.1]:${ssh.port} ssh-ed25519 ${Buffer.alloc(51, 1).toString('base64')}\n` }
    const other = await ours.refresh(url).catch((error: unknown) => error)
    given[''] = { sshPrivateKey: ssh.key, isInsecure: true }
    await ours.refresh(url)

    expect(unknown).toMatchObject({ code: 'repository-unreachable', remedy: expect.stringContaining('cert add-ssh') })
    expect(other).toMatchObject({ code: 'repository-unreachable' })
    expect((await ours.resolve(url, 'main')).commit).toBe(commit)
  })

  test('another key is refused, and rotating it counts at the next fetch', async () => {
    given[''] = { sshPrivateKey: ssh.strangersKey, knownHosts: `${ssh.knownHost}\n` }
    const refused = await ours.resolve(url, 'main').catch((error: unknown) => error)

    given[''] = { sshPrivateKey: ssh.key, knownHosts: `${ssh.knownHost}\n` }
    await ours.refresh(url)

    expect(refused).toMatchObject({ code: 'repository-unreachable', message: expect.stringContaining('Permission denied') })
    expect((await ours.resolve(url, 'main')).commit).toBe(commit)
  })
})
