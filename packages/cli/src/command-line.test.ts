import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApplicationSpec } from '@plimsoll/api'
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { serverURL } from './client/connection.ts'
import { readMessages } from './client/message-stream.ts'
import { readSessions, writeSessions } from './client/session-file.ts'
import { isSelected, readResourceSelectors } from './commands/app/resource-selector.ts'
import { applySpecOptions, type SpecOptions } from './commands/app/spec-options.ts'
import { fromGoFlags, readApplicationName, readPairs } from './commands/arguments.ts'
import { unifiedDiff } from './output/line-diff.ts'
import { table } from './output/table.ts'

test("Go's way to turn a flag off is understood", () => {
  const args = ['app', 'delete', 'demo', '--cascade=false', '--yes=true', '--revision=true', '--', '--prune=false']
  expect(fromGoFlags(args)).toEqual(['app', 'delete', 'demo', '--no-cascade', '--yes', '--revision=true', '--', '--prune=false'])
})

describe('flags that say what an application is', () => {
  const specFrom = (options: SpecOptions, spec: ApplicationSpec = { destination: {} }): ApplicationSpec => {
    applySpecOptions(spec, options)
    return spec
  }

  test('source, destination and policy', () => {
    expect(
      specFrom({
        repo: 'https://example.org/x',
        path: 'k8s',
        revision: 'main',
        destServer: 'https://kubernetes.default.svc',
        destNamespace: 'default',
        syncPolicy: 'auto',
        autoPrune: true,
        selfHeal: true,
        syncOption: ['CreateNamespace=true'],
        directoryRecurse: true,
      }),
    ).toEqual({
      source: { repoURL: 'https://example.org/x', path: 'k8s', targetRevision: 'main', directory: { recurse: true } },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'default' },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
    })
  })

  test('pruning without a policy is remembered, but automated sync stays off', () => {
    expect(specFrom({ autoPrune: true }).syncPolicy).toEqual({ automated: { enabled: false, prune: true } })
  })

  test('a policy and options can be taken back', () => {
    const spec: ApplicationSpec = { destination: {}, syncPolicy: { automated: { prune: true }, syncOptions: ['A=true', 'B=true'] } }
    expect(specFrom({ syncPolicy: 'none', syncOption: ['!A=true', 'C=true'] }, spec).syncPolicy).toEqual({
      syncOptions: ['B=true', 'C=true'],
    })
    expect(specFrom({ syncPolicy: 'manual' }, { destination: {}, syncPolicy: { automated: {} } }).syncPolicy).toBeUndefined()
  })

  test('retries', () => {
    expect(specFrom({ syncRetryLimit: 3 }).syncPolicy?.retry).toEqual({
      limit: 3,
      backoff: { duration: '5s', maxDuration: '3m0s', factor: 2 },
    })
  })

  test('a policy that is none is refused, and nothing given changes nothing', () => {
    expect(() => specFrom({ syncPolicy: 'sometimes' })).toThrow('Invalid sync-policy')
    expect(applySpecOptions({ destination: {} }, {})).toBe(false)
  })
})

describe('resources on the command line', () => {
  const resource = (group: string, kind: string, namespace: string, name: string) => ({ group, kind, namespace, name })
  const all = [resource('', 'Service', 'a', 'web'), resource('apps', 'Deployment', 'a', 'web'), resource('apps', 'Deployment', 'b', 'web')]
  const select = (...texts: string[]): number[] =>
    all.flatMap((one, index) => (isSelected(one, readResourceSelectors(texts)) ? [index] : []))

  test.each([
    [[':Service:web'], [0]],
    [['apps:Deployment:web'], [1, 2]],
    [['apps:Deployment:b/web'], [2]],
    [['!apps:Deployment:*'], [0]],
    [
      ['*:*:*', '!*:Service:*'],
      [1, 2],
    ],
    [[], [0, 1, 2]],
  ])('%j', (texts, expected) => {
    expect(select(...texts)).toEqual(expected)
  })

  test.each(['Deployment:web', 'apps:Deployment', 'a:b:c:d', '::x', ':Service:'])('%j is refused', (text) => {
    expect(() => readResourceSelectors([text])).toThrow('GROUP:KIND:NAME')
  })
})

test('addresses of servers', () => {
  expect(serverURL('127.0.0.1:7420', false)).toBe('http://127.0.0.1:7420')
  expect(serverURL('localhost:7420/', false)).toBe('http://localhost:7420')
  expect(serverURL('plimsoll.example.org', false)).toBe('https://plimsoll.example.org')
  expect(serverURL('plimsoll.example.org', true)).toBe('http://plimsoll.example.org')
  expect(serverURL('localhost.evil.example', false)).toBe('https://localhost.evil.example')
  expect(serverURL('https://example.org/base/', false)).toBe('https://example.org/base')
  expect(() => serverURL('https://user:canary@example.org', false)).toThrow(/no credentials/)
  expect(() => serverURL('ht tp', false)).toThrow('not the address')
})

test('names of applications', () => {
  expect(readApplicationName('demo')).toEqual({ name: 'demo', appNamespace: undefined })
  expect(readApplicationName('argocd/demo', 'other')).toEqual({ name: 'demo', appNamespace: 'argocd' })
  expect(() => readApplicationName('a/b/c')).toThrow('is not the name')
  expect(readPairs(['a=b=c', '__proto__=x'], 'label')['__proto__']).toBe('x')
})

test('the token is kept for its owner alone', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'plimsoll-cli-'))
  const path = join(dir, 'config/plimsoll/config.json')

  await writeSessions({ current: 'https://x', servers: { 'https://x': { token: 't', username: 'admin' } } }, path)

  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await readSessions(path)).servers['https://x']?.token).toBe('t')
  expect(await readFile(path, 'utf8')).toContain('"current"')
  await rm(dir, { recursive: true })
})

test('a difference has both sides in it, whatever they are', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd: 1'), { maxLength: 12 })
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const text = unifiedDiff(before.join('\n'), after.join('\n'), { before: 'live', after: 'target' })
      const body = text.split('\n').slice(2)
      const added = body.filter((line) => line.startsWith('+')).length
      const removed = body.filter((line) => line.startsWith('-')).length

      if (before.join('\n') === after.join('\n')) expect(text).toBe('')
      expect(added - removed).toBe(after.length - before.length)
      // Applied to one side, it gives the other.
      expect(applied(before, body)).toEqual(after)
    }),
  )

  function applied(before: readonly string[], body: readonly string[]): string[] {
    const out: string[] = []
    let at = 0
    for (const line of body) {
      const hunk = /^@@ -(\d+),(\d+) /.exec(line)
      if (hunk) {
        const start = hunk[2] === '0' ? Number(hunk[1]) : Number(hunk[1]) - 1
        while (at < start) out.push(before[at++] ?? '')
      } else if (line.startsWith('+')) out.push(line.slice(1))
      else {
        expect(before[at]).toBe(line.slice(1))
        if (line.startsWith(' ')) out.push(line.slice(1))
        at++
      }
    }
    return [...out, ...before.slice(at)]
  }
})

test('messages of a stream are the same however they are cut', async () => {
  const messages = fc.array(fc.record({ result: fc.string({ unit: 'grapheme' }) }), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(messages, fc.boolean(), fc.infiniteStream(fc.integer({ min: 1, max: 9 })), async (sent, serverSent, sizes) => {
      const text = sent
        .map((one) => (serverSent ? `:\n\nevent: synced\ndata: {}\n\ndata: ${JSON.stringify(one)}\n\n` : `${JSON.stringify(one)}\n`))
        .join('')
      async function* pieces(): AsyncGenerator<Buffer> {
        const bytes = Buffer.from(text)
        for (let at = 0; at < bytes.length;) {
          const size = sizes.next().value
          yield bytes.subarray(at, at + size)
          at += size
        }
      }

      const received: unknown[] = []
      for await (const message of readMessages(pieces(), serverSent ? 'text/event-stream' : 'application/json')) received.push(message)

      expect(received).toEqual(sent)
    }),
  )
})

test('text from elsewhere cannot move the cursor', () => {
  expect(table(['NAME'], [['a\u001b[2Jb'], ['two\nlines']])).toBe('NAME\na�[2Jb\ntwo lines')
})
