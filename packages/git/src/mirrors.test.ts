import { createServer } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AccessSource } from '@plimsoll/network'
import type { RefsChanged } from './contract.ts'
import { createRepositories, type GitRepositories } from './repositories.ts'
import { childrenRunning, everything, git, startBench, type Bench } from './testing/real-git.ts'

/** `USER:PASSWORD` for some addresses. */
function accessFor(has: (normal: string) => boolean, secret: () => string): AccessSource {
  return {
    keyOf: (url) => (has(url) ? 'given' : ''),
    async of(_url, key) {
      const [username = '', password = ''] = secret().split(':')
      return key === '' ? {} : { authorization: { kind: 'basic', username, password } }
    },
  }
}

/** A Git server elsewhere, and repositories of our own that mirror what it has. */
let elsewhere: Bench
let ours: GitRepositories
let dir: string
let work: string
let url: string
const logged: string[] = []

function open(options: Partial<Parameters<typeof createRepositories>[0]> = {}): GitRepositories {
  const record = (fields: object, message: string): void => void logged.push(JSON.stringify({ ...fields, message }))
  return createRepositories({
    dataDir: join(dir, 'ours'),
    hosting: { baseUrl: () => 'http://127.0.0.1:7420', root: join(dir, 'ours/hosted') },
    allowPrivateHosts: true,
    pollIntervalMs: 60_000,
    log: { debug: record, info: record, warn: record, error: record },
    ...options,
  })
}

beforeEach(async () => {
  elsewhere = await startBench()
  dir = elsewhere.dir
  url = `${elsewhere.url}/git/lib.git`
  work = join(dir, 'work')
  await mkdir(work)
  await git(work, 'init', '-q')
  ours = open()
  logged.length = 0
})
afterEach(async () => {
  await ours.close()
  await elsewhere.close()
})

async function push(content: string, branch = 'main'): Promise<string> {
  await writeFile(join(work, 'a.yaml'), content)
  await git(work, 'add', '-A')
  await git(work, 'commit', '-qm', content)
  await git(work, 'push', '-q', '--force', url, `HEAD:${branch}`)
  return git(work, 'rev-parse', 'HEAD')
}

describe('a repository elsewhere', () => {
  test('is fetched once for all who ask, and read like any other', async () => {
    const commit = await push('one')
    const requests: string[] = []
    elsewhere.server.prependListener('request', (request) => requests.push(`${request.method} ${request.url}`))

    const answers = await Promise.all(Array.from({ length: 20 }, () => ours.resolve(url, 'main')))
    const tree = await ours.tree(url, commit)

    expect(answers.every((answer) => answer.commit === commit && answer.ref === 'refs/heads/main')).toBe(true)
    expect(tree.entries.map(({ path }) => path)).toEqual(['a.yaml'])
    expect(requests.filter((line) => line.startsWith('GET'))).toHaveLength(2)
    expect((await ours.resolve(`${elsewhere.url}/git/lib/`, 'HEAD')).commit).toBe(commit)
  })

  test('is looked at again when somebody asks for it, and every change is told: forced, deleted, tagged', async () => {
    const first = await push('one')
    await git(work, 'push', '-q', url, 'main:old')
    await ours.resolve(url, 'main')
    const heard: RefsChanged[] = []
    ours.onRefsChanged((change) => heard.push(change))
    await git(work, 'commit', '-q', '--amend', '-m', 'rewritten')
    await git(work, 'tag', 'v1.0.0')
    await git(work, 'push', '-q', '--force', url, 'main', 'v1.0.0', ':old')
    const second = await git(work, 'rev-parse', 'HEAD')

    expect((await ours.resolve(url, 'main')).commit).toBe(first)
    await ours.refresh(url)

    expect((await ours.resolve(url, '^1')).commit).toBe(second)
    await expect(ours.resolve(url, 'old')).rejects.toMatchObject({ code: 'revision-not-found' })
    expect(heard).toHaveLength(1)
    expect(heard[0]?.repoURL).toBe(ours.normalize(url))
    expect(heard[0]?.refs.toSorted((a, b) => (a.ref < b.ref ? -1 : 1))).toEqual([
      { ref: 'HEAD', from: first, to: second },
      { ref: 'refs/heads/main', from: first, to: second },
      { ref: 'refs/heads/old', from: first, to: undefined },
      { ref: 'refs/tags/v1.0.0', from: undefined, to: second },
    ])
    expect((await ours.tree(url, first)).entries).toHaveLength(1)
  })

  test('is polled while somebody needs it', async () => {
    await push('one')
    const timers: { run: () => void; ms: number }[] = []
    await ours.close()
    ours = open({ clock: { now: () => Date.now(), setTimeout: (run, ms) => (timers.push({ run, ms }), { cancel: () => {} }) } })
    await ours.resolve(url, 'main')
    const heard: RefsChanged[] = []
    ours.onRefsChanged((change) => heard.push(change))
    const second = await push('two')

    expect(timers.at(-1)?.ms).toBeGreaterThanOrEqual(54_000)
    expect(timers.at(-1)?.ms).toBeLessThanOrEqual(66_000)
    timers.at(-1)?.run()
    await vi.waitFor(() => expect(heard).toHaveLength(1))

    expect((await ours.resolve(url, 'main')).commit).toBe(second)
    expect(timers).toHaveLength(2)
  })

  test('can be asked for refs beyond branches and tags, and for commits that no branch leads to any more', async () => {
    const first = await push('one')
    // As a forge keeps it: nobody pushes there.
    const kept = { ref: 'refs/pull/7/head', from: undefined, to: first }
    await elsewhere.repositories.history.change('lib', undefined, (writer) => writer.update([kept]))
    await git(work, 'checkout', '-q', '--orphan', 'other')
    await push('other')

    expect(await ours.resolve(url, 'refs/pull/7/head')).toEqual({ commit: first, ref: 'refs/pull/7/head' })
    expect((await ours.tree(url, first)).entries).toHaveLength(1)
  })

  test('answers from the last fetch while it does not answer, and is clear about it once more is asked', async () => {
    const commit = await push('one')
    await ours.resolve(url, 'main')
    elsewhere.server.closeAllConnections()
    await new Promise((resolve) => elsewhere.server.close(resolve))

    expect((await ours.resolve(url, 'main')).commit).toBe(commit)
    await expect(ours.resolve(url, 'main', { maxAgeMs: 0 })).rejects.toMatchObject({
      code: 'repository-unreachable',
      message: expect.stringMatching(/lib' cannot be read: .*(refused|connect)/i),
    })
    expect((await ours.resolve(url, commit)).commit).toBe(commit)
    expect((await ours.tree(url, commit)).entries).toHaveLength(1)
  })

  test('that suddenly lists nothing loses nothing', async () => {
    const commit = await push('one')
    await ours.resolve(url, 'main')
    await rename(join(dir, 'hosted/lib.git'), join(dir, 'hosted/away.git'))
    await elsewhere.repositories.hosted.create('lib')

    await expect(ours.refresh(url)).rejects.toMatchObject({ code: 'repository-unreachable' })
    expect((await ours.tree(url, commit)).entries).toHaveLength(1)
  })

  test('that does not exist is named, and its answer is short', async () => {
    const error = await ours.resolve(`${elsewhere.url}/git/absent.git`, 'main').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'repository-unreachable', message: expect.stringContaining('/git/absent') })
    expect(String(error).split('\n')).toHaveLength(1)
  })

  test('is found after a restart, with what a killed git left behind', async () => {
    await push('one')
    await ours.resolve(url, 'main')
    await ours.close()
    const [mirror = ''] = await readdir(join(dir, 'ours/mirrors'))
    await writeFile(join(dir, 'ours/mirrors', mirror, 'packed-refs.lock'), '')
    await writeFile(join(dir, 'ours/mirrors', mirror, 'refs/heads/main.lock'), '')
    await writeFile(join(dir, 'ours/mirrors', mirror, 'objects/pack/tmp_pack_x'), 'half')
    const second = await push('two')

    ours = open()

    expect((await ours.resolve(url, 'main')).commit).toBe(second)
    expect(
      await readdir(join(dir, 'ours/mirrors', mirror, 'objects/pack')).then((names) => names.filter((name) => name.startsWith('tmp'))),
    ).toEqual([])
  })

  test('a fetch whose git is killed fails, and the next one goes through', async () => {
    const commit = await push('one')
    let stall = true
    const gate = createServer((request, response) => {
      if (stall && request.method === 'POST') return
      void elsewhere.repositories.handle(request, response, everything)
    })
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve))
    const address = gate.address()
    const slow = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/git/lib.git`

    const hanging = ours.resolve(slow, 'main').catch((error: unknown) => error)
    await vi.waitFor(() => expect([...childrenRunning('fetch'), ...childrenRunning('ls-remote')]).toHaveLength(1), { timeout: 5000 })
    for (const pid of [...childrenRunning('fetch'), ...childrenRunning('ls-remote')]) process.kill(pid, 'SIGKILL')
    expect(await hanging).toMatchObject({ code: 'repository-unreachable' })
    stall = false

    await ours.refresh(slow)
    expect((await ours.resolve(slow, 'main')).commit).toBe(commit)
    gate.closeAllConnections()
    gate.close()
  })
})

describe('credentials', () => {
  test('are sent to the server, and stay out of files, process lists, messages and logs', async () => {
    const asked: (string | undefined)[] = []
    let refuse = false
    elsewhere.server.removeAllListeners('request')
    elsewhere.server.on('request', (request, response) => {
      asked.push(request.headers.authorization)
      if (refuse || request.headers.authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      else void elsewhere.repositories.handle(request, response, everything)
    })
    await git(work, 'commit', '-qm', 'x', '--allow-empty')
    await git(work, 'push', '-q', url.replace('://', '://ada:canary-5ecret@'), 'HEAD:main')
    asked.length = 0
    const secret = url.replace('://', '://ada:canary-5ecret@')

    const { commit } = await ours.resolve(secret, 'main')
    refuse = true
    const error = await ours.refresh(secret).catch((caught: unknown) => caught)

    expect(commit).toMatch(/^[0-9a-f]{40}$/)
    expect(asked.every((header) => header === `Basic ${Buffer.from('ada:canary-5ecret').toString('base64')}`)).toBe(true)
    expect(error).toMatchObject({ code: 'repository-unreachable' })
    expect(`${String(error)} ${JSON.stringify(error)} ${logged.join('\n')} ${ours.normalize(secret)}`).not.toContain('canary-5ecret')
    for (const file of await readdir(join(dir, 'ours'), { recursive: true, withFileTypes: true })) {
      if (file.isFile()) expect((await readFile(join(file.parentPath, file.name))).includes('canary-5ecret')).toBe(false)
    }
    // Without them, what they gave access to is not given.
    await expect(ours.resolve(url, 'main')).rejects.toMatchObject({ code: 'repository-unreachable' })
  })
})

describe('credentials that are given apart from the address', () => {
  const given = 'oauth2:canary-ap4rt'
  const basic = (secret: string): string => `Basic ${Buffer.from(secret).toString('base64')}`
  let wanted: string
  let current: string

  /** The server elsewhere takes what is `wanted`, and we give what is `current`. */
  function demand(): void {
    wanted = current = given
    elsewhere.server.removeAllListeners('request')
    elsewhere.server.on('request', (request, response) => {
      if (request.headers.authorization === basic(wanted)) void elsewhere.repositories.handle(request, response, everything)
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
  }

  async function openWithCredentials(has: (normal: string) => boolean = (normal) => `${normal}.git` === url): Promise<void> {
    await ours.close()
    ours = open({ access: accessFor(has, () => current) })
  }

  test('are asked for at each use, and what is read with them is nobody else’s to read', async () => {
    demand()
    await git(work, 'commit', '-qm', 'x', '--allow-empty')
    await git(work, 'push', '-q', url.replace('://', `://${given}@`), 'HEAD:main')
    await openWithCredentials()

    const { commit } = await ours.resolve(url, 'main')
    const spelled = await ours.resolve(url.replace(/\.git$/, '/'), 'main')
    wanted = 'oauth2:canary-rotated'
    const refused = await ours.refresh(url).catch((error: unknown) => error)
    current = wanted
    await ours.refresh(url)

    expect(commit).toMatch(/^[0-9a-f]{40}$/)
    expect(spelled.commit).toBe(commit)
    expect(refused).toMatchObject({ code: 'repository-unreachable' })
    await expect(ours.anonymous.resolve(url, 'main')).rejects.toMatchObject({ code: 'repository-unreachable' })
    await expect(ours.anonymous.tree(url, commit)).rejects.toMatchObject({ code: 'revision-not-found' })
    await expect(ours.resolve(url.replace('://', '://me:wrong@'), 'main')).rejects.toMatchObject({ code: 'repository-unreachable' })
  })

  test('stay out of arguments, files, messages and logs', async () => {
    demand()
    await git(work, 'commit', '-qm', 'x', '--allow-empty')
    await git(work, 'push', '-q', url.replace('://', `://${given}@`), 'HEAD:main')
    await openWithCredentials()
    const seen: string[] = []
    // A server that takes its time, so that git is seen while it asks.
    elsewhere.server.prependListener('request', () => {
      for (const word of existsSync('/proc/self') ? ['ls-remote', 'fetch'] : [])
        for (const pid of childrenRunning(word)) seen.push(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    })

    await ours.resolve(url, 'main')
    wanted = 'something-else'
    const error = await ours.refresh(url).catch((caught: unknown) => caught)

    expect(existsSync('/proc') ? seen.length : 1).toBeGreaterThan(0)
    expect(`${String(error)} ${JSON.stringify(error)} ${logged.join('\n')} ${seen.join('\n')}`).not.toMatch(/canary-ap4rt|b2F1dGgy/)
    for (const file of await readdir(join(dir, 'ours'), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      const content = await readFile(join(file.parentPath, file.name))
      expect(content.includes('canary-ap4rt') || content.includes(basic(given).slice(6))).toBe(false)
    }
  })

  test('go to the address that they are for, and to no other that it leads to', async () => {
    const commit = await push('one')
    const seen: string[] = []
    const note =
      (where: string) =>
      (request: { headers: { authorization?: string | undefined } }): void => {
        if (request.headers.authorization !== undefined) seen.push(where)
      }
    elsewhere.server.prependListener('request', note('another host'))
    const moved = createServer((request, response) => {
      note('its host')(request)
      const path = request.url ?? ''
      // Renamed on its host first, then moved to another one.
      const to = path.startsWith('/new') ? `${elsewhere.url}/git/lib.git${path.replace('/new/name', '')}` : path.replace('/old', '/new')
      response.writeHead(301, { location: to }).end()
    })
    await new Promise<void>((resolve) => moved.listen(0, '127.0.0.1', resolve))
    const address = moved.address()
    const old = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/old/name`
    current = given
    await openWithCredentials(() => true)

    const resolved = await ours.resolve(old, 'main')
    moved.closeAllConnections()
    moved.close()

    expect(resolved.commit).toBe(commit)
    expect(new Set(seen)).toEqual(new Set(['its host']))
  })
})

describe('where a repository may not be', () => {
  test.each([
    'http://127.0.0.1:1/x.git',
    'http://localhost:1/x.git',
    'https://[::1]/x.git',
    'http://169.254.169.254/latest/meta-data',
    'http://10.1.2.3/x.git',
    'https://192.168.0.1/x.git',
    'http://[::ffff:10.0.0.1]/x.git',
    'http://2130706433/x.git',
    'http://0x7f.1/x.git',
    'http://0/x.git',
    'ssh://git@127.0.0.1/x.git',
    'git@127.0.0.1:x.git',
    'http://[fd00::1]/x.git',
  ])('%s leads inside, and is not dialled unless the operator allows it', async (inside) => {
    await ours.close()
    ours = open({ allowPrivateHosts: false })
    await expect(ours.resolve(inside, 'main')).rejects.toMatchObject({
      code: 'repository-unreachable',
      message: expect.stringContaining('inside this machine or its network'),
      remedy: expect.stringContaining('allow'),
    })
  })

  test('the operator allows hosts by name, address or range', async () => {
    await push('one')
    for (const allowPrivateHosts of [['127.0.0.1'], ['127.0.0.0/8']]) {
      await ours.close()
      await rm(join(dir, 'ours'), { recursive: true })
      ours = open({ allowPrivateHosts })
      expect((await ours.resolve(url, 'main')).commit).toMatch(/^[0-9a-f]{40}$/)
      await expect(ours.resolve('http://10.0.0.1/x', 'main')).rejects.toMatchObject({ message: expect.stringContaining('inside') })
    }
  })

  test('a redirect is followed, with each host checked and no credentials taken along', async () => {
    const commit = await push('one')
    const seen: (string | undefined)[] = []
    let target = `${elsewhere.url}/git/lib.git`
    const moved = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(301, { location: `${target}${request.url?.replace('/old/name', '')}` }).end()
    })
    await new Promise<void>((resolve) => moved.listen(0, '127.0.0.1', resolve))
    const address = moved.address()
    const old = `http://ada:canary@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/old/name`
    const atTarget: (string | undefined)[] = []
    elsewhere.server.prependListener('request', (request) => atTarget.push(request.headers.authorization))

    expect((await ours.resolve(old, 'main')).commit).toBe(commit)
    expect(new Set(atTarget)).toEqual(new Set([undefined]))

    await ours.close()
    ours = open({ allowPrivateHosts: ['127.0.0.1'] })
    target = 'http://10.255.255.1/x.git'
    await expect(ours.refresh(old)).rejects.toMatchObject({
      code: 'repository-unreachable',
      message: expect.stringContaining('10.255.255.1'),
    })
    moved.closeAllConnections()
    moved.close()
  })

  test.each([
    "ext::sh -c 'touch /tmp/owned'",
    'fd::17',
    '--upload-pack=touch /tmp/owned',
    '-oProxyCommand=touch',
    'ssh://-oProxyCommand=touch/x',
    'ssh://-x@host/y',
    'file:///etc',
    '/etc',
    'git://example.org/x',
    'ftp://example.org/x',
    'https://',
    'https://host',
    'https://host/x y',
    'https://host/x\n[core]',
    'https://host/x\0',
    'https://host/x?service=a',
    'javascript:alert(1)',
    'host:-x',
    'http://%zz:canary@host/x',
    'http://u:canary@ho st/x',
    '',
    'x'.repeat(5000),
  ])('%j is no address of a repository', async (bad) => {
    const error = await ours.resolve(bad, 'main').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'invalid-request' })
    expect(String(error)).not.toContain('canary')
    expect(typeof ours.normalize(bad)).toBe('string')
  })

  test('a folder of this machine is read where the operator allows it', async () => {
    await push('one')
    await ours.close()
    ours = open({ allowFileUrls: true })
    const { commit } = await ours.resolve(work, 'main')
    expect(commit).toBe(await git(work, 'rev-parse', 'HEAD'))
    expect(ours.normalize(`file://${work}/`)).toBe(`file://${work}`)
  })
})
