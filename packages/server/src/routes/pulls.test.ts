import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AccountRole, BranchProtection, ChangedFile, Comment, PullRequest, PullRequestPage, Review } from '@plimsoll/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOf, type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

const run = promisify(execFile)
const api = '/api/v1/repositories/team%2Fdemo'

let server: ServerForTests
let dir: string
let main: string
const tokens = new Map<string, string>()

beforeAll(async () => {
  server = await startServerForTests({ git: 'real', ci: {} })
  dir = await mkdtemp(join(tmpdir(), 'plimsoll-pulls-'))
  const people: [string, AccountRole][] = [
    ['ada', 'maintainer'],
    ['grace', 'maintainer'],
    ['eve', 'contributor'],
    ['bob', 'readonly'],
  ]
  for (const [name, role] of people) {
    await server.tokens.accounts.create({ name, role })
    tokens.set(name, (await server.tokens.issue({ username: name, kind: 'api', ttlMs: 600_000 })).token)
  }
  tokens.set('admin', server.bearer().authorization.replace('Bearer ', ''))
  main = await push('ada', 'seed', { 'a.txt': 'one\ntwo\n', 'docs/b.md': '# B\n' }, 'main')
})

afterAll(async () => {
  await server.close()
  await rm(dir, { recursive: true, force: true })
})

async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' }
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'init.defaultBranch=main']
  const { stdout, stderr } = await run('git', [...who, ...args], { cwd, env })
  return (stdout + stderr).trim()
}

/** From a folder of its own, as somebody; the commit that was pushed. */
async function push(who: string, folder: string, files: Record<string, string>, to: string, repository = 'team/demo'): Promise<string> {
  const work = join(dir, folder)
  const url = `${server.url.replace('://', `://${who}:${tokens.get(who)}@`)}/git/${repository}.git`
  await mkdir(work, { recursive: true })
  await git(work, 'init', '-q')
  if (to !== 'main') await git(work, 'pull', '-q', url, 'main')
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(work, name, '..'), { recursive: true })
    await writeFile(join(work, name), content)
  }
  await git(work, 'add', '-A')
  await git(work, 'commit', '-qm', `Change ${Object.keys(files).join(', ')}`)
  await git(work, 'push', '-q', url, `HEAD:${to}`)
  return git(work, 'rev-parse', 'HEAD')
}

async function ask<T>(who: string, method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${tokens.get(who)}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as T }
}

describe('a repository that lives here', () => {
  it('shows its branches, folders, files and commits', async () => {
    const list = await ask<{ items: { name: string; defaultBranch: string }[] }>('bob', 'GET', '/api/v1/repositories')
    const shown = await ask<{ branches: { name: string; commit: string }[] }>('bob', 'GET', api)
    const tree = await ask<{ entries: { name: string; kind: string }[] }>('bob', 'GET', `${api}/tree`)
    const file = await ask<{ text: string }>('bob', 'GET', `${api}/file?path=docs/b.md&revision=${main}`)
    const commits = await ask<{ items: { message: string }[] }>('bob', 'GET', `${api}/commits?path=docs`)

    expect(list.body.items).toMatchObject([{ name: 'team/demo', defaultBranch: 'main' }])
    expect(shown.body.branches).toEqual([{ name: 'main', commit: main }])
    expect(tree.body.entries.map(({ name, kind }) => [name, kind])).toEqual([
      ['a.txt', 'file'],
      ['docs', 'directory'],
    ])
    expect(file.body.text).toBe('# B\n')
    expect(commits.body.items.map(({ message }) => message)).toEqual(['Change a.txt, docs/b.md'])
  })

  it.each([
    ['GET', '/api/v1/repositories/constructor', 404],
    ['GET', '/api/v1/repositories/..%2F..%2Fetc', 404],
    ['GET', '/api/v1/repositories/constructor/pulls', 404],
    ['GET', `${api}/file?path=../../etc/passwd`, 400],
    ['GET', `${api}/commits?path=../../etc`, 400],
    ['GET', `${api}/commits?path=a%00b`, 400],
    ['GET', `${api}/tree?revision=--upload-pack%3Dx`, 400],
    ['GET', `${api}/compare?base=main&head=--output%3Dx`, 400],
    ['GET', `${api}/pulls/999`, 404],
    ['GET', `${api}/pulls/0`, 400],
  ])('%s %s is answered with %i', async (method, path, status) => {
    expect((await ask('admin', method, path)).status).toBe(status)
  })
})

describe('a check over HTTP', () => {
  it('of a gate, of a job or of another commit is not set by the token of a run', async () => {
    const other = 'b'.repeat(40)
    const limits = { repository: 'team/demo', permissions: { checks: 'write' as const }, about: { commit: main, runId: '1' } }
    tokens.set('run', server.tokens.issueRun(limits, 60_000).token)
    const set = async (who: string, commit: string, name: string): Promise<number> =>
      (await ask(who, 'POST', `${api}/commits/${commit}/checks`, { name, status: 'completed', conclusion: 'success' })).status

    expect(await set('run', main, 'coverage')).toBe(200)
    expect(await Promise.all([set('run', other, 'coverage'), set('run', main, 'ci / test'), set('run', main, 'gate: q')])).toEqual([
      403, 403, 403,
    ])
    expect(await Promise.all([set('ada', main, 'gate: q'), set('admin', main, 'plan: shop')])).toEqual([403, 403])
    const { body } = await ask<{ items: { name: string }[] }>('bob', 'GET', `${api}/commits/${main}/checks`)
    expect(body.items.map(({ name }) => name)).toEqual(['coverage'])
  })
})

describe('a pull request over HTTP', () => {
  it('goes from a push to a review by somebody else and a merge, each on record', async () => {
    const protection: BranchProtection = {
      pattern: 'main',
      requiredChecks: ['test'],
      requiredApprovals: 1,
      codeOwners: false,
      allowSelfApproval: false,
      linearHistory: false,
      upToDate: false,
      mayPush: [],
    }
    expect((await ask('ada', 'PUT', `${api}/protections`, { items: [protection] })).status).toBe(403)
    expect((await ask('admin', 'PUT', `${api}/protections`, { items: [protection] })).status).toBe(200)
    const head = await push('ada', 'work', { 'a.txt': 'one\n2\n' }, 'refs/heads/feature')
    const opened = await ask<PullRequest>('ada', 'POST', `${api}/pulls`, { title: 'Two', head: 'feature', base: 'main' })
    const pull = `${api}/pulls/${opened.body.number}`
    const merge = { head, method: 'squash' }

    const selfApproval = await ask('ada', 'POST', `${pull}/reviews`, { state: 'approved', head })
    const tooEarly = await ask<{ reason: string; message: string }>('ada', 'POST', `${pull}/merge`, merge)
    const comment = await ask<Comment>('eve', 'POST', `${pull}/comments`, { body: 'Why?', path: 'a.txt', line: 2 })
    const review = await ask<Review>('grace', 'POST', `${pull}/reviews`, { state: 'approved', head })
    const check = { name: 'test', status: 'completed', conclusion: 'success', title: '3 passed' }
    await ask('grace', 'POST', `${api}/commits/${head}/checks`, check)
    const files = await ask<{ files: ChangedFile[] }>('bob', 'GET', `${pull}/files`)
    const merged = await ask<PullRequest>('grace', 'POST', `${pull}/merge`, merge)

    expect(selfApproval.status).toBe(403)
    expect([tooEarly.status, tooEarly.body.reason]).toEqual([409, 'merge-blocked'])
    expect(tooEarly.body.message).toContain('0 of 1 approvals')
    expect(tooEarly.body.message).toContain("Check 'test' has not reported")
    expect(comment.body).toMatchObject({ kind: 'line', path: 'a.txt', line: 2, isOutdated: false, currentLine: 2 })
    expect(review.body).toMatchObject({ state: 'approved', commit: head, baseBranch: 'main' })
    expect(files.body.files).toMatchObject([{ path: 'a.txt', additions: 1, deletions: 1 }])
    expect(merged.body).toMatchObject({ state: 'merged', merged: { by: 'grace', method: 'squash' } })
    const audit = await server.records.listAudit({ application: `repositories/team/demo/pulls/${opened.body.number}` })
    expect(audit.map(({ actor, action, outcome }) => `${actor} ${action} ${outcome}`)).toEqual([
      'grace pullrequest.merge allowed',
      'grace pullrequest.review allowed',
      'eve pullrequest.comment allowed',
      'ada pullrequest.merge failed',
      'ada pullrequest.review denied',
    ])
  })

  it('from outside comes by refs/for, and whoever looks at it is told when it changes', async () => {
    const first = await push('eve', 'outside', { 'new.txt': '1\n' }, 'refs/for/main')
    const [pull] = (await ask<{ items: PullRequest[] }>('bob', 'GET', `${api}/pulls`)).body.items
    const stream = await fetch(`${server.url}/api/v1/stream/repositories/team%2Fdemo/pulls/${pull?.number}`, {
      headers: { authorization: `Bearer ${tokens.get('bob')}`, accept: 'text/event-stream' },
    })
    const messages = messagesOf(stream)

    const second = await push('eve', 'outside', { 'new.txt': '2\n' }, 'refs/for/main')
    const { value } = await messages.next()
    await messages.return(undefined)

    expect(pull).toMatchObject({ author: 'eve', isOutside: true, head: { commit: first }, title: 'Change new.txt' })
    expect(value).toContain('"kind":"headMoved"')
    expect((await ask<PullRequest>('bob', 'GET', `${api}/pulls/${pull?.number}`)).body.head.commit).toBe(second)
    await expect(push('eve', 'outside', { 'new.txt': '3\n' }, 'refs/heads/mine')).rejects.toThrow('you may not write here')
    await expect(push('bob', 'reader', { 'new.txt': '3\n' }, 'refs/for/main')).rejects.toThrow('403')
  })
})

describe('the pull requests of all repositories', () => {
  it('are asked for at once, page by page, and whoever looks is told which to look at again', { timeout: 30_000 }, async () => {
    for (const name of ['one', 'two']) {
      await push('ada', `all-${name}`, { 'a.txt': '1\n' }, 'main', `all/${name}`)
      await push('ada', `all-${name}`, { 'b.txt': '2\n' }, 'refs/heads/more', `all/${name}`)
      await ask('ada', 'POST', `/api/v1/repositories/all%2F${name}/pulls`, { title: `More ${name}`, head: 'more', base: 'main' })
    }
    const list = async (query: string) => (await ask<PullRequestPage>('bob', 'GET', `/api/v1/pulls?author=ada&${query}`)).body
    const first = await list('limit=1')
    const second = await list(`limit=1&after=${first.next}`)
    const stream = await fetch(`${server.url}/api/v1/stream/pulls`, {
      headers: { authorization: `Bearer ${tokens.get('bob')}`, accept: 'text/event-stream' },
    })
    const messages = messagesOf(stream)
    await ask('ada', 'PATCH', '/api/v1/repositories/all%2Fone/pulls/1', { title: 'Less' })
    const { value } = await messages.next()
    await messages.return(undefined)

    expect([first, second].map(({ items }) => items.map(({ repository, title }) => `${repository} ${title}`))).toEqual([
      ['all/two More two'],
      ['all/one More one'],
    ])
    expect(value).toContain('"kind":"edited","repository":"all/one","number":1')
    expect((await list('limit=1')).items).toMatchObject([{ repository: 'all/one', title: 'Less' }])
    expect((await list('repository=all%2Ftwo')).items).toHaveLength(1)
    expect((await ask('bob', 'GET', '/api/v1/pulls?repository=nowhere')).status).toBe(404)
    expect((await ask('bob', 'GET', '/api/v1/pulls?after=nonsense')).status).toBe(400)
    expect((await ask('bob', 'GET', '/api/v1/pulls?state=odd')).status).toBe(400)
  })

  it('are shown to a run of its own repository alone', async () => {
    const limits = { repository: 'team/demo', permissions: { 'pull-requests': 'read' as const } }
    tokens.set('run', server.tokens.issueRun(limits, 60_000).token)
    const status = async (query: string): Promise<number> => (await ask('run', 'GET', `/api/v1/pulls${query}`)).status

    expect(await status('?repository=team%2Fdemo')).toBe(200)
    expect(await Promise.all([status(''), status('?repository=other'), status('?repository=team%2Fdemo&repository=other')])).toEqual([
      403, 403, 403,
    ])
  })
})
