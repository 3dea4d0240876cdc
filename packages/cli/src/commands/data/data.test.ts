import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

/** The command as people run it. The real DVC is beside it in e2e/long/peers-data.test.ts. */
const plimsoll = join(dirname(fileURLToPath(import.meta.url)), '../../../bin/plimsoll.js')
const home = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-data-')))
const kept = new Map<string, Buffer>()
const asked: { method: string; url: string; authorization: string | undefined }[] = []
let server: Server
let url: string
let count = 0
let repository: string

function data(folder: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, DVC_SYSTEM_CONFIG_DIR: home }
    execFile(process.execPath, [plimsoll, 'data', ...args], { cwd: folder, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    )
  })
}

function write(folder: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

beforeAll(async () => {
  server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request
    asked.push({ method, url: path, authorization: headers.authorization })
    if (path.startsWith('/moved/'))
      return void response
        .writeHead(302, { location: `http://localhost:${(server.address() as AddressInfo).port}${path.slice('/moved'.length)}` })
        .end()
    if (path.startsWith('/closed/')) return void response.writeHead(403).end()
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (method === 'POST' || method === 'PUT') kept.set(path, Buffer.concat(chunks))
      const content = kept.get(path)
      response.writeHead(content ? 200 : 404).end(method === 'GET' ? content : undefined)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(home, { recursive: true, force: true })
})

beforeEach(() => {
  repository = join(home, `repository-${++count}`)
  write(repository, {
    '.dvc/config': `[core]\n    remote = store\n['remote "store"']\n    url = ../../store-${count}\n['remote "web"']\n    url = ${url}/data\n    auth = basic\n`,
    '.dvc/config.local': '[\'remote "web"\']\n    user = mina\n    password = s3cret\n',
    'data/train.csv': 'id,y\r\n1,0\r\n',
    'images/a.txt': 'a',
    'images/sub/한글.txt': '한',
    'images/twice.txt': 'a',
  })
})

/** The repository without its data, as somebody else clones it. */
function cloned(): string {
  const folder = `${repository}-clone`
  cpSync(repository, folder, { recursive: true })
  rmSync(join(folder, 'images'), { recursive: true })
  rmSync(join(folder, 'data/train.csv'), { force: true })
  return folder
}

// Each step is a process of its own.
describe('data under DVC, where no DVC is installed', { timeout: 60_000 }, () => {
  it.each(['store', 'web'])('goes to a remote and comes back from it, files and folders: %s', async (remote) => {
    const added = [await data(repository, 'add', 'data/train.csv'), await data(repository, 'add', 'images/')]
    const pushed = await data(repository, 'push', '-r', remote)
    const clone = cloned()

    const pulled = await data(clone, 'pull', '-r', remote)

    expect(added.map(({ code }) => code)).toEqual([0, 0])
    expect(readFileSync(join(repository, 'data/train.csv.dvc'), 'utf8')).toBe(
      `outs:\n- md5: ${md5('id,y\r\n1,0\r\n')}\n  size: 11\n  hash: md5\n  path: train.csv\n`,
    )
    expect(readFileSync(join(repository, 'images.dvc'), 'utf8')).toMatch(
      /^outs:\n- md5: [0-9a-f]{32}\.dir\n {2}size: 5\n {2}nfiles: 3\n {2}hash: md5\n {2}path: images\n$/,
    )
    expect(readFileSync(join(repository, '.gitignore'), 'utf8')).toBe('/images\n')
    expect(pushed.stdout, pushed.stderr).toBe(`4 files pushed to '${remote}'.\n`)
    expect(pulled.stdout, pulled.stderr).toBe(`4 files fetched from '${remote}'.\n`)
    expect(readFileSync(join(clone, 'images/sub/한글.txt'), 'utf8')).toBe('한')
    expect((await data(clone, 'pull', '-r', remote)).stdout).toBe('Everything is up to date.\n')
    expect((await data(repository, 'push', '-r', remote)).stdout).toBe('Everything is up to date.\n')
    if (remote === 'web')
      expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(
        new Set([`Basic ${Buffer.from('mina:s3cret').toString('base64')}`]),
      )
  })

  it('is followed to another host without the password', async () => {
    await data(repository, 'add', 'data/train.csv')
    await data(repository, 'push', '-r', 'web')
    write(repository, { '.dvc/config': `['remote "web"']\n    url = ${url}/moved/data\n    auth = basic\n` })
    const clone = cloned()
    asked.length = 0

    const pulled = await data(clone, 'pull')

    expect(pulled.stdout, pulled.stderr).toContain('1 file fetched')
    expect(asked.map(({ url: path, authorization }) => [path.startsWith('/moved/'), authorization !== undefined])).toEqual([
      [true, true],
      [false, false],
    ])
  })

  it('that has changed since it was added is not pushed; the cache of DVC helps where it has it', async () => {
    await data(repository, 'add', 'images')
    await data(repository, 'add', 'data/train.csv')
    const before = readFileSync(join(repository, 'data/train.csv'))
    write(repository, { 'images/a.txt': 'other', 'data/train.csv': 'other' })

    const folder = await data(repository, 'push', 'images')
    const file = await data(repository, 'push', 'data/train.csv')
    const digest = md5(before.toString())
    write(repository, { [`.dvc/cache/files/md5/${digest.slice(0, 2)}/${digest.slice(2)}`]: before.toString() })
    const cached = await data(repository, 'push', 'data')

    expect(folder.stderr).toContain('images has changed since it was added')
    expect(file.stderr).toContain('data/train.csv has changed since it was added')
    expect(cached.stdout).toContain("1 file pushed to 'store'")
  })

  it('that comes as other content is not used', async () => {
    await data(repository, 'add', 'data/train.csv')
    await data(repository, 'push')
    const digest = md5('id,y\r\n1,0\r\n')
    writeFileSync(join(home, `store-${count}`, 'files/md5', digest.slice(0, 2), digest.slice(2)), 'other')
    const clone = cloned()

    const pulled = await data(clone, 'pull')

    expect(pulled.code).toBe(20)
    expect(pulled.stderr).toContain('it is not used')
    expect(readdirSync(join(clone, 'data')).toSorted()).toEqual(['.gitignore', 'train.csv.dvc'])
  })

  it('is never written or read through a link', async () => {
    await data(repository, 'add', 'data/train.csv')
    await data(repository, 'push')
    const clone = cloned()
    const outside = join(home, `outside-${count}`)
    cpSync(join(clone, 'data'), outside, { recursive: true })
    rmSync(join(clone, 'data'), { recursive: true })
    symlinkSync(outside, join(clone, 'data'))
    write(clone, { 'x.dvc': readFileSync(join(repository, 'data/train.csv.dvc'), 'utf8').replace('path: ', 'path: data/') })

    const pulled = await data(clone, 'pull')

    expect(pulled.stderr).toContain('data is no folder of this repository')
    expect(existsSync(join(outside, 'train.csv'))).toBe(false)
    symlinkSync('/etc/hostname', join(repository, 'images/link'))
    expect((await data(repository, 'add', 'images')).stderr).toContain('put no links into data')
  })

  it('keeps what people wrote into its description', async () => {
    write(repository, {
      'images.dvc': `# of the summer\nouts:\n- md5: ${'0'.repeat(32)}.dir\n  nfiles: 1\n  desc: holidays\n  path: images\nmeta:\n  owner: mina\n`,
    })

    await data(repository, 'add', 'images')

    const text = readFileSync(join(repository, 'images.dvc'), 'utf8')
    expect(text).toContain('# of the summer')
    expect(text).toContain('desc: holidays')
    expect(text).toContain('owner: mina')
    expect(text).toContain('nfiles: 3')
    expect(text).not.toContain('0000')
  })

  it('says what is missing, and what only DVC can do', async () => {
    write(repository, { 'x.dvc': `outs:\n- {md5: ${'ab'.repeat(16)}, hash: md5, path: x}\n` })
    const missing = await data(repository, 'pull')
    write(repository, { '.dvc/config': '[\'remote "s3"\']\n    url = s3://bucket/data\n' })
    const bucket = await data(repository, 'pull', '-r', 's3')
    write(repository, { '.dvc/config': `['remote "web"']\n    url = ${url}/closed\n    auth = basic\n` })
    const closed = await data(repository, 'pull')
    write(repository, { '.dvc/config': `['remote "web"']\n    url = http://mina:s3cret@127.0.0.1:1/data\n`, '.dvc/config.local': '' })
    const gone = await data(repository, 'pull')
    write(repository, { '.dvcignore': '*.tmp\n' })
    const ignored = await data(repository, 'add', 'images')
    const nothing = await data(home, 'pull')

    expect(missing.stderr).toContain("is not in remote 'store'")
    expect(bucket.stderr).toContain('only DVC itself can read')
    expect(closed.stderr).toContain('answered with status 403')
    expect(gone.stderr).toContain('does not answer')
    expect(gone.stderr).not.toContain('s3cret')
    expect(ignored.stderr).toContain('which only DVC itself follows')
    expect(nothing.stderr).toContain('no .dvc folder')
    expect([missing, bucket, closed, gone, ignored, nothing].map(({ code }) => code)).toEqual([20, 20, 20, 20, 20, 20])
  })
})
