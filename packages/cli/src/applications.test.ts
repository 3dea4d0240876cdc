import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

/** The command as people run it, against a server that it has started: API, Git hosting, embedded cluster, everything real. */
const plimsoll = join(dirname(fileURLToPath(import.meta.url)), '../bin/plimsoll.js')
let dir: string
let server: ChildProcess
let url: string
let token: string

interface Outcome {
  code: number
  stdout: string
  stderr: string
}

function run(args: string[], env: Record<string, string> = {}, input = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [plimsoll, ...args],
      { env: { PATH: process.env['PATH'] ?? '', HOME: dir, PLIMSOLL_DATA_DIR: join(dir, 'data'), ...env }, timeout: 60_000 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    )
    child.stdin?.end(input)
  })
}

async function app(...args: string[]): Promise<Outcome> {
  return run(['app', ...args])
}

function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'init.defaultBranch=main']
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' }
  return new Promise((resolve, reject) => {
    execFile('git', [...identity, ...args], { cwd: join(dir, 'work'), env }, (error, stdout) =>
      error === null ? resolve(stdout.trim()) : reject(error),
    )
  })
}

async function push(files: Record<string, string>, repository: string): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, 'work', path)), { recursive: true })
    await writeFile(join(dir, 'work', path), content)
  }
  await git('add', '-A')
  await git('commit', '-qm', 'Change')
  await git('push', '-q', `${url.replace('://', `://admin:${token}@`)}/git/${repository}.git`, 'HEAD:main')
  return git('rev-parse', 'HEAD')
}

const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  labels:\n    part: ${name}\ndata:\n  value: "${value}"\n`
function create(name: string, repository: string, ...more: string[]): string[] {
  const source = ['--repo', `${url}/git/${repository}.git`, '--path', 'k8s']
  return ['create', name, ...source, '--dest-server', 'https://kubernetes.default.svc', '--dest-namespace', 'default', ...more]
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plimsoll-cli-'))
  await mkdir(join(dir, 'work'))
  await git('init', '-q')
  const args = ['server', 'start', '--data-dir', join(dir, 'data'), '--port', '0', '--gateway-port', '0', '--no-demo']
  server = spawn(process.execPath, [plimsoll, ...args], { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: dir } })
  const ready = await vi.waitFor(async () => JSON.parse(await readFile(join(dir, 'data/ready.json'), 'utf8')) as Record<string, string>, {
    timeout: 55_000,
    interval: 100,
  })
  url = ready['url'] ?? ''
  token = (await readFile(ready['tokenFile'] ?? '', 'utf8')).trim()
}, 60_000)

afterAll(async () => {
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGINT')
  await ended
  await rm(dir, { recursive: true, force: true, maxRetries: 5 })
}, 60_000)

describe('an application, from the first command to the last', () => {
  test('create, diff, sync, get, history, rollback, delete: with the exit codes that scripts wait for', { timeout: 120_000 }, async () => {
    await push({ 'k8s/one.yaml': configMap('one', 'first'), 'k8s/two.yaml': configMap('two', 'first') }, 'life')

    expect(await app(...create('life', 'life', '--label', 'team=x'))).toMatchObject({ code: 0, stdout: "application 'life' created\n" })
    expect(await app(...create('life', 'life', '--label', 'team=x'))).toMatchObject({ code: 0, stdout: "application 'life' unchanged\n" })
    const clash = await app(...create('life', 'life', '--dest-namespace', 'other'))
    expect(clash).toMatchObject({ code: 20, stdout: '', stderr: expect.stringContaining('--upsert') })

    const before = await app('diff', 'life')
    expect(before.code).toBe(1)
    expect(before.stdout).toContain('===== /ConfigMap default/one ======')
    expect(before.stdout).toContain('+  value: first')
    expect(await app('diff', 'life', '--exit-code=false')).toMatchObject({ code: 0 })
    expect(await app('diff', 'life', '--diff-exit-code', '7')).toMatchObject({ code: 7 })

    const dry = await app('sync', 'life', '--dry-run', '--timeout', '30')
    expect(dry).toMatchObject({ code: 0 })
    expect((await app('diff', 'life')).code).toBe(1)
    const part = await app('sync', 'life', '--resource', ':ConfigMap:one', '--timeout', '30', '-o', 'json')
    expect(part).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(part.stdout)).toMatchObject({ status: { sync: { status: 'OutOfSync' }, operationState: { phase: 'Succeeded' } } })
    const whole = await app('sync', 'life', '--timeout', '30')
    expect(whole).toMatchObject({ code: 0, stderr: '' })
    expect(whole.stdout).toMatch(/Phase: +Succeeded/)
    expect(whole.stdout).toMatch(/ConfigMap +default +two +Synced/)
    expect(await app('diff', 'life')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await app('wait', 'life', '--timeout', '30')).toMatchObject({ code: 0 })

    const list = await app('list', '-l', 'team=x')
    expect(list.stdout.split('\n')[0]).toMatch(
      /^NAME +CLUSTER +NAMESPACE +PROJECT +STATUS +HEALTH +SYNCPOLICY +CONDITIONS +REPO +PATH +TARGET$/,
    )
    expect(list.stdout).toMatch(/^argocd\/life +https:\/\/kubernetes\.default\.svc +default +default +Synced +Healthy +Manual/m)
    expect((await app('list', '-l', 'team=x', '-o', 'name')).stdout).toBe('argocd/life\n')
    expect((await app('list', '-l', 'team=y', '-o', 'json')).stdout).toBe('[]\n')
    expect((await app('resources', 'life')).stdout).toMatch(/ConfigMap +default +one +No/)
    expect((await app('get', 'life', '-o', 'tree')).stdout).toMatch(/ConfigMap\/one +Synced/)
    expect((await app('manifests', 'life')).stdout).toContain('value: first')
    expect((await app('manifests', 'argocd/life', '--source', 'live', '-o', 'json')).stdout).toContain('"resourceVersion"')

    const second = await push({ 'k8s/one.yaml': configMap('one', 'second') }, 'life')
    expect(await app('get', 'life', '--refresh')).toMatchObject({ code: 0 })
    expect((await app('sync', 'life', '--timeout', '30')).stdout).toContain(second)
    const ids = (await app('history', 'life', '-o', 'id')).stdout.trim().split('\n')
    expect(ids.length).toBeGreaterThanOrEqual(2)
    expect((await app('history', 'life')).stdout).toMatch(/^ID +DATE +REVISION$/m)
    expect(await app('rollback', 'life', '--timeout', '30')).toMatchObject({ code: 0 })
    expect((await app('manifests', 'life', '--source', 'live')).stdout).toContain('value: first')
    expect(await app('rollback', 'life', '999')).toMatchObject({ code: 20, stderr: expect.stringContaining("'999'") })

    expect(await app('delete', 'life', '--yes', '--wait')).toMatchObject({ code: 0, stdout: "application 'life' deleted\n" })
    expect(await app('get', 'life')).toMatchObject({ code: 20, stdout: '', stderr: expect.stringContaining('life') })
    expect(await app('wait', 'life', '--delete')).toMatchObject({ code: 0 })
  })

  test('from a file with automated sync, changed by flags, and waited for', { timeout: 60_000 }, async () => {
    await push({ 'k8s/one.yaml': configMap('auto', '1') }, 'auto')
    const manifest = `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: auto\nspec:\n  project: default\n  source: {repoURL: "${url}/git/auto.git", path: k8s, targetRevision: main}\n  destination: {server: https://kubernetes.default.svc, namespace: default}\n`
    await writeFile(join(dir, 'auto.yaml'), manifest)

    expect(await app('create', '-f', join(dir, 'auto.yaml'), '--sync-policy', 'automated', '--auto-prune')).toMatchObject({ code: 0 })
    expect(await app('wait', 'auto', '--sync', '--health', '--operation', '--timeout', '30')).toMatchObject({ code: 0 })
    expect(await run(['app', 'create', '-f', '-', '--upsert'], {}, manifest)).toMatchObject({
      code: 0,
      stdout: "application 'auto' updated\n",
    })
    expect(await app('set', 'auto', '--sync-policy', 'auto', '--self-heal', '--sync-option', 'CreateNamespace=true')).toMatchObject({
      code: 0,
    })

    const { spec } = JSON.parse((await app('get', 'auto', '-o', 'json')).stdout) as { spec: unknown }
    expect(spec).toMatchObject({ syncPolicy: { automated: { selfHeal: true }, syncOptions: ['CreateNamespace=true'] } })
    expect(await app('set', 'auto')).toMatchObject({ code: 2, stderr: expect.stringContaining('at least one option') })
    expect(await app('wait', 'auto', '--degraded', '--timeout', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('timed out (1s)'),
    })
  })

  test('a sync that fails is told by its exit code and its reason', { timeout: 60_000 }, async () => {
    await push({ 'k8s/one.yaml': 'apiVersion: example.org/v1\nkind: Nothing\nmetadata:\n  name: x\n' }, 'bad')
    await app(...create('bad', 'bad'))

    const outcome = await app('sync', 'bad', '--timeout', '40')

    expect(outcome.code).not.toBe(0)
    expect(outcome.stderr).toMatch(/Nothing|example\.org/)
  })
})

describe('where the server is, and who one is', () => {
  test('by login, which keeps the token for this user alone; by logout, which ends it', { timeout: 60_000 }, async () => {
    const made = await run(['admin', 'password', '--password-stdin'], {}, 'a password, long enough\n')
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const env = { PLIMSOLL_DATA_DIR: join(dir, 'elsewhere'), XDG_CONFIG_HOME: join(dir, 'config') }
    const wrong = await run(['login', url, '--username', 'admin', '--password', 'wrong'], env)
    expect(wrong).toMatchObject({ code: 20, stderr: expect.stringContaining('wrong') })

    const login = await run(['login', url.replace('http://', ''), '--password-stdin'], env, 'a password, long enough\n')
    expect(login).toMatchObject({ code: 0, stdout: expect.stringContaining("'admin' logged in successfully") })
    expect((await stat(join(dir, 'config/plimsoll/config.json'))).mode & 0o777).toBe(0o600)
    expect((await run(['account', 'get-user-info'], env)).stdout).toContain('Username: admin')
    expect((await run(['app', 'list', '-o', 'name'], env)).code).toBe(0)

    expect(await run(['logout'], env)).toMatchObject({ code: 0 })
    expect(await run(['app', 'list'], env)).toMatchObject({ code: 20, stderr: expect.stringContaining('npm start') })
    expect(await run(['app', 'list', '--server', url], env)).toMatchObject({ code: 20, stderr: expect.stringContaining('plimsoll login') })
    expect(await run(['app', 'list', '--server', url, '--auth-token', token], env)).toMatchObject({ code: 0 })
    expect(await run(['app', 'list'], { ...env, PLIMSOLL_SERVER: url, PLIMSOLL_AUTH_TOKEN: token })).toMatchObject({ code: 0 })
  })

  test('a token is not sent to another server than the one it is for', async () => {
    const seen: (string | undefined)[] = []
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()

    const outcome = await run(['app', 'list', '--server', `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`])
    other.close()

    expect(outcome.code).toBe(20)
    expect(seen).toEqual([undefined])
  })

  test('a server that is not there is named, with what to do', async () => {
    const outcome = await run(['app', 'list', '--server', '127.0.0.1:1'])
    expect(outcome).toMatchObject({ code: 20, stdout: '' })
    expect(outcome.stderr).toMatch(/^Error: http:\/\/127\.0\.0\.1:1 \(--server\) does not answer: connection refused\n {2}Start it/)
  })

  test.each([
    [['app', 'nothing']],
    [['app', 'get']],
    [['app', 'list', '-o', 'xml']],
    [['app', 'list', '--nothing']],
    [['app', 'create', 'x', '--repo', 'https://example.org/x']],
    [['app', 'sync']],
    [['app', 'sync', 'x', '--resource', 'x']],
    [['app', 'wait', 'x', '--timeout', 'soon']],
    [['app', 'rollback', 'x', 'first']],
    [['app', 'get', 'a/b/c']],
  ])('%j is refused as a command line, before anything is asked', async (args) => {
    const outcome = await run(args, { PLIMSOLL_SERVER: 'http://127.0.0.1:1' })
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).not.toBe('')
  })
})
