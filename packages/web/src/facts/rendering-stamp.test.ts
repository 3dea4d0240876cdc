import type { Application } from '@plimsoll/api'
import { expect, test } from 'vitest'
import { renderingStamp, rotatedAt } from './rendering-stamp.ts'

const application: Application = {
  metadata: { name: 'demo', resourceVersion: '1' },
  spec: { source: { repoURL: 'https://git.example/a.git', path: '.' }, destination: {} },
  status: { sync: { status: 'Synced', revision: 'a' }, health: { status: 'Healthy' } },
}
const rotation = (value: string): Application => ({
  ...application,
  metadata: { ...application.metadata, annotations: { 'plimsoll.dev/random-rotation': value } },
})

test('A change of health is no reason to render again', () => {
  const degraded: Application = {
    ...application,
    metadata: { name: 'demo', resourceVersion: '2' },
    status: { ...application.status, health: { status: 'Degraded' } },
  }

  expect(renderingStamp(degraded)).toBe(renderingStamp(application))
})

test('A commit, a rotation, and a commit that cannot be rendered are', () => {
  const stamps = [
    application,
    { ...application, status: { ...application.status, sync: { status: 'Synced', revision: 'b' } } } satisfies Application,
    rotation('{}'),
    { ...application, status: { ...application.status, conditions: [{ type: 'ComparisonError', message: 'x' }] } } satisfies Application,
  ].map(renderingStamp)

  expect(new Set(stamps).size).toBe(4)
})

test('The time of a rotation is read, and anything else is none', () => {
  expect(rotatedAt(rotation('{"id":"x","at":"2026-11-20T10:00:00.000Z"}'))).toBe(Date.UTC(2026, 10, 20, 10))
  expect(rotatedAt(rotation('{"at":1}'))).toBeUndefined()
  expect(rotatedAt(rotation('null'))).toBeUndefined()
  expect(rotatedAt(application)).toBeUndefined()
})
