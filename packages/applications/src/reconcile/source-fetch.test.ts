import { PlimsollError, type Application } from '@plimsoll/api'
import type { ChartRequest } from '@plimsoll/registry'
import { describe, expect, it } from 'vitest'
import { foreignSources, type SourceOrigins } from './source-fetch.ts'

const asked: ChartRequest[] = []
const origins = {
  charts: {
    resolve: async (request: ChartRequest) => {
      asked.push(request)
      throw new PlimsollError('repository-unreachable', 'It answers 401.')
    },
  },
} as unknown as SourceOrigins
const application = { metadata: { name: 'shop', uid: 'u' }, spec: { project: 'ranking' } } as Application
const guard = { hasSource: (url: string) => url.startsWith('https://charts.example/') }
const dependency = (repository: string) =>
  foreignSources(origins, application, guard)
    .charts({ repository, name: 'redis', version: '1.0.0' })
    .catch((error: unknown) => (error as Error).message)

describe('a dependency of a chart', () => {
  it('is read with what is given for it where the project has sources from its repository, and as anybody may from elsewhere', async () => {
    expect(await dependency('https://charts.example/stable')).toBe('It answers 401.')
    expect(asked.at(-1)).toMatchObject({ project: 'ranking' })

    expect(await dependency('https://bob:secret@other.example/stable')).toBe(
      "helm repos https://other.example/stable are not permitted in project 'ranking', so it was asked as anybody may: It answers 401.",
    )
    expect(asked.at(-1)).toMatchObject({ isAnonymous: true })
    expect(asked.at(-1)).not.toHaveProperty('project')
  })
})
