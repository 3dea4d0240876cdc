import type { AccountRole, ApplicationSet, ApplicationSetWatchEvent } from '@plimsoll/api'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ServerForTests, startServerForTests } from '../http/server-for-tests.ts'

let server: ServerForTests
beforeAll(async () => {
  server = await startServerForTests()
}, 60_000)
afterAll(() => server.close())
afterEach(() => vi.restoreAllMocks())

function setOf(name: string, change: { generators?: unknown; project?: string } = {}): Record<string, unknown> {
  const { generators = [{ list: { elements: [{ env: 'dev' }, { env: 'prod' }] } }], project = 'default' } = change
  const source = { repoURL: 'https://git.example/a.git', path: '{{ .env }}' }
  const template = { metadata: { name: `${name}-{{ .env }}` }, spec: { project, source, destination: { namespace: '{{ .env }}' } } }
  return { metadata: { name }, spec: { goTemplate: true, generators, template } }
}

async function ask<T = Record<string, unknown>>(
  role: AccountRole,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: T }> {
  const response = await fetch(`${server.url}/api/v1/applicationsets${path}`, {
    method,
    headers: { ...server.bearer(role), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as T }
}

const audited = async (action: string) => (await server.records.listAudit({ limit: 100 })).filter((entry) => entry.action === action)

describe('what a set would make', () => {
  it('is told to whoever may create one, and nothing is written', async () => {
    const { status, body } = await ask<{ applications: { metadata: object; spec: object }[] }>('maintainer', 'POST', '/generate', {
      applicationSet: setOf('fleet'),
    })

    expect(status).toBe(200)
    expect(body.applications.map(({ metadata, spec }) => ({ metadata, spec }))).toMatchObject([
      { metadata: { name: 'fleet-dev', namespace: 'argocd' }, spec: { source: { path: 'dev' } } },
      { metadata: { name: 'fleet-prod', namespace: 'argocd' }, spec: { source: { path: 'prod' } } },
    ])
    expect((await ask('maintainer', 'GET', '')).body).toEqual({ metadata: {}, items: [] })
  })

  it('is told by a dry run as well', async () => {
    const { body } = await ask<ApplicationSet>('maintainer', 'POST', '?dryRun=true', setOf('fleet'))

    expect(body.status?.resources?.map(({ name }) => name)).toEqual(['fleet-dev', 'fleet-prod'])
  })

  it.each<AccountRole>(['contributor', 'readonly'])('is not told to a %s, who may have nothing asked in their name', async (role) => {
    expect((await ask(role, 'POST', '/generate', { applicationSet: setOf('fleet') })).status).toBe(403)
    expect((await ask(role, 'POST', '?dryRun=true', setOf('fleet'))).status).toBe(403)
  })

  it.each([
    ['a project that is a template', setOf('fleet', { project: '{{ .env }}' }), 'invalid-application-set', /project: a templated project/],
    [
      'no generator',
      setOf('fleet', { generators: [{ nothing: {} }] }),
      'invalid-application-set',
      /^spec\.generators\[0\]: 'nothing' is no generator/,
    ],
    ['a name that is none', setOf('__proto__'), 'invalid-application-set', /^metadata\.name: "__proto__" is not a name/],
    ['what is no set', { metadata: { name: 'fleet' }, spec: 5 }, 'invalid-request', /spec/],
  ])('cannot be told of %s', async (_what, set, reason, message) => {
    const { status, body } = await ask<{ reason: string; message: string }>('admin', 'POST', '/generate', { applicationSet: set })

    expect({ status, reason: body.reason }).toEqual({ status: 400, reason })
    expect(body.message).toMatch(message)
  })
})

describe('a set that is not there', () => {
  it.each([
    ['GET', '/nobody', undefined],
    ['DELETE', '/nobody', undefined],
    ['GET', '/nobody/resource-tree', undefined],
    ['GET', '/nobody/events', undefined],
    ['POST', '/nobody/refresh', {}],
    ['POST', '/nobody/confirm-deletion', { digest: 'x' }],
    ['GET', '/__proto__', undefined],
    ['GET', '/nobody?appsetNamespace=kube-system', undefined],
  ])('%s %s says so', async (method, path, body) => {
    expect((await ask('admin', method, path, body)).status).toBe(404)
  })
})

describe('a deletion that waits', () => {
  const pendingDeletion = { digest: 'sha256:1', applications: ['a', 'b'], of: 2, reason: 'the generators give nothing', since: 'now' }
  const held = { ...setOf('fleet'), status: { pendingDeletion } } as unknown as ApplicationSet

  it('is confirmed by whoever may delete, and on record with what goes', async () => {
    vi.spyOn(server.parts.applicationSets, 'get').mockReturnValue(held)
    const confirm = vi.spyOn(server.parts.applicationSets, 'confirmDeletion').mockResolvedValue(held)

    expect((await ask('contributor', 'POST', '/fleet/confirm-deletion', { digest: 'sha256:1' })).status).toBe(403)
    expect((await ask('maintainer', 'POST', '/fleet/confirm-deletion', { digest: 'sha256:1' })).status).toBe(200)
    expect((await ask('maintainer', 'POST', '/fleet/confirm-deletion', {})).status).toBe(400)

    expect(confirm.mock.calls).toMatchObject([[{ name: 'fleet', namespace: 'argocd' }, 'sha256:1', { username: 'maintainer' }]])
    expect(await audited('applicationset.confirm-deletion')).toContainEqual(
      expect.objectContaining({
        actor: 'maintainer',
        object: 'applicationsets/argocd/fleet',
        outcome: 'allowed',
        detail: expect.objectContaining({ digest: 'sha256:1', applications: ['a', 'b'], count: 2 }) as unknown,
      }),
    )
  })
})

describe('the stream of sets', () => {
  const named = (name: string, generation = 1): ApplicationSet =>
    ({ ...setOf(name), metadata: { name, generation } }) as unknown as ApplicationSet

  it('begins with those that there are, follows each, and is about one where that is asked', async () => {
    let tell: (event: ApplicationSetWatchEvent) => void = () => {}
    vi.spyOn(server.parts.applicationSets, 'list').mockReturnValue([named('a'), named('b')])
    vi.spyOn(server.parts.applicationSets, 'subscribe').mockImplementation((listener) => {
      tell = listener
      return () => {}
    })
    const ending = new AbortController()
    const response = await fetch(`${server.url}/api/v1/stream/applicationsets?name=b`, {
      headers: { ...server.bearer('readonly'), accept: 'text/event-stream' },
      signal: ending.signal,
    })
    const text = response.body!.pipeThrough(new TextDecoderStream()).getReader() // A stream always has one.
    const messages: unknown[] = []
    const until = async (count: number): Promise<void> => {
      for (let rest = ''; messages.length < count;) {
        rest += (await text.read()).value ?? ''
        const parts = rest.split('\n\n')
        rest = parts.pop() ?? ''
        for (const part of parts) if (part.startsWith('data: ')) messages.push(JSON.parse(part.slice(6)))
      }
    }

    await until(1)
    tell({ type: 'MODIFIED', applicationSet: named('a', 2) })
    tell({ type: 'DELETED', applicationSet: named('b', 2) })
    await until(2)
    ending.abort()

    expect(messages).toMatchObject([
      { result: { type: 'ADDED', applicationSet: { metadata: { name: 'b', generation: 1 } } } },
      { result: { type: 'DELETED', applicationSet: { metadata: { name: 'b', generation: 2 } } } },
    ])
  })
})
