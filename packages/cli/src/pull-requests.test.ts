import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

/** The command as people run it in a clone, against a server that it has started. */
const plimsoll = fileURLToPath(new URL('../bin/plimsoll.js', import.meta.url))
let dir: string
let work: string
let server: ChildProcess
let url: string
let grace: string

interface Outcome {
  code: number
  stdout: string
  stderr: string
}

function start(program: string, args: string[], cwd: string): Promise<Outcome> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: dir,
    PLIMSOLL_DATA_DIR: join(dir, 'data'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  }
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    )
  })
}

const run = (...args: string[]) => start(process.execPath, [plimsoll, ...args], work)
const asGrace = (...args: string[]) => run(...args, '--auth-token', grace)

async function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'init.defaultBranch=main']
  const { code, stdout, stderr } = await start('git', [...identity, ...args], work)
  if (code !== 0) throw new Error(stderr)
  return stdout.trim()
}

async function change(branch: string, text: string): Promise<string> {
  await git('checkout', '-q', '-B', branch, 'origin/main')
  await writeFile(join(work, 'a.txt'), text)
  await git('commit', '-qam', `Say ${text.trim()}`)
  await git('push', '-q', 'origin', branch)
  return git('rev-parse', 'HEAD')
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plimsoll-pr-'))
  work = join(dir, 'work')
  await mkdir(work)
  const args = ['server', 'start', '--data-dir', join(dir, 'data'), '--port', '0', '--gateway-port', '0', '--no-demo']
  server = spawn(process.execPath, [plimsoll, ...args], { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: dir } })
  const ready = await vi.waitFor(async () => JSON.parse(await readFile(join(dir, 'data/ready.json'), 'utf8')) as Record<string, string>, {
    timeout: 55_000,
    interval: 100,
  })
  url = ready['url'] ?? ''
  const token = (await readFile(ready['tokenFile'] ?? '', 'utf8')).trim()
  await run('account', 'create', 'grace', '--role', 'maintainer')
  grace = (await run('account', 'generate-token', '--account', 'grace')).stdout.trim()
  await git('init', '-q')
  await writeFile(join(work, 'a.txt'), 'one\n')
  await git('add', '-A')
  await git('commit', '-qm', 'First')
  await git('remote', 'add', 'origin', `${url.replace('://', `://admin:${token}@`)}/git/team/demo.git`)
  await git('push', '-q', 'origin', 'main')
  await git('fetch', '-q')
}, 90_000)

afterAll(async () => {
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGINT')
  await ended
  await rm(dir, { recursive: true, force: true, maxRetries: 5 })
}, 60_000)

describe('a pull request on the command line', () => {
  test('is made in a clone, looked at, checked, approved by somebody else, and merged', { timeout: 120_000 }, async () => {
    const protect = await run('repo', 'protect', 'team/demo', 'main', '--approvals', '1', '--check', 'test', '--linear-history')
    expect(protect).toMatchObject({ code: 0, stdout: expect.stringMatching(/^main +1 +test +linear history$/m) })
    const head = await change('feature', 'two\n')

    const created = await run('pr', 'create', '--body', 'Because')
    const list = await run('pr', 'list')
    const got = await run('pr', 'get', '1')
    const diff = await run('pr', 'diff', '#1')
    const checks = await run('pr', 'checks', '1')
    const tooEarly = await asGrace('pr', 'merge', '1', '--squash')
    const own = await run('pr', 'review', '1', '--approve')

    expect(created).toMatchObject({ code: 0, stdout: `pull request 1 opened: ${url}/pulls/team%2Fdemo/1\n` })
    expect(list.stdout).toMatch(/^1 +Say two +feature +main +admin +open +blocked$/m)
    expect(got.stdout).toContain('Not met:            0 of 1 approvals')
    expect(diff.stdout).toBe('diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,1 +1,1 @@\n-one\n+two\n')
    expect(checks.code).toBe(1)
    expect(checks.stderr).toContain('has checked')
    expect(tooEarly).toMatchObject({ code: 20, stderr: expect.stringContaining("Check 'test' has not reported") })
    expect(own).toMatchObject({ code: 20, stderr: expect.stringContaining('nobody approves their own work') })

    const headers = { authorization: `Bearer ${grace}`, 'content-type': 'application/json' }
    const check = { name: 'test', status: 'completed', conclusion: 'success', title: 'ok' }
    await fetch(`${url}/api/v1/repositories/team%2Fdemo/commits/${head}/checks`, { method: 'POST', headers, body: JSON.stringify(check) })
    const approved = await asGrace('pr', 'review', '1', '--approve', '--match-head-commit', head)
    const wrongMethod = await asGrace('pr', 'merge', '1', '--merge')
    const merged = await asGrace('pr', 'merge', '1', '--squash', '--subject', 'Two')

    expect(approved).toMatchObject({ code: 0, stdout: `pull request 1 approved at ${head.slice(0, 7)}\n` })
    expect(wrongMethod).toMatchObject({ code: 20, stderr: expect.stringContaining('squash or rebase') })
    expect(merged).toMatchObject({ code: 0, stdout: expect.stringMatching(/^pull request 1 merged into main as [0-9a-f]{7}\n$/) })
    await git('fetch', '-q')
    expect(await git('log', '--format=%s', 'origin/main')).toBe('Two\nFirst')
  })

  test('is commented on, edited, drafted, closed, reopened and checked out', { timeout: 120_000 }, async () => {
    const head = await change('other', 'three\n')
    const created = await run('pr', 'create', '--draft', '--title', 'Draft', '-o', 'json')
    const number = String((JSON.parse(created.stdout) as { number: number }).number)

    await writeFile(join(work, 'text.md'), 'From a file')
    expect(await run('pr', 'comment', number, '-F', 'text.md', '--path', 'a.txt', '--line', '1')).toMatchObject({ code: 0 })
    expect((await run('pr', 'get', number, '--comments')).stdout).toContain('on a.txt:1\n  From a file')
    expect((await run('pr', 'list')).stdout).toMatch(new RegExp(`^${number} .* draft +blocked$`, 'm'))
    expect(await run('pr', 'ready', number)).toMatchObject({ code: 0, stdout: `pull request ${number} is ready for review\n` })
    expect(await run('pr', 'edit', number, '--title', 'Three')).toMatchObject({ code: 0 })
    expect(await run('pr', 'close', number)).toMatchObject({ code: 0 })
    expect((await run('pr', 'list', '--state', 'closed')).stdout).toContain('Three')
    expect(await run('pr', 'reopen', number)).toMatchObject({ code: 0 })
    expect(await run('pr', 'checkout', number)).toMatchObject({ code: 0 })
    expect(await git('rev-parse', '--abbrev-ref', 'HEAD')).toBe(`pr-${number}`)
    expect(await git('rev-parse', 'HEAD')).toBe(head)
  })

  test('is listed among those of all repositories, in a clone by --all, and elsewhere without a word', { timeout: 120_000 }, async () => {
    await change('listed', 'four\n')
    await run('pr', 'create', '--title', 'Listed')
    const outside = (...args: string[]) => start(process.execPath, [plimsoll, 'pr', 'list', ...args], dir)

    const inClone = await run('pr', 'list', '--all')
    const elsewhere = await outside('--limit', '1')
    const names = await outside('-o', 'name', '--author', 'admin')
    const none = await outside('--reviewer', 'nobody', '-o', 'json')

    expect(inClone.stdout).toMatch(/^REPOSITORY +NUMBER +TITLE/)
    expect(inClone.stdout).toMatch(/^team\/demo +\d+ +Listed +listed +main +admin +open +blocked$/m)
    expect(elsewhere).toMatchObject({ code: 0, stdout: expect.stringMatching(/^REPOSITORY[^\n]*\nteam\/demo +\d+ +Listed [^\n]*\n$/) })
    expect(names.stdout).toMatch(/^team\/demo#\d+$/m)
    expect(JSON.parse(none.stdout)).toEqual([])
    expect((await outside('--state', 'odd')).code).toBe(2)
    expect((await start(process.execPath, [plimsoll, 'pr', 'get', '1'], dir)).stderr).toContain('Which repository?')
  })

  test.each([
    [['pr', 'get', 'x'], 2, 'is not the number'],
    [['pr', 'get', '99'], 20, 'has no pull request 99'],
    [['pr', 'list', '--repo', 'constructor'], 20, "no repository 'constructor'"],
    [['pr', 'list', '--repo', '../../x'], 20, 'no repository'],
    [['pr', 'review', '1'], 2, 'One of --approve'],
    [['pr', 'merge', '1', '--squash', '--rebase'], 2, 'Only one of'],
    [['pr', 'comment', '1'], 2, 'needs a text'],
    [['pr', 'create', '--head', '--upload-pack=x', '--title', 'T'], 20, "no branch '--upload-pack=x'"],
  ])('%j ends with code %i and says why', async (args, code, text) => {
    const outcome = await run(...args)

    expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringContaining(text)])
  })
})
