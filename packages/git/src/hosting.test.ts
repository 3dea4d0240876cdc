import { createHash } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HistoryRewritten, RefsChanged } from './contract.ts'
import { everything, git, startBench, type Bench } from './testing/real-git.ts'

let bench: Bench
let work: string

beforeEach(async () => {
  bench = await startBench()
  work = join(bench.dir, 'work')
  await mkdir(work)
  await git(work, 'init', '-q')
})
afterEach(() => bench.close())

async function commit(file: string, content: string, message = `Change ${file}`): Promise<string> {
  await mkdir(join(work, file, '..'), { recursive: true })
  await writeFile(join(work, file), content)
  await git(work, 'add', '-A')
  await git(work, 'commit', '-qm', message)
  return git(work, 'rev-parse', 'HEAD')
}

describe('pushing over HTTP', () => {
  test('a push to a name that is not there makes the repository, and a clone gives the same back', async () => {
    const head = await commit('apps/a.yaml', 'kind: ConfigMap\n')

    await git(work, 'push', '-q', `${bench.url}/git/demo.git`, 'main')
    await git(bench.dir, 'clone', '-q', `${bench.url}/git/demo`, 'copy')

    expect(await git(join(bench.dir, 'copy'), 'rev-parse', 'HEAD')).toBe(head)
    expect(await bench.repositories.hosted.list()).toEqual([{ name: 'demo', url: `${bench.url}/git/demo.git` }])
  })

  test('whoever listens is told at once which ref moved, from where, and who pushed; the objects can be read by then', async () => {
    const heard: { change: RefsChanged; content: Promise<string> }[] = []
    bench.repositories.onRefsChanged((change) => {
      const to = change.refs[0]?.to ?? ''
      const content = bench.repositories.tree(change.repoURL, to).then(async (tree) => {
        const entry = tree.entries[0]
        return entry === undefined ? '' : (await tree.read(entry, 1000)).toString()
      })
      heard.push({ change, content })
    })
    const first = await commit('a.yaml', 'one')
    await git(work, 'push', '-q', `${bench.url}/git/team/demo.git`, 'main')
    const second = await commit('a.yaml', 'two')
    await git(work, 'push', '-q', `${bench.url}/git/team/demo.git`, 'main')

    expect(heard.map(({ change }) => [change.repoURL, change.pusher, change.refs])).toEqual([
      [`${bench.url}/git/team/demo.git`, 'ada', [{ ref: 'refs/heads/main', from: undefined, to: first }]],
      [`${bench.url}/git/team/demo.git`, 'ada', [{ ref: 'refs/heads/main', from: first, to: second }]],
    ])
    expect(await Promise.all(heard.map(({ content }) => content))).toEqual(['one', 'two'])
  })

  test('a branch that is put to where its old commit is no part of the history is told apart from one that goes on', async () => {
    const heard: HistoryRewritten[] = []
    bench.repositories.onHistoryRewritten((change) => heard.push(change))
    const url = `${bench.url}/git/demo.git`
    await commit('a.yaml', 'one')
    await git(work, 'push', '-q', url, 'main')
    const second = await commit('a.yaml', 'two')
    await git(work, 'push', '-q', url, 'main')
    await writeFile(join(work, 'a.yaml'), 'other')
    await git(work, 'commit', '-qam', 'Other', '--amend')
    const other = await git(work, 'rev-parse', 'HEAD')
    await git(work, 'push', '-qf', url, 'main')

    await expect.poll(() => heard).toEqual([{ repoURL: url, branches: [{ ref: 'refs/heads/main', from: second, to: other }] }])
  })

  test('HEAD follows the branch that was pushed first when it is not main', async () => {
    const head = await commit('a.yaml', 'x')

    await git(work, 'push', '-q', `${bench.url}/git/demo.git`, 'main:trunk')

    expect(await bench.repositories.resolve(`${bench.url}/git/demo.git`, 'HEAD')).toMatchObject({ commit: head })
    expect(await git(bench.dir, 'ls-remote', '--symref', `${bench.url}/git/demo.git`, 'HEAD')).toContain('ref: refs/heads/trunk')
  })

  test('a rewritten history, a deleted branch and tags are told as they are', async () => {
    const heard: RefsChanged[] = []
    bench.repositories.onRefsChanged((change) => heard.push(change))
    const url = `${bench.url}/git/demo.git`
    const first = await commit('a.yaml', 'one')
    await git(work, 'tag', '-a', 'v1.0.0', '-m', 'first')
    await git(work, 'push', '-q', url, 'main', 'main:old', 'v1.0.0')
    await writeFile(join(work, 'a.yaml'), 'other')
    await git(work, 'commit', '-qa', '--amend', '-m', 'rewritten')
    const rewritten = await git(work, 'rev-parse', 'HEAD')
    await git(work, 'push', '-q', '--force', url, 'main', ':old')

    expect(heard[1]?.refs).toEqual([
      { ref: 'refs/heads/main', from: first, to: rewritten },
      { ref: 'refs/heads/old', from: first, to: undefined },
    ])
    expect(await bench.repositories.resolve(url, 'v1.0.0')).toEqual({ commit: first, ref: 'refs/tags/v1.0.0' })
    expect(await bench.repositories.resolve(url, 'main')).toEqual({ commit: rewritten, ref: 'refs/heads/main' })
    expect((await bench.repositories.commitMetadata(url, first)).tags).toEqual(['v1.0.0'])
  })

  test('ten pushes at the same time to ten branches all arrive, each told once', async () => {
    const heard: string[] = []
    bench.repositories.onRefsChanged((change) => heard.push(...change.refs.map(({ ref }) => ref)))
    const url = `${bench.url}/git/demo.git`
    await commit('a.yaml', 'x')
    const branches = Array.from({ length: 10 }, (_, index) => `branch-${index}`)

    await Promise.all(branches.map((branch) => git(work, 'push', '-q', url, `main:${branch}`)))

    expect(heard.toSorted()).toEqual(branches.map((branch) => `refs/heads/${branch}`))
  })

  test('a push of several megabytes, spooled and sent in pieces, arrives whole', async () => {
    const noise = Array.from({ length: 60_000 }, (_, index) => createHash('sha256').update(String(index)).digest('base64')).join('\n')
    await commit('large.txt', noise)

    await git(work, '-c', 'http.postBuffer=65536', 'push', '-q', `${bench.url}/git/demo.git`, 'main')

    const { commit: head } = await bench.repositories.resolve(`${bench.url}/git/demo.git`, 'main')
    const tree = await bench.repositories.tree(`${bench.url}/git/demo.git`, head)
    const entry = tree.entries[0]
    expect(entry).toMatchObject({ path: 'large.txt', size: noise.length })
    expect(entry && (await tree.read(entry, 10_000_000)).toString() === noise).toBe(true)
    expect(await readdir(join(bench.dir, 'data', 'incoming-pushes')).catch(() => [])).toEqual([])
  })

  test('a client that goes away in the middle of a push leaves nothing behind, and the next push goes through', async () => {
    const head = await commit('a.yaml', 'x')
    const { hostname, port } = new URL(bench.url)
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        const type = 'application/x-git-receive-pack-request'
        socket.write(`POST /git/demo.git/git-receive-pack HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 5000\r\n\r\n00`)
        socket.end()
        socket.on('close', () => resolve())
        socket.resume()
      })
    })

    await git(work, 'push', '-q', `${bench.url}/git/demo.git`, 'main')

    expect(await bench.repositories.resolve(`${bench.url}/git/demo.git`, 'main')).toMatchObject({ commit: head })
  })
})

describe('names that a push may not write', () => {
  // Where file names have no case the first four would move what a protection, or a pull request's approvals, stand for.
  test.each([
    'refs/HEADS/main',
    'refs/Tags/v1',
    'refs/Pull/1/head',
    'refs/PLIMSOLL/x',
    'refs/pull/1/head',
    'refs/plimsoll/x',
    `refs/replace/${'a'.repeat(40)}`,
    'refs/heads/-x',
    'refs/heads/HEAD',
  ])('%s', async (ref) => {
    await commit('a.yaml', 'x')
    const url = `${bench.url}/git/demo.git`
    await git(work, 'push', '-q', url, 'main')
    await commit('a.yaml', 'y')

    await expect(git(work, 'push', '-q', url, `main:${ref}`)).rejects.toThrow('remote rejected')

    expect(await git(bench.dir, 'ls-remote', url)).not.toContain(ref)
  })
})

describe('who may do what', () => {
  const codes = async (path: string, init: RequestInit = {}): Promise<number> => (await fetch(`${bench.url}${path}`, init)).status

  test('what may not be read is answered as what is not there; what may not be written is refused', async () => {
    await commit('a.yaml', 'x')
    await git(work, 'push', '-q', `${bench.url}/git/secret.git`, 'main')
    await git(work, 'push', '-q', `${bench.url}/git/public.git`, 'main')
    const principal = { ...everything, canRead: (name: string) => name === 'public', canWrite: () => false, canCreate: () => false }
    bench.server.removeAllListeners('request')
    bench.server.on('request', (request, response) => void bench.repositories.handle(request, response, principal))

    expect(await codes('/git/secret.git/info/refs?service=git-upload-pack')).toBe(404)
    expect(await codes('/git/absent.git/info/refs?service=git-upload-pack')).toBe(404)
    expect(await codes('/git/secret.git/info/refs?service=git-receive-pack')).toBe(404)
    expect(await codes('/git/absent.git/info/refs?service=git-receive-pack')).toBe(404)
    expect(await codes('/git/public.git/info/refs?service=git-upload-pack')).toBe(200)
    expect(await codes('/git/public.git/info/refs?service=git-receive-pack')).toBe(403)
    const post = { method: 'POST', headers: { 'content-type': 'application/x-git-receive-pack-request' }, body: '0000' }
    expect(await codes('/git/public.git/git-receive-pack', post)).toBe(403)
    expect(await codes('/git/secret.git/git-receive-pack', post)).toBe(404)
    await expect(git(work, 'push', '-q', `${bench.url}/git/new.git`, 'main')).rejects.toThrow()
    expect((await bench.repositories.hosted.list()).map(({ name }) => name)).toEqual(['public', 'secret'])
  })

  test.each([
    '/git/../etc/info/refs?service=git-upload-pack',
    '/git/%2e%2e%2fetc.git/info/refs?service=git-receive-pack',
    '/git/a%00b.git/info/refs?service=git-receive-pack',
    '/git/-x.git/info/refs?service=git-receive-pack',
    '/git/a/b/c.git/info/refs?service=git-receive-pack',
    '/git/a.git/b.git/info/refs?service=git-receive-pack',
    '/git/.hidden.git/info/refs?service=git-receive-pack',
    '/git/demo.git/info/refs?service=git-upload-archive',
    '/git/demo.git/info/refs',
    '/git/demo.git/HEAD',
    '/git/demo.git/config',
    '/git/demo.git/objects/info/packs',
  ])('%s is not served', async (path) => {
    expect(await codes(path)).toBe(404)
    expect(await bench.repositories.hosted.list()).toEqual([])
  })

  test('a form of another origin, which carries no type of git, is refused', async () => {
    const form = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '0000' }
    expect(await codes('/git/demo.git/git-receive-pack', form)).toBe(415)
  })

  test('a zipped body that unfolds without end is refused', async () => {
    const { gzipSync } = await import('node:zlib')
    const body = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    await commit('a.yaml', 'x')
    await git(work, 'push', '-q', `${bench.url}/git/demo.git`, 'main')

    const headers = { 'content-type': 'application/x-git-upload-pack-request', 'content-encoding': 'gzip' }
    expect(await codes('/git/demo.git/git-upload-pack', { method: 'POST', headers, body })).toBe(413)
  })
})

describe('commits made here', () => {
  test('a commit is written without a work tree, on top of the branch, and not again when nothing would change', async () => {
    const heard: RefsChanged[] = []
    bench.repositories.onRefsChanged((change) => heard.push(change))
    const author = { name: 'Plimsoll <x>', email: 'plimsoll@localhost' }
    const write = (files: [string, string | null][]) =>
      bench.repositories.hosted.commit({ repo: 'demo', branch: 'main', files: new Map(files), message: 'Say it\n\nwith a "body"', author })
    const first = await write([
      ['apps/it "is" \\ näme.yaml', 'a: 1\n'],
      ['gone.txt', 'x'],
    ])
    const second = await write([['gone.txt', null]])
    const third = await write([
      ['apps/it "is" \\ näme.yaml', 'a: 1\n'],
      ['gone.txt', null],
    ])

    expect([first.changed, second.changed, third]).toEqual([true, true, { commit: second.commit, changed: false }])
    const tree = await bench.repositories.tree(`${bench.url}/git/demo.git`, second.commit)
    expect(tree.entries.map(({ path }) => path)).toEqual(['apps/it "is" \\ näme.yaml'])
    expect(await bench.repositories.commitMetadata(`${bench.url}/git/demo.git`, first.commit)).toMatchObject({
      author: 'Plimsoll x',
      message: 'Say it\n\nwith a "body"',
    })
    expect(heard.map(({ refs }) => refs[0]?.to)).toEqual([first.commit, second.commit])
    await git(bench.dir, 'clone', '-q', `${bench.url}/git/demo.git`, 'copy')
    expect(await git(join(bench.dir, 'copy'), 'fsck', '--strict')).toBe('')
  })

  test.each(['../x', '/x', '.git/config', 'a/.GIT/b', 'a//b', 'a\nb', ''])('the path %j is refused', async (path) => {
    const request = { repo: 'demo', branch: 'main', files: new Map([[path, 'x']]), message: 'm', author: { name: 'a', email: 'b' } }
    await expect(bench.repositories.hosted.commit(request)).rejects.toMatchObject({ code: 'path-outside-repository' })
    expect(await bench.repositories.hosted.list()).toEqual([])
  })
})
