import type { ReadableRepositories } from '@plimsoll/git'
import { expect, it } from 'vitest'
import { createActionSource } from './remote-actions.ts'

it('an action for a job from outside is read as anybody may read it', async () => {
  const files = { putAction: async () => undefined }
  const definition = 'name: Taste\nruns: { using: composite, steps: [{ run: "true", shell: bash }] }\n'
  const commit = 'a'.repeat(40)
  const asked: string[] = []
  const reader = (who: string, isThere: boolean): ReadableRepositories =>
    ({
      resolve: async (url: string) => {
        asked.push(`${who} ${url}`)
        if (!isThere) throw new Error('not found')
        return { commit }
      },
      tree: async () => ({
        entries: [{ path: 'action.yml', kind: 'file', hash: '', size: definition.length }],
        read: async () => Buffer.from(definition),
      }),
    }) as unknown as ReadableRepositories
  const source = createActionSource((isOutside) => ({
    repositories: isOutside ? reader('anybody', false) : reader('we', true),
    surroundings: { cloneUrl: (name) => name },
    isHosted: async () => false,
    hosts: ['git.example'],
  }))
  const uses = { kind: 'repository', owner: 'acme', repository: 'taste', path: '', ref: 'v1', source: 'acme/taste@v1' } as const

  const trusted = await source.fetch(uses, files, { isOutside: false })
  const outside = await source.fetch(uses, files, { isOutside: true }).catch((error: unknown) => error)

  expect(trusted.definition.name).toBe('Taste')
  expect(outside).toMatchObject({ message: expect.stringContaining('is not hosted here') })
  expect(asked).toEqual(['we https://git.example/acme/taste.git', 'anybody https://git.example/acme/taste.git'])
})
