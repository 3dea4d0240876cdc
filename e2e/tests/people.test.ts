import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cliProgram, type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { mustRun, run, type RunResult } from '../harness/run.ts'

let plimsoll: Plimsoll
const home = mkdtempSync(join(tmpdir(), 'plimsoll-people-'))

beforeAll(async () => {
  plimsoll = await startPlimsoll({ demo: true })
  await plimsoll.push('shop', { 'a.yaml': 'a: b\n' })
}, 90_000)
afterAll(async () => {
  await plimsoll?.stop()
  rmSync(home, { recursive: true, force: true })
})

/** As somebody with a configuration of their own, and neither the machine's token nor its data directory. */
function as(person: string, args: readonly string[], input?: string): Promise<RunResult> {
  return run(process.execPath, [cliProgram, ...args], {
    ...(input !== undefined && { input }),
    env: {
      PLIMSOLL_CONFIG: join(home, person, 'config.json'),
      PLIMSOLL_DATA_DIR: join(home, 'none'),
      PLIMSOLL_SERVER: '',
      PLIMSOLL_AUTH_TOKEN: '',
    },
  })
}

function git(user: string, token: string, ...args: string[]): Promise<RunResult> {
  const url = new URL(plimsoll.repositoryUrl('shop'))
  url.username = user
  url.password = token
  const named = args.map((argument) => (argument === 'ORIGIN' ? url.href : argument))
  return run('git', ['-c', 'credential.helper=', '-c', 'user.name=Mina', '-c', 'user.email=mina@example.com', ...named], {
    env: { GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: 'true' },
  })
}

async function pushFrom(user: string, token: string): Promise<RunResult> {
  const dir = mkdtempSync(join(home, 'clone-'))
  const cloned = await git(user, token, 'clone', '--quiet', 'ORIGIN', dir)
  if (cloned.code !== 0) return cloned
  await git(user, token, '-C', dir, 'commit', '--quiet', '--allow-empty', '-m', `By ${user}`)
  return git(user, token, '-C', dir, 'push', '--quiet', 'ORIGIN', 'HEAD')
}

describe('people', { timeout: 60_000 }, () => {
  it('get an account, sign in with it, and may what their role says', async () => {
    const made = await plimsoll.cli(['account', 'create', 'lena', '--role', 'contributor', '--group', 'data', '--password-stdin'], {
      input: 'lena knows this one\n',
    })
    expect([made.code, made.stdout.trim()]).toEqual([0, "Account 'lena' created: person, contributor"])

    const wrong = await as('lena', ['login', plimsoll.url, '--username', 'lena', '--password-stdin'], 'a guess\n')
    expect([wrong.code, wrong.stderr]).toEqual([20, expect.stringContaining('User name or password is wrong.')])
    const right = await as('lena', ['login', plimsoll.url, '--username', 'lena', '--password-stdin'], 'lena knows this one\n')
    expect([right.code, right.stdout]).toEqual([0, expect.stringContaining("'lena' logged in successfully")])
    expect(statSync(join(home, 'lena', 'config.json')).mode & 0o777).toBe(0o600)

    expect((await as('lena', ['account', 'get-user-info'])).stdout).toContain(
      'Username: lena\nIssuer: plimsoll\nGroups: data\nRole: contributor',
    )
    expect((await as('lena', ['account', 'can-i', 'sync', 'applications'])).stdout.trim()).toBe('no')
    expect((await as('lena', ['account', 'can-i', 'create', 'pullrequests'])).stdout.trim()).toBe('yes')
    const refused = await as('lena', ['account', 'create', 'friend', '--role', 'admin'])
    expect([refused.code, refused.stderr]).toEqual([20, expect.stringContaining('lena may not accounts:create')])
    expect((await plimsoll.cli(['account', 'list'])).stdout).toMatch(/^lena +true +login, apiKey +contributor +data$/m)
  })

  it('push as themselves with a token of theirs, until it is deleted', async () => {
    await plimsoll.cli(['account', 'create', 'olga', '--role', 'maintainer'])
    const { stdout } = await plimsoll.cli(['account', 'generate-token', '--account', 'olga', '--id', 'laptop', '--expires-in', '1h'])
    const token = stdout.trim()

    expect((await pushFrom('olga', token)).code).toBe(0)
    const { items } = await plimsoll.api<{ items: { actor: string; action: string }[] }>('GET', '/api/v1/audit')
    expect(items.find(({ action }) => action === 'git.push')?.actor).toBe('olga')

    expect((await plimsoll.cli(['account', 'get', '--account', 'olga'])).stdout).toMatch(/^laptop +20/m)
    expect((await plimsoll.cli(['account', 'delete-token', 'laptop', '--account', 'olga'])).code).toBe(0)
    expect((await pushFrom('olga', token)).code).not.toBe(0)
  })

  it('that may not write push to no branch', async () => {
    for (const role of ['contributor', 'readonly']) {
      await plimsoll.cli(['account', 'create', `only-${role}`, '--role', role])
      const token = (await plimsoll.cli(['account', 'generate-token', '--account', `only-${role}`])).stdout.trim()

      const { code, stderr } = await pushFrom(`only-${role}`, token)

      expect(code, role).not.toBe(0)
      expect(stderr, role).not.toContain(token)
    }
    const log = await mustRun('git', ['--git-dir', join(plimsoll.dataDir, 'repositories', 'shop.git'), 'log', '--all', '--format=%s'])
    expect(log).not.toContain('By only-')
  })

  it('are switched between in the demo, and back', async () => {
    await plimsoll.cli(['account', 'create', 'player', '--role', 'maintainer'])
    const password = /password (\S+)/.exec(plimsoll.output())?.[1] ?? ''
    await as('admin', ['login', plimsoll.url, '--password-stdin'], password)

    expect((await as('admin', ['account', 'switch', 'player'])).stdout.trim()).toBe("You are 'player', played by 'admin'")
    expect((await as('admin', ['account', 'get-user-info'])).stdout).toContain('Username: player')
    expect((await as('admin', ['account', 'delete', 'lena'])).code).toBe(20)
    expect((await as('admin', ['account', 'switch', 'admin'])).stdout.trim()).toBe("You are 'admin' again")
    expect((await as('admin', ['account', 'update', 'player', '--no-enabled'])).stdout.trim()).toBe("Account 'player' updated: disabled")
    expect((await as('lena', ['account', 'switch', 'admin'])).code).toBe(20)
  })

  it('outlive a crash of the server, with their tokens', async () => {
    await plimsoll.cli(['account', 'create', 'kept', '--role', 'readonly', '--email', 'kept@example.com'])
    const token = (await plimsoll.cli(['account', 'generate-token', '--account', 'kept'])).stdout.trim()
    await plimsoll.kill()
    await plimsoll.restart()

    const { stdout } = await plimsoll.cli(['account', 'get', '-o', 'json'], { env: { PLIMSOLL_AUTH_TOKEN: token } })

    expect(JSON.parse(stdout)).toMatchObject({ name: 'kept', email: 'kept@example.com', role: 'readonly' })
    expect(readFileSync(join(plimsoll.dataDir, 'server.log'), 'utf8')).not.toContain(token.split('.')[2])
  })
})
