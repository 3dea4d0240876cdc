import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AccountRole, GateReport } from '@plimsoll/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-gates-'))
const digest = `sha256:${'1'.repeat(64)}`

let server: ServerForTests
let head: string
let runToken: string

const gate = (name: string, least: number): string =>
  `apiVersion: plimsoll.dev/v1alpha1\nkind: ModelGate\nmetadata: { name: ${name} }\nspec: { metrics: [{ name: accuracy, atLeast: ${least} }] }\n`

beforeAll(async () => {
  server = await startServerForTests({ git: 'real' })
  await push('admin', { 'gates/quality.yaml': gate('quality', 0.9) }, 'main')
  head = await push('contributor', { 'gates/quality.yaml': gate('quality', 0.1), 'lax.yaml': gate('quality', 0.1) }, 'refs/for/main')
  const about = { commit: head, pullRequest: 1, runId: 'r1' }
  runToken = server.tokens.issueRun({ repository: 'demo', permissions: { contents: 'read' }, about }, 600_000).token
}, 60_000)
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function push(role: AccountRole, files: Record<string, string>, to: string): Promise<string> {
  const git = async (...args: string[]): Promise<string> =>
    (
      await run('git', ['-C', folder, '-c', 'user.name=x', '-c', 'user.email=x@example.com', '-c', 'init.defaultBranch=main', ...args], {
        env: { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
      })
    ).stdout.trim()
  await git('init', '-q')
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  await git('add', '-A')
  await git('commit', '-qm', 'Change')
  await git('-c', `http.extraHeader=Authorization: ${basic(role)}`, 'push', '-q', `${server.url}/git/demo.git`, `HEAD:${to}`)
  return git('rev-parse', 'HEAD')
}

const basic = (role: AccountRole): string =>
  `Basic ${Buffer.from(`x:${server.bearer(role).authorization.replace('Bearer ', '')}`).toString('base64')}`

async function ask<T>(authorization: string, method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await fetch(server.url + path, {
    method,
    headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as T }
}

const judge = (gateText: string, gatePath?: string, authorization = `Bearer ${runToken}`, more: object = {}) =>
  ask<GateReport>(authorization, 'POST', '/api/v1/gates/runs?repository=demo', {
    gateText,
    ...(gatePath !== undefined && { gatePath }),
    candidate: {
      model: { digest },
      evaluation: { modelDigest: digest, dataDigest: 'md5:1', metrics: { accuracy: { value: 0.5, n: 1000 } } },
    },
    repository: 'demo',
    reproduce: 'plimsoll gate run',
    ...more,
  })

describe('a gate of a pull request', () => {
  it.each([
    ['at its path', 'gates/quality.yaml'],
    ['at a path that the target does not have', 'lax.yaml'],
    ['at a path that leads nowhere', 'gates/../lax.yaml'],
    ['at no path', undefined],
  ])('%s is judged by the gate of that name on the target', async (_what, path) => {
    const { body } = await judge(gate('quality', 0.1), path)

    expect(body).toMatchObject({ gate: 'quality', verdict: 'fail', commit: head, pullRequest: 1 })
  })

  it('is no other one for a commit without its pull request', async () => {
    const { body } = await judge(gate('quality', 0.1), 'lax.yaml', server.bearer('maintainer').authorization, { commit: head })

    expect(body).toMatchObject({ verdict: 'fail', result: { warnings: [expect.stringContaining('gates/quality.yaml')] } })
  })

  it('may be new', async () => {
    const { body } = await judge(gate('another', 0.1), 'another.yaml')

    expect(body.gate).toBe('another')
    expect(body.result.warnings.join()).toContain('is new')
  })

  it('is overridden by somebody else, and stopped by anybody', async () => {
    await push('maintainer', { 'm.txt': 'm' }, 'refs/for/main')
    const own = await ask<{ items: { number: number; author: string; head: { commit: string } }[] }>(
      server.bearer().authorization,
      'GET',
      '/api/v1/repositories/demo/pulls?author=maintainer',
    )
    const pull = own.body.items[0]
    const { body } = await judge(gate('quality', 0.1), undefined, server.bearer('maintainer').authorization, { commit: pull?.head.commit })
    const override = (role: AccountRole, verdict: string) =>
      ask(server.bearer(role).authorization, 'POST', `/api/v1/gates/reports/${body.id}/override`, { verdict, why: 'the data moved' })

    expect((await override('contributor', 'pass')).status).toBe(403)
    expect((await override('maintainer', 'pass')).status).toBe(403)
    expect((await override('maintainer', 'fail')).status).toBe(200)
    expect((await override('admin', 'pass')).status).toBe(200)
  })
})

it('a file of a model is taken from a job', async () => {
  const answer = await fetch(`${server.url}/api/v1/models/files?repository=demo`, {
    method: 'POST',
    headers: { authorization: `Bearer ${runToken}`, 'content-type': 'application/octet-stream' },
    body: 'weights',
  })

  expect([answer.status, await answer.json()]).toEqual([200, { digest: expect.stringMatching(/^sha256:/), size: 7 }])
})

describe('an evaluation', () => {
  const judgeRows = (predictions: object) => {
    const evaluation = { modelDigest: digest, dataDigest: 'md5:1', metrics: {}, predictions }
    return judge(gate('rows', 0.1), 'rows.yaml', undefined, { candidate: { model: { digest }, evaluation } })
  }

  it.each([
    ['ids', { rowIds: [1], labels: [1] }],
    ['labels', { rowIds: ['a'], labels: [{}] }],
    ['scores', { rowIds: ['a'], labels: [1], scores: ['a number that is far too long'] }],
    ['probabilities', { rowIds: ['a'], labels: [1], probabilities: [[[1]]] }],
    ['columns', { rowIds: ['a'], labels: [1], columns: { country: 'KR' } }],
    ['rows', { rowIds: Array.from({ length: 1_000_001 }, () => ''), labels: [] }],
  ])('with %s that are none is refused', async (_what, predictions) => {
    expect((await judgeRows(predictions)).status).toBe(400)
  })

  it('that would hold up everybody else is too large', async () => {
    expect((await judgeRows({ rowIds: ['a'.repeat(65 * 1024 * 1024)], labels: [] })).status).toBe(413)
  })
})
