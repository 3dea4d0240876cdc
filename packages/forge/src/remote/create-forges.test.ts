import { PlimsollError, type PullRequest } from '@plimsoll/api'
import { expect, it } from 'vitest'
import type { BuiltinForge } from '../builtin/create-builtin-forge.ts'
import type { ForgeEvent } from '../contract.ts'
import { createForges } from './create-forges.ts'
import type { RemoteForge } from './remote-context.ts'

const address = 'https://github.com/acme/shop'

function start() {
  const asked: string[] = []
  const listeners: Record<string, ((event: ForgeEvent) => void)[]> = { here: [], there: [] }
  const forgeOf = (where: 'here' | 'there') =>
    ({
      provider: where === 'here' ? 'builtin' : 'github',
      get: async (repository: string) => asked.push(`${where} ${repository}`),
      subscribe: (listener: (event: ForgeEvent) => void) => {
        listeners[where]?.push(listener)
        return () => undefined
      },
      look: async ({ repository }: { repository: string }) => asked.push(`look ${repository}`),
      close: async () => asked.push(`close ${where}`),
    }) as unknown as RemoteForge
  const forges = createForges({ builtin: forgeOf('here') as unknown as BuiltinForge, remotes: new Map([[address, forgeOf('there')]]) })
  const tell = (where: 'here' | 'there'): void => {
    for (const listener of listeners[where] ?? []) listener({ kind: 'opened', repository: where, number: 1, by: '', at: 0 })
  }
  return { forges, asked, tell }
}

it.each([
  'https://github.com/acme/shop',
  'https://GitHub.com/Acme/Shop.git',
  'https://github.com/acme/shop/',
  'https://me:secret@github.com/acme/shop',
  'ssh://git@github.com:22/acme/shop.git',
  'git@github.com:acme/shop.git',
])('%s is the connected repository', async (spelling) => {
  const { forges, asked } = start()

  await forges.get(spelling, 1)

  expect(forges.connected(spelling)).toBe(address)
  expect(asked).toEqual([`there ${address}`])
})

it.each(['demo', 'team/demo', 'constructor', '__proto__', 'github.com/acme/shop', ''])("'%s' is a name from here", async (name) => {
  const { forges, asked } = start()

  await forges.get(name, 1)

  expect(forges.connected(name)).toBeUndefined()
  expect(asked).toEqual([`here ${name}`])
})

it.each([
  'https://github.com/acme/other',
  'https://evil.example/acme/shop',
  'http://169.254.169.254/acme/shop',
  'file:///etc/passwd',
  'x://constructor',
])('%s is not connected, and nobody is asked', async (other) => {
  const { forges, asked } = start()

  await expect(forges.get(other, 1)).rejects.toMatchObject({ code: 'not-found', remedy: expect.stringContaining('repo connect') })
  await forges.look({ repository: other })

  expect(asked).toEqual([])
})

it('the refusal of an address shows nothing that signs in', async () => {
  const { forges } = start()

  const error = await forges.get('https://me:canary@evil.example/a/b?token=canary', 1).catch((reason: unknown) => reason)

  expect(String(error)).toContain('https://evil.example/a/b')
  expect(String(error)).not.toContain('canary')
})

it('events come from everywhere, and a listener that fails keeps them from no other', async () => {
  const { forges, tell } = start()
  const heard: string[] = []
  forges.subscribe(() => {
    throw new Error('a bug')
  })
  const stop = forges.subscribe(({ repository }) => heard.push(repository))

  expect(() => tell('there')).toThrow('a bug')
  stop()
  expect(() => tell('there')).toThrow('a bug')

  expect(heard).toEqual(['there'])
})

it('what is disconnected is closed, and not asked again', async () => {
  const { forges, asked } = start()

  expect(await forges.disconnect('git@github.com:acme/shop')).toBe(true)
  expect(await forges.disconnect(address)).toBe(false)
  await expect(forges.get(address, 1)).rejects.toMatchObject({ code: 'not-found' })

  expect(asked).toEqual(['close there'])
})

it('a page of all holds what is connected, and one that gives no answer costs only its own', async () => {
  const pull = (repository: string, number: number, updatedAt: string) => ({ repository, number, updatedAt }) as PullRequest
  const questions: string[] = []
  let tell: (event: ForgeEvent) => void = () => undefined
  const remote = (name: string, list: () => Promise<PullRequest[]>): [string, RemoteForge] => [
    `https://git.example/${name}`,
    {
      list: async () => {
        questions.push(name)
        return list()
      },
      subscribe(listener: typeof tell) {
        tell = listener
        return () => undefined
      },
      close: async () => undefined,
    } as unknown as RemoteForge,
  ]
  const forges = createForges({
    builtin: { newest: async () => [pull('demo', 1, '2026-01-02T00:00:00Z')], subscribe: () => () => undefined } as unknown as BuiltinForge,
    remotes: new Map([
      remote('a/broken', async () => {
        throw new PlimsollError('repository-unreachable', 'GitHub is away.')
      }),
      remote('a/full', async () =>
        Array.from({ length: 200 }, (_, index) => pull('https://git.example/a/full', index, '2026-01-01T00:00:00Z')),
      ),
      remote('a/hidden', async () => [pull('https://git.example/a/hidden', 1, '2026-01-03T00:00:00Z')]),
      remote('a/new', async () => [pull('https://git.example/a/new', 7, '2026-01-03T00:00:00Z')]),
    ]),
  })
  const canRead = (repository: string): boolean => !repository.endsWith('hidden')

  const page = await forges.listAll({ canRead, limit: 3 })
  await forges.listAll({ canRead, limit: 3 })
  tell({ kind: 'opened', repository: 'https://git.example/a/new', number: 8, by: '', at: 0 })
  await forges.listAll({ canRead, repository: 'git@git.example:a/new.git' })

  expect(page.items.map(({ repository, number }) => `${repository}#${number}`)).toEqual([
    'https://git.example/a/new#7',
    'demo#1',
    'https://git.example/a/full#199',
  ])
  expect(page.unreachable).toMatchObject([{ repository: 'https://git.example/a/broken', message: 'GitHub is away.' }])
  expect(page.cut).toEqual(['https://git.example/a/full'])
  expect(page.next).toBeDefined()
  // Each once for a while; the one of which there is news once more.
  expect(questions).toEqual(['a/broken', 'a/full', 'a/new', 'a/new'])
})
