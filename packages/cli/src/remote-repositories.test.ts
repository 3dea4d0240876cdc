import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emulatedGithub, startEmulatedServer } from '@plimsoll/forge/testing'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

/** The command as people run it in a clone, against a server that it has started. */
const plimsoll = fileURLToPath(new URL('../bin/plimsoll.js', import.meta.url))
let dir: string
let server: ChildProcess
let remote: Awaited<ReturnType<typeof startEmulatedServer>>

interface Outcome {
  code: number
  text: string
}

function start(program: string, args: string[], options: { input?: string; cwd?: string } = {}): Promise<Outcome> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, PLIMSOLL_DATA_DIR: join(dir, 'data'), GIT_CONFIG_NOSYSTEM: '1' }
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd: options.cwd ?? dir, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, text: stdout + stderr }),
    )
    child.stdin?.end(options.input ?? '')
  })
}

const run = (args: string[], options?: { input?: string; cwd?: string }) => start(process.execPath, [plimsoll, ...args], options)

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'plimsoll-connect-'))
  remote = await startEmulatedServer(emulatedGithub)
  remote.repository.commit('salt', 'Add salt')
  remote.repository.open({ title: 'Salt', body: '', head: 'salt', base: 'main', author: 'zoe' })
  const args = [
    'server',
    'start',
    '--data-dir',
    join(dir, 'data'),
    '--port',
    '0',
    '--gateway-port',
    '0',
    '--no-demo',
    '--allow-git-host',
    '127.0.0.1',
  ]
  server = spawn(process.execPath, [plimsoll, ...args], { stdio: 'ignore', env: { PATH: process.env['PATH'], HOME: dir } })
  await vi.waitFor(() => readFile(join(dir, 'data/ready.json'), 'utf8'), { timeout: 55_000, interval: 100 })
}, 90_000)

afterAll(async () => {
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGINT')
  await ended
  await remote.close()
  await rm(dir, { recursive: true, force: true, maxRetries: 5 })
})

it(
  'a repository elsewhere is connected by a token from standard input, used by its address or in its clone, and forgotten',
  { timeout: 60_000 },
  async () => {
    const clone = join(dir, 'clone')
    await mkdir(clone)
    await start('git', ['init', '-q'], { cwd: clone })
    await start('git', ['remote', 'add', 'origin', `${remote.url.replace('://', '://me:canary-of-mine@')}/acme/shop.git`], { cwd: clone })

    const without = await run(['repo', 'connect', remote.address, '--provider', 'github'])
    const wrong = await run(['repo', 'connect', remote.address, '--provider', 'github', '--token-stdin'], { input: 'wrong-token' })
    const unknown = await run(['repo', 'connect', remote.address, '--token-stdin'], { input: remote.token })
    const connected = await run(['repo', 'connect', `${remote.address}.git`, '--provider', 'github', '--token-stdin'], {
      input: `${remote.token}\n`,
    })
    const listed = await run(['repo', 'list'])
    const pulls = await run(['pr', 'list', '--repo', remote.address])
    const inClone = await run(['pr', 'list'], { cwd: clone })
    const said = await run(['pr', 'comment', '1', '--body', 'Why?'], { cwd: clone })
    const all = await run(['pr', 'list', '--all'])
    const tested = await run(['repo', 'test', remote.address])
    const webhook = await run(['repo', 'webhook', remote.address])
    const gone = await run(['repo', 'disconnect', remote.address])
    const after = await run(['pr', 'list', '--repo', remote.address])

    expect([without.code, without.text]).toEqual([2, expect.stringContaining('--token-stdin')])
    expect(wrong.text).toContain('does not take the token')
    expect(unknown.text).toContain('--provider github')
    expect([connected.code, connected.text]).toEqual([0, expect.stringContaining(`${remote.address} is connected (github)`)])
    const [, secret = ''] = /^Secret: +(\S{32})$/m.exec(connected.text) ?? []
    expect(connected.text).toContain(`/api/webhook?repository=${encodeURIComponent(remote.address)}`)
    expect(secret).not.toBe('')
    expect(listed.text).toMatch(new RegExp(`${remote.address}\\s+github\\s+${remote.address}\\s+(working|waiting)`))
    expect(all.text).toMatch(new RegExp(`^${remote.address}\\s+1\\s+Salt`, 'm'))
    expect(tested).toEqual({ code: 0, text: `${remote.address} answers (github).\n` })
    expect(webhook.text).toMatch(/^Secret: +\S{32}$/m)
    expect(webhook.text).not.toContain(secret)
    expect(pulls.text).toContain('Salt')
    expect(inClone.text).toBe(pulls.text)
    expect(said.code).toBe(0)
    expect(remote.repository.comments[0]?.body).toContain('Why?')
    expect(gone.code).toBe(0)
    expect([after.code, after.text]).toEqual([20, expect.stringContaining('is not connected')])
    const printed = [without, wrong, unknown, connected, listed, pulls, inClone, said, all, tested, webhook, gone, after]
      .map(({ text }) => text)
      .join()
    expect(printed).not.toContain(remote.token)
    expect(printed).not.toContain('canary-of-mine')
  },
)
