import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { AccountRole, Check, RunLogLine, WorkflowRun } from '@plimsoll/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagesOf, type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

const run = promisify(execFile)
let server: ServerForTests
let folder: string
let dataDir: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-run-routes-'))
  dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  server = await startServerForTests({ git: 'real', ci: { concurrency: 2, actionHosts: [] }, dataDir })
})

afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

async function ask<T>(method: string, path: string, body?: unknown, role: AccountRole = 'admin'): Promise<{ status: number; body: T }> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...server.bearer(role), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as T }
}

/** A working copy of somebody. */
function copyOf(
  repository: string,
  role: AccountRole,
): { push(files: Record<string, string>, to: string, without?: string[]): Promise<string>; commit(): Promise<string> } {
  const path = mkdtempSync(join(folder, 'copy-'))
  const token = server.bearer(role).authorization.slice('Bearer '.length)
  const git = async (...args: string[]): Promise<string> =>
    (
      await run('git', ['-C', path, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
        env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
      })
    ).stdout.trim()
  let isReady = false
  return {
    async push(files, to, without = []) {
      if (!isReady) {
        await git('init', '-q', '-b', 'main')
        await git('remote', 'add', 'origin', `${server.url.replace('//', `//x:${token}@`)}/git/${repository}.git`)
        await git('fetch', '-q', 'origin').catch(() => '')
        await git('reset', '-q', '--hard', 'origin/main').catch(() => '')
        isReady = true
      }
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(path, name)), { recursive: true })
        writeFileSync(join(path, name), text)
      }
      for (const name of without) rmSync(join(path, name))
      await git('add', '-A')
      await git('commit', '-q', '--allow-empty', '-m', 'Change things')
      await git('push', '-q', 'origin', `HEAD:${to}`)
      return git('rev-parse', 'HEAD')
    },
    commit: () => git('rev-parse', 'HEAD'),
  }
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
}

const runOf = (filter: string, holds: (run: WorkflowRun) => boolean): Promise<WorkflowRun> =>
  until(async () => (await ask<{ items: WorkflowRun[] }>('GET', `/api/v1/runs?${filter}`)).body.items.find(holds))

const workflow = `
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    permissions: {contents: read, pull-requests: write}
    steps:
      - uses: actions/checkout@v4
      - run: echo "key=[$KEY] $(cat model.txt) on $GITHUB_REF"
        env: {KEY: "\${{ secrets.API_KEY }}"}
      - if: github.event_name == 'pull_request'
        uses: actions/github-script@v7
        continue-on-error: true
        with:
          script: |
            const { data } = await github.rest.pulls.get({ ...context.repo, pull_number: context.issue.number })
            core.info('seen ' + data.title)
            await github.rest.issues.createComment({ ...context.repo, issue_number: context.issue.number, body: 'From a step' })
            const comments = await github.paginate(github.rest.issues.listComments, { ...context.repo, issue_number: context.issue.number })
            core.info('comments ' + comments.filter((one) => one.body === 'From a step').length)
      - run: echo kept > out.txt
      - uses: actions/upload-artifact@v4
        with: {name: out, path: out.txt}
`

describe('a push', () => {
  it('runs its workflow, streams its log, keeps its artifact, and becomes checks', async () => {
    const commit = await copyOf('runs', 'admin').push({ '.github/workflows/ci.yml': workflow, 'model.txt': 'weights' }, 'main')
    const started = await runOf(`repository=runs&commit=${commit}`, () => true)
    const stream = await fetch(`${server.url}/api/v1/runs/${started.id}/stream`, {
      headers: { ...server.bearer(), accept: 'text/event-stream' },
    })
    let last: WorkflowRun | undefined
    for await (const message of messagesOf(stream)) {
      const data = /^data: (.*)$/m.exec(message)?.[1]
      if (data !== undefined) last = (JSON.parse(data) as { result: WorkflowRun }).result
    }
    const jobId = last?.jobs[0]?.id ?? ''
    const lines: RunLogLine[] = []
    for await (const message of messagesOf(await fetch(`${server.url}/api/v1/jobs/${jobId}/log/stream`, { headers: server.bearer() })))
      if (message !== '') lines.push(...(JSON.parse(message) as { result: RunLogLine[] }).result)
    const zip = await fetch(`${server.url}/api/v1/runs/${started.id}/artifacts/out`, { headers: server.bearer() })
    const raw = await (await fetch(`${server.url}/api/v1/jobs/${jobId}/log/raw`, { headers: server.bearer() })).text()
    const checks = await ask<{ items: Check[] }>('GET', `/api/v1/repositories/runs/commits/${commit}/checks`)

    expect(last).toMatchObject({ conclusion: 'success', event: 'push', actor: expect.any(String), branch: 'main' })
    expect(lines.map((line) => line.text)).toContain('key=[] weights on refs/heads/main')
    expect(lines.map((line) => line.n)).toEqual(lines.map((_, at) => at + 1))
    expect(raw).toContain('key=[] weights on refs/heads/main')
    expect(zip.headers.get('content-type')).toBe('application/zip')
    expect(
      Buffer.from(await zip.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK')
    expect(checks.body.items).toMatchObject([{ name: '.github/workflows/ci.yml / test', status: 'completed', conclusion: 'success' }])
  })
})

describe('secrets', () => {
  it('go in, reach trusted runs hidden, and are never shown or kept readable', async () => {
    const put = await ask('PUT', '/api/v1/repositories/runs/secrets/API_KEY', { value: 'a-very-secret-canary' })
    const list = await ask<{ items: { name: string }[] }>('GET', '/api/v1/repositories/runs/secrets')
    const commit = await copyOf('runs', 'admin').push({}, 'main')
    const ended = await runOf(`repository=runs&commit=${commit}`, ({ state }) => state === 'completed')
    const raw = await (await fetch(`${server.url}/api/v1/jobs/${ended.jobs[0]?.id}/log/raw`, { headers: server.bearer() })).text()

    expect(put.status).toBe(200)
    expect(list.body.items).toMatchObject([{ name: 'API_KEY' }])
    expect(JSON.stringify(list.body)).not.toContain('canary')
    expect(raw).toContain('key=[***]')
    expect(readFileSync(join(dataDir, 'records.sqlite')).includes('a-very-secret-canary')).toBe(false)
    expect(readFileSync(join(dataDir, 'records.sqlite-wal')).includes('a-very-secret-canary')).toBe(false)
    expect(statSync(join(dataDir, 'ci/secrets.key')).mode & 0o777).toBe(0o600)
    expect((await ask('PUT', '/api/v1/repositories/runs/secrets/API_KEY', { value: 'x' }, 'maintainer')).status).toBe(403)
    expect((await ask('PUT', '/api/v1/repositories/runs/secrets/GITHUB_X', { value: 'x' })).status).toBe(400)
  })
})

describe('a pull request', () => {
  it('of somebody with write access runs at once, on the merge with its target', async () => {
    await copyOf('runs', 'maintainer').push({ 'model.txt': 'better' }, 'topic')
    const opened = await ask<{ number: number }>(
      'POST',
      '/api/v1/repositories/runs/pulls',
      { title: 'Better', head: 'topic', base: 'main' },
      'maintainer',
    )
    const ended = await runOf(`repository=runs&pullRequest=${opened.body.number}`, ({ state }) => state === 'completed')
    const raw = await (await fetch(`${server.url}/api/v1/jobs/${ended.jobs[0]?.id}/log/raw`, { headers: server.bearer() })).text()

    expect(ended).toMatchObject({ event: 'pull_request', trust: 'trusted', conclusion: 'success', title: 'Better' })
    expect(raw).toContain(`key=[***] better on refs/pull/${opened.body.number}/merge`)
    expect(raw).toContain('seen Better')
    expect(raw).toContain('comments 1')
  })

  it('from outside waits for a maintainer, and gets neither secret nor a token that can write', async () => {
    const head = await copyOf('runs', 'contributor').push({ 'model.txt': 'mine' }, 'refs/for/main')
    const waiting = await runOf(`repository=runs&commit=${head}`, ({ state }) => state === 'waiting')
    const byReader = await ask('POST', `/api/v1/runs/${waiting.id}/decide`, { isApproved: true }, 'contributor')
    const byMaintainer = await ask('POST', `/api/v1/runs/${waiting.id}/decide`, { isApproved: true }, 'maintainer')
    const ended = await runOf(`repository=runs&commit=${head}`, ({ state }) => state === 'completed')
    const raw = await (await fetch(`${server.url}/api/v1/jobs/${ended.jobs[0]?.id}/log/raw`, { headers: server.bearer() })).text()

    expect(waiting).toMatchObject({ trust: 'outside', jobs: [], why: expect.stringContaining('a maintainer has to let it run') })
    expect(byReader.status).toBe(403)
    expect(byMaintainer.status).toBe(200)
    expect(raw).toContain('key=[] mine on')
    expect(raw).toContain('seen ')
    expect(raw).not.toContain('comments 1')
  })
})

describe('a check that a branch demands', () => {
  it(
    'is not met by another workflow file of the same name, next to the one of the target or in its place',
    { timeout: 60_000 },
    async () => {
      const file = (script: string): string =>
        `name: CI\non: pull_request\njobs: {test: {runs-on: x, steps: [{uses: actions/checkout@v4}, {run: '${script}'}]}}\n`
      const [known, second] = ['.github/workflows/ci.yml', '.github/workflows/second.yml']
      await ask('POST', '/api/v1/repositories', { name: 'demanding' })
      await copyOf('demanding', 'admin').push({ [known]: file('test -e works') }, 'main')
      const protection = { pattern: 'main', requiredChecks: ['CI / test'], requiredApprovals: 0, codeOwners: false, allowSelfApproval: true, linearHistory: false, upToDate: false, mayPush: [] } // prettier-ignore
      const set = await ask('PUT', '/api/v1/repositories/demanding/protections', { items: [protection] })
      const proposed = async (branch: string, files: Record<string, string>, without: string[], runs: number) => {
        const head = await copyOf('demanding', 'maintainer').push(files, branch, without)
        const { body } = await ask<{ number: number }>(
          'POST',
          '/api/v1/repositories/demanding/pulls',
          { title: branch, head: branch, base: 'main' },
          'maintainer',
        )
        const checks = await until(async () => {
          const found = await ask<{ items: Check[] }>('GET', `/api/v1/repositories/demanding/commits/${head}/checks`)
          const ended = found.body.items.filter(({ status }) => status === 'completed')
          return ended.length === runs ? ended : undefined
        })
        const merge = await ask<{ message?: string; state?: string }>(
          'POST',
          `/api/v1/repositories/demanding/pulls/${body.number}/merge`,
          { head, method: 'merge' },
          'maintainer',
        )
        return { checks: checks.map(({ name, conclusion, source }) => [name, conclusion, source?.workflow]), merge }
      }

      const beside = await proposed('beside', { [second]: file('true') }, [], 2)
      const instead = await proposed('instead', { [second]: file('true') }, [known], 1)
      const good = await proposed('good', { [second]: file('true'), works: '' }, [], 2)

      expect(set.status).toBe(200)
      expect(beside.checks).toEqual([
        ['CI / test', 'failure', known],
        ['CI / test', 'success', second],
      ])
      expect([beside.merge.status, beside.merge.body.message]).toEqual([409, expect.stringContaining(`Check 'CI / test' of '${known}'`)])
      expect(instead.checks).toEqual([['CI / test', 'success', second]])
      expect([instead.merge.status, instead.merge.body.message]).toEqual([
        409,
        expect.stringContaining(`on 'main' it is '${known}' that does`),
      ])
      expect(good.merge).toMatchObject({ status: 200, body: { state: 'merged' } })
    },
  )
})

describe('a workflow for pushes and for pull requests', () => {
  it('meets what a branch demands when both are good, whichever of them ends last', { timeout: 60_000 }, async () => {
    const workflow = `name: CI
on: [push, pull_request]
jobs:
  test:
    runs-on: x
    steps:
      - {if: github.event_name == 'push', run: sleep 2}
      - {if: github.event_name == 'pull_request', run: exit 1}
`
    await ask('POST', '/api/v1/repositories', { name: 'both' })
    await copyOf('both', 'admin').push({ '.github/workflows/ci.yml': workflow }, 'main')
    const protection = { pattern: 'main', requiredChecks: ['CI / test'], requiredApprovals: 0, codeOwners: false, allowSelfApproval: true, linearHistory: false, upToDate: false, mayPush: [] } // prettier-ignore
    await ask('PUT', '/api/v1/repositories/both/protections', { items: [protection] })
    const head = await copyOf('both', 'maintainer').push({ a: 'a' }, 'feature')
    const { body } = await ask<{ number: number }>('POST', '/api/v1/repositories/both/pulls', { title: 'A', head: 'feature', base: 'main' })
    const ended = await until(async () => {
      const { body: checks } = await ask<{ items: Check[] }>('GET', `/api/v1/repositories/both/commits/${head}/checks`)
      return checks.items.filter(({ status }) => status === 'completed').length === 2 ? checks.items : undefined
    })

    const merge = await ask<{ message?: string }>('POST', `/api/v1/repositories/both/pulls/${body.number}/merge`, { head, method: 'merge' })

    expect(ended.map(({ conclusion, source }) => [source?.event, conclusion])).toEqual([
      ['pull_request', 'failure'],
      ['push', 'success'],
    ])
    expect([merge.status, merge.body.message]).toEqual([409, expect.stringContaining("Check 'CI / test'")])
  })
})

describe('the end of a run', () => {
  it('starts those that wait for it', async () => {
    const after =
      "on: {workflow_run: {workflows: [First], types: [completed]}}\njobs: {a: {runs-on: x, steps: [{run: 'echo after ${{ github.event.workflow_run.conclusion }}'}]}}"
    const files = {
      '.github/workflows/first.yml': 'name: First\non: push\njobs: {a: {runs-on: x, steps: [{run: exit 1}]}}',
      '.github/workflows/after.yml': after,
    }
    await copyOf('chain', 'admin').push(files, 'main')

    const ended = await runOf('repository=chain&workflow=.github/workflows/after.yml', ({ state }) => state === 'completed')
    const raw = await (await fetch(`${server.url}/api/v1/jobs/${ended.jobs[0]?.id}/log/raw`, { headers: server.bearer() })).text()

    expect(ended).toMatchObject({ event: 'workflow_run', conclusion: 'success' })
    expect(raw).toContain('after failure')
  })
})

describe('by hand', () => {
  it('a workflow starts with inputs that are checked; another one is not found', async () => {
    const byHand = `
on:
  workflow_dispatch:
    inputs: {level: {type: choice, options: [low, high], required: true}}
jobs: {a: {runs-on: x, steps: [{run: "echo level \${{ inputs.level }}"}]}}
`
    await copyOf('runs', 'admin').push({ '.github/workflows/hand.yml': byHand }, 'main')
    const path = '/api/v1/repositories/runs/workflows'

    const listed = await ask<{ items: { path: string; dispatch?: unknown }[] }>('GET', path)
    const wrong = await ask('POST', `${path}/dispatch`, { workflow: 'hand.yml', inputs: { level: 'middle' } })
    const none = await ask('POST', `${path}/dispatch`, { workflow: 'ci.yml' })
    const news = await fetch(`${server.url}/api/v1/stream/runs?repository=runs&workflow=.github/workflows/hand.yml`, {
      headers: { ...server.bearer('readonly'), accept: 'text/event-stream' },
    })
    const right = await ask<{ items: WorkflowRun[] }>('POST', `${path}/dispatch`, { workflow: 'hand.yml', inputs: { level: 'high' } })
    const id = right.body.items[0]?.id
    const ended = await until(async () => {
      const { body } = await ask<WorkflowRun>('GET', `/api/v1/runs/${id}`)
      return body.state === 'completed' ? body : undefined
    })

    const told: unknown[] = []
    for await (const message of messagesOf(news)) {
      const data = /^data: (.*)$/m.exec(message)?.[1]
      if (data === undefined) continue
      told.push((JSON.parse(data) as { result: unknown }).result)
      if (data.includes('"completed"')) break
    }

    expect(told.at(-1)).toEqual({ id, repository: 'runs', state: 'completed', conclusion: 'success' })
    expect(told.every((one) => (one as WorkflowRun).id === id)).toBe(true)
    expect(listed.body.items.map((one) => [one.path, one.dispatch !== undefined])).toEqual([
      ['.github/workflows/ci.yml', false],
      ['.github/workflows/hand.yml', true],
    ])
    expect([wrong.status, none.status]).toEqual([400, 404])
    expect(ended.conclusion).toBe('success')
  })
})

describe('a policy about a repository', () => {
  it('holds for its runs: in lists, by id, for logs and for what can be done', async () => {
    await copyOf('runs', 'admin').push({ '.github/workflows/ci.yml': workflow, 'model.txt': 'weights' }, 'main')
    const { id, jobs } = await runOf('repository=runs', ({ jobs: [first] }) => first !== undefined)
    const statusOf = async (method: string, path: string): Promise<number> =>
      (await ask(method, path, method === 'POST' ? {} : undefined, 'maintainer')).status
    const seen = [`/api/v1/runs/${id}`, `/api/v1/runs/${id}/artifacts`, `/api/v1/jobs/${jobs[0]?.id ?? ''}/log`]
    const listed = async (): Promise<number> =>
      (await ask<{ items: unknown[] }>('GET', '/api/v1/runs?repository=runs', undefined, 'maintainer')).body.items.length
    const policies = (text: string): void => {
      server.cluster.put({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'argocd-rbac-cm', namespace: 'argocd' },
        data: { 'policy.csv': text },
      })
    }
    for (const path of seen) expect([path, await statusOf('GET', path)]).toEqual([path, 200])
    expect(await listed()).toBeGreaterThan(0)

    policies('p, maintainer, runs, *, runs, deny')
    for (const path of seen) expect([path, await statusOf('GET', path)]).toEqual([path, 404])
    expect(await listed()).toBe(0)
    expect(await statusOf('POST', `/api/v1/runs/${id}/cancel`)).toBe(404)

    policies('p, maintainer, runs, update, runs, deny')
    expect(await statusOf('POST', `/api/v1/runs/${id}/cancel`)).toBe(403)
    expect(await listed()).toBeGreaterThan(0)
    policies('')
  })
})
