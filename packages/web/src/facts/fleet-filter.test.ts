import type { Application } from '@plimsoll/api'
import { expect, test } from 'vitest'
import { clusterOf, matches, noFilter, order } from './fleet-filter.ts'
import { summarize } from './summary.ts'

const app = (name: string, more: { labels?: Record<string, string>; images?: string[]; health?: string; server?: string } = {}) =>
  summarize({
    metadata: { name, namespace: 'argocd', labels: more.labels ?? {} },
    spec: {
      project: 'risk',
      destination: { server: more.server ?? 'https://a', namespace: 'n' },
      source: { repoURL: 'https://git/x.git' },
    },
    status: {
      health: { status: more.health ?? 'Healthy' },
      sync: { status: 'Synced', revision: 'abc1234def' },
      summary: { images: more.images ?? [] },
    },
  } as Application)
const names = new Map([['https://a', 'prod']])

test.each([
  ['fraud', true],
  ['FRAUD prod=yes', true],
  ['abc1234', true],
  ['bc1234', false],
  ['scorer:2.1', true],
  ['fraud nothing', false],
])('The words %j are looked for in names, labels, revisions and images', (text, isFound) => {
  const one = app('fraud-api', { labels: { prod: 'yes' }, images: ['registry/scorer:2.1'] })

  expect(matches(one, { ...noFilter, text }, names)).toBe(isFound)
})

test('Labels that bear the names of built-in things are labels', () => {
  expect(matches(app('a'), { ...noFilter, label: ['constructor=x'] }, names)).toBe(false)
  expect(matches(app('a', { labels: { constructor: 'x' } }), { ...noFilter, label: ['constructor=x'] }, names)).toBe(true)
})

test('A cluster is found by the name that people use', () => {
  expect(clusterOf(app('a'), names)).toBe('prod')
  expect(matches(app('a'), { ...noFilter, cluster: ['prod'] }, names)).toBe(true)
  expect(matches(app('a', { server: 'https://b' }), { ...noFilter, cluster: ['prod'] }, names)).toBe(false)
})

test('Trouble stands first, then what moves, then the rest by name', () => {
  const placed = [
    { app: app('b'), urgency: 'steady' as const },
    { app: app('a'), urgency: 'steady' as const },
    { app: app('z', { health: 'Progressing' }), urgency: 'moving' as const },
    { app: app('y', { health: 'Missing' }), urgency: 'attention' as const },
    { app: app('x', { health: 'Degraded' }), urgency: 'attention' as const },
  ]

  expect(order(placed, 'attention').map((one) => one.app.name)).toEqual(['x', 'y', 'z', 'a', 'b'])
})
